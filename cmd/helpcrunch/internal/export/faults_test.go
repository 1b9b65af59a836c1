package export

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/cli"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// TestFaultsInBetween lets requests fail in the middle, in virtual time.
func TestFaultsInBetween(t *testing.T) {
	for name, fault := range map[string]helpcrunchtest.Fault{
		"500":                     helpcrunchtest.Status(http.StatusInternalServerError).Times(2),
		"503 from a proxy":        helpcrunchtest.ProxyError(http.StatusServiceUnavailable).Times(3),
		"429":                     helpcrunchtest.TooManyRequests().Times(4),
		"429 for a minute":        helpcrunchtest.TooManyRequests().RetryAfter(time.Minute).Times(2),
		"a lost connection":       helpcrunchtest.ResetConnection().Times(2),
		"a truncated response":    helpcrunchtest.CutBody().Times(2),
		"no response":             helpcrunchtest.SlowHeaders(time.Hour).Times(2),
		"a tenth of all requests": helpcrunchtest.Status(http.StatusBadGateway).WithProbability(0.1, 3),
		"some requests hang":      helpcrunchtest.SlowHeaders(time.Minute).WithProbability(0.1, 4),
	} {
		for _, list := range []string{customerList, chatList, messageList} {
			t.Run(name+", "+list, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					server := newServer(t, helpcrunchtest.WithGenerated(helpcrunchtest.DataSize{Customers: 220, Chats: 110, Messages: 300}, 1))
					server.Inject(fault.After(3).On(helpcrunchtest.ListCustomers, helpcrunchtest.ListChats, helpcrunchtest.ListMessages))
					o := newOptions(t, list, formatJSONLines)
					client := server.Client(helpcrunch.WithRateLimit(helpcrunch.DefaultRateLimit), helpcrunch.WithRetryWait(time.Second/2, time.Minute))
					exports(t, o, client)
					ids := readLines[struct{ ID int64 }](t, o.out)
					assert.Len(t, ids, map[string]int{customerList: 220, chatList: 110, messageList: 300}[list])
				})
			})
		}
	}
}

// TestAnOutageEndsTheExportAndNothingIsLost keeps what was read so far.
func TestAnOutageEndsTheExportAndNothingIsLost(t *testing.T) {
	server := newServer(t, helpcrunchtest.WithGenerated(helpcrunchtest.DataSize{Customers: 50, Chats: 250, Messages: 500}, 1))
	down := server.Inject(helpcrunchtest.Status(http.StatusInternalServerError).After(60).On(helpcrunchtest.ListMessages))
	o := newOptions(t, chatList, formatJSONLines)
	err := newExport(t, o, server.Client(helpcrunch.WithMaxRetries(1)), io.Discard).run(t.Context())
	require.ErrorIs(t, err, helpcrunch.ErrServer)
	assert.ErrorContains(t, err, "500 Internal Server Error")
	assert.ErrorContains(t, err, "chats are kept in "+journalOf(o)+": to go on, repeat the command with --out "+o.out)
	kept := keptRows(t, o)
	assert.ErrorContains(t, err, fmt.Sprintf("; %d chats are kept", kept))
	assert.LessOrEqual(t, kept, 60)
	assert.Positive(t, kept)

	down.Remove()
	server.ForgetRequests()
	exports(t, o, server.Client())
	assert.Equal(t, 250-kept, server.Count(helpcrunchtest.ListMessages), "what was kept is not requested again")
	assertSameIDs(t, server.Chats(), readLines[helpcrunch.Chat](t, o.out), chatID)
}

// TestRowsAreSafeSoon looks into the journal half-way: what a crash then loses is little.
func TestRowsAreSafeSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const half = 60
		o := newOptions(t, chatList, formatJSONLines)
		var asked atomic.Int64
		safe := 0
		server := newServer(t, helpcrunchtest.WithGenerated(helpcrunchtest.DataSize{Customers: 50, Chats: 2 * half, Messages: 4 * half}, 1),
			helpcrunchtest.WithObserver(func(r helpcrunchtest.Request) {
				if r.Operation == helpcrunchtest.ListMessages && asked.Add(1) == half {
					safe = keptRows(t, o)
				}
			}))
		exports(t, o, server.Client(helpcrunch.WithRateLimit(helpcrunch.DefaultRateLimit)))
		assert.GreaterOrEqual(t, safe, half/2)
	})
}

