package helpcrunchtest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/account"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/deliver"
	"github.com/helpcrunch-go/helpcrunch/webhook"
)

// Delivery is one attempt to deliver a webhook.
type Delivery struct {
	// Time is when it was sent, by the server's clock.
	Time time.Time
	// Event is the type of the event.
	Event webhook.EventType
	// ID is the same in all attempts. Each receiver of an event gets another, unless the [Dialect]
	// has WebhookSharedIDs.
	ID string
	// Attempts counts the attempts before this one, from 0.
	Attempts int
	// URL is where it was sent, empty for a handler.
	URL string
	// Body is the body as it was sent. Don't change it.
	Body []byte
	// Signature is the header X-HelpCrunch-Signature, empty if it was not sent.
	Signature string
	// Duplicate reports that [Server.Redeliver] sent it.
	Duplicate bool
	// Forgery is the kind of a delivery by [Server.Forge].
	Forgery Forgery
	// Status is the status of the response, 0 when there was none.
	Status int
	// Err is why there was no response, nil when there was one.
	Err error
}

// Delivered reports whether the response was 2xx.
func (d Delivery) Delivered() bool {
	return d.Status >= 200 && d.Status <= 299
}

// Forgery is a kind of invalid signature.
type Forgery = deliver.Forgery

// The ways to forge a delivery.
const (
	// NoForgery is the value of a delivery with a valid signature.
	NoForgery Forgery = iota
	// WrongKey signs with another key.
	WrongKey
	// ChangedBody sends the signature of a body that had another id.
	ChangedBody
	// NoSignature sends none.
	NoSignature
)

func deliveryOf(a *deliver.Attempt) Delivery { return Delivery(a.Record) }

// Deliveries returns the recorded attempts to deliver webhooks, in the order in which they ended.
func (s *Server) Deliveries() []Delivery {
	defer s.lock()()
	return convert(s.hub.Log.All(), deliveryOf)
}

// DeliveriesOf returns the recorded attempts of one event type; see [Server.Deliveries].
func (s *Server) DeliveriesOf(event webhook.EventType) []Delivery {
	return slices.DeleteFunc(s.Deliveries(), func(d Delivery) bool { return d.Event != event })
}

// SendWebhook raises any event, such as an e-mail, and returns its ID for each receiver. A stored
// [helpcrunch.Customer], [helpcrunch.Chat] or [helpcrunch.Message] is encoded as the service does,
// other eventData by encoding/json. It panics when eventData can't be encoded or the server has no
// webhooks.
func (s *Server) SendWebhook(event webhook.EventType, eventData any) []string {
	return s.raise(event, eventData, NoForgery)
}

// Forge is [Server.SendWebhook] with an invalid signature. It is sent once.
func (s *Server) Forge(how Forgery, event webhook.EventType, eventData any) []string {
	return s.raise(event, eventData, how)
}

func (s *Server) raise(event webhook.EventType, eventData any, how Forgery) []string {
	defer s.lock()()
	doing := fmt.Sprintf("sending the webhook %s", event)
	s.mustWebhooks(doing)
	c, err := s.changeOf(eventData)
	if err != nil {
		panic(fmt.Sprintf("helpcrunchtest: %s: %v", doing, err))
	}
	c.At, c.Events = account.InstantOf(s.clock()), []webhook.EventType{event}
	return s.hub.Raise(c, how)
}

// changeOf returns a change with the stored row for eventData, or with eventData itself.
func (s *Server) changeOf(eventData any) (c account.Change, err error) {
	switch row := eventData.(type) {
	case *helpcrunch.Customer:
		return s.changeOf(*row)
	case *helpcrunch.Chat:
		return s.changeOf(*row)
	case *helpcrunch.Message:
		return s.changeOf(*row)
	case helpcrunch.Customer:
		if c.Customer = s.store.Customers.Get(row.ID); c.Customer == nil {
			err = fmt.Errorf("the server has no customer %d", row.ID)
		}
	case helpcrunch.Chat:
		if c.Chat = s.store.Chats.Get(row.ID); c.Chat == nil {
			err = fmt.Errorf("the server has no chat %d", row.ID)
		}
	case helpcrunch.Message:
		if c.Message = s.store.Message(row.Chat, row.ID); c.Message == nil {
			err = fmt.Errorf("the server has no message %d in chat %d", row.ID, row.Chat)
		}
	default:
		c.Other, err = json.Marshal(eventData)
	}
	return c, err
}

// Redeliver sends a duplicate of a webhook's latest attempt. It panics when none is recorded.
func (s *Server) Redeliver(id string) {
	defer s.lock()()
	for _, attempt := range slices.Backward(s.mustWebhooks("redelivering a webhook").Log.All()) {
		if attempt.ID == id {
			s.hub.Redeliver(attempt)
			return
		}
	}
	panic(fmt.Sprintf("helpcrunchtest: redelivering a webhook: no delivery of %q is recorded", id))
}

// HoldWebhooks holds new webhooks until [Server.ReleaseWebhooks] or [Server.ReleaseAllWebhooks],
// but not retries and duplicates. It panics when the server has no webhooks.
func (s *Server) HoldWebhooks() {
	defer s.lock()()
	s.mustWebhooks("holding webhooks").Holding = true
}

// HeldWebhooks returns the event, ID and URL of each held webhook, oldest first.
func (s *Server) HeldWebhooks() []Delivery {
	defer s.lock()()
	return convert(s.hub.Held, func(d *deliver.Delivery) Delivery { return Delivery{Event: d.Event, ID: d.ID, URL: d.To.URL} })
}

// ReleaseWebhooks sends held webhooks one after the other. It panics when an ID is not held, or
// the server has no webhooks.
func (s *Server) ReleaseWebhooks(ids ...string) {
	defer s.lock()()
	if err := s.mustWebhooks("releasing webhooks").Release(ids); err != nil {
		panic(fmt.Sprintf("helpcrunchtest: releasing webhooks: %v", err))
	}
}

// ReleaseAllWebhooks sends all held webhooks and holds no more. It panics when the server has no
// webhooks.
func (s *Server) ReleaseAllWebhooks() {
	defer s.lock()()
	s.mustWebhooks("releasing all webhooks").ReleaseAll()
}

// WaitForWebhooks waits until every webhook that is not held is delivered or will not be retried,
// and no handler in memory is running. It fails when ctx ends, the server is closed or it has no
// webhooks. Observers and handlers must not call it.
//
// If a receiver always fails, it waits for the whole schedule, 70 s by default: use
// [WithWebhookSchedule] without delays, or a testing/synctest bubble.
func (s *Server) WaitForWebhooks(ctx context.Context) error {
	return s.hub.WaitSettled(ctx)
}

// mustWebhooks returns the hub, and panics when it has no receivers.
func (s *Server) mustWebhooks(doing string) *deliver.Hub {
	if len(s.hub.Targets) == 0 {
		panic(fmt.Sprintf("helpcrunchtest: %s: %v", doing, deliver.ErrNoWebhooks))
	}
	return s.hub
}
