package listen

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/cli"
)

// attempt is one attempt at an event.
type attempt struct {
	id    string
	after time.Duration // since the start
}

// scene is a worker and its spool in virtual time.
type scene struct {
	*testing.T

	path     string
	spool    *spool
	log      *buffer
	attempts []attempt
	fails    func(id string, attempt int) error // nil for success
	limit    int
}

// inVirtualTime runs a test with a new scene.
func inVirtualTime(t *testing.T, test func(*scene)) {
	path := filepath.Join(t.TempDir(), "spool")
	synctest.Test(t, func(t *testing.T) {
		s := &scene{T: t, path: path, spool: reopen(t, path), log: &buffer{}, fails: func(string, int) error { return nil }}
		test(s)
	})
}

// run works for some time, like one run of the program.
func (s *scene) run(d time.Duration) {
	s.Helper()
	began := time.Now()
	lines := cli.NewLineWriter(s.log)
	defer lines.Close()
	tried := map[string]int{}
	w := &worker{spool: s.spool, attempts: s.limit, changed: make(chan struct{}), lines: lines, do: func(_ context.Context, r *record) error {
		s.attempts = append(s.attempts, attempt{r.ID, time.Since(began)})
		tried[r.ID]++
		return s.fails(r.ID, tried[r.ID])
	}}
	stop, cancel := context.WithTimeout(s.Context(), d)
	defer cancel()
	require.NoError(s, w.run(stop, s.Context()))
}

func (s *scene) ids() string {
	var ids []string
	for _, a := range s.attempts {
		ids = append(ids, a.id)
	}
	return strings.Join(ids, " ")
}

func TestEventsAreHandledOnceInOrderOfArrival(t *testing.T) {
	inVirtualTime(t, func(s *scene) {
		for _, id := range []string{"c", "a", "b"} {
			s.spool.mustPut(t, recordOf(id))
		}
		s.run(time.Hour)
		s.run(time.Hour)
		assert.Equal(t, "c a b", s.ids())
	})
}

func TestAFailedEventIsRetriedAndOthersGoAhead(t *testing.T) {
	inVirtualTime(t, func(s *scene) {
		s.fails = func(id string, attempt int) error {
			if id == "a" && attempt < 12 {
				return errors.New("status 500")
			}
			return nil
		}
		s.spool.mustPut(t, recordOf("a"))
		s.spool.mustPut(t, recordOf("b"))
		s.run(2 * time.Hour)
		assert.True(t, strings.HasPrefix(s.ids(), "a b a a"), s.ids())
		require.Len(t, s.attempts, 13)
		var before time.Duration
		pause := time.Second
		for _, a := range s.attempts[2:] {
			assert.GreaterOrEqual(t, a.after-before, pause/2)
			assert.LessOrEqual(t, a.after-before, pause)
			before, pause = a.after, min(2*pause, 10*time.Minute)
		}
		waiting, failed := s.spool.mustCount(t)
		assert.Equal(t, []int{0, 0}, []int{waiting, failed})
		assert.Contains(t, s.log.String(), "message.chat.customer a failed, next attempt in ")
	})
}

func TestAnEventThatFailsTooOftenIsSetAside(t *testing.T) {
	inVirtualTime(t, func(s *scene) {
		s.limit = 5
		s.fails = func(string, int) error { return errors.New("status 500") }
		s.spool.mustPut(t, recordOf("a"))
		s.run(2 * time.Second)
		tried := len(s.attempts)
		assert.Less(t, tried, 5)
		s.run(time.Hour) // a restart does not start anew
		assert.Len(t, s.attempts, 5)
		waiting, failed := s.spool.mustCount(t)
		assert.Equal(t, []int{0, 1}, []int{waiting, failed})
		assert.Contains(t, s.log.String(), "message.chat.customer a failed 5 times and is set aside: status 500")
		added, err := s.spool.put(recordOf("a"))
		require.NoError(t, err)
		assert.False(t, added, "it is known, and stays aside")
	})
}

func TestWithoutALimitAnEventIsRetriedForEver(t *testing.T) {
	inVirtualTime(t, func(s *scene) {
		s.fails = func(string, int) error { return errors.New("status 500") }
		s.spool.mustPut(t, recordOf("a"))
		s.run(24 * time.Hour)
		assert.Greater(t, len(s.attempts), 140)
		waiting, _ := s.spool.mustCount(t)
		assert.Equal(t, 1, waiting)
	})
}

func TestOldEventsAreForgottenWhileTheProgramRuns(t *testing.T) {
	inVirtualTime(t, func(s *scene) {
		s.spool.mustPut(t, recordOf("a"))
		s.run(doneAge)
		added, err := s.spool.put(recordOf("a"))
		require.NoError(t, err)
		assert.False(t, added)
		s.run(2 * 24 * time.Hour)
		s.spool.mustPut(t, recordOf("a"))
	})
}

