package helpcrunchtest_test

import (
	"context"
	"errors"
	"io"
	"math"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// outcome is the result of a request with a fault.
type outcome struct {
	status int
	header http.Header
	body   string
	err    error // of sending or of reading
}

// post creates a customer by plain HTTP through client.
func post(ctx context.Context, server *helpcrunchtest.Server, client *http.Client) outcome {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL+"/customers", strings.NewReader(`{"name":"Marta"}`))
	if err != nil {
		return outcome{err: err}
	}
	request.Header.Set("Authorization", "Bearer "+server.APIKey)
	response, err := client.Do(request)
	if err != nil {
		return outcome{err: err}
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	return outcome{response.StatusCode, response.Header, string(body), err}
}

// overBothWays runs a test in memory and over the network: faults must not differ.
func overBothWays(t *testing.T, test func(t *testing.T, server *helpcrunchtest.Server, client *http.Client)) {
	t.Helper()
	t.Run("in memory", func(t *testing.T) {
		server := newServer(t, helpcrunchtest.WithoutListener())
		client := server.HTTPClient()
		client.CheckRedirect = noRedirect
		test(t, server, client)
	})
	t.Run("over the network", func(t *testing.T) {
		server := newServer(t)
		connections := &http.Transport{}
		defer connections.CloseIdleConnections()
		test(t, server, &http.Client{Transport: connections, CheckRedirect: noRedirect})
	})
}

func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

func TestFaults(t *testing.T) {
	isReset := func(t *testing.T, o outcome) {
		assert.True(t, errors.Is(o.err, syscall.ECONNRESET) || errors.Is(o.err, io.EOF), "%v", o.err)
	}
	isStatus := func(status int, body string) func(*testing.T, outcome) {
		return func(t *testing.T, o outcome) {
			require.NoError(t, o.err)
			assert.Equal(t, status, o.status)
			assert.Equal(t, body, o.body)
		}
	}
	rows := []struct {
		name    string
		fault   helpcrunchtest.Fault
		effects int
		check   func(*testing.T, outcome)
	}{
		{"status 503", helpcrunchtest.Status(503), 0,
			isStatus(503, `{"message":{"info":"Service Unavailable"},"code":503}`)},
		{"status 503 after effect", helpcrunchtest.Status(503).AfterEffect(), 1,
			isStatus(503, `{"message":{"info":"Service Unavailable"},"code":503}`)},
		{"status 404", helpcrunchtest.Status(404), 0,
			isStatus(404, `{"errors":[{"code":"entity_not_found","message":"Entity not found"}]}`)},
		{"status 400", helpcrunchtest.Status(400), 0,
			isStatus(400, `{"errors":[{"code":"invalid_request","message":"The request can't be processed"}]}`)},
		{"status 401", helpcrunchtest.Status(401), 0,
			isStatus(401, `{"errors":[{"code":"invalid_token","message":"Invalid token"}]}`)},
		{"status 429", helpcrunchtest.TooManyRequests().RetryAfter(1500 * time.Millisecond), 0, func(t *testing.T, o outcome) {
			isStatus(429, `{"errors":[{"code":"too_many_requests","message":"You have exceeded your requests limit"}]}`)(t, o)
			assert.Equal(t, "1.5", o.header.Get("Retry-After"))
		}},
		{"answer 418", helpcrunchtest.Answer(418, "teapot").Header("X-Tea", "green"), 0, func(t *testing.T, o outcome) {
			isStatus(418, "teapot")(t, o)
			assert.Equal(t, "green", o.header.Get("X-Tea"))
			assert.Equal(t, "application/json", o.header.Get("Content-Type"))
		}},
		{"answer 500", helpcrunchtest.Answer(500, ""), 0, isStatus(500, "")},
		{"proxy error 502", helpcrunchtest.ProxyError(502), 0, func(t *testing.T, o outcome) {
			require.NoError(t, o.err)
			assert.Equal(t, 502, o.status)
			assert.Equal(t, "text/html", o.header.Get("Content-Type"))
			assert.Contains(t, o.body, "<h1>502 Bad Gateway</h1>")
		}},
		{"redirect", helpcrunchtest.Redirect("https://elsewhere.example.com/v1"), 0, func(t *testing.T, o outcome) {
			require.NoError(t, o.err)
			assert.Equal(t, 302, o.status)
			assert.Equal(t, "https://elsewhere.example.com/v1", o.header.Get("Location"))
		}},
		{"reset connection", helpcrunchtest.ResetConnection(), 0, isReset},
		{"reset connection after effect", helpcrunchtest.ResetConnection().AfterEffect(), 1, isReset},
		{"cut body", helpcrunchtest.CutBody(), 1, func(t *testing.T, o outcome) {
			require.ErrorIs(t, o.err, io.ErrUnexpectedEOF)
			assert.Equal(t, 201, o.status)
			assert.True(t, strings.HasPrefix(o.body, `{"id":100001,"name":"Marta"`), o.body)
		}},
		{"endless body", helpcrunchtest.EndlessBody(), 1, func(t *testing.T, o outcome) {
			require.NoError(t, o.err)
			assert.Len(t, o.body, 1<<20, "more than anyone wants to read")
			assert.True(t, strings.HasPrefix(o.body, `{"data":[{"id":1,`), o.body[:40])
		}},
		{"wrong JSON", helpcrunchtest.WrongJSON(), 1, func(t *testing.T, o outcome) {
			isStatus(201, `{"id": 1, "name": 'again', }`)(t, o)
		}},
		{"slow headers", helpcrunchtest.SlowHeaders(time.Millisecond), 1, func(t *testing.T, o outcome) {
			require.NoError(t, o.err)
			assert.Equal(t, 201, o.status)
		}},
		{"slow body", helpcrunchtest.SlowBody(8 * time.Millisecond), 1, func(t *testing.T, o outcome) {
			require.NoError(t, o.err)
			assert.True(t, strings.HasPrefix(o.body, `{"id":100001,"name":"Marta"`) && strings.HasSuffix(o.body, "}"), o.body)
		}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			assert.Equal(t, row.name, row.fault.String())
			overBothWays(t, func(t *testing.T, server *helpcrunchtest.Server, client *http.Client) {
				injected := server.Inject(row.fault.Once())
				row.check(t, post(t.Context(), server, client))
				assert.Equal(t, 1, injected.Fired())
				assert.Equal(t, row.effects, server.Effects(helpcrunchtest.CreateCustomer))
				assert.Len(t, server.Customers(), row.effects)
				last, ok := server.LastRequest()
				require.True(t, ok)
				assert.Equal(t, row.name, last.Fault)
				assert.Equal(t, row.effects == 1, last.Applied)

				after := post(t.Context(), server, client)
				require.NoError(t, after.err)
				assert.Equal(t, http.StatusCreated, after.status, "the fault is spent")
			})
		})
	}
}

