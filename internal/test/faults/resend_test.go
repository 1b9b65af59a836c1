package faults_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	hc "github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// resendCalls are calls of each class, and of each method that net/http sends again.
var resendCalls = []struct {
	name     string
	class    kit.Class
	replayed bool // by net/http over a kept HTTP/1.1 connection that breaks
	call     func(context.Context, *hc.Client) error
}{
	{"Messages.Create", kit.NonIdempotent, false, func(ctx context.Context, c *hc.Client) error {
		return kit.Err(c.Messages.SendAsCustomer(ctx, 1, "Hello"))
	}},
	{"Customers.Update", kit.Idempotent, false, func(ctx context.Context, c *hc.Client) error {
		return kit.Err(c.Customers.Update(ctx, 7, &hc.CustomerPatch{Name: hc.Set("Nora")}))
	}},
	{"Customers.Get", kit.Read, true, func(ctx context.Context, c *hc.Client) error { return kit.Get(ctx, c) }},
	{"Customers.Search", kit.Read, false, func(ctx context.Context, c *hc.Client) error {
		return kit.Err(c.Customers.Search(ctx, nil))
	}},
	{"Agents.Unsubscribe", kit.Idempotent, true, func(ctx context.Context, c *hc.Client) error { return c.Agents.Unsubscribe(ctx, 7) }},
	{"HEAD", kit.Read, true, doCall(http.MethodHead)},
	{"OPTIONS", kit.Read, true, doCall(http.MethodOptions)},
	{"TRACE", kit.Read, true, doCall(http.MethodTrace)},
	{"POST", kit.NonIdempotent, false, doCall(http.MethodPost)},
}

func doCall(method string) func(context.Context, *hc.Client) error {
	return func(ctx context.Context, c *hc.Client) error {
		return c.Do(ctx, method, "/customers/7", nil, nil, nil)
	}
}

// http2Faults are the ways in which a server of HTTP/2 does not respond.
var http2Faults = map[string]func(c kit.HTTP2Conn, stream uint32){
	"GOAWAY":            func(c kit.HTTP2Conn, _ uint32) { c.GoAway(0, kit.NoError) },
	"GOAWAY for errors": func(c kit.HTTP2Conn, _ uint32) { c.GoAway(0, kit.ProtocolError) },
	"REFUSED_STREAM":    func(c kit.HTTP2Conn, stream uint32) { c.Reset(stream, kit.RefusedStream) },
	"PROTOCOL_ERROR":    func(c kit.HTTP2Conn, stream uint32) { c.Reset(stream, kit.ProtocolError) },
	"INTERNAL_ERROR":    func(c kit.HTTP2Conn, stream uint32) { c.Reset(stream, kit.InternalError) },
	"CANCEL":            func(c kit.HTTP2Conn, stream uint32) { c.Reset(stream, kit.CancelStream) },
	"ENHANCE_YOUR_CALM": func(c kit.HTTP2Conn, stream uint32) { c.Reset(stream, kit.EnhanceYourCalm) },
	"connection closed": func(c kit.HTTP2Conn, _ uint32) { _ = c.Close() },
}

// TestR17NothingIsSentTwiceOverHTTP2 has a server that carries out every request and never
// responds. net/http takes some of that for a reason to send the request again.
func TestR17NothingIsSentTwiceOverHTTP2(t *testing.T) {
	const retries = 1
	for fault, strike := range http2Faults {
		for _, c := range resendCalls {
			for _, free := range []int{0, 1} { // permits; 0 is as many as wanted
				t.Run(fmt.Sprintf("%s/%s/%d", fault, c.name, free), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						var requests atomic.Int64
						network := kit.NewNetwork(t, func(conn net.Conn) {
							kit.ServeHTTP2(conn, func(c kit.HTTP2Conn, stream uint32) {
								if requests.Add(1) > 100 {
									c.Respond(stream, "") // or a fault of ours would go on for ever
									return
								}
								strike(c, stream)
							})
						})
						limits := &kit.CountingLimiter{Limit: free}
						client := kit.NewClient(t, network.Transport(t, "h2"), hc.WithRateLimiter(limits), hc.WithMaxRetries(retries))
						ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
						defer cancel()
						err := c.call(ctx, client)
						synctest.Wait()
						require.Error(t, err)
						sent := int(requests.Load())
						assert.Positive(t, sent, "a request arrived")
						assert.LessOrEqual(t, sent, (1+retries)*(1+2))
						assert.Equal(t, limits.Granted(), sent, "permits equal requests")
						released, _ := limits.Released()
						assert.Len(t, released, limits.Granted())
						if c.class == kit.NonIdempotent {
							assert.Equal(t, 1, sent)
						}
						if c.class != kit.Read {
							require.ErrorIs(t, err, hc.ErrMaybeApplied)
						}
						assert.NotErrorIs(t, err, context.Canceled)
					})
				})
			}
		}
	}
}

