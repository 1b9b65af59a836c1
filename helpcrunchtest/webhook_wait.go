package helpcrunchtest

import (
	"context"
	"errors"
	"fmt"
)

// WaitForWebhooks waits until every webhook is delivered, or given up after its last
// attempt, and until no handler in memory is at work any more. Those that
// [Server.HoldWebhooks] keeps back don't count. It fails when ctx ends or the server is
// closed before, and when the server has no webhooks.
//
// A receiver that always fails makes it wait for the whole schedule, 70 seconds by default,
// and with a clock that does not run ([WithClock]) until ctx ends: for such tests there is
// [WithWebhookSchedule] without delays, or a testing/synctest bubble. It waits for the
// observer and for receivers, so that they must not call it.
func (s *Server) WaitForWebhooks(ctx context.Context) error {
	for {
		settled, err := s.whenSettled()
		switch {
		case err != nil:
			return fmt.Errorf("waiting for webhooks: %w", err)
		case settled == nil:
			return nil
		}
		select {
		case <-settled:
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s: %w", s.unsettled(), ctx.Err())
		}
	}
}

// whenSettled returns what is closed once there may be nothing more to wait for, or the
// server ends: nil when there is nothing now.
func (s *Server) whenSettled() (<-chan struct{}, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.webhooks
	if len(h.targets) == 0 {
		return nil, errNoWebhooks
	}
	if !s.closed {
		s.catchUp(s.clock())
	}
	switch {
	case h.outstanding == 0:
		return h.working.ended(), nil
	case s.closed:
		return nil, errors.New("the server is closed")
	case h.settled == nil:
		h.settled = make(chan struct{})
	}
	return h.settled, nil
}

// unsettled says what is waited for, and how far the webhook is that is sent again next.
func (s *Server) unsettled() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.webhooks
	if h.outstanding == 0 {
		return "a handler that goes on after its time"
	}
	text := fmt.Sprintf("%d webhooks", h.outstanding)
	if len(h.later) == 0 {
		return text
	}
	next := h.later[0]
	failure := fmt.Sprintf("status %d", next.last.Status)
	if next.last.Err != nil {
		failure = next.last.Err.Error()
	}
	return fmt.Sprintf("%s (%s: %d of %d attempts made, the last: %s)", text, next.event, next.attempts, len(h.schedule)+1, failure)
}
