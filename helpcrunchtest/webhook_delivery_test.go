package helpcrunchtest_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
	"github.com/helpcrunch-go/helpcrunch/webhook"
)

func TestWebhookIsSignedOverItsExactBytes(t *testing.T) {
	server, _ := newReceiver(t, helpcrunchtest.WithClock(func() time.Time { return conformanceStart }))
	ask(t, server, "POST /customers", `{"name":"Zoë <b>&'\"\\/ 😀","userId":"a/b\n"}`)
	settle(t, server)
	sent := server.Deliveries()[0]
	assert.Equal(t, `{"event":"customer.new","eventData":{"id":100001,"name":"Zo\u00eb <b>&'\"\\\/ \ud83d\ude00","userId":"a\/b\n",`+
		`"email":null,"unsubscribed":false,"customData":[]},"attempts":0,"lastAttemptAt":1700000000,"createdAt":1700000000,"id":"`+
		sent.ID+`"}`, string(sent.Body))
	assert.Equal(t, sign(signingKey, sent.Body), sent.Signature)
	assert.Regexp(t, `^[0-9a-f]{40}$`, sent.Signature)
}

func TestWebhookDataCanBeAString(t *testing.T) {
	server, receiver := newReceiver(t, helpcrunchtest.WithDialect(helpcrunchtest.Dialect{WebhookDataAsString: true}))
	server.SendWebhook("test", map[string]string{"name": "Zoë/"})
	settle(t, server)
	assert.Equal(t, `"{\"name\":\"Zo\\u00eb\\\/\"}"`, string(receiver.received()[0].EventData))
}

func TestFailedWebhookIsRetriedBySchedule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, receiver := newReceiver(t)
		receiver.respond = func(webhookBody) int { return http.StatusInternalServerError }
		began := time.Now()
		ask(t, server, "POST /customers", `{}`)
		settle(t, server)
		bodies, sent := receiver.received(), server.Deliveries()
		require.Len(t, sent, 3)
		for i, after := range []time.Duration{0, 10 * time.Second, 70 * time.Second} {
			assert.Equal(t, after, sent[i].Time.Sub(began))
			assert.Equal(t, 500, sent[i].Status)
			assert.Equal(t, i, sent[i].Attempts)
			assert.Equal(t, i, bodies[i].Attempts)
			assert.Equal(t, began.Unix(), bodies[i].CreatedAt)
			assert.Equal(t, began.Add(after).Unix(), bodies[i].LastAttemptAt)
			assert.Equal(t, bodies[0].ID, bodies[i].ID)
			assert.Equal(t, bodies[0].EventData, bodies[i].EventData)
			assert.Equal(t, 0, i-slices.Index([]string{sent[0].Signature, sent[1].Signature, sent[2].Signature}, sent[i].Signature))
		}
		time.Sleep(24 * time.Hour)
		assert.Empty(t, receiver.received(), "it is given up")
	})
}

func TestWebhookIsRetriedUntilDelivered(t *testing.T) {
	statuses := map[int]int{200: 1, 204: 1, 299: 1, 301: 3, 304: 3, 400: 3, 401: 3, 404: 3, 503: 3}
	for status, attempts := range statuses {
		server, receiver := newReceiver(t, helpcrunchtest.WithWebhookSchedule(0, 0))
		receiver.respond = func(webhookBody) int { return status }
		server.SendWebhook("test", nil)
		settle(t, server)
		assert.Len(t, receiver.received(), attempts, "status %d", status)
	}
	server, receiver := newReceiver(t, helpcrunchtest.WithWebhookSchedule(0, 0, 0, 0))
	receiver.respond = func(body webhookBody) int { return map[bool]int{true: 500, false: 200}[body.Attempts < 2] }
	server.SendWebhook("test", nil)
	settle(t, server)
	assert.Len(t, receiver.received(), 3)
	assert.True(t, server.Deliveries()[2].Delivered())
}

