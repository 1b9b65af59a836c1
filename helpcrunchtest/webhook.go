package helpcrunchtest

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/helpcrunch-go/helpcrunch/webhook"
)

// deliveriesAtOnce is how many webhooks are on their way at a time.
const deliveriesAtOnce = 8

// webhooks sends what happens in the account to those who want to know. The server's lock
// guards all that changes.
type webhooks struct {
	targets  []*target
	schedule []time.Duration
	timeout  time.Duration
	observer func(Delivery)
	dialect  Dialect

	ctx       context.Context // ends with the server
	cancel    context.CancelFunc
	working   goroutines      // the workers, and the handlers that they called
	transport *http.Transport // to URLs, unused when a client was given
	network   *http.Client    // to URLs

	queue       []*delivery // to go out at once
	later       []*delivery // to go out again when due, the earliest first
	held        []*delivery // to go out when released
	holding     bool
	workers     int
	outstanding int           // neither held, nor delivered, nor given up
	settled     chan struct{} // closed when outstanding becomes 0; nil when nobody waits
	timer       *time.Timer   // for what the clock brings next; nil before the first
	log         history[sent]
}

// target is one receiver of webhooks and what it wants.
type target struct {
	url      string
	inMemory bool
	key      string
	events   []webhook.EventType // empty for all
	client   *http.Client
}

func (t *target) wants(event webhook.EventType) bool {
	return len(t.events) == 0 || slices.Contains(t.events, event)
}

// shownURL is where deliveries go, empty for a handler.
func (t *target) shownURL() string {
	if t.inMemory {
		return ""
	}
	return t.url
}

// delivery is an event on its way to a webhook.
type delivery struct {
	to        *target
	event     webhook.EventType
	id        string
	data      []byte // eventData, before it is escaped
	createdAt instant
	attempts  int       // before the next one
	last      Delivery  // the attempt before the next one
	due       time.Time // of the next one, when it waits for its time
	forgery   Forgery
	again     *Delivery // what is sent once more as it was, nil for a delivery of its own
	next      *delivery // goes out once this one was answered; may be nil
}

