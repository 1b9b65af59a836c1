package helpcrunch

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/helpcrunch-go/helpcrunch/internal/engine"
	"github.com/helpcrunch-go/helpcrunch/internal/limiter"
)

// Version is the version of this module. It is part of the default User-Agent.
const Version = "0.1.0"

const (
	// DefaultBaseURL is the service's address.
	DefaultBaseURL = "https://api.helpcrunch.com/v1"
	// DefaultRateLimit is the service's documented limit, in requests per minute.
	DefaultRateLimit = 120
)

// Option configures a client. The order matters only if two options set the same value: the last
// one counts. An invalid value is an error of [New] and [Client.With].
type Option func(*settings) error

// settings holds the values of the options. With copies it, so an option must replace a slice or a
// map, not change it in place.
type settings struct {
	engine.Config

	baseURL      *url.URL // without a trailing slash
	derived      bool     // by With: connections and limiter are those of another client
	insecureHTTP bool
	prefetch     int
	hooks        []func(context.Context, Response)
}

func defaultSettings(apiKey string) *settings {
	address, _ := url.Parse(DefaultBaseURL) // never fails for the constant
	return &settings{baseURL: address, Config: engine.Config{
		APIKey:           func() string { return apiKey },
		UserAgent:        "helpcrunch-go/" + Version,
		MaxRetries:       4,
		MinWait:          500 * time.Millisecond,
		MaxWait:          60 * time.Second,
		AttemptTimeout:   30 * time.Second,
		MaxResponseBytes: 16 << 20,
	}}
}

// apply applies the options and checks their combination.
func (s *settings) apply(opts []Option) error {
	for i, opt := range opts {
		if opt == nil {
			return invalid("opts[%d]: must not be nil", i)
		}
		if err := opt(s); err != nil {
			return err
		}
	}
	if s.baseURL.Scheme != "https" && !isLoopback(s.baseURL.Hostname()) && !s.insecureHTTP {
		return invalid("WithBaseURL: must be https (plain http is for loopback hosts, and for others with WithInsecureHTTP)")
	}
	if s.HTTPClient == nil {
		s.HTTPClient = new(http.Client)
	}
	if s.Limiter == nil {
		s.Limiter = limiter.New(DefaultRateLimit)
	}
	if s.HTTPClient.Timeout > 0 {
		s.AttemptTimeout = min(s.AttemptTimeout, s.HTTPClient.Timeout)
	}
	return nil
}

// option returns an Option that calls set, or returns an error if its argument is invalid.
func option(valid bool, set func(*settings), format string, args ...any) Option {
	return func(s *settings) error {
		if !valid {
			return invalid(format, args...)
		}
		set(s)
		return nil
	}
}

// notDerivable wraps an option that With rejects.
func notDerivable(name string, opt Option) Option {
	return func(s *settings) error {
		if s.derived {
			return invalid("%s: can't differ between clients that share connections and limiter", name)
		}
		return opt(s)
	}
}

// WithBaseURL sets the base URL, including its path ("/v1"). The default is [DefaultBaseURL]. It
// must be HTTPS; plain HTTP is valid for loopback hosts, and for others with [WithInsecureHTTP].
// It must not contain a query, a fragment or user info.
func WithBaseURL(baseURL string) Option {
	return notDerivable("WithBaseURL", func(s *settings) error {
		u, err := url.Parse(strings.TrimRight(baseURL, "/"))
		switch {
		case err != nil, !utf8.ValidString(baseURL):
			return invalid("WithBaseURL: must be a valid URL")
		case u.User != nil:
			return invalid("WithBaseURL: must not contain user info")
		case u.RawQuery != "" || u.ForceQuery || strings.Contains(baseURL, "#"):
			return invalid("WithBaseURL: must not contain a query or a fragment")
		case u.Hostname() == "" || u.Opaque != "":
			return invalid("WithBaseURL: must contain a host, such as %s", DefaultBaseURL)
		case strings.ContainsAny(baseURL, " \t\r\n") || slices.Contains(strings.Split(u.Path, "/"), ".."):
			return invalid("WithBaseURL: must not contain spaces or \"..\"")
		case !isPort(u.Port()):
			return invalid("WithBaseURL: must have a port of 1 to 65535, or none")
		case u.Scheme != "https" && u.Scheme != "http":
			return invalid("WithBaseURL: must be https")
		}
		s.baseURL = u
		return nil
	})
}

