package helpcrunchtest

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
)

// A Server is a HelpCrunch account in memory, for use in tests. All methods may be
// called at any time, from any goroutine.
type Server struct {
	// URL is the base URL of the API, of the form http://ipaddr:port/v1. A server made
	// inside a testing/synctest bubble, or with [WithoutListener], has no listener:
	// its URL leads nowhere outside of this process, and works with [Server.Client],
	// [Server.HTTPClient] and [Server.Transport] alone.
	URL string
	// APIKey is the one key that the server accepts.
	APIKey string

	dialect    Dialect
	clock      func() time.Time
	latency    func() (before, after time.Duration)
	observer   func(Request)
	key        string   // what APIKey was at first
	hider      keyHider // keeps it out of the log
	attributes map[string]AttributeType
	rateLimit  *rateLimit // nil for none
	listener   *listener  // nil for none
	webhooks   *webhooks  // nil for none; set once the account is seeded

	openBodies atomic.Int64
	latencyMu  sync.Mutex // held while latency is called, which may use the server

	mu     sync.Mutex // guards what follows
	store  *store
	log    requestLog
	faults []*ActiveFault
	closed bool
}

// NewServer starts and returns a server that holds a small team and no customers: two
// agents, a department and an application (see [Server.Agents], [Server.Departments]
// and [Server.Applications]). The caller should call Close when finished.
//
// It panics when it can't listen, and when an option is wrong, as that is a mistake in
// the test.
func NewServer(opts ...Option) *Server {
	settings := defaultSettings()
	for _, opt := range opts {
		opt(settings)
	}
	if err := settings.check(); err != nil {
		panic(fmt.Sprintf("helpcrunchtest: %v", err))
	}
	s := &Server{
		APIKey:     settings.apiKey,
		dialect:    settings.dialect,
		clock:      settings.clock,
		latency:    settings.latency,
		observer:   settings.observer,
		key:        settings.apiKey,
		hider:      newKeyHider(settings.apiKey),
		attributes: settings.attributes,
		store:      newStore(),
		log:        newRequestLog(settings.logSize),
	}
	if settings.rateLimit != nil {
		s.rateLimit = &rateLimit{RateLimit: *settings.rateLimit}
	}
	for _, seed := range settings.seeds {
		seed(s)
	}
	s.startWebhooks(settings)
	s.start(settings)
	return s
}

// Close stops the server: its listener is closed, requests and webhooks on their way are
// broken off, and later ones are refused. It waits for handlers in memory and the observer
// of webhooks to return, so that they must not call it. What it holds can still be looked
// at.
func (s *Server) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	if s.listener != nil {
		s.listener.close()
	}
	s.stopWebhooks()
}

func (s *Server) isClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

// Transport returns the way to the server that needs no network: it answers in the
// goroutine of the caller, whatever host a request names.
func (s *Server) Transport() http.RoundTripper {
	return &transport{server: s}
}

// HTTPClient returns an HTTP client that uses [Server.Transport].
func (s *Server) HTTPClient() *http.Client {
	return &http.Client{Transport: s.Transport()}
}

// Client returns an SDK client for the server. It reaches the server in memory and succeeds
// and fails as a client of [helpcrunch.New] does, but has no rate limit and waits a thousandth
// of the time: a Retry-After of 1 s takes 1 ms, one of an hour fails at once. The time that it
// does not wait passes for [WithRateLimit]. opts come after these settings and can change each
// of them; [helpcrunch.WithRetryWait] makes waits take their time.
//
// It panics when an option is invalid, as that is a mistake in the test.
func (s *Server) Client(opts ...helpcrunch.Option) *helpcrunch.Client {
	return s.newClient(&clientTransport{transport{server: s}}, append([]helpcrunch.Option{
		helpcrunch.WithRateLimiter(&unlimited{server: s}),
		helpcrunch.WithRetryWait(clientMinWait, clientMaxWait),
	}, opts...))
}

// ProductionClient returns an SDK client that reaches the server in memory and has the rate
// limit and the waits of a client of [helpcrunch.New]. Use it in a testing/synctest bubble,
// where they take no time.
//
// It panics when an option is invalid, as that is a mistake in the test.
func (s *Server) ProductionClient(opts ...helpcrunch.Option) *helpcrunch.Client {
	return s.newClient(s.Transport(), opts)
}

func (s *Server) newClient(transport http.RoundTripper, opts []helpcrunch.Option) *helpcrunch.Client {
	client, err := helpcrunch.New(s.key, append([]helpcrunch.Option{
		helpcrunch.WithBaseURL(s.URL),
		helpcrunch.WithHTTPClient(&http.Client{Transport: transport}),
	}, opts...)...)
	if err != nil {
		panic(fmt.Sprintf("helpcrunchtest: making a client: %v", err))
	}
	return client
}

// Compile-time check: a Server can be mounted wherever a handler can.
var _ http.Handler = (*Server)(nil)
