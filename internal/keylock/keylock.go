// Package keylock serialises work on the same key.
package keylock

import (
	"context"
	"fmt"
	"sync"

	"github.com/helpcrunch-go/helpcrunch/internal/contexterr"
)

// Locks holds one lock per key. The zero Locks is ready to use.
type Locks[K comparable] struct {
	mu    sync.Mutex
	byKey map[K]*lock
}

// lock is the lock of one key. It exists while it has claims.
type lock struct {
	held     chan struct{} // full while a claim holds the lock
	claims   int
	released int // how often a claim that held the lock released it
}

// Claim is the interest of one caller in a key. The caller must call Release.
type Claim[K comparable] struct {
	locks    *Locks[K]
	key      K
	lock     *lock
	released int // lock.released when the claim was made
	holds    bool
}

// Claim registers an interest in a key and does not wait.
func (l *Locks[K]) Claim(key K) *Claim[K] {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.byKey == nil {
		l.byKey = make(map[K]*lock)
	}
	if l.byKey[key] == nil {
		l.byKey[key] = &lock{held: make(chan struct{}, 1)}
	}
	claimed := l.byKey[key]
	claimed.claims++
	return &Claim[K]{locks: l, key: key, lock: claimed, released: claimed.released}
}

// Lock waits for the lock. first is true if no other claim held the lock since this claim was made.
func (c *Claim[K]) Lock(ctx context.Context) (first bool, err error) {
	select {
	case c.lock.held <- struct{}{}:
	case <-ctx.Done():
		return false, fmt.Errorf("helpcrunch: waiting for another call with the same key: %w", contexterr.Wrap(ctx, ctx.Err()))
	}
	c.locks.mu.Lock()
	defer c.locks.mu.Unlock()
	c.holds = true
	return c.lock.released == c.released, nil
}

// Release unlocks the lock if the claim holds it, and gives up the claim.
func (c *Claim[K]) Release() {
	c.locks.mu.Lock()
	defer c.locks.mu.Unlock()
	if c.holds {
		<-c.lock.held
		c.lock.released++
	}
	if c.lock.claims--; c.lock.claims == 0 {
		delete(c.locks.byKey, c.key)
	}
}
