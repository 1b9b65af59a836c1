package helpcrunch

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strings"

	"github.com/helpcrunch-go/helpcrunch/internal/engine"
	"github.com/helpcrunch-go/helpcrunch/internal/keylock"
)

// Client calls the HelpCrunch REST API. It is safe for concurrent use. Make one with [New] for
// each API key and share it: each client has its own rate limiter. Clients with the same key need
// a common one, see [WithRateLimiter].
type Client struct {
	Customers    *CustomersService
	Chats        *ChatsService
	Messages     *MessagesService
	Agents       *AgentsService
	Departments  *DepartmentsService
	Applications *ApplicationsService
	Organization *OrganizationService

	core *core
	mode mode
}

// core holds what a client shares with the clients that InBackground and WithProgress return.
type core struct {
	engine   *engine.Engine
	settings *settings
	locks    *keylock.Locks[any] // for calls that search first and then create
}

// mode holds the settings of one client; clients derived from it share the core.
type mode struct {
	background bool           // calls have background priority
	prefetch   int            // maximum pages in flight per iteration; 0 means the pipeline's default
	progress   func(Progress) // nil for none
	onPermit   func()         // called when an attempt has its permit; may be nil
}

// New returns a client for the account of the API key. It uses neither the network nor the
// environment. An invalid key or option is [ErrInvalidArgument].
//
// Find the key in HelpCrunch under Settings > Developers > Public API.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/api-setup-v1.
func New(apiKey string, opts ...Option) (*Client, error) {
	if err := checkAPIKey(apiKey); err != nil {
		return nil, inMethod("New", err)
	}
	s := defaultSettings(apiKey)
	if err := s.apply(opts); err != nil {
		return nil, inMethod("New", err)
	}
	return newClient(&core{engine.New(s.Config), s, new(keylock.Locks[any])}, mode{prefetch: s.prefetch}), nil
}

// With returns a client that shares connections, rate limit and API key with c, with some
// options changed. All other options keep their values.
//
// [WithBaseURL], [WithHTTPClient], [WithRateLimit], [WithRateLimiter] and [WithInsecureHTTP] can't
// be changed. They are [ErrInvalidArgument], as are invalid options.
func (c *Client) With(opts ...Option) (*Client, error) {
	if c == nil || c.core == nil {
		return nil, inMethod("With", errNotFromNew)
	}
	s := *c.core.settings
	s.derived = true
	if err := s.apply(opts); err != nil {
		return nil, inMethod("With", err)
	}
	m := c.mode
	m.prefetch = s.prefetch
	return newClient(&core{engine.New(s.Config), &s, c.core.locks}, m), nil
}

// CloseIdleConnections closes idle connections, including those of an HTTP client given with
// [WithHTTPClient]. Clients derived from c share them. Calls in flight continue, and later calls
// open new connections.
func (c *Client) CloseIdleConnections() {
	if c != nil && c.core != nil {
		c.core.settings.HTTPClient.CloseIdleConnections()
	}
}

// service is the underlying type of CustomersService and all other services.
type service struct {
	owner *Client
}

// client returns the service's client. It is nil for the nil services of a zero Client; calls
// then fail with errNotFromNew.
func (s *service) client() *Client {
	if s == nil {
		return nil
	}
	return s.owner
}

func newClient(shared *core, m mode) *Client {
	c := &Client{core: shared, mode: m}
	s := &service{owner: c}
	c.Customers = (*CustomersService)(s)
	c.Chats = (*ChatsService)(s)
	c.Messages = (*MessagesService)(s)
	c.Agents = (*AgentsService)(s)
	c.Departments = (*DepartmentsService)(s)
	c.Applications = (*ApplicationsService)(s)
	c.Organization = (*OrganizationService)(s)
	return c
}

// InBackground returns a client that shares everything with c. Its calls have background
// priority: they yield to interactive calls and are spread evenly over the minute. Use it for
// bulk jobs, so that interactive calls don't wait behind them. Iterators (All and SearchAll) and
// bulk writes always run in the background.
func (c *Client) InBackground() *Client {
	return c.derive(func(m *mode) { m.background = true })
}

// derive returns a client with the core of c and a changed mode.
func (c *Client) derive(change func(*mode)) *Client {
	if c == nil {
		return newClient(nil, mode{}) // its calls return errNotFromNew
	}
	m := c.mode
	change(&m)
	return newClient(c.core, m)
}