// startWebhooks begins to send what happens from now on to the webhooks of the options.
func (s *Server) startWebhooks(settings *settings) {
	h := &webhooks{
		schedule: settings.webhookSchedule, timeout: settings.webhookTimeout, observer: settings.webhookObserver,
		dialect: settings.dialect, log: history[sent]{size: settings.logSize}, transport: newWebhookTransport(),
	}
	h.dialect.Times = TimesAsFractionalStrings
	h.ctx, h.cancel = context.WithCancel(context.Background())
	_ = h.ctx.Done() // makes its channel here, where Close is called too, and not in a bubble
	h.network = newWebhookClient(cmp.Or(settings.webhookClient, &http.Client{Transport: h.transport}))
	for i := range settings.webhooks {
		h.add(&settings.webhooks[i])
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.webhooks = h
	s.arm(s.clock(), 0)
}

// add adds a receiver.
func (h *webhooks) add(w *webhookSettings) {
	to := &target{url: w.url, inMemory: w.inMemory, key: w.key, events: w.events, client: h.network}
	if w.inMemory {
		to.client = newWebhookClient(&http.Client{Transport: &handlerTransport{w.handler, &h.working}})
	}
	h.targets = append(h.targets, to)
}

// raise sends the events of one change to the webhooks that want them, each with an id of
// its own unless the dialect shares one. It returns the ids. write writes the data.
func (s *Server) raise(change delivery, write func(*encoder), events ...webhook.EventType) (ids []string) {
	h := s.webhooks
	if h == nil || s.closed || len(events) == 0 || len(h.targets) == 0 {
		return nil
	}
	e := encoder{dialect: &h.dialect}
	write(&e)
	change.data, change.id = e.buffer, h.dialect.newID()
	for _, event := range events {
		for _, to := range h.targets {
			if !to.wants(event) {
				continue
			}
			d := change
			d.to, d.event = to, event
			if !h.dialect.WebhookSharedIDs {
				d.id = h.dialect.newID()
			}
			ids = append(ids, d.id)
			if h.holding {
				h.held = append(h.held, &d)
				continue
			}
			s.enqueue(&d)
		}
	}
	return ids
}

// enqueue lets a delivery that was not outstanding go out.
func (s *Server) enqueue(d *delivery) {
	s.webhooks.outstanding++
	s.goOut(d)
}

func (s *Server) goOut(d *delivery) {
	if s.closed {
		return
	}
	h := s.webhooks
	h.queue = append(h.queue, d)
	if h.workers < deliveriesAtOnce {
		h.workers++
		h.working.start(s.work)
	}
}

// work sends what is in the queue, until it is empty.
func (s *Server) work() {
	for {
		d, now := s.nextDelivery()
		if d == nil {
			return
		}
		record := s.attempt(d, now)
		again, ended := s.answered(d, record)
		if !ended && s.webhooks.observer != nil {
			s.webhooks.observer(record)
		}
		if !again {
			s.settle()
		}
	}
}

// nextDelivery takes a delivery from the queue. It returns nil when the worker is to end.
func (s *Server) nextDelivery() (*delivery, time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.webhooks
	if len(h.queue) == 0 || s.closed {
		h.workers--
		return nil, time.Time{}
	}
	d := h.queue[0]
	h.queue[0] = nil
	h.queue = h.queue[1:]
	return d, s.clock()
}

// answered records an attempt and reports whether there will be another. One that the end
// of the server broke off does not count.
func (s *Server) answered(d *delivery, record Delivery) (again, ended bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false, true
	}
	h := s.webhooks
	h.log.add(&sent{record, d.to})
	if d.next != nil {
		s.goOut(d.next)
		d.next = nil
	}
	oneOff := d.again != nil || d.forgery != NoForgery
	if record.Delivered() || oneOff || d.attempts >= len(h.schedule) {
		return false, false
	}
	now := s.clock()
	d.last, d.due = record, now.Add(h.schedule[d.attempts])
	d.attempts++
	place, _ := slices.BinarySearchFunc(h.later, d, func(other, d *delivery) int {
		if other.due.After(d.due) {
			return 1
		}
		return -1 // after those that are due at the same time
	})
	h.later = slices.Insert(h.later, place, d)
	s.arm(now, 0)
	return true, false
}

// settle counts a delivery that is no longer outstanding.
func (s *Server) settle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.webhooks
	h.outstanding--
	if h.outstanding == 0 && h.settled != nil {
		close(h.settled)
		h.settled = nil
	}
}

// catchUp does what was to be done by now: it ends snoozes and sends failed webhooks again.
func (s *Server) catchUp(now time.Time) {
	s.wake(instantOf(now))
	h := s.webhooks
	if h == nil {
		return
	}
	for len(h.later) > 0 && !h.later[0].due.After(now) {
		s.goOut(h.later[0])
		h.later = h.later[1:]
	}
}

// arm sets the timer for what the clock brings next, if webhooks have to do with it. It
// waits for at least the floor.
func (s *Server) arm(now time.Time, floor time.Duration) {
	h := s.webhooks
	if h == nil || s.closed || len(h.targets) == 0 {
		return
	}
	next := s.store.nextWake().time()
	if len(h.later) > 0 && (next.IsZero() || h.later[0].due.Before(next)) {
		next = h.later[0].due
	}
	switch wait := max(next.Sub(now), floor); {
	case next.IsZero():
	case h.timer == nil:
		h.timer = time.AfterFunc(wait, s.tick)
	default:
		h.timer.Reset(wait)
	}
}

// tick is what the timer does. Where the clock has not come as far as the timer, it is a
// clock of the user's own, which is not to be asked without end.
func (s *Server) tick() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	now := s.clock()
	s.catchUp(now)
	s.arm(now, 10*time.Millisecond)
}

// stopWebhooks ends all deliveries and waits for their end. The server is marked as closed
// before.
func (s *Server) stopWebhooks() {
	h := s.webhooks
	if h == nil {
		return
	}
	h.cancel()
	s.mu.Lock()
	if h.timer != nil {
		h.timer.Stop()
	}
	if h.settled != nil {
		close(h.settled)
		h.settled = nil
	}
	s.mu.Unlock()
	if ended := h.working.ended(); ended != nil {
		<-ended
	}
	h.transport.CloseIdleConnections()
}
