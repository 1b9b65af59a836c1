package engine

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/helpcrunch-go/helpcrunch/internal/contexterr"
	"github.com/helpcrunch-go/helpcrunch/internal/limiter"
)

// Limiter grants permits, one per attempt.
type Limiter interface {
	// Acquire waits for a permit.
	Acquire(ctx context.Context, request limiter.PermitRequest) (limiter.Permit, error)
	// Release releases a permit after its request.
	Release(result limiter.PermitResult)
	// Pause stops all permits after a 429, and returns the end of the pause.
	Pause(request limiter.PauseRequest) time.Time
}

// permit is the step that waits for a permit, and releases it after the attempt.
type permit struct {
	next   step
	config *Config
}

func (s *permit) do(ctx context.Context, a *attempt, r *http.Request) (response *http.Response, err error) {
	if err = s.acquire(ctx, a); err != nil {
		return nil, contexterr.Wrap(ctx, err)
	}
	defer func() { s.finish(a, err) }() // even if a transport panics
	a.call.permits++
	for _, onPermit := range a.call.request.OnPermit {
		if onPermit != nil {
			onPermit()
		}
	}
	response, err = s.next.do(ctx, a, r)
	if a.rateLimited() {
		a.pausedUntil = s.config.Limiter.Pause(limiter.PauseRequest{
			Granted: a.permit.Granted, RetryAfter: a.call.response.RetryAfter, Longest: s.config.MaxWait,
		})
		a.call.record(slog.LevelWarn, "helpcrunch pause", nil,
			slog.Int("attempt", a.call.permits), slog.Duration("wait", time.Until(a.pausedUntil)))
	}
	return response, err
}

// acquire waits for the permit of an attempt.
func (s *permit) acquire(ctx context.Context, a *attempt) (err error) {
	c := a.call
	if s.config.Logger == nil && c.request.OnAttempt == nil { // only they use the times, and clocks are slow
		a.permit, err = s.config.Limiter.Acquire(ctx, c.permitRequest())
		return err
	}
	started := time.Now()
	stop := c.recordLongQueue()
	a.permit, err = s.config.Limiter.Acquire(ctx, c.permitRequest())
	stop()
	a.began = time.Now()
	a.queued = a.began.Sub(started)
	c.queued += a.queued
	return err
}

// finish releases the permit of the attempt, and the extra permits for requests that the
// transport resent by itself.
func (s *permit) finish(a *attempt, err error) {
	result := limiter.PermitResult{
		Permit:    a.permit,
		CountedAt: s.countedAt(a, err),
		Responded: a.outcome == outcomeResponded && !a.rateLimited(),
	}
	extra := a.wire.watch.end()
	s.config.Limiter.Release(result)
	for _, result.Permit = range extra {
		result.CountedAt = s.countedLateAt(a) // the requests that were resent got no response
		s.config.Limiter.Release(result)
	}
}

// countsLate is how long the service may take to count an attempt that ended without a
// complete response.
const countsLate = 30 * time.Second

// countedAt returns the latest time at which the service may have counted the attempt. It is the
// arrival of the headers if the response is complete, and zero if nothing was sent.
func (s *permit) countedAt(a *attempt, err error) time.Time {
	switch {
	case a.wire.complete:
		return a.wire.responded
	case a.wire.responded.IsZero() && a.wire.provesUnsent(err):
		return time.Time{}
	}
	return s.countedLateAt(a)
}

// countedLateAt is countedAt for an attempt that ends now without a complete response. It returns
// the end of the attempt timeout, but at most countsLate from now.
func (s *permit) countedLateAt(a *attempt) time.Time {
	ended := time.Now()
	late := max(0, s.config.AttemptTimeout-ended.Sub(a.permit.Granted))
	return ended.Add(min(late, countsLate))
}