func TestAFailureToPrintEndsTheWork(t *testing.T) {
	inVirtualTime(t, func(s *scene) {
		s.spool.mustPut(t, recordOf("a"))
		lines := cli.NewLineWriter(io.Discard)
		defer lines.Close()
		reader, writer := io.Pipe()
		require.NoError(t, reader.Close())
		w := &worker{spool: s.spool, do: printer(&cli.Env{Stdout: writer}, false), lines: lines}
		require.ErrorIs(t, w.run(s.Context(), s.Context()), io.ErrClosedPipe)
		waiting, _ := s.spool.mustCount(t)
		assert.Equal(t, 1, waiting)
	})
}

// serveScene serves with an action until end is called, which returns how long serve took to
// end after that.
func (s *scene) serveScene(do func(context.Context, *record) error) (deliver func(id string) int, end func() time.Duration) {
	lines := cli.NewLineWriter(s.log)
	changed := make(chan struct{}, 1)
	h := &receiver{path: "/hooks", signingKey: testKey, put: s.spool.put, changed: changed, lines: lines}
	listener := newPipeListener()
	ctx, cancel := context.WithCancel(s.Context())
	ended := make(chan error)
	go func() {
		ended <- serve(ctx, listener, h.server(), &worker{spool: s.spool, do: do, changed: changed, lines: lines})
	}()
	deliver = func(id string) int { return serveOne(h, signed("/hooks", bodyOf(id))).Code }
	return deliver, func() time.Duration {
		began := time.Now()
		cancel()
		require.NoError(s, <-ended)
		lines.Close()
		return time.Since(began)
	}
}

func TestShutdownLetsTheEventThatHasBegunEnd(t *testing.T) {
	inVirtualTime(t, func(s *scene) {
		deliver, end := s.serveScene(func(context.Context, *record) error { time.Sleep(5 * time.Second); return nil })
		assert.Equal(t, http.StatusOK, deliver("a"))
		assert.Equal(t, http.StatusOK, deliver("b"))
		synctest.Wait()
		assert.InDelta(t, 5, end().Seconds(), 1)
		waiting, _ := s.spool.mustCount(t)
		assert.Equal(t, 1, waiting, "b waits for the next start")
	})
}

func TestShutdownIsBounded(t *testing.T) {
	for name, do := range map[string]func(context.Context, *record) error{
		"an action that ends when it is told": func(ctx context.Context, _ *record) error { <-ctx.Done(); return ctx.Err() },
		"printing that is stuck":              func(context.Context, *record) error { time.Sleep(time.Hour); return errors.New("late") },
	} {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, func(s *scene) {
				deliver, end := s.serveScene(do)
				for i := range 10 { // nothing that hangs holds up deliveries
					assert.Equal(t, http.StatusOK, deliver(fmt.Sprint(i)))
				}
				synctest.Wait()
				assert.LessOrEqual(t, end(), 10*time.Second)
				waiting, failed := s.spool.mustCount(t)
				assert.Equal(t, []int{10, 0}, []int{waiting, failed})
				_, r, _, err := s.spool.next(time.Now())
				require.NoError(t, err)
				assert.Equal(t, "0", r.ID, "an event that was cut short did not fail")
				assert.Zero(t, r.Failures)
				time.Sleep(2 * time.Hour)
			})
		})
	}
}

// A delivery that has arrived when the signal comes is stored and gets its response.
func TestShutdownRespondsToWhatHasArrived(t *testing.T) {
	inVirtualTime(t, func(s *scene) {
		lines := cli.NewLineWriter(io.Discard)
		defer lines.Close()
		h := &receiver{path: "/hooks", signingKey: testKey, lines: lines, put: func(r *record) (bool, error) {
			time.Sleep(3 * time.Second)
			return s.spool.put(r)
		}}
		listener := newPipeListener()
		ctx, cancel := context.WithCancel(s.Context())
		ended := make(chan error)
		go func() {
			ended <- serve(ctx, listener, h.server(), &worker{spool: s.spool, do: printer(&cli.Env{Stdout: io.Discard}, false), lines: lines})
		}()
		conn := listener.dial()
		request := signed("http://example.com/hooks", bodyOf("a"))
		go func() { _ = request.Write(conn) }()
		synctest.Wait()
		cancel()
		response, err := io.ReadAll(conn)
		require.NoError(t, err)
		assert.True(t, strings.HasPrefix(string(response), "HTTP/1.1 200 OK"), string(response))
		require.NoError(t, <-ended)
		waiting, _ := s.spool.mustCount(t)
		assert.Equal(t, 1, waiting)
	})
}

// An event that was handled is not handled again because the disk is full.
func TestAFailedWriteToTheSpoolIsRetriedAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lines := cli.NewLineWriter(io.Discard)
		defer lines.Close()
		w := &worker{lines: lines}
		stop, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		writes, began := 0, time.Now()
		w.settle(stop, func() error {
			if writes++; writes < 10 {
				return errors.New("no space left on device")
			}
			return nil
		})
		assert.Equal(t, 10, writes)
		assert.LessOrEqual(t, time.Since(began), 9*8*time.Second)
		w.settle(stop, func() error { return errors.New("no space left on device") })
		assert.Equal(t, time.Hour, time.Since(began), "it ends with the program")
	})
}
