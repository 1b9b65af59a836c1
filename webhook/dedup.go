package webhook

import (
	"context"
	"sync"
	"time"
)

// Deduplicator remembers which events were handled, so that each is handled once. The default
// is one in memory, see [NewMemoryDeduplicator]; several processes behind one address need one
// that they share.
//
// It knows an event by a key: its type, a space and its id. Whether two events of one action
// have ids of their own is not documented.
//
// Its methods, and those of its claims, are called by many goroutines at once. Each call has
// a context that ends after 5 s, and must return by then. An error other than the two that
// Begin knows, and a panic, make the answer a 500, so that the service delivers again.
//
// With Redis, Begin is SET NX of a random token that expires after a lease: when the key is
// taken, its value says whether the event was handled or is being handled. Commit is SET of
// a word for handled, with an age; Abandon is DEL if the value is still the token. The
// lease lets events go that were being handled in a process that died. It must be longer
// than the function's timeout ([WithTimeout]), and than a function that ignores its context
// takes: when it has expired, the event is handled again.
type Deduplicator interface {
	// Begin claims an event for the caller. It returns ErrHandled when the event was handled
	// already, and ErrRunning when another claim on it stands.
	Begin(ctx context.Context, key string) (Claim, error)
}

// Claim is the right to handle an event. It ends with one call of one of its methods.
type Claim interface {
	// Commit remembers the event as handled. The function has returned nil. After an error
	// the event counts as not handled: it is delivered again.
	Commit(ctx context.Context) error
	// Abandon gives the claim up, so that the event can be claimed again. The function has
	// failed.
	Abandon(ctx context.Context) error
}

// What [Deduplicator] says of an event that can't be claimed.
const (
	ErrHandled Error = "webhook: the event was handled already"
	ErrRunning Error = "webhook: the event is being handled"
)

// Bounds of the default deduplicator.
const (
	defaultMaxEntries = 100_000
	defaultMaxAge     = 24 * time.Hour
)

// memory is a Deduplicator for one process. A claim in it stands until it ends.
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

// NewMemoryDeduplicator makes a deduplicator that remembers the latest maxEntries handled
// events for maxAge each, in memory. The default of [NewHandler] is one of 100,000 events and
// 24 hours, which takes up to some 20 MB. Share one only between handlers that do the same
// work: what one of them has handled, the others never see. A bound that is not positive is
// a [helpcrunch.ErrInvalidArgument].
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
	m.forget()
	switch {
	case m.handled[key]:
		return nil, ErrHandled
	case m.running[key]:
		return nil, ErrRunning
	}
	m.running[key] = true
	return memoryClaim{m, key}, nil
}

// forget drops what is too old or too much. It holds the mutex.
func (m *memory) forget() {
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
	m.forget()
	return nil
}

// Abandon gives the claim up.
func (c memoryClaim) Abandon(context.Context) error {
	c.memory.mutex.Lock()
	defer c.memory.mutex.Unlock()
	delete(c.memory.running, c.key)
	return nil
}

// noClaim is the claim on an event without an id, of which nothing can be remembered.
type noClaim struct{}

// Commit does nothing.
func (noClaim) Commit(context.Context) error { return nil }

// Abandon does nothing.
func (noClaim) Abandon(context.Context) error { return nil }
