package helpcrunchtest

import (
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/account"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/deliver"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/serve"
)

// An Option changes how a server is made.
type Option func(*settings)

type settings struct {
	core            serve.Config
	hub             deliver.Config
	clock           func() time.Time
	dialect         Dialect
	attributes      map[string]AttributeType
	webhooks        []webhookSettings
	listener        net.Listener
	withoutListener bool
	tls             *tls.Config // nil for plain HTTP
	control         bool
	end             func() // may be nil
	seeds           []func(*Server)
}

// defaultAPIKey has every character that a real key may have, and about its length.
const defaultAPIKey = "helpcrunchtest-key-0123456789+ABCDEFGHIJKLMNOPQRSTUVWXYZ/abcdefghijklmnopqrstuvwxyz=="

const defaultLogSize = 100_000

func defaultSettings() *settings {
	return &settings{
		core:  serve.Config{Key: defaultAPIKey, LogSize: defaultLogSize},
		hub:   deliver.Config{Schedule: defaultWebhookSchedule, Timeout: defaultWebhookTimeout, LogSize: defaultLogSize},
		clock: time.Now,
		seeds: []func(*Server){addDefaultTeam},
	}
}

// check returns an error for an invalid option.
func (s *settings) check() error {
	if !ValidAPIKey(s.core.Key) {
		return errors.New("WithAPIKey: the key must have 16 characters or more of A-Z a-z 0-9 + / = -")
	}
	if s.clock == nil {
		return errors.New("WithClock: the clock is nil")
	}
	if limit := s.core.Limit; limit != nil && (limit.Requests < 1 || limit.Window < 0) {
		return fmt.Errorf("WithRateLimit: %d requests in %v is not a limit", limit.Requests, limit.Window)
	}
	types := []AttributeType{TextAttribute, NumberAttribute, BooleanAttribute, DateAttribute}
	for name, kind := range s.attributes {
		if !slices.Contains(types, kind) {
			return fmt.Errorf("WithAttributes: %s: %q is not a type of attributes: there are %q", name, kind, types)
		}
	}
	return s.checkWebhooks()
}

// ValidAPIKey reports whether a key has 16 characters or more of A-Z a-z 0-9 + / = and -.
func ValidAPIKey(key string) bool {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=-"
	return len(key) >= 16 && strings.Trim(key, alphabet) == ""
}

// WithAPIKey sets the key that the server accepts. It must be a [ValidAPIKey].
func WithAPIKey(key string) Option {
	return func(s *settings) { s.core.Key = key }
}

// WithClock sets the clock for timestamps, snoozes, retries of webhooks and the rate limit. The
// default is time.Now, which is virtual in a testing/synctest bubble. Latencies and delays of faults
// use package time instead. The function must not use the server; it is never called concurrently.
func WithClock(now func() time.Time) Option {
	return func(s *settings) { s.clock = now }
}

// WithLatency delays every response by d.
func WithLatency(d time.Duration) Option {
	return WithLatencyFunc(func() (before, after time.Duration) { return 0, d })
}

// WithLatencyFunc delays every request by before, and its response by after. The operation is
// counted and executed in between. The function is called once per request, never concurrently, and
// may use the server, except [Server.Close].
func WithLatencyFunc(latency func() (before, after time.Duration)) Option {
	return func(s *settings) { s.core.Latency = latency }
}

// WithDialect sets the forms of requests, responses and webhooks.
func WithDialect(dialect Dialect) Option {
	return func(s *settings) { s.dialect = dialect }
}

// WithRateLimit responds 429 to requests beyond a limit. The default is no limit.
func WithRateLimit(limit RateLimit) Option {
	return func(s *settings) { s.core.Limit = &serve.Limit{RateLimit: serve.RateLimit(limit)} }
}

// WithAttributes defines the account's custom attributes: writing any other, or a value of the
// wrong type, is a 400. Without it every attribute is accepted.
func WithAttributes(attributes map[string]AttributeType) Option {
	return func(s *settings) { s.attributes = maps.Clone(attributes) }
}

// WithRequestLog sets how many requests and how many attempts of webhooks are recorded, 100,000 by
// default, and at most 64 MiB of each. All are counted.
func WithRequestLog(size int) Option {
	return func(s *settings) { s.core.LogSize, s.hub.LogSize = max(size, 0), max(size, 0) }
}

// WithObserver calls a function with every request before its response is sent. It may be called
// concurrently, and may use the server, except [Server.Close].
func WithObserver(observer func(Request)) Option {
	return func(s *settings) { s.core.Observer = observe(observer, requestOf) }
}

// observe converts rows for an observer. It returns nil for nil.
func observe[Row, View any](observer func(View), of func(*Row) View) func(Row) {
	if observer == nil {
		return nil
	}
	return func(row Row) { observer(of(&row)) }
}

// WithListener serves on a listener, which the server closes, instead of a free local port.
func WithListener(listener net.Listener) Option {
	return func(s *settings) { s.listener = listener }
}

// WithTLS serves HTTPS with a certificate, as the service does. Clients must trust it.
func WithTLS(certificate tls.Certificate) Option {
	return func(s *settings) {
		s.tls = &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{certificate}, NextProtos: []string{"http/1.1"}}
	}
}

// WithoutListener opens no port: the server works in memory alone.
func WithoutListener() Option {
	return func(s *settings) { s.withoutListener = true }
}

// WithSeed calls a function that adds rows, before the listener opens and after each [Server.Reset].
func WithSeed(seed func(*Server)) Option {
	return func(s *settings) { s.seeds = append(s.seeds, seed) }
}

// WithoutTeam leaves out the default agents, department and application.
func WithoutTeam() Option {
	return func(s *settings) { s.seeds[0] = func(*Server) {} }
}

// RateLimit limits the requests in a window. Those with a 401 or 429 are not counted.
type RateLimit struct {
	// Requests per window, 1 or more. The service's documented limit is 120.
	Requests int
	// Window is how long a window is; 0 means a minute.
	Window time.Duration
	// Fixed windows begin at each full minute, or multiple of Window. The default is a rolling
	// window.
	Fixed bool
	// RetryAfter adds Retry-After to a 429: the whole seconds until the request will be accepted.
	RetryAfter bool
	// Headers adds X-RateLimit-Limit and X-RateLimit-Remaining to all responses except a 401 and
	// those of faults.
	Headers bool
}

// AttributeType is the type of the values of a custom attribute.
type AttributeType = account.AttributeType

// The types of custom attributes.
const (
	// TextAttribute accepts strings of up to 255 characters.
	TextAttribute AttributeType = account.TextAttribute
	// NumberAttribute accepts numbers.
	NumberAttribute AttributeType = account.NumberAttribute
	// BooleanAttribute accepts true and false.
	BooleanAttribute AttributeType = account.BooleanAttribute
	// DateAttribute accepts UNIX seconds, as a number or a string of digits. [CustomDataForm]
	// selects the form of a date in responses.
	DateAttribute AttributeType = account.DateAttribute
)
