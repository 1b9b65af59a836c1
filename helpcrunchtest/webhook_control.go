package helpcrunchtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/webhook"
)

// Delivery is one attempt to deliver a webhook.
type Delivery struct {
	// Time is when it was sent, by the server's clock.
	Time time.Time
	// Event is what it tells of.
	Event webhook.EventType
	// ID is the event's own at this webhook. It stays the same when sent again.
	ID string
	// Attempts counts the attempts before this one, from 0.
	Attempts int
	// URL is where it was sent, empty for a handler.
	URL string
	// Body is what was sent. Don't change it.
	Body []byte
	// Signature is what the header X-HelpCrunch-Signature said, empty for none.
	Signature string
	// Duplicate tells that [Server.Redeliver] asked for it.
	Duplicate bool
	// Forgery is what is wrong with it, if [Server.Forge] asked for it.
	Forgery Forgery
	// Status is that of the answer, 0 when there was none.
	Status int
	// Err is why there was no answer, nil when there was.
	Err error
}

// Delivered reports whether the answer was a status of 2xx.
func (d Delivery) Delivered() bool {
	return d.Status >= 200 && d.Status <= 299
}

// Forgery is a way in which a delivery is not the service's own.
type Forgery uint8

// The ways to forge a delivery.
const (
	// NoForgery is none: a delivery that was signed as it should be.
	NoForgery Forgery = iota
	// WrongKey signs with another key.
	WrongKey
	// ChangedBody sends the signature of a body that had another id.
	ChangedBody
	// NoSignature sends none.
	NoSignature
)

// sent is an attempt that was made.
type sent struct {
	Delivery

	to *target
}

// Deliveries returns the attempts to deliver webhooks so far, in the order in which they
// were answered or failed. As many are remembered as [WithRequestLog] says.
func (s *Server) Deliveries() []Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	remembered := s.webhooks.log.remembered()
	deliveries := make([]Delivery, len(remembered))
	for i, attempt := range remembered {
		deliveries[i] = attempt.Delivery
	}
	return deliveries
}

// DeliveriesOf returns those of [Server.Deliveries] that tell of an event.
func (s *Server) DeliveriesOf(event webhook.EventType) []Delivery {
	return slices.DeleteFunc(s.Deliveries(), func(d Delivery) bool { return d.Event != event })
}

// SendWebhook raises an event by hand, such as that of an e-mail, or one that nobody knows
// yet. A [helpcrunch.Customer], [helpcrunch.Chat] or [helpcrunch.Message] that the server
// holds is sent as the service sends those; any other eventData as package encoding/json
// writes it. It returns the id of the event at each webhook that wants it.
//
// It panics when eventData can't be written or the server has no webhooks, as that is a
// mistake in the test.
func (s *Server) SendWebhook(event webhook.EventType, eventData any) []string {
	return s.sendByHand(event, eventData, NoForgery)
}

// Forge is [Server.SendWebhook] with a delivery that no receiver may believe. It is sent
// once, whatever the answer. It panics where SendWebhook does.
func (s *Server) Forge(how Forgery, event webhook.EventType, eventData any) []string {
	return s.sendByHand(event, eventData, how)
}

func (s *Server) sendByHand(event webhook.EventType, eventData any, forgery Forgery) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	doing := fmt.Sprintf("sending the webhook %s", event)
	s.mustWebhooks(doing)
	write, err := s.writerOf(eventData)
	if err != nil {
		panic(fmt.Sprintf("helpcrunchtest: %s: %v", doing, err))
	}
	return s.raise(delivery{createdAt: instantOf(s.clock()), forgery: forgery}, write, event)
}

