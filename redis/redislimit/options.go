package redislimit

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
)

// Option sets up a [Limiter]. Options work in any order; of two that set the same thing
// the last one counts. A bad value is an error from [New].
type Option func(*settings) error

// settings is what the options fill in.
type settings struct {
	name           string
	limit          int
	window         time.Duration
	attemptTimeout time.Duration
	timeout        time.Duration
	processes      int // that share the limit without Redis; 0 is an error in place of a share
	strict         bool
}

const (
	defaultWindow         = time.Minute
	defaultAttemptTimeout = 30 * time.Second
	defaultTimeout        = time.Second
	// maxName bounds the name, which goes into all keys.
	maxName = 200
)

// WithAttemptTimeout sets the attempt timeout of requests that come without one, such as those
// of Wait. The default is 30 s. A client tells the limiter its own, so that the clients of one
// budget may have different ones. A permit of a process that died is free again after the attempt
// timeout (5 min at most), the window and the timeout of a command: 91 s by default.
func WithAttemptTimeout(d time.Duration) Option {
	return func(s *settings) error {
		if d <= 0 {
			return invalid("WithAttemptTimeout: must be positive, got %s", d)
		}
		s.attemptTimeout = d
		return nil
	}
}

// WithTimeout bounds the time of one command to Redis, whatever the Redis client's own
// timeouts and retries are. The default is 1 s.
func WithTimeout(d time.Duration) Option {
	return func(s *settings) error {
		if d <= 0 {
			return invalid("WithTimeout: must be positive, got %s", d)
		}
		s.timeout = d
		return nil
	}
}

// WithLocalShare lets each process work without Redis, with a share of the limit: the limit
// divided by the number of processes, rounded down. The default is the error [ErrUnavailable].
//
// There must be no more processes than that. When Redis is lost, a process continues at once
// with the slots that it holds at that moment, up to its share. It has its whole share when all
// permits from Redis have expired, 91 s later by default. When Redis is back, the process reports
// the permits that it used meanwhile. The guarantee holds while all processes have lost Redis. When
// only some can't reach it, the service may see up to their shares more than the limit. In the 2 s
// after Redis is back it may see up to the permits that are not reported yet.
func WithLocalShare(processes int) Option {
	return func(s *settings) error {
		if processes < 1 {
			return invalid("WithLocalShare: at least 1 process, got %d", processes)
		}
		s.processes = processes
		return nil
	}
}

// WithStrictStart makes a new process wait before its first permit until all permits have expired
// that Redis may have lost. The wait is the attempt timeout, the window and the timeout of a command:
// 91 s by default. There is no wait if the state in Redis is older than that and another process has
// called Redis within the last second.
//
// Without this option a new process trusts the state that it finds. If Redis has lost its state, or
// its clock was set forward, and the new process is the first to call it since, the service may see
// up to twice the limit in one window. It responds with 429, and all processes pause.
func WithStrictStart() Option {
	return func(s *settings) error {
		s.strict = true
		return nil
	}
}

// WithWindow sets the span in which requests are counted, from 100 ms to an hour. The limit
// then is per window. The service's is a minute, the default; a shorter one is for tests
// against a server that counts in the same window, see
// [github.com/helpcrunch-go/helpcrunch/helpcrunchtest.RateLimit].
func WithWindow(d time.Duration) Option {
	return func(s *settings) error {
		if d < 100*time.Millisecond || d > time.Hour {
			return invalid("WithWindow: 100ms to 1h, got %s", d)
		}
		s.window = d
		return nil
	}
}

// newSettings applies the options and checks all that belongs together.
func newSettings(name string, perMinute int, opts []Option) (settings, error) {
	s := settings{
		name:           name,
		limit:          perMinute,
		window:         defaultWindow,
		attemptTimeout: defaultAttemptTimeout,
		timeout:        defaultTimeout,
	}
	for i, opt := range opts {
		if opt == nil {
			return s, invalid("option %d: must not be nil", i)
		}
		if err := opt(&s); err != nil {
			return s, err
		}
	}
	switch {
	case name == "" || len(name) > maxName:
		return s, invalid("name: 1 to %d bytes, got %d", maxName, len(name))
	case strings.ContainsAny(name, "{}"):
		return s, invalid("name: must not contain braces, got %q", name)
	case perMinute <= 0:
		return s, invalid("perMinute: at least 1, got %d", perMinute)
	case s.processes > perMinute:
		return s, invalid("WithLocalShare: at most %d processes, the limit, got %d", perMinute, s.processes)
	}
	return s, nil
}

// maxLease bounds the attempt timeout in a lease. A process with longer attempts in flight
// renews their leases, each renewal apart.
const (
	maxLease = 5 * time.Minute
	renewal  = time.Minute
)

// lease is how long a slot is taken if nothing is heard of its permit: the reply that
// grants it may be on its way for the timeout of a command.
func (l *Limiter) lease() time.Duration {
	attempt := min(cmp.Or(l.longest, l.attemptTimeout), maxLease)
	return add(l.timeout, attempt+l.window)
}

// patience is how long Redis is left alone after a failure.
func (s *settings) patience() time.Duration { return max(s.window/60, 20*time.Millisecond) }

func (s *settings) share() int {
	if s.processes == 0 {
		return 0
	}
	return s.limit / s.processes
}

// keys are in one hash slot of Redis Cluster. The last one is the process's own.
func (s *settings) keys(process string) []string {
	var keys []string
	for _, part := range []string{"state", "used", "leases", "waiting", "met:" + process} {
		keys = append(keys, "{"+s.name+"}:"+part)
	}
	return keys
}

// describe is the limit in words.
func (s *settings) describe() string { return "rate limit of " + describe(s.limit, s.window) }

func describe(limit int, window time.Duration) string {
	if window == time.Minute {
		return fmt.Sprintf("%d requests per minute", limit)
	}
	return fmt.Sprintf("%d requests per %s", limit, window)
}

// argumentError is an error about an argument of New.
type argumentError string

func invalid(format string, args ...any) error {
	return argumentError("redislimit: New: " + fmt.Sprintf(format, args...))
}

func (e argumentError) Error() string { return string(e) }

func (argumentError) Is(target error) bool { return target == helpcrunch.ErrInvalidArgument }
