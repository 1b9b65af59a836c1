package engine

import (
	"context"
	"net/http"
	"time"

	"github.com/helpcrunch-go/helpcrunch/internal/limiter"
)

// Limiter hands out turns, one per attempt.
type Limiter interface {
	// Acquire waits for a turn, and returns when it was granted.
	Acquire(ctx context.Context, background bool) (time.Time, error)
	// Finish hands a turn back.
	Finish(turn limiter.Turn)
	// Pause holds all turns back after a 429, and returns when the pause is over.
	Pause(granted time.Time, retryAfter, longest time.Duration) time.Time
}

// turn is the step that waits for the limiter, and tells it what became of the turn.
type turn struct {
	next   step
	config *Config
}

func (s *turn) do(ctx context.Context, a *attempt, r *http.Request) (*http.Response, error) {
	granted, err := s.config.Limiter.Acquire(ctx, a.request.Background)
	if err != nil {
		return nil, err
	}
	a.granted = granted
	a.attempts++
	response, err := s.next.do(ctx, a, r)
	if a.refused() && a.answer.RetryAfter <= s.config.MaxWait {
		a.pausedUntil = s.config.Limiter.Pause(granted, a.answer.RetryAfter, s.config.MaxWait)
		a.logPause()
	}
	used := limiter.Turn{
		Background: a.request.Background,
		Granted:    granted,
		Settled:    s.settled(a, granted, err),
		Answered:   a.outcome == outcomeAnswered && !a.refused(),
	}
	for range 1 + a.wire.extraTurns.Load() {
		s.config.Limiter.Finish(used)
	}
	return response, err
}

// settled is the last moment at which the service may have counted the attempt: the
// arrival of its headers; for one that was abandoned, its end or the moment by which
// its time would have been up; never, when nothing was sent.
func (s *turn) settled(a *attempt, granted time.Time, err error) time.Time {
	switch {
	case !a.wire.answered.IsZero():
		return a.wire.answered
	case a.wire.provesUnsent(err):
		return time.Time{}
	}
	now, timeUp := time.Now(), granted.Add(s.config.AttemptTimeout)
	if a.outcome == outcomeEnded && now.Before(timeUp) {
		return timeUp
	}
	return now
}