func TestRefusedConnections(t *testing.T) {
	t.Run("in memory", func(t *testing.T) {
		server := newServer(t, helpcrunchtest.WithoutListener())
		server.Inject(helpcrunchtest.RefuseConnection().On(helpcrunchtest.CreateCustomer).Times(2))
		for range 2 {
			o := post(t.Context(), server, server.HTTPClient())
			require.ErrorIs(t, o.err, syscall.ECONNREFUSED)
			dial, ok := errors.AsType[*net.OpError](o.err)
			require.True(t, ok)
			assert.Equal(t, "dial", dial.Op, "nothing was sent")
		}
		assert.Zero(t, server.Count(), "a refused connection records no request")
		assert.Equal(t, http.StatusCreated, post(t.Context(), server, server.HTTPClient()).status)
	})
	t.Run("over the network, all of them", func(t *testing.T) {
		server := newServer(t)
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		require.Equal(t, http.StatusCreated, post(t.Context(), server, client).status)
		refused := server.Inject(helpcrunchtest.RefuseConnection())
		require.ErrorIs(t, post(t.Context(), server, client).err, syscall.ECONNREFUSED)
		refused.Remove()
		assert.Equal(t, http.StatusCreated, post(t.Context(), server, client).status, "the same port is open again")
		server.Inject(helpcrunchtest.RefuseConnection())
		require.ErrorIs(t, post(t.Context(), server, client).err, syscall.ECONNREFUSED)
		server.ClearFaults()
		assert.Equal(t, http.StatusCreated, post(t.Context(), server, client).status)
	})
	t.Run("over the network, one of them", func(t *testing.T) {
		server := newServer(t)
		connections := &http.Transport{}
		defer connections.CloseIdleConnections()
		client := &http.Client{Transport: connections}
		server.Inject(helpcrunchtest.RefuseConnection().Once())
		require.Error(t, post(t.Context(), server, client).err)
		assert.Empty(t, server.Customers())
		assert.Zero(t, server.Count())
		assert.Equal(t, http.StatusCreated, post(t.Context(), server, client).status)
	})
}

