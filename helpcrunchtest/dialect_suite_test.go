package helpcrunchtest_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// sdkSuite calls every method of the SDK at least once.
type sdkSuite struct {
	*testing.T

	ctx     context.Context
	server  *helpcrunchtest.Server
	client  *helpcrunch.Client
	dialect helpcrunchtest.Dialect
}

func (s *sdkSuite) held(id int64) helpcrunch.Customer {
	s.Helper()
	customer, ok := s.server.Customer(id)
	require.True(s, ok)
	// Both are equal, except that empty data may be nil.
	if len(customer.CustomData) == 0 {
		customer.CustomData = nil
	}
	return customer
}

func (s *sdkSuite) sameCustomer(customer *helpcrunch.Customer, err error) {
	s.Helper()
	require.NoError(s, err)
	read := *customer
	if len(read.CustomData) == 0 {
		read.CustomData = nil
	}
	assert.Equal(s, s.held(customer.ID), read)
}

func (s *sdkSuite) customers() {
	renewal := time.Date(2026, 5, 6, 9, 15, 0, 0, time.UTC)
	customer, err := s.client.Customers.Create(s.ctx, &helpcrunch.CustomerInput{
		Name: "Marta Silva", Email: "marta@example.org", UserID: "crm-1", FirstSeen: time.Unix(1_600_000_000, 0),
		Tags:        []helpcrunch.Tag{{Name: "reader", Color: "#1188cc"}},
		CustomData:  helpcrunch.CustomData{"plan": "gold", "seats": 7, "trial": true, "renewal": renewal},
		CreatedFrom: "telegram", IntegrationID: "900100200", City: "Lisbon",
	})
	s.sameCustomer(customer, err)
	assert.Equal(s, time.Unix(1_600_000_000, 0).UTC(), customer.FirstSeen.Time)
	seats, _ := customer.CustomData.Int("seats")
	assert.Equal(s, int64(7), seats)
	read, ok := customer.CustomData.Time("renewal")
	assert.True(s, ok)
	assert.Equal(s, renewal, read)

	again, err := s.client.Customers.Get(s.ctx, customer.ID)
	s.sameCustomer(again, err)
	tagged, err := s.client.Customers.Tag(s.ctx, customer.ID, helpcrunch.Tag{Name: "Lead"})
	s.sameCustomer(tagged, err)
	untagged, err := s.client.Customers.Untag(s.ctx, customer.ID, "reader")
	s.sameCustomer(untagged, err)
	assert.Equal(s, []helpcrunch.Tag{{Name: "Lead", Color: "#c377e0"}}, untagged.Tags)
	patched, err := s.client.Customers.Update(s.ctx, customer.ID, &helpcrunch.CustomerPatch{Phone: helpcrunch.Set("+351 1")})
	s.sameCustomer(patched, err)
	assert.Equal(s, "Marta Silva", patched.Name)
	replaced, err := s.client.Customers.Replace(s.ctx, customer.ID, &helpcrunch.CustomerInput{Name: "Marta", UserID: "crm-1"})
	s.sameCustomer(replaced, err)
	assert.Equal(s, "Marta", replaced.Name)
	if !s.dialect.PutPatches {
		assert.Empty(s, replaced.Phone)
		assert.Empty(s, replaced.CustomData)
	}
	upserted, result, err := s.client.Customers.Upsert(s.ctx, &helpcrunch.CustomerInput{UserID: "crm-1", Company: "Silva Books"})
	s.sameCustomer(upserted, err)
	assert.Equal(s, helpcrunch.UpsertUpdated, result)
	other, result, err := s.client.Customers.Upsert(s.ctx, &helpcrunch.CustomerInput{UserID: "crm-2"})
	s.sameCustomer(other, err)
	assert.Equal(s, helpcrunch.UpsertCreated, result)
	require.NoError(s, s.client.Customers.Delete(s.ctx, other.ID))
	require.ErrorIs(s, s.client.Customers.Delete(s.ctx, other.ID), helpcrunch.ErrNotFound)
}

