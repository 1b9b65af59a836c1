package helpcrunchtest_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
	"github.com/helpcrunch-go/helpcrunch/webhook"
)

// troubledReceiver handles webhooks with failures. The text of a message is its number, which
// selects the failure.
type troubledReceiver struct {
	requests atomic.Int64

	mu      sync.Mutex
	calls   map[string]int // of the function, by the event's id
	handled []handledEvent // those for which the function returned nil
}

type handledEvent struct {
	id      string
	message int64
	text    string
}

// handle fails at first for some messages, by error or panic.
func (r *troubledReceiver) handle(_ context.Context, event *webhook.Event) error {
	data, ok := event.Message()
	if !ok {
		return fmt.Errorf("a %s is no message", event.Type)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls[event.ID]++
	number, _ := strconv.Atoi(data.Message.Text)
	switch calls := r.calls[event.ID]; {
	case number%10 == 3 && calls == 1, number%50 == 7 && calls <= 2:
		return errors.New("not now")
	case number%10 == 5 && calls == 1:
		panic("oh no")
	}
	r.handled = append(r.handled, handledEvent{event.ID, data.Message.ID, data.Message.Text})
	return nil
}

// network is a transport that loses some requests and some responses.
func (r *troubledReceiver) network(receiver http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		switch r.requests.Add(1) % 40 {
		case 0:
			w.WriteHeader(http.StatusBadGateway)
		case 1:
			receiver.ServeHTTP(httptest.NewRecorder(), request)
			panic(http.ErrAbortHandler) // the connection breaks
		default:
			receiver.ServeHTTP(w, request)
		}
	})
}

// troubledServer sends its webhooks to a receiver on the network, and some of them twice.
func troubledServer(t *testing.T, receiver *troubledReceiver) *helpcrunchtest.Server {
	t.Helper()
	handler, err := webhook.NewHandler(signingKey, receiver.handle)
	require.NoError(t, err)
	listening := httptest.NewServer(receiver.network(handler))
	t.Cleanup(listening.Close)
	var server *helpcrunchtest.Server
	var answered atomic.Int64
	twice := func(d helpcrunchtest.Delivery) {
		if d.Forgery == helpcrunchtest.NoForgery && !d.Duplicate && answered.Add(1)%8 == 0 {
			server.Redeliver(d.ID)
		}
	}
	// More attempts than failures, with enough time for a busy machine.
	patient := []time.Duration{time.Millisecond, 5 * time.Millisecond, 20 * time.Millisecond, 100 * time.Millisecond}
	patient = append(patient, slices.Repeat([]time.Duration{time.Second}, 8)...)
	server = newServer(t, helpcrunchtest.WithoutListener(), helpcrunchtest.WithWebhook(listening.URL, signingKey),
		helpcrunchtest.WithWebhookSchedule(patient...), helpcrunchtest.WithWebhookObserver(twice))
	return server
}

// writeThroughTheAPI writes messages of a customer, shuffles their webhooks if asked, and sends
// some forgeries.
func writeThroughTheAPI(t *testing.T, server *helpcrunchtest.Server, chat int64, from, to int, shuffled bool) {
	t.Helper()
	client := server.Client()
	if shuffled {
		server.HoldWebhooks()
	}
	for number := from; number < to; number++ {
		message, err := client.Messages.SendAsCustomer(t.Context(), chat, strconv.Itoa(number))
		require.NoError(t, err)
		if number%12 == 0 {
			forgeries := []helpcrunchtest.Forgery{helpcrunchtest.WrongKey, helpcrunchtest.ChangedBody, helpcrunchtest.NoSignature}
			server.Forge(forgeries[number/12%3], webhook.EventTypeMessageChatCustomer, message)
		}
	}
	if !shuffled {
		return
	}
	held := server.HeldWebhooks()
	rand.Shuffle(len(held), func(i, j int) { held[i], held[j] = held[j], held[i] })
	for train := range slices.Chunk(held, 20) {
		var ids []string
		for _, d := range train {
			ids = append(ids, d.ID)
		}
		server.ReleaseWebhooks(ids...)
	}
	server.ReleaseAllWebhooks()
}

func TestEveryEventIsHandledExactlyOnceDespiteFailures(t *testing.T) {
	messages := 6800
	if raceDetector {
		messages = 1000 // it makes them ten times slower
	}
	receiver := &troubledReceiver{calls: map[string]int{}}
	server := troubledServer(t, receiver)
	chat := server.AddChat(helpcrunchtest.MakeChat(server.AddCustomer(helpcrunchtest.MakeCustomer()).ID)).ID
	for from := 0; from < messages; from += 100 {
		writeThroughTheAPI(t, server, chat, from, from+100, from%500 == 0)
	}
	settle(t, server)

	receiver.mu.Lock()
	defer receiver.mu.Unlock()
	assertHandledOnce(t, server.Messages(chat), receiver.handled)
	assertTroubles(t, server.Deliveries(), messages)
	inOrder := slices.IsSortedFunc(receiver.handled, func(a, b handledEvent) int { return int(a.message - b.message) })
	assert.False(t, inOrder, "some came in another order")
}

// assertHandledOnce checks that each message was handled once, by each of its ids.
func assertHandledOnce(t *testing.T, messages []helpcrunch.Message, handled []handledEvent) {
	t.Helper()
	want := map[int64]string{}
	for _, message := range messages {
		want[message.ID] = message.Text
	}
	got, ids := map[int64]string{}, map[string]bool{}
	for _, event := range handled {
		got[event.message], ids[event.id] = event.text, true
	}
	assert.Equal(t, want, got, "none is lost")
	assert.Len(t, handled, len(messages), "none is handled twice, and no forgery of any")
	assert.Len(t, ids, len(messages))
}

// assertTroubles checks that no forgery was accepted, that all other webhooks arrived, and that
// enough failures of each kind occurred.
func assertTroubles(t *testing.T, deliveries []helpcrunchtest.Delivery, messages int) {
	t.Helper()
	arrived, counts := map[string]bool{}, map[string]int{}
	for _, d := range deliveries {
		switch {
		case d.Forgery != helpcrunchtest.NoForgery:
			counts["forged"]++
			assert.Contains(t, []int{0, http.StatusUnauthorized, http.StatusBadGateway}, d.Status)
			continue
		case d.Duplicate:
			counts["duplicate"]++
		case d.Err != nil:
			counts["response lost"]++
		case d.Status == http.StatusInternalServerError:
			counts["failed"]++
		}
		arrived[d.ID] = arrived[d.ID] || d.Delivered()
	}
	for id, ok := range arrived {
		assert.True(t, ok, "%s was given up", id)
	}
	assert.GreaterOrEqual(t, len(deliveries), messages*10_000/6800)
	for kind, least := range map[string]int{"forged": 500, "duplicate": 900, "response lost": 100, "failed": 1400} {
		assert.GreaterOrEqual(t, counts[kind], messages*least/6800, kind)
	}
	t.Logf("%d deliveries, of which %v", len(deliveries), counts)
}
