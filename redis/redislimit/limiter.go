package redislimit

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"reflect"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/helpcrunch-go/helpcrunch"
)

// Limiter hands out permits of a budget that many processes share. It implements
// [helpcrunch.PermitLimiter] and is safe for concurrent use. Make one for a process.
//
// It runs a goroutine, and another for each command, only while a caller waits or a report is
// due.
type Limiter struct {
	settings
	client  redis.UniversalClient
	script  *redis.Script
	keys    []string
	process string // names this limiter in Redis

	mu          sync.Mutex
	interactive queue
	background  queue
	ownSlots    slots
	local       local
	rateLimits  []rateLimited   // not reported to Redis yet
	exchanged   []chan struct{} // closed when the next exchange is over

	pausedUntil time.Time // no permit before
	holdUntil   time.Time // Redis grants none before: its state was lost

	running bool          // there is a goroutine
	wake    chan struct{} // makes the goroutine look again; has room for one
	calling *exchange     // the one script call under way
	urgent  bool          // a call is due now
	askAt   time.Time     // when to ask again for those who wait
	unsure  int           // how many permits may have been granted without a reply
	number  int64         // of the latest call

	epoch   int64     // of the latest reply
	replied int64     // the number of its call
	contact time.Time // when it came
	clock   int64     // that of the script at the latest reply, and when its call was sent
	clockAt time.Time

	longest    time.Duration // attempt timeout
	startUntil time.Time     // no permit for this process before: see WithStrictStart

	down    error     // why the latest call failed; nil when it did not
	retryAt time.Time // no call before
	closed  bool
}

var _ helpcrunch.PermitLimiter = (*Limiter)(nil)

// New makes a limiter of the budget with that name. client is a [redis.Client], a
// [redis.ClusterClient] or any other client of Redis 7; it stays the caller's, to be closed
// after the limiter. The name becomes part of the keys; it must have no braces, and should
// not be the API key. perMinute must be positive. Nothing is sent yet.
func New(client redis.UniversalClient, name string, perMinute int, opts ...Option) (*Limiter, error) {
	if v := reflect.ValueOf(client); client == nil || v.Kind() == reflect.Pointer && v.IsNil() {
		return nil, invalid("client: must not be nil")
	}
	s, err := newSettings(name, perMinute, opts)
	if err != nil {
		return nil, err
	}
	process := rand.Text()
	return &Limiter{
		settings: s,
		client:   client,
		script:   newScript(name),
		keys:     s.keys(process),
		process:  process,
		wake:     make(chan struct{}, 1),
	}, nil
}

// Acquire waits for a permit. It fails when ctx ends, at once if no permit can come before
// the deadline of ctx, and with [ErrUnavailable] if Redis can't be reached (but see
// [WithLocalShare]). Every permit must be handed back with Release.
func (l *Limiter) Acquire(ctx context.Context, request helpcrunch.PermitRequest) (helpcrunch.Permit, error) {
	if ctx.Err() != nil {
		return helpcrunch.Permit{}, l.contextError(ctx)
	}
	l.mu.Lock()
	now := time.Now()
	own := l.queueOf(request.Background)
	w := &waiter{ctx: ctx, ready: make(chan grantResult, 1)}
	if err := l.newcomerError(own, w, now); err != nil {
		l.mu.Unlock()
		return helpcrunch.Permit{}, err
	}
	if !request.Background {
		l.local.seen = now
	}
	l.longest = max(l.longest, cmp.Or(request.AttemptTimeout, l.attemptTimeout))
	l.urgent = l.urgent || own.empty() || l.calling == nil && !own.checksLater(w, own.length(), l.window)
	own.push(w)
	l.start()
	l.mu.Unlock()

	select {
	case a := <-w.ready:
		return a.permit, a.err
	case <-ctx.Done():
		return l.abandon(w)
	}
}

// newcomerError returns an error if a newcomer can't get a permit in time. It marks a waiter as checked
// if its permit may come in time.
func (l *Limiter) newcomerError(own *queue, w *waiter, now time.Time) error {
	switch {
	case l.closed:
		return fmt.Errorf("%s: the limiter is closed", l.describe())
	case l.processes == 0 && l.down != nil && now.Before(l.retryAt):
		return l.unavailable()
	}
	if err := l.deadlineError(w.ctx, later(l.pausedUntil, l.tail(own, now)), now); err != nil {
		return err
	}
	_, hasDeadline := w.ctx.Deadline()
	w.checked = !hasDeadline || !own.empty() && own.length() == own.tail.ahead && now.Before(own.tail.until)
	return nil
}

// tail returns the earliest moment for a newcomer's permit, or now if it is unknown.
func (l *Limiter) tail(own *queue, now time.Time) time.Time {
	if own.length() < own.tail.ahead || !now.Before(own.tail.until) {
		return now
	}
	return own.tail.moment
}

// Wait takes a permit whose request counts as finished when Wait returns. It is for callers
// that can't tell when their request finished.
func (l *Limiter) Wait(ctx context.Context) error {
	permit, err := l.Acquire(ctx, helpcrunch.PermitRequest{})
	if err != nil {
		return err
	}
	l.Release(helpcrunch.PermitResult{Permit: permit, CountedAt: time.Now()})
	return nil
}

// abandon removes a waiter whose context ended. It returns a permit that was granted in the same
// moment: its holder finds that the context ended and releases it.
func (l *Limiter) abandon(w *waiter) (helpcrunch.Permit, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !w.leave() {
		a := <-w.ready
		return a.permit, a.err
	}
	l.start() // in the queue of all processes others may come forward
	return helpcrunch.Permit{}, l.contextError(w.ctx)
}

// Release hands a permit back. It never waits. The next script call reports it to Redis: at once
// if it was not used, otherwise within 5 s (a twelfth of the window). While callers of this process
// wait, the call that asks for them reports it.
func (l *Limiter) Release(result helpcrunch.PermitResult) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ownSlots.finish(result, l.window)
	l.endRateLimits(result)
	l.urgent = l.urgent || result.CountedAt.IsZero()
	l.start()
}

// Close reports the released permits to Redis. Later calls of Acquire fail. Close waits for Redis, but
// no longer than two commands may take (see [WithTimeout]). Without Close the last permits of a process
// count as in flight until their lease ends.
func (l *Limiter) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	l.rejectAll(fmt.Errorf("%s: the limiter is closed", l.describe()))
	if l.calling == nil && l.due(time.Now()).IsZero() {
		return nil
	}
	l.retryAt = time.Time{}
	l.exchangeNow()
	if l.down != nil {
		return l.unavailable()
	}
	return nil
}

// exchangeNow makes a call and waits for its end. It releases the lock meanwhile.
func (l *Limiter) exchangeNow() {
	done := make(chan struct{})
	l.exchanged = append(l.exchanged, done)
	l.urgent = true
	l.start()
	l.mu.Unlock()
	<-done
	l.mu.Lock()
}

func (l *Limiter) queueOf(background bool) *queue {
	if background {
		return &l.background
	}
	return &l.interactive
}

// rejectAll rejects all waiters.
func (l *Limiter) rejectAll(err error) {
	for _, background := range priorities {
		l.queueOf(background).reject(func(*waiter, int) error { return err })
	}
}

// priorities are interactive and background, by whether they are background.
var priorities = []bool{false, true}

// start starts the goroutine, or wakes it.
func (l *Limiter) start() {
	if !l.running {
		l.running = true
		go l.work()
		return
	}
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// sooner is the earlier of two moments; a zero time is no moment.
func sooner(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