func TestWebhookWithoutDelaysIsSentOnce(t *testing.T) {
	server, receiver := newReceiver(t, helpcrunchtest.WithWebhookSchedule())
	receiver.respond = func(webhookBody) int { return http.StatusInternalServerError }
	server.SendWebhook("test", nil)
	settle(t, server)
	assert.Len(t, receiver.received(), 1)
}

func TestWebhookScheduleUsesTheServersClock(t *testing.T) {
	var now atomic.Int64
	attempts := make(chan helpcrunchtest.Delivery, 10)
	server, receiver := newReceiver(t, helpcrunchtest.WithClock(func() time.Time { return time.Unix(now.Load(), 0) }),
		helpcrunchtest.WithWebhookObserver(func(d helpcrunchtest.Delivery) { attempts <- d }))
	receiver.respond = func(body webhookBody) int { return map[bool]int{true: 500, false: 200}[body.Attempts == 0] }
	server.SendWebhook("test", nil)
	assert.Equal(t, 500, (<-attempts).Status)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, server.WaitForWebhooks(ctx), context.Canceled)
	now.Store(10)
	settle(t, server)
	assert.Equal(t, time.Unix(10, 0), (<-attempts).Time)
	assert.Len(t, receiver.received(), 2)
}

func TestSlowWebhookTimesOutAndIsRetried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, receiver := newReceiver(t, helpcrunchtest.WithWebhookTimeout(5*time.Second), helpcrunchtest.WithWebhookSchedule(0))
		receiver.respond = func(body webhookBody) int {
			time.Sleep(map[int]time.Duration{0: 6 * time.Second, 1: 4 * time.Second}[body.Attempts])
			return http.StatusOK
		}
		began := time.Now()
		server.SendWebhook("test", nil)
		settle(t, server)
		assert.Equal(t, 9*time.Second, time.Since(began))
		sent := server.Deliveries()
		require.Len(t, sent, 2)
		require.ErrorIs(t, sent[0].Err, context.DeadlineExceeded)
		assert.Zero(t, sent[0].Status)
		assert.Equal(t, 200, sent[1].Status)
	})
}

func TestPanicAndGoexitOfAHandlerAreErrors(t *testing.T) {
	for want, handle := range map[string]http.HandlerFunc{
		"the handler panicked: oh no":       func(http.ResponseWriter, *http.Request) { panic("oh no") },
		"the handler ended its goroutine":   func(http.ResponseWriter, *http.Request) { runtime.Goexit() },
		"the handler panicked: net/http: a": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		server := newServer(t, helpcrunchtest.WithoutListener(), helpcrunchtest.WithWebhookHandler(handle, signingKey),
			helpcrunchtest.WithWebhookSchedule(0))
		server.SendWebhook("test", nil)
		settle(t, server)
		sent := server.Deliveries()
		require.Len(t, sent, 2)
		assert.ErrorContains(t, sent[1].Err, want)
	}
}

func TestGoexitOfAnObserverStopsNoDelivery(t *testing.T) {
	server := newServer(t, helpcrunchtest.WithWebhookHandler(&receiver{t: t}, signingKey),
		helpcrunchtest.WithWebhookObserver(func(helpcrunchtest.Delivery) { runtime.Goexit() })) // as t.FailNow does
	for range 10 { // more than run concurrently
		server.SendWebhook("test", nil)
		settle(t, server)
	}
	assert.Len(t, server.Deliveries(), 10)
}

func TestWebhookGoesToAURL(t *testing.T) {
	server, sent := deliverTo(t, func(listening *httptest.Server) []helpcrunchtest.Option {
		return []helpcrunchtest.Option{helpcrunchtest.WithWebhook(listening.URL+"/hooks?a=b", signingKey)}
	}, func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "/hooks?a=b", r.RequestURI)
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		assert.Equal(t, sign(signingKey, body), r.Header.Get("X-HelpCrunch-Signature"))
		w.WriteHeader(http.StatusNoContent)
	})
	assert.Equal(t, http.StatusNoContent, sent[0].Status)
	assert.Contains(t, sent[0].URL, "/hooks?a=b")
	server.Close()
}

