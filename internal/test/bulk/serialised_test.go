package bulk_test

import (
	"context"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	hc "github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// TestFindOrCreateAtTheSameTimeCreatesOneChat for a customer, through a client and those derived
// from it. Calls for other customers do not wait.
func TestFindOrCreateAtTheSameTimeCreatesOneChat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := bulkServer(t, 2, afterArrival(time.Second))
		app := server.AddApplication(helpcrunchtest.MakeApplication())
		client := server.Client()
		quiet := client.WithProgress(func(hc.Progress) { t.Error("a single call reports no progress") })
		began := time.Now()
		var all sync.WaitGroup
		var mu sync.Mutex
		ids, created, other := make(map[int64]bool), 0, time.Duration(0)
		for i := range 6 {
			all.Go(func() {
				customer, c := int64(1), client
				switch i {
				case 1:
					c = client.InBackground()
				case 2:
					c = quiet
				case 5:
					customer = 2
				}
				chat, isNew, err := c.Chats.FindOrCreate(t.Context(), &hc.ChatInput{Customer: customer, Application: app.ID})
				if !assert.NoError(t, err) {
					return
				}
				mu.Lock()
				defer mu.Unlock()
				if customer == 2 {
					other = time.Since(began)
					return
				}
				ids[chat.ID] = true
				if isNew {
					created++
				}
			})
		}
		all.Wait()
		assert.Len(t, ids, 1)
		assert.Equal(t, 1, created)
		assert.Equal(t, 2, server.Effects(helpcrunchtest.CreateChat))
		assert.Equal(t, 2*time.Second, other, "another customer's call does not wait")
	})
}

// TestUpsertAtTheSameTimeCreatesOneCustomer by UserID and by e-mail, which the service does not
// keep unique.
func TestUpsertAtTheSameTimeCreatesOneCustomer(t *testing.T) {
	for name, input := range map[string]hc.CustomerInput{
		"UserID": {UserID: "crm-1", Name: "Marta"}, "Email": {Email: "Marta@example.com", Name: "Marta"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := bulkServer(t, 0, afterArrival(time.Second))
				client := server.Client()
				results := make(chan hc.UpsertResult, 5)
				for i := range cap(results) {
					go func() {
						input := input
						if i%2 == 1 {
							input.Email = strings.ToLower(input.Email)
						}
						_, result, err := client.Customers.Upsert(t.Context(), &input)
						assert.NoError(t, err)
						results <- result
					}()
				}
				count := make(map[hc.UpsertResult]int)
				for range cap(results) {
					count[<-results]++
				}
				assert.Equal(t, map[hc.UpsertResult]int{hc.UpsertCreated: 1, hc.UpsertUnchanged: 4}, count)
				assert.Len(t, server.Customers(), 1)
			})
		})
	}
}

// TestAContextEndsTheWaitForAnotherFindOrCreate at once, and nothing is sent for it.
func TestAContextEndsTheWaitForAnotherFindOrCreate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := bulkServer(t, 1, afterArrival(10*time.Second))
		app := server.AddApplication(helpcrunchtest.MakeApplication())
		client, input := server.Client(), &hc.ChatInput{Customer: 1, Application: app.ID}
		go func() {
			_, _, err := client.Chats.FindOrCreate(t.Context(), input)
			assert.NoError(t, err)
		}()
		time.Sleep(time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, _, err := client.Chats.FindOrCreate(ctx, input)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.ErrorContains(t, err, "helpcrunch: waiting for another call")
		assert.Equal(t, 1, server.Count())
		time.Sleep(time.Minute)
	})
}

// TestBatchUpdateWhoseAttemptTimesOutWhileDialling succeeds as a whole: nothing was sent, but the
// caller's deadline is far away and other requests succeeded.
func TestBatchUpdateWhoseAttemptTimesOutWhileDialling(t *testing.T) {
	for _, deadline := range []time.Duration{0, time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			server := bulkServer(t, 30, afterArrival(0))
			var requests atomic.Int64
			client := server.Client(hc.WithMaxRetries(0), hc.WithAttemptTimeout(time.Second), hc.WithHTTPClient(&http.Client{
				Transport: kit.TransportFunc(func(r *http.Request) (*http.Response, error) {
					if requests.Add(1) == 2 {
						<-r.Context().Done()
						return nil, &net.OpError{Op: "dial", Net: "tcp", Err: r.Context().Err()}
					}
					return server.Transport().RoundTrip(r)
				}),
			}))
			ctx := t.Context()
			if deadline > 0 {
				bounded, cancel := context.WithTimeout(ctx, deadline)
				defer cancel()
				ctx = bounded
			}
			outcomes, err := client.Customers.BatchUpdate(ctx, nameItems(30))
			require.NoError(t, err)
			failed := 0
			for _, outcome := range outcomes {
				if outcome.Err != nil {
					failed++
					assert.ErrorIs(t, outcome.Err, context.DeadlineExceeded)
					assert.NotErrorIs(t, outcome.Err, hc.ErrMaybeApplied)
				}
			}
			assert.Equal(t, 10, failed)
		})
	}
}