// TestMessagesAreReadConcurrently reads chats as fast as the limit allows although every
// response takes long, in the order of the list.
func TestMessagesAreReadConcurrently(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newServer(t, helpcrunchtest.WithLatency(4*time.Second), helpcrunchtest.WithRateLimit(helpcrunchtest.RateLimit{Requests: 120}),
			helpcrunchtest.WithGenerated(helpcrunchtest.DataSize{Customers: 50, Chats: 600, Messages: 1200}, 1))
		o := newOptions(t, chatList, formatJSONLines)
		began := time.Now()
		exports(t, o, server.Client(helpcrunch.WithRateLimit(120)))
		assert.Less(t, time.Since(began), 345*time.Second, "606 requests at 112.5 a minute take 323 s")
		assert.Zero(t, server.CountStatus(http.StatusTooManyRequests))
		var last time.Time
		for _, chat := range readLines[helpcrunch.Chat](t, o.out) {
			assert.False(t, chat.CreatedAt.Before(last))
			last = chat.CreatedAt.Time
		}
	})
}

// terminal records what was drawn on it, and when.
type terminal struct {
	mu     sync.Mutex
	frames []frame
}

type frame struct {
	when time.Time
	text string
}

func (s *terminal) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.frames = append(s.frames, frame{time.Now(), string(bytes.TrimSpace(p))})
	return len(p), nil
}

// draws runs an export on a terminal.
func draws(t *testing.T, o *options, client *helpcrunch.Client, screen *terminal) {
	t.Helper()
	e := newExport(t, o, client, io.Discard)
	e.env = &cli.Env{Stdout: io.Discard, Stderr: screen, Terminal: true}
	require.NoError(t, e.run(t.Context()))
}

// TestTheBarShowsTheTimeLeft compares the bar with what happens, from a tenth on.
func TestTheBarShowsTheTimeLeft(t *testing.T) {
	for list, volume := range map[string]helpcrunchtest.DataSize{
		customerList: {Customers: 8000},
		chatList:     {Customers: 10, Chats: 500, Messages: 700},
	} {
		t.Run(list, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := newServer(t, helpcrunchtest.WithLatency(300*time.Millisecond), helpcrunchtest.WithGenerated(volume, 1))
				screen := &terminal{}
				began := time.Now()
				draws(t, newOptions(t, list, formatJSONLines), server.Client(helpcrunch.WithRateLimit(helpcrunch.DefaultRateLimit)), screen)
				end := time.Now()
				perMinute := map[string]float64{customerList: 11_500, chatList: 112}[list]
				assert.Greater(t, float64(volume.Customers+volume.Chats-10)/end.Sub(began).Minutes(), perMinute)
				looked := 0
				for _, f := range screen.frames {
					words := strings.Fields(f.text)
					if len(words) < 3 || words[len(words)-1] != "left" || f.when.Sub(began) < end.Sub(began)/10 {
						continue
					}
					looked++
					left, err := time.ParseDuration(words[len(words)-2])
					require.NoError(t, err, f.text)
					assert.InDelta(t, end.Sub(f.when).Seconds(), left.Seconds(), 6+0.1*end.Sub(f.when).Seconds(), f.text)
				}
				assert.Greater(t, looked, 100)
			})
		})
	}
}

func TestTheBarOfAnInterruptedExportGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newServer(t, helpcrunchtest.WithDemoAccount(), helpcrunchtest.WithLatency(time.Second))
		o := newOptions(t, chatList, formatJSONLines)
		wholeJournal(t, o, server.Client())
		screen := &terminal{}
		draws(t, o, server.Client(), screen)
		require.Greater(t, len(screen.frames), 2)
		assert.True(t, strings.HasPrefix(screen.frames[0].text, "chats 6"), screen.frames[0].text)
		assert.Empty(t, screen.frames[len(screen.frames)-1].text, "the bar is removed at the end")
	})
}
