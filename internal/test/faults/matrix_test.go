package faults_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	hc "github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// matrixCalls has a call for each operation, on the account that newMatrixServer fills.
var matrixCalls = map[helpcrunchtest.Operation]func(context.Context, *hc.Client) error{
	helpcrunchtest.ListCustomers:   func(ctx context.Context, c *hc.Client) error { return kit.Err(c.Customers.List(ctx, nil)) },
	helpcrunchtest.GetCustomer:     func(ctx context.Context, c *hc.Client) error { return kit.Err(c.Customers.Get(ctx, 1)) },
	helpcrunchtest.SearchCustomers: func(ctx context.Context, c *hc.Client) error { return kit.Err(c.Customers.Search(ctx, nil)) },
	helpcrunchtest.CreateCustomer: func(ctx context.Context, c *hc.Client) error {
		return kit.Err(c.Customers.Create(ctx, &hc.CustomerInput{Name: "Nora"}))
	},
	helpcrunchtest.ReplaceCustomer: func(ctx context.Context, c *hc.Client) error {
		return kit.Err(c.Customers.Replace(ctx, 1, &hc.CustomerInput{Name: "Nora"}))
	},
	helpcrunchtest.UpdateCustomer: func(ctx context.Context, c *hc.Client) error {
		return kit.Err(c.Customers.Update(ctx, 1, &hc.CustomerPatch{Name: hc.Set("Nora")}))
	},
	helpcrunchtest.BatchUpdateCustomers: func(ctx context.Context, c *hc.Client) error {
		return kit.Err(c.Customers.BatchUpdate(ctx, []hc.CustomerBatchItem{{ID: 1, Patch: hc.CustomerPatch{Name: hc.Set("Nora")}}}))
	},
	helpcrunchtest.DeleteCustomer: func(ctx context.Context, c *hc.Client) error { return c.Customers.Delete(ctx, 1) },
	helpcrunchtest.TagCustomer: func(ctx context.Context, c *hc.Client) error {
		return kit.Err(c.Customers.Tag(ctx, 1, hc.Tag{Name: "Lead"}))
	},
	helpcrunchtest.UntagCustomer: func(ctx context.Context, c *hc.Client) error { return kit.Err(c.Customers.Untag(ctx, 1, "Paid")) },
	helpcrunchtest.AddEvent: func(ctx context.Context, c *hc.Client) error {
		return kit.Err(c.Customers.AddEvent(ctx, 1, &hc.EventInput{Name: "Plan viewed"}))
	},
	helpcrunchtest.ListChats:   func(ctx context.Context, c *hc.Client) error { return kit.Err(c.Chats.List(ctx, nil)) },
	helpcrunchtest.GetChat:     func(ctx context.Context, c *hc.Client) error { return kit.Err(c.Chats.Get(ctx, 1)) },
	helpcrunchtest.SearchChats: func(ctx context.Context, c *hc.Client) error { return kit.Err(c.Chats.Search(ctx, nil)) },
	helpcrunchtest.CreateChat: func(ctx context.Context, c *hc.Client) error {
		return kit.Err(c.Chats.Create(ctx, &hc.ChatInput{Customer: 1, Application: 1}))
	},
	helpcrunchtest.SetChatStatus: func(ctx context.Context, c *hc.Client) error {
		return kit.Err(c.Chats.SetStatus(ctx, 1, hc.ChatStatusPending))
	},
	helpcrunchtest.AssignChat:        func(ctx context.Context, c *hc.Client) error { return kit.Err(c.Chats.Assign(ctx, 1, 1)) },
	helpcrunchtest.SetChatDepartment: func(ctx context.Context, c *hc.Client) error { return kit.Err(c.Chats.SetDepartment(ctx, 1, 1)) },
	helpcrunchtest.SnoozeChat: func(ctx context.Context, c *hc.Client) error {
		return kit.Err(c.Chats.Snooze(ctx, 1, time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)))
	},
	helpcrunchtest.RateChat: func(ctx context.Context, c *hc.Client) error { return kit.Err(c.Chats.Rate(ctx, 2, hc.RatingGreat)) },
	helpcrunchtest.SetReadByAgent: func(ctx context.Context, c *hc.Client) error {
		return kit.Err(c.Chats.SetReadByAgent(ctx, 1, true))
	},
	helpcrunchtest.SetReadByCustomer: func(ctx context.Context, c *hc.Client) error {
		return kit.Err(c.Chats.SetReadByCustomer(ctx, 1, true))
	},
	helpcrunchtest.ListMessages: func(ctx context.Context, c *hc.Client) error { return kit.Err(c.Messages.List(ctx, 1, nil)) },
	helpcrunchtest.CreateMessage: func(ctx context.Context, c *hc.Client) error {
		return kit.Err(c.Messages.Create(ctx, &hc.MessageInput{Chat: 1, Text: "Hello", Agent: 1}))
	},
	helpcrunchtest.ListAgents:       func(ctx context.Context, c *hc.Client) error { return kit.Err(c.Agents.List(ctx, nil)) },
	helpcrunchtest.UnsubscribeAgent: func(ctx context.Context, c *hc.Client) error { return c.Agents.Unsubscribe(ctx, 1) },
	helpcrunchtest.ListDepartments:  func(ctx context.Context, c *hc.Client) error { return kit.Err(c.Departments.List(ctx, nil)) },
	helpcrunchtest.ListApplications: func(ctx context.Context, c *hc.Client) error { return kit.Err(c.Applications.List(ctx)) },
	helpcrunchtest.GetOrganization:  func(ctx context.Context, c *hc.Client) error { return kit.Err(c.Organization.Get(ctx)) },
}