// TestR17TheErrorSaysThatTheTransportSentTheRequestAgain: "context canceled" would say that the
// caller gave up.
func TestR17TheErrorSaysThatTheTransportSentTheRequestAgain(t *testing.T) {
	for _, fault := range []string{"GOAWAY", "REFUSED_STREAM"} {
		synctest.Test(t, func(t *testing.T) {
			network := kit.NewNetwork(t, func(conn net.Conn) { kit.ServeHTTP2(conn, http2Faults[fault]) })
			client := kit.NewClient(t, network.Transport(t, "h2"), hc.WithMaxRetries(0))
			_, err := client.Messages.SendAsCustomer(t.Context(), 1, "Hello")
			require.ErrorContains(t, err, "the transport sent the request again")
			require.NotErrorIs(t, err, context.Canceled)
			require.ErrorIs(t, err, hc.ErrMaybeApplied)
		})
	}
}

// TestR17AnHTTP2ConnectionServesOnAfterAResend: others use it too.
func TestR17AnHTTP2ConnectionServesOnAfterAResend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var requests atomic.Int64
		network := kit.NewNetwork(t, func(conn net.Conn) {
			kit.ServeHTTP2(conn, func(c kit.HTTP2Conn, stream uint32) {
				if requests.Add(1) == 1 {
					c.Reset(stream, kit.RefusedStream)
					return
				}
				c.Respond(stream, `{"id":7}`)
			})
		})
		client := kit.NewClient(t, network.Transport(t, "h2"))
		_, err := client.Messages.SendAsCustomer(t.Context(), 1, "Hello")
		require.ErrorIs(t, err, hc.ErrMaybeApplied)
		require.NoError(t, kit.Get(t.Context(), client))
		assert.Equal(t, 1, network.Connections())
		assert.EqualValues(t, 2, requests.Load())
	})
}

// keyed sets a header that makes net/http take every request for idempotent.
func keyed(name string) func(http.RoundTripper) http.RoundTripper {
	return func(next http.RoundTripper) http.RoundTripper {
		return transportFunc(func(r *http.Request) (*http.Response, error) {
			r = r.Clone(r.Context())
			r.Header.Set(name, "made-up")
			return next.RoundTrip(r)
		})
	}
}

// cacheFirst responds to the first request by itself, as a cache does.
func cacheFirst(next http.RoundTripper) http.RoundTripper {
	var asked atomic.Int64
	return transportFunc(func(r *http.Request) (*http.Response, error) {
		if asked.Add(1) == 1 {
			return respond(http.StatusOK, `{"id":7}`), nil
		}
		return next.RoundTrip(r)
	})
}

// breakFirst fails the first request by itself, as a circuit breaker does.
func breakFirst(next http.RoundTripper) http.RoundTripper {
	var asked atomic.Int64
	return transportFunc(func(r *http.Request) (*http.Response, error) {
		if asked.Add(1) == 1 {
			return nil, fmt.Errorf("the circuit is open")
		}
		return next.RoundTrip(r)
	})
}

// resendTransports wrap the transport of net/http. silent is how many permits the wrapper uses
// without a request.
var resendTransports = map[string]struct {
	wrap   func(http.RoundTripper) http.RoundTripper
	keyed  bool
	silent int
}{
	"bare":                 {func(next http.RoundTripper) http.RoundTripper { return next }, false, 0},
	"Idempotency-Key":      {keyed("Idempotency-Key"), true, 0},
	"X-Idempotency-Key":    {keyed("x-idempotency-key"), true, 0},
	"cached first":         {cacheFirst, false, 1},
	"circuit broken first": {breakFirst, false, 1},
}

