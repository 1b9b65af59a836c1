package helpcrunchtest_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

func TestRequestsAreRecorded(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	server := newServer(t, helpcrunchtest.WithClock(func() time.Time { return now }))
	client := server.Client(helpcrunch.WithUserAgent("my-service/1"))
	_, err := client.Customers.Create(t.Context(), &helpcrunch.CustomerInput{Name: "Marta"})
	require.NoError(t, err)
	_, err = client.Customers.List(t.Context(), &helpcrunch.CustomerListOptions{Limit: 7})
	require.NoError(t, err)
	_, err = client.Customers.Get(t.Context(), 5)
	require.ErrorIs(t, err, helpcrunch.ErrNotFound)

	requests := server.Requests()
	require.Len(t, requests, 3)
	create := requests[0]
	assert.Equal(t, now, create.Time)
	assert.Equal(t, helpcrunchtest.CreateCustomer, create.Operation)
	assert.Equal(t, http.MethodPost, create.Method)
	assert.Equal(t, "/v1/customers", create.Path)
	assert.JSONEq(t, `{"name":"Marta"}`, string(create.Body))
	assert.Equal(t, http.StatusCreated, create.Status)
	assert.Equal(t, "my-service/1", create.Header.Get("User-Agent"))
	assert.True(t, create.Applied)
	assert.Equal(t, "7", requests[1].Query().Get("limit"))
	assert.False(t, requests[2].Applied)

	assert.Equal(t, 3, server.Count())
	assert.Equal(t, 2, server.Count(helpcrunchtest.ListCustomers, helpcrunchtest.GetCustomer))
	assert.Equal(t, 1, server.CountStatus(http.StatusNotFound))
	assert.Equal(t, 0, server.CountStatus(http.StatusNotFound, helpcrunchtest.CreateCustomer))
	assert.Equal(t, 1, server.Effects(helpcrunchtest.CreateCustomer))
	assert.Len(t, server.RequestsFor(helpcrunchtest.GetCustomer), 1)

	server.ForgetRequests()
	assert.Zero(t, server.Count())
	_, ok := server.LastRequest()
	assert.False(t, ok)
	assert.Len(t, server.Customers(), 1)
}

func TestRequestsDoNotContainTheKey(t *testing.T) {
	server := newServer(t)
	key := server.APIKey
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost,
		server.URL+"/customers?key="+key, strings.NewReader(`{"name":"`+key+`"}`))
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer "+key)
	request.Header.Set("X-Api-Key", key)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	assert.Equal(t, http.StatusCreated, response.StatusCode)
	assert.NotContains(t, fmt.Sprintf("%+v", server.Requests()), key)
	assert.Equal(t, "(key)", server.Requests()[0].Header.Get("X-Api-Key"))
	assert.Equal(t, key, server.Customers()[0].Name, "the account stores what was written")
	assert.Equal(t, key, request.Header.Get("X-Api-Key"), "the request itself is left alone")
}

func TestRequestsDoNotContainTheKeyInAnyEncoding(t *testing.T) {
	server := newServer(t, helpcrunchtest.WithoutListener())
	key := server.APIKey
	unicode := ""
	for _, c := range key {
		unicode += fmt.Sprintf(`\u%04X`, c)
	}
	keepSlash := strings.ReplaceAll(url.QueryEscape(key), "%2F", "/")
	lower := strings.ReplaceAll(keepSlash, "%2B", "%2b")
	for name, body := range map[string]string{
		"escaped slash": `{"name":"` + strings.ReplaceAll(key, "/", `\/`) + `"}`,
		"unicode":       `{"name":"` + unicode + `"}`,
	} {
		for _, query := range []string{keepSlash, lower, url.QueryEscape(key), url.QueryEscape(url.QueryEscape(key)), "%zz" + keepSlash} {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/customers", strings.NewReader(body))
			require.NoError(t, err)
			request.URL.RawQuery = "limit=5&key=" + query + "&sort=x"
			request.Host = key
			request.Header.Set("Authorization", "Bearer "+key)
			request.Header.Set("Referer", "https://example.com/?key="+query)
			response, err := server.HTTPClient().Do(request)
			require.NoError(t, err)
			require.NoError(t, response.Body.Close())
			require.Equal(t, http.StatusCreated, response.StatusCode)
			record, _ := server.LastRequest()
			prefix, _, _ := strings.Cut(query, "helpcrunchtest")
			assert.Equal(t, "limit=5&key="+prefix+"(key)&sort=x", record.RawQuery, name)
			assert.Equal(t, "https://example.com/?key="+prefix+"(key)", record.Header.Get("Referer"))
			assert.Equal(t, `{"name":"(key)"}`, string(record.Body), name)
			assert.Equal(t, "(key)", record.Host)
		}
	}
}