// onceOperations are those that must not be carried out twice, by the documentation.
var onceOperations = map[helpcrunchtest.Operation]bool{
	helpcrunchtest.CreateCustomer: true,
	helpcrunchtest.CreateChat:     true,
	helpcrunchtest.CreateMessage:  true,
	helpcrunchtest.AddEvent:       true,
	helpcrunchtest.RateChat:       true,
}

// newMatrixServer holds a customer, an open chat and a closed one that can be rated.
func newMatrixServer(t *testing.T) *helpcrunchtest.Server {
	t.Helper()
	server := helpcrunchtest.NewServer(helpcrunchtest.WithoutTeam())
	t.Cleanup(server.Close)
	server.AddAgent(helpcrunchtest.MakeAgent(func(a *hc.Agent) { a.ID = 1 }))
	server.AddDepartment(helpcrunchtest.MakeDepartment(func(d *hc.Department) { d.ID = 1 }))
	server.AddApplication(helpcrunchtest.MakeApplication(func(a *hc.Application) { a.ID = 1 }))
	server.AddCustomer(helpcrunchtest.MakeCustomer(func(c *hc.Customer) {
		c.ID, c.Tags = 1, []hc.Tag{{Name: "Paid", Color: "#00aa00"}}
	}))
	for i, status := range []hc.ChatStatus{hc.ChatStatusOpened, hc.ChatStatusClosed} {
		id := int64(i + 1)
		server.AddChat(helpcrunchtest.MakeChat(1, func(c *hc.Chat) { c.ID = id }))
		server.AgentWrites(id, 1, "Good morning")
		chat, _ := server.Chat(id)
		chat.Status = status
		server.AddChat(chat)
	}
	return server
}

// account is what a server holds, as JSON without times and technical rows.
func account(t *testing.T, server *helpcrunchtest.Server) string {
	t.Helper()
	held := map[string]any{
		"customers":  server.Customers(),
		"chats":      server.Chats(),
		"events":     len(server.Events()),
		"newsletter": !server.Unsubscribed(1),
	}
	var texts []string
	for _, chat := range server.Chats() {
		for _, m := range server.Messages(chat.ID) {
			if m.Type != hc.MessageTypeTech {
				texts = append(texts, m.Text)
			}
		}
	}
	held["messages"] = texts
	data, err := json.Marshal(held)
	require.NoError(t, err)
	var value any
	require.NoError(t, json.Unmarshal(data, &value))
	dropTimes(value)
	data, err = json.MarshalIndent(value, "", " ")
	require.NoError(t, err)
	return string(data)
}

func dropTimes(value any) {
	switch value := value.(type) {
	case []any:
		for _, element := range value {
			dropTimes(element)
		}
	case map[string]any:
		for name, member := range value {
			if strings.HasSuffix(name, "At") || strings.HasSuffix(name, "Seen") {
				delete(value, name)
			}
			dropTimes(member)
		}
	}
}

// matrixFaults are those of requirement R1. Effect says that the service carries the
// request out before it fails.
var matrixFaults = []struct {
	fault  helpcrunchtest.Fault
	effect bool
}{
	{helpcrunchtest.Status(500), false},
	{helpcrunchtest.Status(500).AfterEffect(), true},
	{helpcrunchtest.Status(502), false},
	{helpcrunchtest.Status(502).AfterEffect(), true},
	{helpcrunchtest.Status(503), false},
	{helpcrunchtest.Status(503).AfterEffect(), true},
	{helpcrunchtest.TooManyRequests(), false},
	{helpcrunchtest.RefuseConnection(), false},
	{helpcrunchtest.ResetConnection(), false},
	{helpcrunchtest.ResetConnection().AfterEffect(), true},
	{helpcrunchtest.CutBody(), true},
	{helpcrunchtest.SlowHeaders(time.Hour), true},
}

// provesNothingHappened are the faults after which even a once operation is sent again.
func provesNothingHappened(fault helpcrunchtest.Fault) bool {
	name := fault.String()
	return name == helpcrunchtest.TooManyRequests().String() || name == helpcrunchtest.RefuseConnection().String()
}

// TestR1EveryOperationTakesEffectOnceWhateverFails holds R12 too: it is the matrix of every
// operation and every fault, cut-off answers among them, against the test server, which
// counts effects: exactly one, or an error that matches ErrMaybeApplied.
func TestR1EveryOperationTakesEffectOnceWhateverFails(t *testing.T) {
	require.Len(t, matrixCalls, len(helpcrunchtest.Operations()))
	for _, operation := range helpcrunchtest.Operations() {
		for _, m := range matrixFaults {
			t.Run(string(operation)+"/"+m.fault.String(), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					untroubled := newMatrixServer(t)
					require.NoError(t, matrixCalls[operation](t.Context(), untroubled.Client()))

					server := newMatrixServer(t)
					before := account(t, server)
					server.Inject(m.fault.On(operation).Once())
					limiter, err := hc.NewRateLimiter(hc.DefaultRateLimit)
					require.NoError(t, err)
					client := server.Client(hc.WithRateLimiter(limiter), hc.WithRetryWait(500*time.Millisecond, time.Minute))
					err = matrixCalls[operation](t.Context(), client)
					assert.Zero(t, server.OpenBodies())

					if !onceOperations[operation] || provesNothingHappened(m.fault) {
						require.NoError(t, err)
						assert.Equal(t, account(t, untroubled), account(t, server))
						return
					}
					require.ErrorIs(t, err, hc.ErrMaybeApplied)
					if m.effect {
						assert.Equal(t, 1, server.Effects(operation))
						assert.Equal(t, account(t, untroubled), account(t, server))
					} else {
						assert.Zero(t, server.Effects(operation))
						assert.Equal(t, before, account(t, server))
					}
				})
			})
		}
	}
}
