package main

import (
	"bytes"
	"context"
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
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// endsAfter is a context that is over after so many looks at it.
type endsAfter struct {
	context.Context

	checks int
}

func (c *endsAfter) Err() error {
	if c.checks--; c.checks < 0 {
		return errInterrupted
	}
	return nil
}

// TestTroublesOnTheWay lets requests fail in the middle, in virtual time.
func TestTroublesOnTheWay(t *testing.T) {
	for name, fault := range map[string]helpcrunchtest.Fault{
		"500":               helpcrunchtest.Status(http.StatusInternalServerError).Times(2),
		"503 from a proxy":  helpcrunchtest.ProxyError(http.StatusServiceUnavailable).Times(3),
		"429":               helpcrunchtest.TooManyRequests().Times(4),
		"429 for a minute":  helpcrunchtest.TooManyRequests().RetryAfter(time.Minute).Times(2),
		"a lost connection": helpcrunchtest.ResetConnection().Times(2),
		"half an answer":    helpcrunchtest.CutBody().Times(2),
		"no answer":         helpcrunchtest.SlowHeaders(time.Hour).Times(2),
		"a tenth of all":    helpcrunchtest.Status(http.StatusBadGateway).WithProbability(0.1, 3),
		"some that hang":    helpcrunchtest.SlowHeaders(time.Minute).WithProbability(0.1, 4),
	} {
		for _, what := range []string{whatCustomers, whatChats} {
			t.Run(name+", "+what, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					server := newServer(t, helpcrunchtest.WithGenerated(helpcrunchtest.DataSize{Customers: 220, Chats: 110, Messages: 300}, 1))
					server.Inject(fault.After(3).On(helpcrunchtest.ListCustomers, helpcrunchtest.ListChats, helpcrunchtest.ListMessages))
					c := newConfig(t, what, formatLines)
					client := server.Client(helpcrunch.WithRateLimit(helpcrunch.DefaultRateLimit), helpcrunch.WithRetryWait(time.Second/2, time.Minute))
					exports(t, c, client)
					ids := readLines[struct{ ID int64 }](t, c.out)
					if what == whatCustomers {
						assert.Len(t, ids, 220)
					} else {
						assert.Len(t, ids, 110)
					}
				})
			})
		}
	}
}

// TestAServiceThatStaysDownEndsItAndNothingIsLost ends with what is read so far.
func TestAServiceThatStaysDownEndsItAndNothingIsLost(t *testing.T) {
	server := newServer(t, helpcrunchtest.WithGenerated(helpcrunchtest.DataSize{Customers: 50, Chats: 250, Messages: 500}, 1))
	down := server.Inject(helpcrunchtest.Status(http.StatusInternalServerError).After(60).On(helpcrunchtest.ListMessages))
	c := newConfig(t, whatChats, formatLines)
	err := c.export(t.Context(), server.Client(helpcrunch.WithMaxRetries(1)), streams{stdout: io.Discard})
	require.ErrorIs(t, err, helpcrunch.ErrServer)
	assert.ErrorContains(t, err, "500 Internal Server Error")
	assert.ErrorContains(t, err, "chats are kept in "+journalOf(c)+": to go on, run it again with -out "+c.out)
	assert.NotErrorIs(t, err, errUsage)
	kept := strings.Count(read(t, journalOf(c)), "\n") - 1
	assert.LessOrEqual(t, kept, 60)
	assert.Greater(t, kept, 60-messagesAtOnce, "chats before the failure are lost")

	down.Remove()
	server.ForgetRequests()
	exports(t, c, server.Client())
	assert.Equal(t, 250-kept, server.Count(helpcrunchtest.ListMessages), "what was kept is not asked for again")
	assertSameIDs(t, server.Chats(), readLines[helpcrunch.Chat](t, c.out), func(c helpcrunch.Chat) int64 { return c.ID })
}

// TestRowsAreSafeSoon looks into the journal half-way: what a crash then loses is little.
func TestRowsAreSafeSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const half = 60
		c := newConfig(t, whatChats, formatLines)
		var asked atomic.Int64
		safe := 0
		server := newServer(t, helpcrunchtest.WithGenerated(helpcrunchtest.DataSize{Customers: 50, Chats: 2 * half}, 1),
			helpcrunchtest.WithObserver(func(r helpcrunchtest.Request) {
				if r.Operation == helpcrunchtest.ListMessages && asked.Add(1) == half {
					safe = strings.Count(read(t, journalOf(c)), "\n") - 1
				}
			}))
		exports(t, c, server.Client(helpcrunch.WithRateLimit(helpcrunch.DefaultRateLimit)))
		assert.GreaterOrEqual(t, safe, half/2)
	})
}

// TestMessagesComeSideBySide reads chats as fast as the limit allows although every answer
// takes long, in the order of the list.
func TestMessagesComeSideBySide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newServer(t, helpcrunchtest.WithLatency(4*time.Second), helpcrunchtest.WithRateLimit(helpcrunchtest.RateLimit{Requests: 120}),
			helpcrunchtest.WithGenerated(helpcrunchtest.DataSize{Customers: 50, Chats: 600, Messages: 1200}, 1))
		c := newConfig(t, whatChats, formatLines)
		began := time.Now()
		exports(t, c, server.Client(helpcrunch.WithRateLimit(120)))
		assert.Less(t, time.Since(began), 345*time.Second, "606 requests at 112.5 a minute take 323 s")
		assert.Zero(t, server.CountStatus(http.StatusTooManyRequests))
		var last time.Time
		for _, chat := range readLines[helpcrunch.Chat](t, c.out) {
			assert.False(t, chat.CreatedAt.Before(last))
			last = chat.CreatedAt.Time
		}
	})
}

// terminal remembers when what was drawn on it.
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

// TestTheBarTellsTheTimeLeft compares what the bar says with what happens, from a tenth on.
func TestTheBarTellsTheTimeLeft(t *testing.T) {
	for what, volume := range map[string]helpcrunchtest.DataSize{
		whatCustomers: {Customers: 8000},
		whatChats:     {Customers: 10, Chats: 500, Messages: 700},
	} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := newServer(t, helpcrunchtest.WithLatency(300*time.Millisecond), helpcrunchtest.WithGenerated(volume, 1))
				screen := &terminal{}
				c := newConfig(t, what, formatLines)
				client := server.Client(helpcrunch.WithRateLimit(helpcrunch.DefaultRateLimit))
				began := time.Now()
				require.NoError(t, c.export(t.Context(), client, streams{stdout: io.Discard, terminal: screen}))
				end := time.Now()
				looked := 0
				for _, f := range screen.frames {
					words := strings.Fields(f.text)
					if len(words) < 3 || f.when.Sub(began) < end.Sub(began)/10 {
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
		c := newConfig(t, whatChats, formatLines)
		wholeJournal(t, c, server.Client())
		screen := &terminal{}
		require.NoError(t, c.export(t.Context(), server.Client(), streams{stdout: io.Discard, terminal: screen}))
		require.Greater(t, len(screen.frames), 2)
		assert.True(t, strings.HasPrefix(screen.frames[0].text, "chats 6"), screen.frames[0].text)
		assert.Empty(t, screen.frames[len(screen.frames)-1].text, "the bar is taken away at the end")
	})
}
