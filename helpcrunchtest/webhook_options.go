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

// WithWebhook sends webhooks of the given events, or of all, to an http or https URL, signed with
// a key. Each use adds a receiver.
//
// Up to 8 deliveries run concurrently, in any order. API requests do not wait for them. A delivery
// without a 2xx response in time is retried: see [WithWebhookSchedule]. Redirects are failures. The
// Add methods raise no events. Beyond 32 MiB of waiting webhooks the oldest are dropped;
// [Server.Deliveries] contains them.
func WithWebhook(url, signingKey string, events ...webhook.EventType) Option {
	return func(s *settings) {
		s.webhooks = append(s.webhooks, webhookSettings{"WithWebhook", deliver.Target{URL: url, Key: signingKey, Events: events}})
	}
}

// WithWebhookHandler is [WithWebhook] to a handler in memory, at the path "/". It works in the
// testing/synctest bubble in which the server was made.
func WithWebhookHandler(handler http.Handler, signingKey string, events ...webhook.EventType) Option {
	return func(s *settings) {
		s.webhooks = append(s.webhooks, webhookSettings{"WithWebhookHandler", deliver.Target{Handler: handler, Key: signingKey, Events: events}})
	}
}

// SendWebhooksTo is [WithWebhookHandler] for events from now on. It panics when an argument is
// invalid.
func (s *Server) SendWebhooksTo(handler http.Handler, signingKey string, events ...webhook.EventType) {
	w := webhookSettings{"SendWebhooksTo", deliver.Target{Handler: handler, Key: signingKey, Events: events}}
	if err := w.check(); err != nil {
		panic(fmt.Sprintf("helpcrunchtest: %v", err))
	}
	defer s.lock()()
	s.hub.Add(w.target)
}

// WithWebhookClient sends webhooks to URLs through a copy of an HTTP client, without following
// redirects. The default uses no proxy.
func WithWebhookClient(client *http.Client) Option {
	return func(s *settings) { s.hub.Client = client }
}

// WithWebhookSchedule sets the delays before the retries of a webhook, by the server's clock. The
// default is 10 s and 60 s, which makes 3 attempts. Without delays there is one attempt.
func WithWebhookSchedule(delays ...time.Duration) Option {
	return func(s *settings) { s.hub.Schedule = delays }
}

// WithWebhookTimeout sets how long an attempt may take, 15 s by default.
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

// webhookSettings is a receiver and the option that added it.
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

// checkWebhooks returns an error for an invalid option of webhooks.
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

// ValidWebhookURL reports whether a URL is http or https and has a host.
func ValidWebhookURL(text string) bool {
	parsed, err := url.Parse(text)
	return err == nil && (parsed.Scheme == "http" || parsed.Scheme == "https") && parsed.Hostname() != ""
}

// ValidSigningKey reports whether a key is not empty and has no spaces around it.
func ValidSigningKey(key string) bool {
	return key != "" && strings.TrimSpace(key) == key
}

// WebhookEvents returns the events that webhooks can be limited to.
func WebhookEvents() []webhook.EventType {
	return slices.Clone(account.Events)
}