// writerOf returns what writes the data of an event that is raised by hand.
func (s *Server) writerOf(eventData any) (func(*encoder), error) {
	switch row := eventData.(type) {
	case *helpcrunch.Customer:
		return s.writerOf(*row)
	case *helpcrunch.Chat:
		return s.writerOf(*row)
	case *helpcrunch.Message:
		return s.writerOf(*row)
	case helpcrunch.Customer:
		if held := s.store.customers.get(row.ID); held != nil {
			return func(e *encoder) { e.webhookCustomer(held) }, nil
		}
		return nil, fmt.Errorf("the server has no customer %d", row.ID)
	case helpcrunch.Chat:
		if held := s.store.chats.get(row.ID); held != nil {
			return func(e *encoder) { e.webhookChat(s.store, held) }, nil
		}
		return nil, fmt.Errorf("the server has no chat %d", row.ID)
	case helpcrunch.Message:
		if held := s.store.message(row.Chat, row.ID); held != nil {
			return func(e *encoder) { e.webhookMessage(s.store, held) }, nil
		}
		return nil, fmt.Errorf("the server has no message %d in chat %d", row.ID, row.Chat)
	}
	data, err := json.Marshal(eventData)
	return func(e *encoder) { e.buffer = append(e.buffer, data...) }, err
}

// Redeliver sends a webhook once more: the same bytes as at its latest attempt. It is a
// duplicate, and is sent once, whatever the answer.
//
// It panics when no such delivery is remembered, as that is a mistake in the test.
func (s *Server) Redeliver(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, attempt := range slices.Backward(s.mustWebhooks("redelivering a webhook").log.remembered()) {
		if attempt.ID == id {
			s.enqueue(&delivery{to: attempt.to, again: &attempt.Delivery})
			return
		}
	}
	panic(fmt.Sprintf("helpcrunchtest: redelivering a webhook: no delivery of %q is remembered", id))
}

// HoldWebhooks keeps back the webhooks of what happens from now on, those sent by hand
// included, until [Server.ReleaseWebhooks] lets them go, in any order, or
// [Server.ReleaseAllWebhooks]. What failed before is sent again as ever, and so are
// duplicates.
//
// It panics when the server has no webhooks, as that is a mistake in the test.
func (s *Server) HoldWebhooks() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mustWebhooks("holding webhooks").holding = true
}

// HeldWebhooks returns what is kept back, in the order in which it happened: deliveries
// with no more than an event, an id and a URL.
func (s *Server) HeldWebhooks() []Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	held := make([]Delivery, len(s.webhooks.held))
	for i, d := range s.webhooks.held {
		held[i] = Delivery{Event: d.event, ID: d.id, URL: d.to.shownURL()}
	}
	return held
}

// ReleaseWebhooks lets the webhooks with these ids go, one after the other in this order,
// each once the one before it was answered. The rest stays, and later ones are kept back as
// before.
//
// It panics when an id is not held, and then lets none go, and when the server has no
// webhooks: both are mistakes in the test.
func (s *Server) ReleaseWebhooks(ids ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.mustWebhooks("releasing webhooks")
	held := slices.Clone(h.held)
	train := make([]*delivery, len(ids))
	for i, id := range ids {
		place := slices.IndexFunc(held, func(d *delivery) bool { return d.id == id })
		if place < 0 {
			panic(fmt.Sprintf("helpcrunchtest: releasing webhooks: %q is not held", id))
		}
		train[i] = held[place]
		held = slices.Delete(held, place, place+1)
	}
	if len(train) == 0 {
		return
	}
	for i, d := range train[1:] {
		train[i].next = d
	}
	h.held = held
	h.outstanding += len(train) - 1
	s.enqueue(train[0])
}

// ReleaseAllWebhooks lets all webhooks go that are kept back, at once, and keeps back no
// later ones.
//
// It panics when the server has no webhooks, as that is a mistake in the test.
func (s *Server) ReleaseAllWebhooks() {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.mustWebhooks("releasing all webhooks")
	for _, d := range h.held {
		s.enqueue(d)
	}
	h.held, h.holding = nil, false
}

var errNoWebhooks = errors.New("the server sends none: it was made without WithWebhook and WithWebhookHandler")

// mustWebhooks returns the webhooks for what a test does by hand, and panics without any.
func (s *Server) mustWebhooks(doing string) *webhooks {
	if s.webhooks == nil || len(s.webhooks.targets) == 0 {
		panic(fmt.Sprintf("helpcrunchtest: %s: %v", doing, errNoWebhooks))
	}
	return s.webhooks
}