// WithInsecureHTTP allows plain HTTP to a host that is not loopback, such as a fake server in a
// container. Anyone on the network path can read the API key: never use it with a real key.
func WithInsecureHTTP() Option {
	return notDerivable("WithInsecureHTTP", option(true, func(s *settings) { s.insecureHTTP = true }, ""))
}

// WithHeader sends a header with every request, such as a token for a gateway. A repeated name
// replaces the value; "User-Agent" and "Accept" replace the client's own.
//
// The value must be printable ASCII. Names that the client or its transport sets are
// [ErrInvalidArgument]: Authorization, Host, Content-*, Idempotency-Key, X-Idempotency-Key,
// Accept-Encoding, Connection, Transfer-Encoding, TE, Trailer, Upgrade, Expect, Cookie and
// Proxy-*.
func WithHeader(name, value string) Option {
	return func(s *settings) error {
		if err := checkHeader(name, value); err != nil {
			return err
		}
		setOthers := s.SetHeader
		s.SetHeader = func(h http.Header) {
			if setOthers != nil {
				setOthers(h)
			}
			h.Set(name, value)
		}
		return nil
	}
}

// WithHTTPClient uses the Transport and the cookie Jar of another HTTP client. If Transport is nil,
// the client uses the SDK's own transport with a new connection pool, not [http.DefaultTransport].
// The Timeout of the HTTP client bounds each attempt if it is shorter than the attempt timeout.
// CheckRedirect is ignored, because redirects are not followed. The HTTP client is copied.
//
// The SDK's own transport speaks HTTP/1.1 and keeps 64 idle connections. It closes them after an
// attempt that timed out without receiving a byte. Another Transport may speak HTTP/2 or resend a
// request by itself. The client detects a resend with [net/http/httptrace] and allows at most 2 per
// attempt. A resend takes a permit; without a free one, the attempt ends. If the call is not
// idempotent, its first resend ends it. Neither applies if nothing of the earlier request was
// written.
func WithHTTPClient(client *http.Client) Option {
	return notDerivable("WithHTTPClient", func(s *settings) error {
		switch {
		case client == nil:
			return invalid("WithHTTPClient: must not be nil")
		case client.Transport != nil && isNil(client.Transport):
			return invalid("WithHTTPClient: Transport: must not be a nil %T", client.Transport)
		case client.Jar != nil && isNil(client.Jar):
			return invalid("WithHTTPClient: Jar: must not be a nil %T", client.Jar)
		}
		copied := *client // the caller's is not changed
		s.HTTPClient = &copied
		return nil
	})
}

// WithRateLimit sets the limit in requests per minute, at least 1. The default is 120.
func WithRateLimit(perMinute int) Option {
	return notDerivable("WithRateLimit", option(perMinute >= 1, func(s *settings) { s.Limiter = limiter.New(perMinute) },
		"WithRateLimit: at least 1 request per minute, got %d", perMinute))
}

// WithRateLimiter sets a limiter that is shared with other clients, or one of your own. If it is
// not a [PermitLimiter], the client itself pauses all calls after a 429. For the minute after the
// pause it limits them to [DefaultRateLimit], whatever the limiter's own rate.
func WithRateLimiter(limiter Limiter) Option {
	own, isOwn := limiter.(*RateLimiter)
	valid := !isNil(limiter) && (!isOwn || own.limiter != nil)
	return notDerivable("WithRateLimiter", option(valid, func(s *settings) { s.Limiter = engineLimiter(limiter) },
		"WithRateLimiter: must not be nil, and a RateLimiter must come from NewRateLimiter"))
}

