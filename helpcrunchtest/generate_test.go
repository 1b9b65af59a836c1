package helpcrunchtest_test

import (
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

func TestGenerateIsTheSameForTheSameSeed(t *testing.T) {
	volume := helpcrunchtest.DataSize{Customers: 300, Chats: 200, Messages: 1000}
	first := newServer(t, helpcrunchtest.WithoutListener(), helpcrunchtest.WithGenerated(volume, 7))
	again := newServer(t, helpcrunchtest.WithoutListener(), helpcrunchtest.WithGenerated(volume, 7))
	other := newServer(t, helpcrunchtest.WithoutListener(), helpcrunchtest.WithGenerated(volume, 8))
	assert.Equal(t, first.Customers(), again.Customers())
	assert.Equal(t, first.Chats(), again.Chats())
	assert.NotEqual(t, first.Customers(), other.Customers())
	messages := 0
	for _, chat := range first.Chats() {
		written := first.Messages(chat.ID)
		assert.Equal(t, written, again.Messages(chat.ID))
		messages += len(written)
	}
	assert.Len(t, first.Customers(), 300)
	assert.Len(t, first.Chats(), 200)
	assert.Equal(t, 1000, messages)
}

func TestNegativeSizesGenerateNothing(t *testing.T) {
	server := newServer(t, helpcrunchtest.WithGenerated(helpcrunchtest.DataSize{Customers: 1, Chats: 2, Messages: -3}, 1))
	require.Len(t, server.Chats(), 2)
	assert.Empty(t, server.Messages(server.Chats()[1].ID))
	server.Generate(helpcrunchtest.DataSize{Customers: -1, Chats: -1}, 1)
	assert.Len(t, server.Chats(), 2)
}

func TestGeneratedRowsArePlausible(t *testing.T) {
	server := newServer(t, helpcrunchtest.WithoutListener(),
		helpcrunchtest.WithGenerated(helpcrunchtest.DataSize{Customers: 500, Chats: 400, Messages: 900}, 1))
	userIDs, tagged, custom := map[string]bool{}, 0, 0
	begin, end := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var last time.Time
	for _, customer := range server.Customers() {
		assert.False(t, userIDs[customer.UserID])
		userIDs[customer.UserID] = true
		assert.Regexp(t, `^\w+ \w+$`, customer.Name)
		assert.Regexp(t, `^[a-z]+\.[a-z]+\d+@example\.com$`, customer.Email)
		assert.False(t, customer.FirstSeen.Before(last), "customers come one after the other")
		last = customer.FirstSeen.Time
		assert.True(t, !last.Before(begin) && last.Before(end), "%v", last)
		assert.True(t, customer.LastSeen.IsZero() || !customer.LastSeen.Before(last) && customer.LastSeen.Before(end))
		tagged += min(len(customer.Tags), 1)
		custom += min(len(customer.CustomData), 1)
	}
	assert.Greater(t, tagged, 100)
	assert.Equal(t, 500, custom)
	statuses := map[helpcrunch.ChatStatus]int{}
	for _, chat := range server.Chats() {
		statuses[chat.Status]++
		messages := server.Messages(chat.ID)
		require.NotEmpty(t, messages)
		assert.Equal(t, messages[len(messages)-1].ID, chat.LastMessageID)
		assert.Equal(t, chat.Status == helpcrunch.ChatStatusClosed, !chat.ClosedAt.IsZero())
		_, ok := server.Customer(chat.Customer.ID)
		assert.True(t, ok)
	}
	for _, status := range []helpcrunch.ChatStatus{
		helpcrunch.ChatStatusOpened, helpcrunch.ChatStatusClosed, helpcrunch.ChatStatusOnHold, helpcrunch.ChatStatusPending,
	} {
		assert.NotZero(t, statuses[status], status)
	}
}

// A million customers must fit in 1 GiB. The test measures a tenth of them, sorted by a list
// request, and doubles the result, because the heap may grow to twice the live memory.
func TestAMillionCustomersFitInAGibibyte(t *testing.T) {
	const part = 10
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	server := newServer(t, helpcrunchtest.WithoutListener(),
		helpcrunchtest.WithGenerated(helpcrunchtest.DataSize{Customers: 1_000_000 / part}, 1))
	page, err := server.Client().Customers.List(t.Context(), &helpcrunch.CustomerListOptions{Sort: helpcrunch.CustomerSortFirstSeen})
	require.NoError(t, err)
	require.Equal(t, 1_000_000/part, page.Total)
	runtime.GC()
	runtime.ReadMemStats(&after)
	perCustomer := float64(after.HeapAlloc-before.HeapAlloc) / (1_000_000 / part)
	t.Logf("%.0f bytes for each customer, %.0f MiB for a million", perCustomer, perCustomer*1_000_000/(1<<20))
	assert.Less(t, 2*perCustomer*1_000_000, float64(1<<30))
	runtime.KeepAlive(server)
}

func TestDemoAccount(t *testing.T) {
	server := newServer(t, helpcrunchtest.WithoutListener(), helpcrunchtest.WithDemoAccount())
	again := newServer(t, helpcrunchtest.WithoutListener(), helpcrunchtest.WithDemoAccount())
	assert.Equal(t, server.Customers(), again.Customers())
	assert.Len(t, server.Agents(), 3)
	assert.Len(t, server.Departments(), 2)
	assert.Len(t, server.Applications(), 2)
	assert.Len(t, server.Customers(), 5)
	statuses := map[helpcrunch.ChatStatus]int{}
	for _, chat := range server.Chats() {
		statuses[chat.Status]++
	}
	assert.Equal(t, map[helpcrunch.ChatStatus]int{
		helpcrunch.ChatStatusClosed: 1, helpcrunch.ChatStatusOpened: 1, helpcrunch.ChatStatusNew: 1,
		helpcrunch.ChatStatusOnHold: 1, helpcrunch.ChatStatusPending: 1, helpcrunch.ChatStatusEmpty: 1,
	}, statuses)
	bare := newServer(t, helpcrunchtest.WithoutListener(), helpcrunchtest.WithoutTeam(), helpcrunchtest.WithDemoAccount())
	assert.Len(t, bare.Agents(), 3)
}