func TestRequestLogDropsTheOldest(t *testing.T) {
	server := newServer(t, helpcrunchtest.WithoutListener(), helpcrunchtest.WithRequestLog(3))
	client := server.Client()
	for id := int64(1); id <= 10; id++ {
		_, _ = client.Customers.Get(t.Context(), id)
	}
	requests := server.Requests()
	require.Len(t, requests, 3)
	assert.Equal(t, "/v1/customers/8", requests[0].Path)
	assert.Equal(t, "/v1/customers/10", requests[2].Path)
	assert.Equal(t, 10, server.Count())

	silent := newServer(t, helpcrunchtest.WithoutListener(), helpcrunchtest.WithRequestLog(0))
	_, err := silent.Client().Organization.Get(t.Context())
	require.NoError(t, err)
	assert.Empty(t, silent.Requests())
	assert.Equal(t, 1, silent.Count())
}

func TestObserverSeesEveryRequest(t *testing.T) {
	var seen []string
	server := newServer(t, helpcrunchtest.WithoutListener(), helpcrunchtest.WithObserver(func(r helpcrunchtest.Request) {
		seen = append(seen, fmt.Sprint(r.Operation, " ", r.Status))
	}))
	_, err := server.Client().Organization.Get(t.Context())
	require.NoError(t, err)
	_, _ = server.Client().Chats.Get(t.Context(), 1)
	assert.Equal(t, []string{"organization.get 200", "chats.get 404"}, seen)
}

func TestMostRequestsInAWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := helpcrunchtest.NewServer()
		defer server.Close()
		get := func() {
			_, err := server.Client().Organization.Get(t.Context())
			require.NoError(t, err)
		}
		assert.Zero(t, server.MostRequestsIn(time.Minute))
		get()
		time.Sleep(59 * time.Second)
		get()
		get()
		time.Sleep(time.Second) // a minute after the first
		get()
		assert.Equal(t, 3, server.MostRequestsIn(time.Minute))
		assert.Equal(t, 2, server.MostRequestsIn(time.Second))
		assert.Equal(t, 4, server.MostRequestsIn(time.Hour))
	})
}

func TestOpenBodies(t *testing.T) {
	server := newServer(t, helpcrunchtest.WithoutListener())
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/agents", nil)
	require.NoError(t, err)
	first, err := server.HTTPClient().Do(request)
	require.NoError(t, err)
	second, err := server.HTTPClient().Do(request)
	require.NoError(t, err)
	assert.Equal(t, 2, server.OpenBodies())
	require.NoError(t, first.Body.Close())
	require.NoError(t, first.Body.Close())
	assert.Equal(t, 1, server.OpenBodies())
	require.NoError(t, second.Body.Close())
	assert.Zero(t, server.OpenBodies())
}

func TestLatencyBeforeAndAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := helpcrunchtest.NewServer(helpcrunchtest.WithLatencyFunc(func() (before, after time.Duration) {
			return time.Second, 2 * time.Second
		}))
		defer server.Close()
		start := time.Now()
		o := post(t.Context(), server, server.HTTPClient())
		require.NoError(t, o.err)
		assert.Equal(t, 3*time.Second, time.Since(start))
		assert.Equal(t, start.Add(time.Second), server.Requests()[0].Time, "counted when it arrives")

		ctx, cancel := context.WithTimeout(t.Context(), time.Second/2)
		defer cancel()
		require.ErrorIs(t, post(ctx, server, server.HTTPClient()).err, context.DeadlineExceeded)
		assert.Equal(t, 1, server.Count(), "cancelled on its way, it never arrives")
	})
}