func TestSeedCanRefuseConnections(t *testing.T) {
	server := newServer(t, helpcrunchtest.WithSeed(func(s *helpcrunchtest.Server) { s.Inject(helpcrunchtest.RefuseConnection()) }))
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	require.ErrorIs(t, post(t.Context(), server, client).err, syscall.ECONNREFUSED)
	server.ClearFaults()
	assert.Equal(t, http.StatusCreated, post(t.Context(), server, client).status)
}

func TestObserverCanRefuseConnections(t *testing.T) {
	injected := make(chan struct{})
	var server *helpcrunchtest.Server
	server = newServer(t, helpcrunchtest.WithObserver(func(helpcrunchtest.Request) {
		server.Inject(helpcrunchtest.RefuseConnection())
		close(injected)
	}))
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	require.Error(t, post(t.Context(), server, client).err, "the port closes before the response")
	<-injected
	require.ErrorIs(t, post(t.Context(), server, client).err, syscall.ECONNREFUSED)
	server.ClearFaults()
	assert.Len(t, server.Customers(), 1)
}

func TestFaultsOfPages(t *testing.T) {
	overBothWays(t, func(t *testing.T, server *helpcrunchtest.Server, client *http.Client) {
		for _, name := range []string{"A", "B", "C", "D"} {
			server.AddCustomer(helpcrunch.Customer{Name: name})
		}
		read := func() string {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/customers?offset=2&limit=1", nil)
			require.NoError(t, err)
			request.Header.Set("Authorization", "Bearer "+server.APIKey)
			response, err := client.Do(request)
			require.NoError(t, err)
			defer func() { _ = response.Body.Close() }()
			body, err := io.ReadAll(response.Body)
			require.NoError(t, err)
			names := ""
			for _, name := range []string{"A", "B", "C", "D"} {
				if strings.Contains(string(body), `"name":"`+name+`"`) {
					names += name
				}
			}
			return names
		}
		assert.Equal(t, "C", read())
		server.Inject(helpcrunchtest.StuckPage().Once())
		assert.Equal(t, "A", read())
		server.Inject(helpcrunchtest.LongPage().Once())
		assert.Equal(t, "CD", read())
		assert.Equal(t, "C", read())
	})
}

func TestSlowFaultsTakeTheirTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := helpcrunchtest.NewServer()
		defer server.Close()
		for _, fault := range []helpcrunchtest.Fault{
			helpcrunchtest.SlowHeaders(time.Minute), helpcrunchtest.SlowBody(time.Minute),
		} {
			server.Inject(fault.Once())
			before := time.Now()
			o := post(t.Context(), server, server.HTTPClient())
			require.NoError(t, o.err)
			assert.Equal(t, time.Minute, time.Since(before), fault.String())

			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			server.Inject(fault.Once())
			before = time.Now()
			o = post(ctx, server, server.HTTPClient())
			cancel()
			require.ErrorIs(t, o.err, context.DeadlineExceeded, fault.String())
			assert.Equal(t, time.Second, time.Since(before), fault.String())
		}
		assert.Equal(t, 4, server.Effects(helpcrunchtest.CreateCustomer), "slow responses follow the effect")
	})
}

func TestSmallReadsDoNotSlowABody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := helpcrunchtest.NewServer()
		defer server.Close()
		server.Inject(helpcrunchtest.SlowBody(time.Minute))
		response, err := server.HTTPClient().Do(get(t, server, "/agents"))
		require.NoError(t, err)
		before := time.Now()
		data, err := io.ReadAll(iotest.OneByteReader(response.Body))
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		assert.Greater(t, len(data), 100)
		assert.Equal(t, time.Minute, time.Since(before))
	})
}

func TestEndlessDelayOutlastsAnyLatency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := helpcrunchtest.NewServer(helpcrunchtest.WithLatency(time.Second))
		defer server.Close()
		server.Inject(helpcrunchtest.SlowHeaders(math.MaxInt64))
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		require.ErrorIs(t, post(ctx, server, server.HTTPClient()).err, context.DeadlineExceeded)
	})
}

func TestClosingASlowBodyEndsItsRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := helpcrunchtest.NewServer()
		defer server.Close()
		server.Inject(helpcrunchtest.SlowBody(time.Hour))
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/agents", nil)
		require.NoError(t, err)
		response, err := server.HTTPClient().Do(request)
		require.NoError(t, err)
		go func() {
			time.Sleep(time.Second) // virtual
			_ = response.Body.Close()
		}()
		before := time.Now()
		_, err = io.ReadAll(response.Body)
		require.Error(t, err)
		assert.Equal(t, time.Second, time.Since(before))
	})
}
