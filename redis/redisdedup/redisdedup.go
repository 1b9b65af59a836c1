package redisdedup

import (
	"context"
	"crypto/rand"
	"fmt"
	"reflect"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/webhook"
)

const (
	defaultLease  = time.Minute
	defaultMaxAge = 24 * time.Hour
	// maxName bounds the name, which is part of every key.
	maxName = 200
	// retryPause is between attempts to end a claim.
	retryPause = 100 * time.Millisecond
	// handled is the value of a handled event's key. No token equals it.
	handled = "handled"
)

// claimScript stores the token unless the key exists, and returns the value that the key has
// then. A repeated call with the same token succeeds again: its first reply may have been lost.
var claimScript = redis.NewScript(`
local value = redis.call('GET', KEYS[1])
if value then return value end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return ARGV[1]
`)

// abandonScript deletes the key if it still has the token.
var abandonScript = redis.NewScript(`
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1
`)

// Deduplicator is a [webhook.Deduplicator] that stores events in Redis. It is safe for
// concurrent use.
type Deduplicator struct {
	client redis.UniversalClient
	prefix string
	lease  time.Duration
	maxAge time.Duration
}

var _ webhook.Deduplicator = (*Deduplicator)(nil)

// Option configures a [Deduplicator]. Options work in any order. [New] returns an error for an
// invalid one.
type Option func(*Deduplicator) error

// New returns a deduplicator for all processes that use the same name in the same Redis. Give
// handlers that do different work different names. client is a [redis.Client], a
// [redis.ClusterClient] or any other client; it stays the caller's, to be closed after
// the handler. The name has 1 to 200 bytes and becomes part of the keys. Invalid arguments are
// [helpcrunch.ErrInvalidArgument]. Nothing is sent yet.
func New(client redis.UniversalClient, name string, opts ...Option) (*Deduplicator, error) {
	if v := reflect.ValueOf(client); !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil() {
		return nil, invalid("client: must not be nil")
	}
	if len(name) == 0 || len(name) > maxName {
		return nil, invalid("name: 1 to %d bytes, got %d", maxName, len(name))
	}
	d := &Deduplicator{client: client, prefix: "helpcrunch:webhook:" + name + ":", lease: defaultLease, maxAge: defaultMaxAge}
	for i, opt := range opts {
		if opt == nil {
			return nil, invalid("option %d: must not be nil", i)
		}
		if err := opt(d); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// WithLease sets how long an event stays claimed by a process that died, at least 1 ms. The
// default is 1 min. It must be at least 10 s longer than the function's timeout
// ([webhook.WithTimeout]), and longer than a function that ignores its context takes: a claim
// whose lease has ended does not keep others from handling the event.
func WithLease(lease time.Duration) Option {
	return func(d *Deduplicator) error {
		if lease < time.Millisecond {
			return invalid("WithLease: at least 1ms, got %s", lease)
		}
		d.lease = lease
		return nil
	}
}

// WithMaxAge sets how long a handled event is remembered, at least 1 ms. The default is 24 h.
// An event takes about 200 bytes in Redis.
func WithMaxAge(age time.Duration) Option {
	return func(d *Deduplicator) error {
		if age < time.Millisecond {
			return invalid("WithMaxAge: at least 1ms, got %s", age)
		}
		d.maxAge = age
		return nil
	}
}

// argumentError is an error about an argument of New.
type argumentError string

func invalid(format string, args ...any) error {
	return argumentError("redisdedup: New: " + fmt.Sprintf(format, args...))
}

func (e argumentError) Error() string { return string(e) }

func (argumentError) Is(target error) bool { return target == helpcrunch.ErrInvalidArgument }

// Begin claims an event. It returns [webhook.ErrHandled] or [webhook.ErrRunning] for one that
// can't be claimed. Any other error means that Redis could not be asked.
func (d *Deduplicator) Begin(ctx context.Context, key string) (webhook.Claim, error) {
	c := &claim{d, d.prefix + key, rand.Text()}
	value, err := claimScript.Run(ctx, d.client, []string{c.key}, c.token, d.lease.Milliseconds()).Text()
	switch {
	case err != nil:
		return nil, fmt.Errorf("redisdedup: claiming an event: %w", err)
	case value == handled:
		return nil, webhook.ErrHandled
	case value != c.token:
		return nil, webhook.ErrRunning
	}
	return c, nil
}

// claim is the right to handle an event while the key has the token.
type claim struct {
	deduplicator *Deduplicator
	key, token   string
}

// Commit remembers the event, also when the lease has ended: its function has succeeded.
func (c *claim) Commit(ctx context.Context) error {
	return persist(ctx, "recording an event as handled", func() error {
		return c.deduplicator.client.Set(ctx, c.key, handled, c.deduplicator.maxAge).Err()
	})
}

// Abandon ends the claim, unless the lease has ended and another process has the event.
func (c *claim) Abandon(ctx context.Context) error {
	return persist(ctx, "abandoning an event", func() error {
		return abandonScript.Run(ctx, c.deduplicator.client, []string{c.key}, c.token).Err()
	})
}

// persist repeats a call until it succeeds or ctx ends. A Redis that restarts meanwhile must
// not make an event count as not handled.
func persist(ctx context.Context, what string, call func() error) error {
	for {
		err := call()
		if err == nil {
			return nil
		}
		select {
		case <-time.After(retryPause):
		case <-ctx.Done():
			return fmt.Errorf("redisdedup: %s: %w", what, err)
		}
	}
}
