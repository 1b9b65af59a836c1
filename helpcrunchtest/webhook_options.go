package helpcrunchtest

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/account"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/deliver"
	"github.com/helpcrunch-go/helpcrunch/webhook"
)

// WithWebhook sends webhooks to an http or https URL, signed with a key: of the given events, or
// of all. Each use adds a webhook.
//
// Up to 8 deliveries run concurrently, in no certain order, and hold up no call. One without a
// 2xx response in time is retried by [WithWebhookSchedule]; a redirect is a failure. Rows from
// [Server.AddCustomer] and the other Add methods raise nothing. Beyond 32 MiB of webhooks that
// wait, the oldest are dropped, and [Server.Deliveries] says so.
func WithWebhook(url, signingKey string, events ...webhook.EventType) Option {
	return func(s *settings) {
		s.webhooks = append(s.webhooks, webhookSettings{"WithWebhook", deliver.Target{URL: url, Key: signingKey, Events: events}})
	}
}

// WithWebhookHandler is [WithWebhook] to a handler in memory, as requests for "/". It opens no
// socket, so that it works in a testing/synctest bubble, if the server is made in there.
func WithWebhookHandler(handler http.Handler, signingKey string, events ...webhook.EventType) Option {
	return func(s *settings) {
		s.webhooks = append(s.webhooks, webhookSettings{"WithWebhookHandler", deliver.Target{Handler: handler, Key: signingKey, Events: events}})
	}
}

// SendWebhooksTo sends the webhooks of what happens from now on to a handler in memory, as
// [WithWebhookHandler] does. It panics when the handler is nil, or the key or an event is invalid.
func (s *Server) SendWebhooksTo(handler http.Handler, signingKey string, events ...webhook.EventType) {
	w := webhookSettings{"SendWebhooksTo", deliver.Target{Handler: handler, Key: signingKey, Events: events}}
	if err := w.check(); err != nil {
		panic(fmt.Sprintf("helpcrunchtest: %v", err))
	}
	defer s.lock()()
	s.hub.Add(w.target)
}

// WithWebhookClient sends webhooks to URLs through an HTTP client, which is copied and follows
// no redirects. The default uses no proxy.
func WithWebhookClient(client *http.Client) Option {
	return func(s *settings) { s.hub.Client = client }
}

// WithWebhookSchedule sets how long after each failure a webhook is retried, by the server's
// clock. The default is 10 seconds and a minute, which makes 3 attempts. Without delays there is
// one attempt.
func WithWebhookSchedule(delays ...time.Duration) Option {
	return func(s *settings) { s.hub.Schedule = delays }
}

// WithWebhookTimeout sets how long an attempt may take, 15 seconds by default, in real or
// virtual time.
func WithWebhookTimeout(d time.Duration) Option {
	return func(s *settings) { s.hub.Timeout = d }
}

// WithWebhookObserver calls a function after every attempt, concurrently. It may use the server,
// except [Server.Close] and [Server.WaitForWebhooks].
func WithWebhookObserver(observer func(Delivery)) Option {
	return func(s *settings) { s.hub.Observer = observe(observer, deliveryOf) }
}

const defaultWebhookTimeout = 15 * time.Second

var defaultWebhookSchedule = []time.Duration{10 * time.Second, time.Minute}

// webhookSettings is what an option says of a webhook.
type webhookSettings struct {
	option string
	target deliver.Target
}

func (w *webhookSettings) check() error {
	switch {
	case w.target.Handler == nil && w.option != "WithWebhook":
		return fmt.Errorf("%s: the handler is nil", w.option)
	case w.target.Handler == nil && !ValidWebhookURL(w.target.URL):
		return fmt.Errorf("%s: the URL must begin with http:// or https:// and name a host, not %q", w.option, w.target.URL)
	case !ValidSigningKey(w.target.Key):
		return fmt.Errorf("%s: the signing key must not be empty, nor have spaces around it", w.option)
	}
	for _, event := range w.target.Events {
		if !slices.Contains(account.Events, event) {
			return fmt.Errorf("%s: %q is no event: there are %q", w.option, event, account.Events)
		}
	}
	return nil
}

// checkWebhooks finds invalid options of webhooks.
func (s *settings) checkWebhooks() error {
	for i := range s.webhooks {
		if err := s.webhooks[i].check(); err != nil {
			return err
		}
	}
	for _, delay := range s.hub.Schedule {
		if delay < 0 {
			return fmt.Errorf("WithWebhookSchedule: a delay must be 0 or more, not %v", delay)
		}
	}
	if s.hub.Timeout <= 0 {
		return errors.New("WithWebhookTimeout: the time must be more than 0")
	}
	return nil
}

// ValidWebhookURL reports whether webhooks can be sent to a URL: http or https, with a
// host.
func ValidWebhookURL(text string) bool {
	parsed, err := url.Parse(text)
	return err == nil && (parsed.Scheme == "http" || parsed.Scheme == "https") && parsed.Hostname() != ""
}

// ValidSigningKey reports whether webhooks can be signed with a key: it is not empty and
// has no spaces around it.
func ValidSigningKey(key string) bool {
	return key != "" && strings.TrimSpace(key) == key
}

// WebhookEvents returns the events that webhooks can be limited to.
func WebhookEvents() []webhook.EventType {
	return slices.Clone(account.Events)
}
