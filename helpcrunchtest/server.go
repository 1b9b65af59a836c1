package helpcrunchtest

import (
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/account"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/api"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/deliver"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/serve"
)

// A Server is an in-memory fake HelpCrunch server for tests. It is safe for concurrent use.
type Server struct {
	// URL is the base URL of the API: http://ipaddr:port/v1. A server made in a testing/synctest
	// bubble, or with [WithoutListener], has no listener: its URL works in memory alone, with
	// [Server.Client], [Server.HTTPClient] and [Server.Transport].
	URL string
	// APIKey is the one key that the server accepts.
	APIKey string

	mu       sync.Mutex // guards the account, the log, the faults and the webhooks
	settings *settings
	store    *account.Account
	core     *serve.Core
	hub      *deliver.Hub
	listener *serve.Listener // nil for none
	ahead    time.Duration   // how far the clock was moved
}

// NewServer starts and returns a server with two agents, a department, an application and no
// customers. The caller should call Close when finished. It panics when it can't listen or an
// option is invalid.
func NewServer(opts ...Option) *Server {
	settings := defaultSettings()
	for _, opt := range opts {
		opt(settings)
	}
	if err := settings.check(); err != nil {
		panic(fmt.Sprintf("helpcrunchtest: %v", err))
	}
	dialect, err := settings.dialect.wire()
	if err != nil {
		panic(fmt.Sprintf("helpcrunchtest: %v", err))
	}
	s := &Server{APIKey: settings.core.Key, URL: noListenerURL, settings: settings, store: account.New()}
	hub := settings.hub
	hub.Mu, hub.Clock, hub.Store, hub.Dialect = &s.mu, s.clock, s.store, dialect
	s.hub = deliver.New(hub)
	settings.core.Dialect = &dialect
	core := settings.core
	core.Mu, core.Clock, core.Hub = &s.mu, s.clock, s.hub
	core.Service = &api.Service{Store: s.store, Dialect: &dialect, Attributes: settings.attributes}
	s.core = serve.New(core)
	s.seed()
	for _, w := range settings.webhooks {
		s.hub.Add(w.target)
	}
	if !settings.withoutListener && (settings.listener != nil || !serve.InBubble()) {
		s.listener = serve.Listen(s.handler(), settings.listener, settings.tls)
		scheme := "http://"
		if settings.tls != nil {
			scheme = "https://"
		}
		s.URL = scheme + s.listener.Address + api.BasePath
		s.listener.Start()
		s.updatePort() // a seed may have injected a fault
	}
	return s
}

// noListenerURL is the URL of a server without a listener. Its reserved name never resolves, so
// that a client on the network fails with a clear error.
const noListenerURL = "https://helpcrunchtest.invalid" + api.BasePath

func (s *Server) seed() {
	for _, seed := range s.settings.seeds {
		seed(s)
	}
}

// lock locks the server, and returns the function that unlocks it.
func (s *Server) lock() (unlock func()) {
	s.mu.Lock()
	return s.mu.Unlock
}

func (s *Server) clock() time.Time {
	return s.settings.clock().Add(s.ahead)
}

// Reset restores the seeded account and clears requests, webhooks and faults. The clock
// and the receivers of webhooks stay.
func (s *Server) Reset() {
	s.mu.Lock()
	onChange := s.store.OnChange
	*s.store = *account.New()
	s.store.OnChange = onChange
	s.core.Reset()
	s.hub.Reset()
	s.mu.Unlock()
	s.updatePort()
	s.seed()
}

// Now returns the time of the server.
func (s *Server) Now() time.Time {
	defer s.lock()()
	return s.clock()
}

// MoveClock moves the clock of the server, ends the snoozes and retries the webhooks due by then.
func (s *Server) MoveClock(d time.Duration) {
	defer s.lock()()
	s.ahead += d
	now := s.clock()
	s.hub.RunDue(now)
	s.hub.SetTimer(now, 0)
}

// Close closes the listener and aborts webhooks and network requests in flight. It waits for
// their observers and for handlers in memory, which must not call it. A delayed request in memory
// continues. The account stays readable.
func (s *Server) Close() {
	s.core.Closed.Store(true)
	if s.listener != nil {
		s.listener.Close()
	}
	s.hub.Close()
	s.hub.Wait()
}

// ServeHTTP responds to a request to the API, below /v1. Use it to mount the API in another server.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.handler().ServeHTTP(w, r)
}

// Transport returns a transport that calls the server in memory, in the goroutine of the caller.
// It ignores the host of a request.
func (s *Server) Transport() http.RoundTripper {
	return &serve.Transport{Core: s.core}
}

// HTTPClient returns an HTTP client that uses [Server.Transport].
func (s *Server) HTTPClient() *http.Client {
	return &http.Client{Transport: s.Transport()}
}

// Client returns an SDK client that calls the server in memory. It succeeds and fails as a client
// of [helpcrunch.New] does, but has no rate limit and waits a thousandth of the time: a
// Retry-After of 1 s takes 1 ms, one of an hour fails at once. The clock of [WithRateLimit]
// advances by the whole time. opts override these settings; with [helpcrunch.WithRetryWait] waits
// take their full time. It panics when an option is invalid.
func (s *Server) Client(opts ...helpcrunch.Option) *helpcrunch.Client {
	return s.newClient(&clientTransport{serve.Transport{Core: s.core}}, append([]helpcrunch.Option{
		helpcrunch.WithRateLimiter(&unlimited{core: s.core}),
		helpcrunch.WithRetryWait(clientMinWait, clientMaxWait),
	}, opts...))
}

// ProductionClient returns an SDK client that calls the server in memory, with the rate limit and
// the waits of [helpcrunch.New]. Use it in a testing/synctest bubble, where they take no time. It
// panics when an option is invalid.
func (s *Server) ProductionClient(opts ...helpcrunch.Option) *helpcrunch.Client {
	return s.newClient(s.Transport(), opts)
}

func (s *Server) newClient(transport http.RoundTripper, opts []helpcrunch.Option) *helpcrunch.Client {
	client, err := helpcrunch.New(s.settings.core.Key, append([]helpcrunch.Option{
		helpcrunch.WithBaseURL(s.URL),
		helpcrunch.WithHTTPClient(&http.Client{Transport: transport}),
	}, opts...)...)
	if err != nil {
		panic(fmt.Sprintf("helpcrunchtest: making a client: %v", err))
	}
	return client
}