// Do calls an endpoint for which the SDK has no method. path is relative to the base URL, such as
// "/customers/42"; an absolute URL, ".." and a query are [ErrInvalidArgument]. body is marshaled as
// JSON unless nil. A [Timestamp] in it is written as RFC 3339, unlike in the inputs of other
// methods. The JSON of the response is decoded into out, a pointer, unless out is nil. If a field
// is unreadable, Do sets the others and returns an error that names it. If out is a [*Customer],
// [*Chat] or [*Message], Do names it in Unreadable and returns no error.
//
// GET, HEAD, OPTIONS and TRACE are retried as reads. So is POST if the last segment of path is
// "search". PUT, PATCH and DELETE are retried as idempotent writes. All other calls count as not
// idempotent. Errors are the same as those of other methods.
func (c *Client) Do(ctx context.Context, method, path string, query url.Values, body, out any) error {
	if c == nil || c.core == nil {
		return inMethod("Do", errNotFromNew)
	}
	method = strings.ToUpper(method)
	if method == "" || strings.Trim(method, letters) != "" {
		return inMethod("Do", invalid("method: must be an HTTP method, got %q", method))
	}
	relative, err := relativePath(path)
	if err = cmp.Or(checkResult(out), err); err != nil {
		return inMethod("Do", err)
	}
	r := c.requestPath(method, classOf(method, relative.EscapedPath()), relative.Path, "", "")
	if relative.RawPath != "" {
		r.url.RawPath = c.core.settings.baseURL.EscapedPath() + relative.EscapedPath()
	}
	r.path = relative.EscapedPath() // escaped, as Path may contain control characters
	r.name, r.query, r.body, r.argument = "Do", query, body, "body"
	r.notFoundAfterRetryIsSuccess = method == http.MethodDelete && out == nil
	response, err := c.send(ctx, &r)
	if err != nil || out == nil {
		return err
	}
	fields, err := c.decode(&r, response, out)
	if err != nil || len(fields) == 0 {
		return err
	}
	if !setUnreadable(out, fields) {
		return c.unreadableError(&r, response, fmt.Errorf("unexpected JSON at %s", strings.Join(fields[:min(len(fields), maxUnreadable)], ", ")))
	}
	c.reportUnreadable(ctx, &r, fields)
	return nil
}

var errNotFromNew = invalid("the client was not made by New")

// checkResult rejects an out that is neither nil nor a pointer to a value.
func checkResult(out any) error {
	target := reflect.ValueOf(out)
	return invalidIf(out != nil && (target.Kind() != reflect.Pointer || target.IsNil()),
		"out: must be nil or a pointer that is not nil, got %T", out)
}

// relativePath checks and parses a path given to Do.
func relativePath(path string) (*url.URL, error) {
	if path == "" || strings.HasPrefix(path, "//") || strings.Contains(path, "://") {
		return nil, invalid("path: must be relative to the base URL, such as /customers/42")
	}
	u, err := url.Parse("/" + strings.TrimPrefix(path, "/"))
	if err != nil {
		return nil, invalid("path: must be a valid URL path")
	}
	if err := checkUTF8("path", u.Path); err != nil {
		return nil, err
	}
	if strings.ContainsAny(path+u.Path, "?#\\") {
		return nil, invalid("path: must not contain a query, a fragment or a backslash, escaped or not: pass the query by itself")
	}
	for segment := range strings.SplitSeq(u.Path, "/") {
		if segment == ".." || segment == "." {
			return nil, invalid("path: must not contain %q", segment)
		}
	}
	return u, nil
}

// classOf returns the retry class of a call by Do. path is escaped: "/orders%2Fsearch" is one
// segment and not a search.
func classOf(method, path string) engine.Class {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return engine.Read
	case http.MethodPut, http.MethodPatch, http.MethodDelete:
		return engine.Idempotent
	case http.MethodPost:
		if strings.HasSuffix(path, "/search") {
			return engine.Read
		}
	}
	return engine.NonIdempotent
}

// Format prints the type and the base URL for every verb, never the API key.
func (c Client) Format(f fmt.State, _ rune) {
	fmt.Fprint(f, c.description())
}

// MarshalJSON writes the text of Format as a JSON string.
func (c Client) MarshalJSON() ([]byte, error) {
	return json.Marshal(c.description())
}

func (c Client) description() string {
	if c.core == nil {
		return "helpcrunch.Client()"
	}
	return "helpcrunch.Client(" + c.core.settings.baseURL.String() + ")"
}
