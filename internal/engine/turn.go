package engine

import (
	"context"
	"net/http"
	"time"

	"github.com/helpcrunch-go/helpcrunch/internal/limiter"
)

// Limiter grants permits, one per attempt.
type Limiter interface {
	// Acquire waits for a permit.
	Acquire(ctx context.Context, request limiter.PermitRequest) (limiter.Permit, error)
	// Release hands a permit back.
	Release(result limiter.PermitResult)
	// Pause stops all permits after a 429, and returns the end of the pause.
	Pause(request limiter.PauseRequest) time.Time
}

// turn is the step that waits for the limiter, and tells it what became of the turn.
type turn struct {
	next   step
	config *Config
}

func (s *turn) do(ctx context.Context, a *attempt, r *http.Request) (response *http.Response, err error) {
	a.permit, err = s.config.Limiter.Acquire(ctx, a.call.permitRequest())
	if err != nil {
		return nil, err
	}
	a.call.permits++
	if onPermit := a.call.request.OnPermit; onPermit != nil {
		onPermit()
	}
	defer func() { s.finish(a, err) }() // even if a transport panics
	response, err = s.next.do(ctx, a, r)
	if retryAfter := a.call.response.RetryAfter; a.rateLimited() && retryAfter <= s.config.MaxWait {
		a.pausedUntil = s.config.Limiter.Pause(limiter.PauseRequest{
			Granted: a.permit.Granted, RetryAfter: retryAfter, Longest: s.config.MaxWait,
		})
		a.logPause()
	}
	return response, err
}

// finish hands back the permits that the attempt took: one, and one more for each time that
// the transport sent the request again by itself.
func (s *turn) finish(a *attempt, err error) {
	result := limiter.PermitResult{
		CountedAt: s.settled(a, err),
		Responded: a.outcome == outcomeResponded && !a.rateLimited(),
	}
	for _, result.Permit = range append(a.wire.watch.end(), a.permit) {
		s.config.Limiter.Release(result)
	}
}

// settled is the last moment at which the service may have counted the attempt: the
// arrival of its headers; for one that was abandoned, its end or the moment by which
// its time would have been up; never, when nothing was sent.
func (s *turn) settled(a *attempt, err error) time.Time {
	switch {
	case !a.wire.responded.IsZero():
		return a.wire.responded
	case a.wire.provesUnsent(err):
		return time.Time{}
	}
	now, timeUp := time.Now(), a.permit.Granted.Add(s.config.AttemptTimeout)
	abandoned := a.outcome == outcomeEnded || a.outcome == outcomeNone
	if abandoned && now.Before(timeUp) {
		return timeUp
	}
	return now
}