// deliverTo sends one webhook to a handler on the network and returns the attempts.
func deliverTo(t *testing.T, opts func(*httptest.Server) []helpcrunchtest.Option, handle http.HandlerFunc) (*helpcrunchtest.Server, []helpcrunchtest.Delivery) {
	t.Helper()
	listening := httptest.NewTLSServer(handle)
	if handle == nil {
		listening.Close()
	}
	t.Cleanup(listening.Close)
	server := newServer(t, append(opts(listening), helpcrunchtest.WithWebhookSchedule(0), helpcrunchtest.WithoutListener(),
		helpcrunchtest.WithWebhookClient(listening.Client()))...)
	server.SendWebhook("test", nil)
	settle(t, server)
	sent := server.Deliveries()
	require.NotEmpty(t, sent)
	return server, sent
}

func TestWebhookFollowsNoRedirect(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it went elsewhere") }))
	defer elsewhere.Close()
	redirect := func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
	}
	_, sent := deliverTo(t, func(listening *httptest.Server) []helpcrunchtest.Option {
		return []helpcrunchtest.Option{helpcrunchtest.WithWebhook(listening.URL, signingKey)}
	}, redirect)
	require.Len(t, sent, 2)
	assert.Equal(t, http.StatusTemporaryRedirect, sent[0].Status)
}

func TestWebhookWithoutAListenerIsRetried(t *testing.T) {
	_, sent := deliverTo(t, func(listening *httptest.Server) []helpcrunchtest.Option {
		return []helpcrunchtest.Option{helpcrunchtest.WithWebhook(listening.URL, signingKey)}
	}, nil)
	require.Len(t, sent, 2)
	assert.ErrorContains(t, sent[1].Err, "connection refused")
	assert.Zero(t, sent[1].Status)
}

func TestWebhooksOfSomeEvents(t *testing.T) {
	chats, all := &receiver{t: t}, &receiver{t: t}
	server := newServer(t, helpcrunchtest.WithoutListener(),
		helpcrunchtest.WithWebhookHandler(chats, signingKey, webhook.EventTypeChatNew, webhook.EventTypeChatClosed),
		helpcrunchtest.WithWebhookHandler(all, signingKey))
	for _, step := range []step{aCustomer, aChat, closing} {
		ask(t, server, step.request, step.body)
	}
	settle(t, server)
	some, every := chats.received(), all.received()
	require.Len(t, some, 2)
	require.Len(t, every, 4)
	for _, body := range every {
		assert.NotEqual(t, some[0].ID, body.ID, "each webhook has ids of its own")
	}
}

func TestWebhooksDelayNoCallAndAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var now, most atomic.Int64
		server, receiver := newReceiver(t)
		receiver.respond = func(webhookBody) int {
			if n := now.Add(1); n > most.Load() {
				most.Store(n)
			}
			time.Sleep(time.Second)
			now.Add(-1)
			return http.StatusOK
		}
		began := time.Now()
		for range 40 {
			ask(t, server, "POST /customers", `{}`)
		}
		assert.Zero(t, time.Since(began))
		settle(t, server)
		assert.Equal(t, 5*time.Second, time.Since(began))
		assert.EqualValues(t, 8, most.Load())
	})
}

func TestCloseEndsWebhooksWithoutLeaks(t *testing.T) {
	ignore := goleak.IgnoreCurrent()
	arrived := make(chan struct{}, 100)
	hang := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // so that the end of the connection is noticed
		arrived <- struct{}{}
		<-r.Context().Done()
	})
	listening := httptest.NewServer(hang)
	server := helpcrunchtest.NewServer(helpcrunchtest.WithWebhookHandler(hang, signingKey),
		helpcrunchtest.WithWebhook(listening.URL, signingKey),
		helpcrunchtest.WithWebhookHandler(http.NotFoundHandler(), signingKey, webhook.EventTypeChatNew))
	chat := server.AddChat(helpcrunchtest.MakeChat(server.AddCustomer(helpcrunchtest.MakeCustomer()).ID))
	for range 20 {
		server.CustomerWrites(chat.ID, "Hello?")
	}
	for range 8 {
		<-arrived
	}
	waited := make(chan error)
	go func() { waited <- server.WaitForWebhooks(context.Background()) }()
	server.Close()
	require.ErrorContains(t, <-waited, "the server is closed")
	require.ErrorContains(t, server.WaitForWebhooks(t.Context()), "the server is closed")
	server.CustomerWrites(chat.ID, "Hello?")
	server.SendWebhook("test", nil)
	server.Close()
	assert.Empty(t, server.Deliveries(), "an aborted attempt is not recorded")
	listening.Close()
	goleak.VerifyNone(t, ignore)
}