// isNil reports whether a value is nil or contains a nil pointer, function, map or channel.
func isNil(value any) bool {
	switch v := reflect.ValueOf(value); v.Kind() {
	case reflect.Invalid:
		return true
	case reflect.Pointer, reflect.Func, reflect.Map, reflect.Chan:
		return v.IsNil()
	}
	return false
}

// WithMaxRetries sets how often a failed request is retried. The default is 4. Rate-limited
// requests (429) do not count, but 0 disables their retries too.
func WithMaxRetries(retries int) Option {
	return option(retries >= 0, func(s *settings) { s.MaxRetries = retries },
		"WithMaxRetries: at least 0, got %d", retries)
}

// WithRetryWait sets the bounds of the backoff between attempts. The defaults are 0.5 s and 60 s. A
// wait is random between 0 and a bound. The bound starts at min and doubles with each failure up to
// max. If the service asks for a wait longer than max, the call fails. If that was a 429, the other
// calls pause for max. A call spends at most 25 times max on 429, and never more than 150 s.
func WithRetryWait(min, max time.Duration) Option {
	return option(min > 0 && max >= min, func(s *settings) { s.MinWait, s.MaxWait = min, max },
		"WithRetryWait: must be positive and the maximum not below the minimum, got %s and %s", min, max)
}

// WithAttemptTimeout sets how long one attempt may take, from sending to the last byte of the
// response. The default is 30 s. Waits for a permit and between attempts do not count; bound them
// with the context.
func WithAttemptTimeout(timeout time.Duration) Option {
	return option(timeout > 0, func(s *settings) { s.AttemptTimeout = timeout },
		"WithAttemptTimeout: must be positive, got %s", timeout)
}

// WithMaxResponseBytes sets how large a response may be, in bytes, at least 1. The default is
// 16 MiB. A larger response is an error and is not retried.
func WithMaxResponseBytes(bytes int64) Option {
	return option(bytes > 0, func(s *settings) { s.MaxResponseBytes = bytes },
		"WithMaxResponseBytes: at least 1, got %d", bytes)
}

// WithLogger logs each call at debug level. Retries, pauses and unreadable fields are logged at
// warn, and a wait of 10 s for a permit at info. By default nothing is logged. Records contain
// method, path, status, attempts, durations, names of fields and the texts of errors, including
// those of the transport. They never contain the key, a query, a header or a body.
func WithLogger(logger *slog.Logger) Option {
	return option(logger != nil, func(s *settings) { s.Logger = logger },
		"WithLogger: must not be nil")
}

// WithUserAgent sets the User-Agent header, in printable ASCII. The default is
// "helpcrunch-go/" and [Version].
func WithUserAgent(userAgent string) Option {
	return option(strings.TrimSpace(userAgent) != "" && isPrintableASCII(userAgent), func(s *settings) { s.UserAgent = userAgent },
		"WithUserAgent: must be printable ASCII and not empty")
}

// WithPrefetch bounds how many pages an iterator (All and SearchAll) has in flight or buffered, at
// least 1. By default an iterator prefetches as many pages as the rate limit and the latency allow.
// The default bound is half the limit per minute, at least 64 and at most 512 pages. Prefetching
// starts when the loop goes beyond the first page. 1 turns prefetching off: each page is requested
// when the loop reaches its first row. WithPrefetch does not affect bulk writes.
func WithPrefetch(pages int) Option {
	return option(pages >= 1, func(s *settings) { s.prefetch = pages },
		"WithPrefetch: at least 1 page, got %d", pages)
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || (ip != nil && ip.IsLoopback())
}

func isPort(port string) bool {
	number, err := strconv.ParseUint(port, 10, 16)
	return port == "" || err == nil && number > 0
}