func (s *sdkSuite) batchAndEvents() {
	var items []helpcrunch.CustomerBatchItem
	for range 3 {
		added := s.server.AddCustomer(helpcrunchtest.MakeCustomer())
		items = append(items, helpcrunch.CustomerBatchItem{
			ID: added.ID, Patch: helpcrunch.CustomerPatch{Notes: helpcrunch.Set("batched")},
		})
	}
	outcomes, err := s.client.Customers.BatchUpdate(s.ctx, items)
	require.NoError(s, err)
	require.Len(s, outcomes, 3)
	for i, outcome := range outcomes {
		require.NoError(s, outcome.Err)
		assert.Equal(s, items[i].ID, outcome.Input.ID)
		s.sameCustomer(outcome.Value, nil)
		assert.Equal(s, "batched", outcome.Value.Notes)
	}
	for _, data := range []map[string]any{nil, {"form": "Contact", "tries": int64(2), "ok": true}} {
		event, err := s.client.Customers.AddEvent(s.ctx, items[0].ID, &helpcrunch.EventInput{Name: "Form Sent", Data: data})
		require.NoError(s, err)
		assert.Equal(s, "Form Sent", event.Name)
		assert.Len(s, event.Data, len(data))
		assert.False(s, event.CreatedAt.IsZero())
	}
	assert.Len(s, s.server.Events(), 2)
	for _, item := range items {
		s.server.RemoveCustomer(item.ID)
	}
}

func (s *sdkSuite) sameChat(chat *helpcrunch.Chat, err error) {
	s.Helper()
	require.NoError(s, err)
	held, ok := s.server.Chat(chat.ID)
	require.True(s, ok)
	if s.dialect.OneAgent && len(held.Agents) > 1 {
		held.Agents = chat.Agents
	}
	if len(held.Agents) == 0 && len(chat.Agents) == 0 {
		held.Agents = chat.Agents
	}
	assert.Equal(s, held, *chat)
}

func (s *sdkSuite) chats() {
	customer, ok := s.server.CustomerByUserID("crm-1")
	require.True(s, ok)
	application, agent := s.server.Applications()[0].ID, s.server.Agents()[0].ID
	chat, err := s.client.Chats.Create(s.ctx, &helpcrunch.ChatInput{Customer: customer.ID, Application: application})
	s.sameChat(chat, err)
	assert.Equal(s, helpcrunch.ChatStatusEmpty, chat.Status)
	found, created, err := s.client.Chats.FindOrCreate(s.ctx, &helpcrunch.ChatInput{Customer: customer.ID, Application: application})
	s.sameChat(found, err)
	assert.False(s, created)
	assert.Equal(s, chat.ID, found.ID)

	message, err := s.client.Messages.SendAsCustomer(s.ctx, chat.ID, "Hi")
	require.NoError(s, err)
	assert.Equal(s, helpcrunch.MessageFromCustomer, message.From)
	_, err = s.client.Messages.SendAsAgent(s.ctx, chat.ID, agent, "Hello")
	require.NoError(s, err)
	_, err = s.client.Messages.AddNote(s.ctx, chat.ID, agent, "note")
	require.NoError(s, err)

	assigned, err := s.client.Chats.Assign(s.ctx, chat.ID, agent)
	s.sameChat(assigned, err)
	moved, err := s.client.Chats.SetDepartment(s.ctx, chat.ID, s.server.Departments()[0].ID)
	s.sameChat(moved, err)
	snoozed, err := s.client.Chats.Snooze(s.ctx, chat.ID, time.Now().Add(time.Hour))
	s.sameChat(snoozed, err)
	held, err := s.client.Chats.SetStatus(s.ctx, chat.ID, helpcrunch.ChatStatusOnHold)
	s.sameChat(held, err)
	assert.Equal(s, helpcrunch.ChatStatusOnHold, held.Status)
	closed, err := s.client.Chats.SetStatus(s.ctx, chat.ID, helpcrunch.ChatStatusClosed)
	s.sameChat(closed, err)
	rated, err := s.client.Chats.Rate(s.ctx, chat.ID, helpcrunch.RatingVeryPoor)
	s.sameChat(rated, err)
	unassigned, err := s.client.Chats.Unassign(s.ctx, chat.ID)
	s.sameChat(unassigned, err)
	awake, err := s.client.Chats.Unsnooze(s.ctx, chat.ID)
	s.sameChat(awake, err)
	_, err = s.client.Chats.SetReadByAgent(s.ctx, chat.ID, true)
	require.NoError(s, err)
	_, err = s.client.Chats.SetReadByCustomer(s.ctx, chat.ID, true)
	require.NoError(s, err)
	read, err := s.client.Chats.Get(s.ctx, chat.ID)
	s.sameChat(read, err)
	s.messages(chat.ID)
}