// A stopped clock never reaches the time of the next attempt.
func TestStoppedClockIsReadRarely(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int64
		server, receiver := newReceiver(t, helpcrunchtest.WithWebhookSchedule(time.Microsecond),
			helpcrunchtest.WithClock(func() time.Time { asked.Add(1); return conformanceStart }))
		receiver.respond = func(webhookBody) int { return http.StatusInternalServerError }
		server.SendWebhook("test", nil)
		time.Sleep(time.Second)
		assert.Len(t, receiver.received(), 1)
		assert.LessOrEqual(t, asked.Load(), int64(120))
	})
}

func TestCloseWhileAWebhookWaitsForItsRetry(t *testing.T) {
	ignore := goleak.IgnoreCurrent()
	failed := make(chan struct{})
	server := helpcrunchtest.NewServer(helpcrunchtest.WithWebhookHandler(http.NotFoundHandler(), signingKey),
		helpcrunchtest.WithWebhookSchedule(time.Hour),
		helpcrunchtest.WithWebhookObserver(func(helpcrunchtest.Delivery) { close(failed) }))
	server.SendWebhook("test", nil)
	<-failed
	server.Close()
	assert.Len(t, server.Deliveries(), 1)
	goleak.VerifyNone(t, ignore)
}

func TestServerMadeOutsideSendsWebhooksInsideABubble(t *testing.T) {
	server, receiver := newReceiver(t)
	synctest.Test(t, func(t *testing.T) {
		ask(t, server, "POST /customers", `{}`)
		synctest.Wait()
		assert.Len(t, receiver.received(), 1)
	})
}

func TestInvalidWebhookOptionsPanic(t *testing.T) {
	handler := http.NotFoundHandler()
	rows := map[string]helpcrunchtest.Option{
		`WithWebhook: the URL must begin with http:// or https:// and name a host, not "ftp://example.com"`: helpcrunchtest.WithWebhook("ftp://example.com", "k"),
		`WithWebhook: the URL must begin with http:// or https:// and name a host, not "/hooks"`:            helpcrunchtest.WithWebhook("/hooks", "k"),
		`WithWebhook: the URL must begin with http:// or https:// and name a host, not "http://:80"`:        helpcrunchtest.WithWebhook("http://:80", "k"),
		`WithWebhook: the signing key must not be empty, nor have spaces around it`:                         helpcrunchtest.WithWebhook("http://localhost", ""),
		`WithWebhookHandler: the signing key must not be empty, nor have spaces around it`:                  helpcrunchtest.WithWebhookHandler(handler, "k\n"),
		`WithWebhookHandler: the handler is nil`:                                                            helpcrunchtest.WithWebhookHandler(nil, "k"),
		`WithWebhookSchedule: a delay must be 0 or more, not -1s`:                                           helpcrunchtest.WithWebhookSchedule(time.Second, -time.Second),
		`WithWebhookTimeout: the time must be more than 0`:                                                  helpcrunchtest.WithWebhookTimeout(0),
	}
	for sentence, option := range rows {
		assert.PanicsWithValue(t, "helpcrunchtest: "+sentence, func() { helpcrunchtest.NewServer(option) })
	}
	assert.Panics(t, func() { helpcrunchtest.NewServer(helpcrunchtest.WithWebhookHandler(handler, "k", "chat.created")) })
}
