package deliver

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// WaitSettled waits until no webhook is outstanding and no handler is running.
func (h *Hub) WaitSettled(ctx context.Context) error {
	defer context.AfterFunc(ctx, func() {
		h.Mu.Lock()
		defer h.Mu.Unlock()
		h.changed.Broadcast()
	})()
	h.Mu.Lock()
	defer h.Mu.Unlock()
	if len(h.Targets) == 0 {
		return fmt.Errorf("waiting for webhooks: %w", ErrNoWebhooks)
	}
	if !h.closed {
		h.RunDue(h.Clock())
	}
	for h.outstanding > 0 || h.running > 0 {
		switch {
		case h.closed && h.outstanding > 0:
			return errors.New("waiting for webhooks: the server is closed")
		case ctx.Err() != nil:
			return fmt.Errorf("waiting for %s: %w", h.unsettled(), ctx.Err())
		}
		h.changed.Wait()
	}
	return nil
}

// unsettled describes the outstanding webhooks and the next retry.
func (h *Hub) unsettled() string {
	if h.outstanding == 0 {
		return "a handler that runs on after its timeout"
	}
	text := fmt.Sprintf("%d webhooks", h.outstanding)
	if len(h.later) == 0 {
		return text
	}
	next := h.later[0]
	return fmt.Sprintf("%s (%s: %d of %d attempts made, the last: %s)", text, next.Event, next.attempts, len(h.Schedule)+1, next.lastError)
}

// ErrNoWebhooks is the error of a server without receivers.
var ErrNoWebhooks = errors.New("the server has no webhooks: use WithWebhook, WithWebhookHandler or SendWebhooksTo")

// Close aborts all deliveries.
func (h *Hub) Close() {
	h.cancel()
	h.Mu.Lock()
	defer h.Mu.Unlock()
	h.closed = true
	if h.timer != nil {
		h.timer.Stop()
	}
	h.changed.Broadcast()
}

// Wait waits, after Close, until no delivery and no handler is running.
func (h *Hub) Wait() {
	h.Mu.Lock()
	for h.running > 0 {
		h.changed.Wait()
	}
	h.Mu.Unlock()
	h.transport.CloseIdleConnections()
}

// Redeliver sends a duplicate of an attempt.
func (h *Hub) Redeliver(attempt *Attempt) {
	d := &Delivery{To: attempt.to, duplicateOf: attempt, epoch: h.epoch}
	h.pending += d.size()
	h.enqueue(d)
}

// Release sends the held deliveries with these ids, one after the other.
func (h *Hub) Release(ids []string) error {
	held := slices.Clone(h.Held)
	sequence := make([]*Delivery, len(ids))
	for i, id := range ids {
		index := slices.IndexFunc(held, func(d *Delivery) bool { return d.ID == id })
		if index < 0 {
			return fmt.Errorf("%q is not held", id)
		}
		sequence[i] = held[index]
		held = slices.Delete(held, index, index+1)
	}
	if len(sequence) == 0 {
		return nil
	}
	for i, d := range sequence[1:] {
		sequence[i].next = d
	}
	h.Held = held
	h.outstanding += len(sequence) - 1
	h.enqueue(sequence[0])
	return nil
}

// ReleaseAll sends all held deliveries and holds no more.
func (h *Hub) ReleaseAll() {
	for _, d := range h.Held {
		h.enqueue(d)
	}
	h.Held, h.Holding = nil, false
}
