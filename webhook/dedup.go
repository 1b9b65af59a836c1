package webhook

import (
	"context"
	"sync"
	"time"
)

// Deduplicator stores which events were handled. The default stores them in memory, see
// [NewMemoryDeduplicator]. Several processes behind one URL need a shared deduplicator, such as
// the one in package redis/redisdedup.
//
// The key of an event is its type, a space and its id. HelpCrunch does not document whether two
// events raised by one action have different ids.
//
// The methods of a Deduplicator and its claims are called concurrently. The context of each
// call ends after 5 s; the handler then responds with 503 and does not wait for the call. After
// a panic, or an error other than [ErrHandled] and [ErrRunning], the response is 500 and the
// service delivers the event again.
//
// Claims in a shared store need a lease, which frees the events of a process that died. After the
// lease has expired, the event can be handled again. The lease must therefore be at least 10 s
// longer than the function's timeout ([WithTimeout]), and longer than the run of a function that
// ignores its context.
type Deduplicator interface {
	// Begin claims an event for the caller. It returns ErrHandled if the event was handled
	// already, and ErrRunning while another claim exists.
	Begin(ctx context.Context, key string) (Claim, error)
}

// Claim is the right to handle an event. It ends with a call of Commit or Abandon.
type Claim interface {
	// Commit stores the event as handled, after the function has returned nil. If it fails,
	// the service delivers the event again.
	Commit(ctx context.Context) error
	// Abandon releases the claim after the function has failed, so that the event can be
	// claimed again.
	Abandon(ctx context.Context) error
}

// Errors of Begin for an event that can't be claimed.
const (
	ErrHandled Error = "webhook: the event was handled already"
	ErrRunning Error = "webhook: the event is being handled"
)

// Bounds of the default deduplicator.
const (
	defaultMaxEntries = 100_000
	defaultMaxAge     = 24 * time.Hour
)

// memory is a Deduplicator for one process. Its claims have no lease.
type memory struct {
	maxEntries int
	maxAge     time.Duration

	mutex   sync.Mutex
	running map[string]bool
	handled map[string]bool
	order   []memoryEntry // of handled, oldest first
}

type memoryEntry struct {
	key     string
	expires time.Time
}

// NewMemoryDeduplicator returns a deduplicator that remembers the latest maxEntries handled events
// for maxAge each, in memory. By default [NewHandler] uses one with 100,000 events and 24 hours,
// which takes up to 20 MB. Its events are lost when the process ends. Share one only between
// handlers that do the same work, because only one of them handles an event. Bounds below 1 are
// [helpcrunch.ErrInvalidArgument].
func NewMemoryDeduplicator(maxEntries int, maxAge time.Duration) (Deduplicator, error) {
	switch {
	case maxEntries <= 0:
		return nil, invalid("NewMemoryDeduplicator: maxEntries: at least 1, got %d", maxEntries)
	case maxAge <= 0:
		return nil, invalid("NewMemoryDeduplicator: maxAge: must be positive, got %s", maxAge)
	}
	return newMemory(maxEntries, maxAge), nil
}

func newMemory(maxEntries int, maxAge time.Duration) *memory {
	return &memory{
		maxEntries: maxEntries,
		maxAge:     maxAge,
		running:    make(map[string]bool),
		handled:    make(map[string]bool),
	}
}

// Begin claims an event.
func (m *memory) Begin(_ context.Context, key string) (Claim, error) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.evict()
	switch {
	case m.handled[key]:
		return nil, ErrHandled
	case m.running[key]:
		return nil, ErrRunning
	}
	m.running[key] = true
	return memoryClaim{m, key}, nil
}

// evict drops events beyond the bounds. The caller holds the mutex.
func (m *memory) evict() {
	now := time.Now()
	for len(m.order) > 0 && (len(m.order) > m.maxEntries || !now.Before(m.order[0].expires)) {
		delete(m.handled, m.order[0].key)
		m.order = m.order[1:]
	}
}

type memoryClaim struct {
	memory *memory
	key    string
}

// Commit remembers the event.
func (c memoryClaim) Commit(context.Context) error {
	m := c.memory
	m.mutex.Lock()
	defer m.mutex.Unlock()
	delete(m.running, c.key)
	m.handled[c.key] = true
	m.order = append(m.order, memoryEntry{c.key, time.Now().Add(m.maxAge)})
	m.evict()
	return nil
}

// Abandon releases the claim.
func (c memoryClaim) Abandon(context.Context) error {
	c.memory.mutex.Lock()
	defer c.memory.mutex.Unlock()
	delete(c.memory.running, c.key)
	return nil
}

// noClaim is the claim on an event without an id, which can't be remembered.
type noClaim struct{}

// Commit does nothing.
func (noClaim) Commit(context.Context) error { return nil }

// Abandon does nothing.
func (noClaim) Abandon(context.Context) error { return nil }
