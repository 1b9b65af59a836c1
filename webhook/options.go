package webhook

import (
	"context"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
)

// Defaults of the options.
const (
	defaultTimeout      = 10 * time.Second
	defaultMaxBodyBytes = 1 << 20
)

// Option configures a handler. Options work in any order; of two that set the same thing the
// last one counts. [NewHandler] returns an error for an invalid one.
type Option func(*settings) error

// settings is what the options fill in.
type settings struct {
	keys         []string // those that are accepted; the first is NewHandler's own
	deduplicator Deduplicator
	timeout      time.Duration
	maxBodyBytes int64
	logger       *slog.Logger
	errorHook    func(context.Context, *Event, error)
}

// newSettings applies the options to the defaults.
func newSettings(signingKey string, opts []Option) (*settings, error) {
	s := &settings{
		keys:         []string{signingKey},
		timeout:      defaultTimeout,
		maxBodyBytes: defaultMaxBodyBytes,
		logger:       slog.New(slog.DiscardHandler),
		errorHook:    func(context.Context, *Event, error) {},
	}
	for i, opt := range opts {
		if opt == nil {
			return nil, invalid("NewHandler: option %d: must not be nil", i)
		}
		if err := opt(s); err != nil {
			return nil, err
		}
	}
	if s.deduplicator == nil {
		s.deduplicator = newMemory(defaultMaxEntries, defaultMaxAge)
	}
	return s, nil
}

// checkKey rejects what can't be a signing key. Its errors do not contain the key.
func checkKey(what, key string) error {
	switch {
	case key == "":
		return invalid("NewHandler: %s: must not be empty", what)
	case strings.TrimSpace(key) != key:
		return invalid("NewHandler: %s: must not begin or end with white space", what)
	}
	return nil
}

// argumentError is an error about an argument.
type argumentError string

func invalid(format string, args ...any) error {
	return argumentError("webhook: " + fmt.Sprintf(format, args...))
}

func (e argumentError) Error() string { return string(e) }

func (argumentError) Is(target error) bool { return target == helpcrunch.ErrInvalidArgument }

// WithAdditionalKeys accepts deliveries signed with other keys too, while the account's key
// is being replaced: deploy with the new key as an additional one, replace it in HelpCrunch,
// then drop the old one. Several of these options add up.
func WithAdditionalKeys(signingKeys ...string) Option {
	return func(s *settings) error {
		for i, key := range signingKeys {
			if err := checkKey(fmt.Sprintf("WithAdditionalKeys: signingKeys[%d]", i), key); err != nil {
				return err
			}
		}
		s.keys = append(s.keys, signingKeys...)
		return nil
	}
}

// WithDeduplicator sets what remembers the handled events. The default remembers 100,000
// for 24 hours, in memory: see [NewMemoryDeduplicator].
func WithDeduplicator(deduplicator Deduplicator) Option {
	return func(s *settings) error {
		if v := reflect.ValueOf(deduplicator); !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil() {
			return invalid("NewHandler: WithDeduplicator: must not be nil")
		}
		s.deduplicator = deduplicator
		return nil
	}
}

// WithTimeout sets after how long the function's context ends. The default is 10 s. An event
// that is not handled a tenth later, which includes telling the deduplicator, is answered
// with 503.
func WithTimeout(timeout time.Duration) Option {
	return func(s *settings) error {
		if timeout <= 0 {
			return invalid("NewHandler: WithTimeout: must be positive, got %s", timeout)
		}
		s.timeout = timeout
		return nil
	}
}

// WithMaxBodyBytes sets how large a body may be. The default is 1 MiB. A larger one is
// answered with 413.
func WithMaxBodyBytes(bytes int64) Option {
	return func(s *settings) error {
		if bytes <= 0 {
			return invalid("NewHandler: WithMaxBodyBytes: at least 1, got %d", bytes)
		}
		s.maxBodyBytes = bytes
		return nil
	}
}

// WithLogger logs every delivery: at debug level those that are answered with 200, at warn
// all others. The default is silence. Records hold the status, the event's type and id, the
// count of attempts, the duration and the texts of errors, among them those that the
// function returns or panics with. They never hold a key, a signature or a body.
func WithLogger(logger *slog.Logger) Option {
	return func(s *settings) error {
		if logger == nil {
			return invalid("NewHandler: WithLogger: must not be nil")
		}
		s.logger = logger
		return nil
	}
}

// WithErrorHook calls a function with whatever went wrong, before the delivery is answered.
// It should return soon, and may be called by several goroutines at once.
//
// The event is nil when the delivery was refused: as [ErrInvalidSignature], as a
// [net/http.MaxBytesError], or because its body could not be received or parsed. Otherwise
// the error is the function's own, a [PanicError], that of the deduplicator, or
// [context.DeadlineExceeded] when the event was not handled in time; what becomes of it in the
// end is passed too, unless it is nil. Errors may be wrapped: use
// [errors.Is] and [errors.As]. Duplicates and requests that are no POST are no errors.
func WithErrorHook(hook func(ctx context.Context, event *Event, err error)) Option {
	return func(s *settings) error {
		if hook == nil {
			return invalid("NewHandler: WithErrorHook: must not be nil")
		}
		s.errorHook = hook
		return nil
	}
}
