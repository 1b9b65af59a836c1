package webhook

import (
	"context"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/internal/keylock"
)

// Defaults of the options.
const (
	defaultTimeout      = 10 * time.Second
	defaultMaxBodyBytes = 1 << 20
)

// Option configures a handler. The order matters only if two options set the same value: the last
// one counts. [NewHandler] returns an error for an invalid option.
type Option func(*settings) error

// settings holds the values of the options.
type settings struct {
	keys         []string // accepted keys; the first is the one passed to NewHandler
	deduplicator Deduplicator
	timeout      time.Duration
	maxBodyBytes int64
	logger       *slog.Logger // nil for the default
	errorHook    func(context.Context, *Event, error)
	sequence     func(*Event) string // nil for none
	sequences    keylock.Locks[string]
}

// newSettings applies the options to the defaults.
func newSettings(signingKey string, opts []Option) (*settings, error) {
	s := &settings{
		keys:         []string{signingKey},
		timeout:      defaultTimeout,
		maxBodyBytes: defaultMaxBodyBytes,
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

// checkKey rejects an invalid signing key. Its errors do not contain the key.
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

// WithAdditionalKeys accepts deliveries signed with other keys too, while the account's key is
// being replaced: deploy with the new key as an additional one, replace it in HelpCrunch, then
// drop the old one. If the option is repeated, the keys are combined.
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

// WithDeduplicator sets the store of handled events. The default keeps 100,000 events for 24
// hours in memory, see [NewMemoryDeduplicator].
func WithDeduplicator(deduplicator Deduplicator) Option {
	return func(s *settings) error {
		if v := reflect.ValueOf(deduplicator); !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil() {
			return invalid("NewHandler: WithDeduplicator: must not be nil")
		}
		s.deduplicator = deduplicator
		return nil
	}
}

// WithSequence handles events with the same key one after the other, in the order in which
// their deliveries arrived. Events with other keys or an empty key are handled concurrently. key
// must not change the event, and is called concurrently. To keep the events of a chat in
// sequence:
//
//	webhook.WithSequence(func(event *webhook.Event) string {
//		if data, ok := event.Message(); ok && data.ChatID != 0 {
//			return strconv.FormatInt(data.ChatID, 10)
//		}
//		return "" // no sequence
//	})
//
// An event that has waited for 1.1 times the timeout gets the response 503, and the service
// delivers it again. Each handler has its own sequences; they are not shared between processes.
// The order of arrival may differ from the order of CreatedAt.
func WithSequence(key func(event *Event) string) Option {
	return func(s *settings) error {
		if key == nil {
			return invalid("NewHandler: WithSequence: must not be nil")
		}
		s.sequence = key
		return nil
	}
}

// WithTimeout sets the timeout of the function's context. The default is 10 s. An event that is
// not handled within 1.1 times the timeout gets the response 503. That time includes the wait of
// [WithSequence] and the deduplicator's Commit, but not its Begin, which takes at most 5 s.
func WithTimeout(timeout time.Duration) Option {
	return func(s *settings) error {
		if timeout <= 0 {
			return invalid("NewHandler: WithTimeout: must be positive, got %s", timeout)
		}
		s.timeout = timeout
		return nil
	}
}

// WithMaxBodyBytes sets the maximum size of a body, at least 1 byte. The default is 1 MiB. A
// larger body gets the response 413.
func WithMaxBodyBytes(bytes int64) Option {
	return func(s *settings) error {
		if bytes <= 0 {
			return invalid("NewHandler: WithMaxBodyBytes: at least 1, got %d", bytes)
		}
		s.maxBodyBytes = bytes
		return nil
	}
}

// WithLogger logs every delivery: those with the response 200 at debug level, all others at warn.
// By default only failures of the function and the deduplicator, timeouts, panics and a body that
// was read before are logged, through [slog.Default]. Records contain the status, the event's type
// and id, the number of attempts, the duration, the stack of a panic, and the texts of errors,
// including the function's own. They never contain a key, a signature or a body.
func WithLogger(logger *slog.Logger) Option {
	return func(s *settings) error {
		if logger == nil {
			return invalid("NewHandler: WithLogger: must not be nil")
		}
		s.logger = logger
		return nil
	}
}

// WithErrorHook calls a function with every error, before the response. It should return
// soon, and is called concurrently.
//
// The event is nil when the delivery was rejected: as [ErrInvalidSignature], as a
// [net/http.MaxBytesError], or because its body could not be received or parsed. Otherwise the
// error is the function's own, a [PanicError], the deduplicator's, or [context.DeadlineExceeded]
// when the event was not handled in time. The error of a function that ends later is passed too.
// Errors may be wrapped: use [errors.Is] and [errors.As]. Duplicates and methods other than POST
// are not errors.
func WithErrorHook(hook func(ctx context.Context, event *Event, err error)) Option {
	return func(s *settings) error {
		if hook == nil {
			return invalid("NewHandler: WithErrorHook: must not be nil")
		}
		s.errorHook = hook
		return nil
	}
}