func TestLatencyFuncMayUseTheServer(t *testing.T) {
	var server *helpcrunchtest.Server
	server = helpcrunchtest.NewServer(helpcrunchtest.WithoutListener(), helpcrunchtest.WithLatencyFunc(func() (before, after time.Duration) {
		return time.Duration(server.Count()), 0
	}))
	done := make(chan error, 1)
	go func() {
		_, err := server.Client().Organization.Get(t.Context())
		done <- err
	}()
	select {
	case err := <-done:
		require.NoError(t, err)
	case <-time.After(5 * time.Second):
		t.Fatal("the server waits for itself")
	}
}

func TestAPlainGetIsCheap(t *testing.T) {
	server := newServer(t, helpcrunchtest.WithoutListener(), helpcrunchtest.WithDemoAccount())
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/customers/100001", nil)
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer "+server.APIKey)
	transport := server.Transport()
	allocations := testing.AllocsPerRun(200, func() {
		response, err := transport.RoundTrip(request)
		if err != nil || response.StatusCode != http.StatusOK {
			t.Error(err)
			return
		}
		_ = response.Body.Close()
	})
	assert.LessOrEqual(t, allocations, 16.0)
}

func TestHoursOfWaitingFitInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := helpcrunchtest.NewServer(helpcrunchtest.WithRateLimit(helpcrunchtest.RateLimit{Requests: 120}))
		defer server.Close()
		limiter, err := helpcrunch.NewRateLimiter(120)
		require.NoError(t, err)
		client := server.Client(helpcrunch.WithRateLimiter(limiter))
		before := time.Now()
		for range 1000 {
			_, err := client.Organization.Get(t.Context())
			require.NoError(t, err)
		}
		assert.Greater(t, time.Since(before), 7*time.Minute)
		assert.Zero(t, server.CountStatus(http.StatusTooManyRequests))
		assert.LessOrEqual(t, server.MostRequestsIn(time.Minute), 120)
	})
}

func TestSnoozeEndsByTheClock(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	server := newServer(t, helpcrunchtest.WithoutListener(), helpcrunchtest.WithClock(func() time.Time { return now }))
	client := server.Client()
	chat := server.AddChat(helpcrunch.Chat{ReadByAgent: true})
	_, err := client.Chats.Snooze(t.Context(), chat.ID, now.Add(time.Hour))
	require.NoError(t, err)

	now = now.Add(time.Hour - time.Second)
	read, err := client.Chats.Get(t.Context(), chat.ID)
	require.NoError(t, err)
	assert.True(t, read.ReadByAgent)
	assert.False(t, read.SnoozedUntil.IsZero())

	now = now.Add(time.Second)
	read, err = client.Chats.Get(t.Context(), chat.ID)
	require.NoError(t, err)
	assert.False(t, read.ReadByAgent, "the chat becomes unread")
	assert.True(t, read.SnoozedUntil.IsZero())
	held, _ := server.Chat(chat.ID)
	assert.Equal(t, held, *read)
}

func TestNoGoroutineLeaks(t *testing.T) {
	ignore := goleak.IgnoreCurrent()
	server := helpcrunchtest.NewServer()
	client := server.Client(helpcrunch.WithMaxRetries(0))
	server.Inject(helpcrunchtest.SlowBody(time.Hour).After(1).Once())
	server.Inject(helpcrunchtest.EndlessBody().After(1).Once())
	_, err := client.Organization.Get(t.Context())
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	_, err = client.Organization.Get(ctx)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	o := post(t.Context(), server, http.DefaultClient)
	require.Equal(t, 1<<20, len(o.body))
	server.Close()
	goleak.VerifyNone(t, ignore)
}