// TestR17NothingIsSentTwiceOverHTTP1 has a server that responds to the first request of each
// connection, and closes the connection when it has carried out the second.
func TestR17NothingIsSentTwiceOverHTTP1(t *testing.T) {
	for name, transport := range resendTransports {
		for _, c := range resendCalls {
			for _, free := range []int{0, 2 + transport.silent} {
				t.Run(fmt.Sprintf("%s/%s/%d", name, c.name, free), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						var requests atomic.Int64
						network := kit.NewNetwork(t, func(conn net.Conn) {
							kit.ServeHTTP1(conn, func(w io.Writer, r *http.Request, number int) bool {
								requests.Add(1)
								if number == 2 {
									return false
								}
								body := `{"id":7}`
								if r.Method == http.MethodHead {
									body = ""
								}
								_, err := io.WriteString(w, "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n"+body)
								return err == nil
							})
						})
						limits := &kit.CountingLimiter{Limit: free}
						client := kit.NewClient(t, transport.wrap(network.Transport(t, "http/1.1")),
							hc.WithRateLimiter(limits), hc.WithMaxRetries(0))
						for range transport.silent {
							_ = c.call(t.Context(), client)
						}
						_ = c.call(t.Context(), client)
						before := requests.Load()
						err := c.call(t.Context(), client)
						synctest.Wait()
						sent := int(requests.Load() - before)
						assert.Equal(t, limits.Granted()-transport.silent, int(requests.Load()), "permits equal requests")
						released, _ := limits.Released()
						assert.Len(t, released, limits.Granted())
						switch {
						case c.class == kit.NonIdempotent:
							assert.Equal(t, 1, sent)
							require.ErrorIs(t, err, hc.ErrMaybeApplied)
						case (c.replayed || transport.keyed) && free == 0:
							assert.Equal(t, 2, sent, "net/http sends it again, with a permit")
							if c.name != "Customers.Search" { // whose response here is no page
								require.NoError(t, err)
							}
						default:
							assert.Equal(t, 1, sent)
							require.Error(t, err)
						}
						assert.NotErrorIs(t, err, context.Canceled)
					})
				})
			}
		}
	}
}

// TestR17ATransportWithRetriesOfItsOwnSendsNothingTwice: one that repeats what got a 503.
func TestR17ATransportWithRetriesOfItsOwnSendsNothingTwice(t *testing.T) {
	for _, protocol := range []string{"h2", "http/1.1"} {
		synctest.Test(t, func(t *testing.T) {
			var requests atomic.Int64
			handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				requests.Add(1)
				w.WriteHeader(http.StatusServiceUnavailable)
			})
			next := kit.NewNetwork(t, kit.Serve(handler, protocol)).Transport(t, protocol)
			limits := &kit.CountingLimiter{}
			client := kit.NewClient(t, transportFunc(func(r *http.Request) (response *http.Response, err error) {
				for range 5 {
					r := r.Clone(r.Context())
					if r.GetBody != nil {
						r.Body, _ = r.GetBody()
					}
					if response, err = next.RoundTrip(r); err != nil {
						return nil, err
					}
					_, _ = io.Copy(io.Discard, response.Body)
					_ = response.Body.Close()
				}
				return response, nil
			}), hc.WithRateLimiter(limits), hc.WithMaxRetries(0))
			_, err := client.Messages.SendAsCustomer(t.Context(), 1, "Hello")
			require.ErrorIs(t, err, hc.ErrMaybeApplied)
			require.ErrorContains(t, err, "the transport sent the request again")
			assert.EqualValues(t, 1, requests.Load())
			require.Error(t, kit.Get(t.Context(), client))
			assert.EqualValues(t, 4, requests.Load(), "a read: two more, with permits")
			assert.EqualValues(t, requests.Load(), limits.Granted())
		})
	}
}
