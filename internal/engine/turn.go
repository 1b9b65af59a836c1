package engine

import (
	"context"
	"net/http"
	"time"

	"github.com/helpcrunch-go/helpcrunch/internal/limiter"
)

// Limiter hands out turns, one per attempt.
type Limiter interface {
	// Acquire waits for a turn.
	Acquire(ctx context.Context, background bool) error
	// Finish hands a turn back.
	Finish(turn limiter.Turn)
	// Pause holds all turns back after a 429, and returns when the pause is over.
	Pause(granted time.Time, retryAfter, longest time.Duration) time.Time
}

// turn is the step that waits for the limiter, and tells it what became of the turn.
type turn struct {
	next    step
	limiter Limiter
	config  *Config
}

func (s *turn) do(c *call, r *http.Request) (*http.Response, error) {
	if err := s.limiter.Acquire(c, c.request.Background); err != nil {
		return nil, err
	}
	granted := time.Now()
	c.attempt.wire = &wire{limiter: s.limiter, background: c.request.Background}
	response, err := s.next.do(c, r)
	c.sent++
	if s.refused(c) && c.answer.RetryAfter <= s.config.MaxWait {
		c.attempt.pausedUntil = s.limiter.Pause(granted, c.answer.RetryAfter, s.config.MaxWait)
		c.logPause()
	}
	s.finish(c, granted, err)
	return response, err
}

// refused reports whether the attempt was answered with 429.
func (s *turn) refused(c *call) bool {
	return c.attempt.outcome == outcomeAnswered && c.answer.Status == http.StatusTooManyRequests
}

// finish hands back the turns that the attempt took: one, and one more for each time
// that the transport sent the request again by itself.
func (s *turn) finish(c *call, granted time.Time, err error) {
	used := limiter.Turn{
		Background: c.request.Background,
		Granted:    granted,
		Settled:    s.settled(c, granted, err),
		Answered:   c.attempt.outcome == outcomeAnswered && !s.refused(c),
	}
	for range 1 + c.attempt.wire.extraTurns.Load() {
		s.limiter.Finish(used)
	}
}

// settled is the last moment at which the service may have counted the attempt: the
// arrival of its headers; for one that was abandoned, its end or the moment by which
// its time would have been up; never, when nothing was sent.
func (s *turn) settled(c *call, granted time.Time, err error) time.Time {
	now := time.Now()
	switch {
	case !c.attempt.wire.answered.IsZero():
		return c.attempt.wire.answered
	case c.attempt.wire.provesUnsent(err):
		return time.Time{}
	case c.attempt.outcome == outcomeEnded && now.Before(granted.Add(s.config.AttemptTimeout)):
		return granted.Add(s.config.AttemptTimeout)
	}
	return now
}
