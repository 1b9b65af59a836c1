package benchmarks

import (
	"context"
	"flag"
	"math/rand/v2"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/go-retryablehttp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/time/rate"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

var update = flag.Bool("update", false, "draw docs/limits.svg again")

const (
	perMinute = helpcrunch.DefaultRateLimit
	pictured  = 3 * time.Minute
	latency   = 300 * time.Millisecond
	workers   = 8 // that do the bulk work
)

// second is what the server saw within one second.
type second struct {
	bulk, interactive, rateLimited int
}

// scene is work for some minutes, and what the server saw of it.
type scene struct {
	title, subtitle string
	// open returns calls of the server for bulk work, and for a person who waits or nil.
	open func(t *testing.T, server *helpcrunchtest.Server) (bulk, interactive call)

	seconds []second
	waits   []time.Duration // of interactive calls, beyond the latency
}

// call makes a call. Whether it fails is seen at the server.
type call func(ctx context.Context)

func scenes() []*scene {
	return []*scene{
		{
			title:    "Naive",
			subtitle: "rate.NewLimiter(2, 120) before each attempt, go-retryablehttp, bulk work",
			open: func(_ *testing.T, server *helpcrunchtest.Server) (bulk, interactive call) {
				return naively(server), nil
			},
		},
		{
			title:    "This client",
			subtitle: "the same bulk work",
			open: func(t *testing.T, server *helpcrunchtest.Server) (bulk, interactive call) {
				bulk, _ = withClient(t, server)
				return bulk, nil
			},
		},
		{
			title:    "This client",
			subtitle: "the same, and interactive calls: one every few seconds, 12 once a minute",
			open:     withClient,
		},
	}
}

// naively calls with a token bucket, as many programs do.
func naively(server *helpcrunchtest.Server) call {
	limiter := rate.NewLimiter(perMinute/60.0, perMinute)
	client := retryablehttp.NewClient()
	client.Logger = nil
	client.HTTPClient = &http.Client{Transport: transport(func(r *http.Request) (*http.Response, error) {
		if err := limiter.Wait(r.Context()); err != nil {
			return nil, err
		}
		return server.Transport().RoundTrip(r)
	})}
	return func(ctx context.Context) {
		r, err := retryablehttp.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/customers", nil)
		if err != nil {
			return
		}
		r.Header.Set("Authorization", "Bearer "+server.APIKey)
		if response, err := client.Do(r); err == nil {
			_ = response.Body.Close()
		}
	}
}

// withClient calls with this module's client.
func withClient(t *testing.T, server *helpcrunchtest.Server) (bulk, interactive call) {
	chat := server.AddChat(helpcrunchtest.MakeChat(server.AddCustomer(helpcrunchtest.MakeCustomer()).ID))
	client, err := helpcrunch.New(server.APIKey,
		helpcrunch.WithBaseURL(server.URL), helpcrunch.WithHTTPClient(&http.Client{Transport: server.Transport()}))
	require.NoError(t, err)
	bulk = func(ctx context.Context) { _, _ = client.InBackground().Customers.List(ctx, nil) }
	interactive = func(ctx context.Context) { _, _ = client.Chats.Get(ctx, chat.ID) }
	return bulk, interactive
}

// TestPictureOfTheLimiters plays the scenes of docs/limits.svg in virtual time, and compares what the
// picture tells with what happened. With -update it draws the picture again.
func TestPictureOfTheLimiters(t *testing.T) {
	const file = "../docs/limits.svg"
	played := scenes()
	for _, s := range played {
		s.play(t)
	}
	assert.Positive(t, played[0].count().rateLimited)
	assert.Zero(t, played[1].count().rateLimited)
	assert.Zero(t, played[2].count().rateLimited)
	if *update {
		require.NoError(t, os.WriteFile(file, drawing(played), 0o600))
	}
	drawn, err := os.ReadFile(file)
	require.NoError(t, err)
	told, happened := figures(t, drawn), figures(t, drawing(played))
	require.Len(t, happened, len(told))
	for i := range told {
		// Which of two calls in the same instant comes first differs from run to run.
		assert.InDelta(t, told[i], happened[i], max(1, told[i]/50), "go test -run Picture -update draws it again")
	}
}

// figures are the numbers in the description of a drawing.
func figures(t *testing.T, svg []byte) (all []float64) {
	_, rest, _ := strings.Cut(string(svg), "<desc")
	description, _, found := strings.Cut(rest, "</desc>")
	require.True(t, found)
	for _, number := range regexp.MustCompile(`[0-9]+(\.[0-9]+)?`).FindAllString(description, -1) {
		n, err := strconv.ParseFloat(number, 64)
		require.NoError(t, err)
		all = append(all, n)
	}
	return all
}

// count adds all seconds up.
func (s *scene) count() (all second) {
	for _, one := range s.seconds {
		all.bulk += one.bulk
		all.interactive += one.interactive
		all.rateLimited += one.rateLimited
	}
	return all
}

// play lets workers make one bulk call after the other, for a while.
func (s *scene) play(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		server := helpcrunchtest.NewServer(
			helpcrunchtest.WithRateLimit(helpcrunchtest.RateLimit{Requests: perMinute}),
			helpcrunchtest.WithLatencyFunc(func() (before, after time.Duration) { return latency / 2, latency / 2 }))
		defer server.Close()
		bulk, interactive := s.open(t, server)

		// No deadline, as calls that can't end before it would fail at once.
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(pictured, cancel)
		var all sync.WaitGroup
		for range workers {
			all.Go(func() {
				for ctx.Err() == nil {
					bulk(ctx)
				}
			})
		}
		if interactive != nil {
			all.Go(func() { s.callNowAndThen(ctx, interactive) })
		}
		all.Wait()
		s.see(server.Requests(), began)
	})
}

// see counts the requests of the time pictured.
func (s *scene) see(requests []helpcrunchtest.Request, began time.Time) {
	s.seconds = make([]second, int(pictured.Seconds()))
	for _, r := range requests {
		i := int(r.Time.Sub(began) / time.Second)
		switch {
		case i >= len(s.seconds):
		case r.Status == http.StatusTooManyRequests:
			s.seconds[i].rateLimited++
		case r.Operation == helpcrunchtest.GetChat:
			s.seconds[i].interactive++
		default:
			s.seconds[i].bulk++
		}
	}
}

// callNowAndThen makes a call every 2 to 5 seconds and, in the middle of each minute, a dozen at once.
func (s *scene) callNowAndThen(ctx context.Context, interactive call) {
	var mu sync.Mutex
	var calls sync.WaitGroup
	defer calls.Wait()
	began, dozens := time.Now(), 0
	for random := rand.New(rand.NewPCG(1, 2)); ctx.Err() == nil; {
		together := 1
		if time.Since(began) > time.Duration(dozens)*time.Minute+30*time.Second {
			together = 12
			dozens++
		}
		for range together {
			calls.Go(func() {
				asked := time.Now()
				if interactive(ctx); ctx.Err() == nil {
					mu.Lock()
					defer mu.Unlock()
					s.waits = append(s.waits, time.Since(asked)-latency)
				}
			})
		}
		time.Sleep(2*time.Second + time.Duration(random.Int64N(int64(3*time.Second))))
	}
}