func (s *sdkSuite) messages(chatID int64) {
	page, err := s.client.Messages.List(s.ctx, chatID, nil)
	require.NoError(s, err)
	held := s.server.Messages(chatID)
	require.Len(s, page.Items, len(held))
	for i := range held {
		want, got := held[len(held)-1-i], page.Items[i]
		if s.dialect.ShortAgents && want.Agent != nil {
			want.Agent = &helpcrunch.Agent{ID: want.Agent.ID, Name: want.Agent.Name}
		}
		assert.Equal(s, want, got)
	}
	count := 0
	for _, err := range s.client.Messages.All(s.ctx, chatID, &helpcrunch.ListOptions{Limit: 1}) {
		require.NoError(s, err)
		count++
	}
	assert.Equal(s, len(held), count)
}

func (s *sdkSuite) searches() {
	customers, err := s.client.Customers.Search(s.ctx, &helpcrunch.CustomerSearch{
		Filters: []helpcrunch.CustomerFilter{helpcrunch.CustomerFieldUserID.Equals("crm-1")},
	})
	require.NoError(s, err)
	assert.Len(s, customers.Items, 1)
	none, err := s.client.Customers.Search(s.ctx, &helpcrunch.CustomerSearch{
		Filters: []helpcrunch.CustomerFilter{helpcrunch.CustomerFieldEmail.Contains("nobody")},
	})
	require.NoError(s, err)
	assert.Empty(s, none.Items)
	chats, err := s.client.Chats.Search(s.ctx, &helpcrunch.ChatSearch{
		Filters: []helpcrunch.ChatFilter{helpcrunch.ChatFieldStatus.Equals(helpcrunch.ChatStatusClosed)},
	})
	require.NoError(s, err)
	require.Len(s, chats.Items, 1)
	s.sameChat(&chats.Items[0], nil)
	for range 5 {
		s.server.AddCustomer(helpcrunchtest.MakeCustomer())
	}
	seen := 0
	for customer, err := range s.client.Customers.All(s.ctx, &helpcrunch.CustomerListOptions{Limit: 2}) {
		s.sameCustomer(customer, err)
		seen++
	}
	assert.Equal(s, len(s.server.Customers()), seen)
	for chat, err := range s.client.Chats.All(s.ctx, nil) {
		s.sameChat(chat, err)
	}
}

func (s *sdkSuite) team() {
	agents, err := s.client.Agents.List(s.ctx, nil)
	require.NoError(s, err)
	assert.Equal(s, s.server.Agents(), agents.Items)
	departments, err := s.client.Departments.List(s.ctx, nil)
	require.NoError(s, err)
	assert.Equal(s, s.server.Departments(), departments.Items)
	applications, err := s.client.Applications.List(s.ctx)
	require.NoError(s, err)
	assert.Equal(s, s.server.Applications(), applications.Items)
	organization, err := s.client.Organization.Get(s.ctx)
	require.NoError(s, err)
	assert.Equal(s, s.server.Organization(), *organization)
	require.NoError(s, s.client.Agents.Unsubscribe(s.ctx, agents.Items[0].ID))
	assert.True(s, s.server.Unsubscribed(agents.Items[0].ID))
	assert.False(s, s.server.Unsubscribed(agents.Items[1].ID))
}

func (s *sdkSuite) failures() {
	_, err := s.client.Chats.Get(s.ctx, 5)
	require.ErrorIs(s, err, helpcrunch.ErrNotFound)
	_, err = s.client.Chats.SetReadByAgent(s.ctx, 5, true)
	require.ErrorIs(s, err, helpcrunch.ErrNotFound)
	_, err = s.client.Messages.SendAsCustomer(s.ctx, 5, "x")
	require.Error(s, err)
	_, err = s.client.Customers.Create(s.ctx, &helpcrunch.CustomerInput{UserID: "crm-1"})
	if s.dialect.CreateUpdates {
		require.NoError(s, err)
	} else {
		require.ErrorIs(s, err, helpcrunch.ErrBadRequest)
	}
	s.server.Inject(helpcrunchtest.TooManyRequests().Once())
	_, err = s.client.Organization.Get(s.ctx)
	require.NoError(s, err)
	wrong, err := helpcrunch.New("another-key-that-is-not-it", helpcrunch.WithBaseURL(s.server.URL),
		helpcrunch.WithHTTPClient(s.server.HTTPClient()))
	require.NoError(s, err)
	_, err = wrong.Organization.Get(s.ctx)
	require.ErrorIs(s, err, helpcrunch.ErrUnauthorized)
}
