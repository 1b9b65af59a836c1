// Package deliver sends webhooks: signed, concurrently and with retries.
package deliver

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/account"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/record"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/wire"
	"github.com/helpcrunch-go/helpcrunch/webhook"
)

const (
	// maxConcurrent is how many webhooks are sent concurrently.
	maxConcurrent = 8
	// maxPending bounds the waiting webhooks, in bytes. Beyond it the oldest are dropped.
	maxPending = 32 << 20
	// pendingOverhead is the memory of a delivery beyond its data, in bytes.
	pendingOverhead = 512
)

var errDropped = errors.New("dropped: too many webhooks wait for their receiver")

// Config contains the parts and settings of a hub.
type Config struct {
	Mu       *sync.Mutex // that of the server
	Clock    func() time.Time
	Store    *account.Account
	Dialect  wire.Dialect
	Schedule []time.Duration // after how long failed deliveries are retried
	Timeout  time.Duration
	Observer func(Attempt) // nil for none
	Client   *http.Client  // to URLs; nil for the default
	LogSize  int
}

// Hub sends the changes of an account to the receivers of webhooks. Mu guards it.
type Hub struct {
	Config

	ctx       context.Context // ends when the hub is closed
	cancel    context.CancelFunc
	closed    bool
	transport *http.Transport // to URLs, unused when a client was given

	Targets     []*Target
	queue       []*Delivery // to send at once
	later       []*Delivery // to retry when due, the earliest first
	Held        []*Delivery // to send when released
	pending     int         // the bytes of queue, later and Held
	epoch       int         // the number of resets; deliveries of an earlier one are ignored
	Holding     bool
	workers     int
	running     int         // the goroutines of workers and of handlers
	outstanding int         // deliveries that are queued, in flight or to be retried
	changed     *sync.Cond  // running or outstanding fell, or the hub closed
	timer       *time.Timer // for the next retry or end of a snooze; may be nil
	Log         record.History[Attempt]
}

// New makes a hub without receivers.
func New(c Config) *Hub {
	h := &Hub{Config: c, Log: record.New(c.LogSize, attemptSize), changed: sync.NewCond(c.Mu)}
	h.transport = &http.Transport{MaxIdleConnsPerHost: maxConcurrent, IdleConnTimeout: time.Minute}
	h.Dialect.Times = wire.TimesAsFractionalStrings
	h.ctx, h.cancel = context.WithCancel(context.Background())
	_ = h.ctx.Done() // makes its channel here, outside of any bubble
	h.Client = newWebhookClient(cmp.Or(c.Client, &http.Client{Transport: h.transport}))
	h.Store.OnChange = func(c account.Change) { h.Raise(c, forgeNothing) }
	return h
}

// Target is a receiver of webhooks and the events that it receives.
type Target struct {
	URL     string // empty for a handler
	Handler http.Handler
	Key     string
	Events  []webhook.EventType // empty for all
	client  *http.Client
}

func (t *Target) wants(event webhook.EventType) bool {
	return len(t.Events) == 0 || slices.Contains(t.Events, event)
}

// Add adds a receiver.
func (h *Hub) Add(to Target) {
	to.client = h.Client
	if to.Handler != nil {
		to.client = newWebhookClient(&http.Client{Transport: &handlerTransport{to.Handler, h}})
	}
	h.Targets = append(h.Targets, &to)
	h.SetTimer(h.Clock(), 0)
}

// Delivery is an event on its way to a receiver.
type Delivery struct {
	To          *Target
	Event       webhook.EventType
	ID          string
	data        []byte // eventData, before it is escaped
	createdAt   account.Instant
	attempts    int       // made so far
	lastError   string    // why the last attempt failed
	due         time.Time // when it is retried
	forgery     Forgery
	duplicateOf *Attempt  // nil unless it repeats an attempt
	next        *Delivery // sent after the response to this one; may be nil
	epoch       int       // of the hub
}

func (d *Delivery) size() int {
	return len(d.data) + pendingOverhead
}

// Raise queues the events of a change for the receivers that want them, and returns their ids.
func (h *Hub) Raise(c account.Change, forgery Forgery) (ids []string) {
	if h.closed || len(h.Targets) == 0 {
		return nil
	}
	change := Delivery{createdAt: c.At, forgery: forgery, data: wire.EventData(&h.Dialect, h.Store, &c), ID: newID(&h.Dialect), epoch: h.epoch}
	for _, event := range c.Events {
		for _, to := range h.Targets {
			if !to.wants(event) {
				continue
			}
			d := change
			d.To, d.Event = to, event
			if !h.Dialect.WebhookSharedIDs {
				d.ID = newID(&h.Dialect)
			}
			ids = append(ids, d.ID)
			h.pending += d.size()
			if h.Holding {
				h.Held = append(h.Held, &d)
			} else {
				h.enqueue(&d)
			}
		}
	}
	h.dropOldest()
	return ids
}

// dropOldest drops webhooks until the rest need at most maxPending: first those to be retried.
func (h *Hub) dropOldest() {
	for h.pending > maxPending {
		d := pop(&h.later)
		if d == nil {
			d = pop(&h.queue)
		}
		if d == nil {
			if d = pop(&h.Held); d == nil {
				return
			}
			h.outstanding++ // settle subtracts it; held webhooks are not outstanding
		}
		h.pending -= d.size()
		h.Log.Add(&Attempt{Record{Time: h.Clock(), Event: d.Event, ID: d.ID, Attempts: d.attempts, URL: d.To.URL, Err: errDropped}, d.To})
		if d.next != nil {
			h.send(d.next)
		}
		h.settle()
	}
}

func pop(deliveries *[]*Delivery) *Delivery {
	if len(*deliveries) == 0 {
		return nil
	}
	first := (*deliveries)[0]
	(*deliveries)[0] = nil
	*deliveries = (*deliveries)[1:]
	return first
}

// enqueue counts a delivery as outstanding and sends it.
func (h *Hub) enqueue(d *Delivery) {
	h.outstanding++
	h.send(d)
}

func (h *Hub) send(d *Delivery) {
	if h.closed {
		return
	}
	h.queue = append(h.queue, d)
	if h.workers < maxConcurrent {
		h.workers++
		h.start(h.work)
	}
}

// start runs a function in a goroutine that Wait waits for.
func (h *Hub) start(f func()) {
	h.running++
	go func() {
		defer func() {
			h.Mu.Lock()
			defer h.Mu.Unlock()
			h.running--
			h.changed.Broadcast()
		}()
		f()
	}()
}

func (h *Hub) work() {
	for {
		d, now := h.nextDelivery()
		if d == nil {
			return
		}
		record := h.attempt(d, now)
		retried, ended := h.finish(d, record)
		if !ended && h.Observer != nil {
			h.observe(record)
		}
		if !retried {
			h.Mu.Lock()
			if d.epoch == h.epoch {
				h.settle()
			}
			h.Mu.Unlock()
		}
	}
}

// observe calls the observer in a goroutine of its own, which t.FailNow may end.
func (h *Hub) observe(record Attempt) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		h.Observer(record)
	}()
	<-ended
}

// nextDelivery takes a delivery from the queue. It returns nil when the worker must end.
func (h *Hub) nextDelivery() (*Delivery, time.Time) {
	h.Mu.Lock()
	defer h.Mu.Unlock()
	if len(h.queue) == 0 || h.closed {
		h.workers--
		return nil, time.Time{}
	}
	d := pop(&h.queue)
	h.pending -= d.size()
	return d, h.Clock()
}

// finish records an attempt. It reports whether the delivery is retried, and whether the hub was
// closed or reset meanwhile.
func (h *Hub) finish(d *Delivery, record Attempt) (retried, ended bool) {
	h.Mu.Lock()
	defer h.Mu.Unlock()
	if h.closed || d.epoch != h.epoch {
		return false, true
	}
	h.Log.Add(&record)
	if d.next != nil {
		h.send(d.next)
		d.next = nil
	}
	oneOff := d.duplicateOf != nil || d.forgery != forgeNothing
	if record.delivered() || oneOff || d.attempts >= len(h.Schedule) {
		return false, false
	}
	now := h.Clock()
	d.lastError, d.due = record.failure(), now.Add(h.Schedule[d.attempts])
	d.attempts++
	index, _ := slices.BinarySearchFunc(h.later, d, func(other, d *Delivery) int {
		if other.due.After(d.due) {
			return 1
		}
		return -1 // insert after deliveries that are due at the same time
	})
	h.later = slices.Insert(h.later, index, d)
	h.pending += d.size()
	h.dropOldest()
	h.SetTimer(now, 0)
	return true, false
}

// settle counts a delivery that is no longer outstanding.
func (h *Hub) settle() {
	h.outstanding--
	h.changed.Broadcast()
}

// RunDue ends the snoozes and retries the webhooks that are due.
func (h *Hub) RunDue(now time.Time) {
	h.Store.EndSnoozes(account.InstantOf(now))
	for len(h.later) > 0 && !h.later[0].due.After(now) {
		h.send(pop(&h.later))
	}
}

// SetTimer sets the timer for the next retry or end of a snooze. It waits at least floor.
func (h *Hub) SetTimer(now time.Time, floor time.Duration) {
	if h.closed || len(h.Targets) == 0 {
		return
	}
	next := h.Store.NextSnoozeEnd().Time()
	if len(h.later) > 0 && (next.IsZero() || h.later[0].due.Before(next)) {
		next = h.later[0].due
	}
	switch wait := max(next.Sub(now), floor); {
	case next.IsZero():
	case h.timer == nil:
		h.timer = time.AfterFunc(wait, h.tick)
	default:
		h.timer.Reset(wait)
	}
}

// tick runs what is due. A user's clock may lag behind the timer, so wait 10 ms before reading it
// again.
func (h *Hub) tick() {
	h.Mu.Lock()
	defer h.Mu.Unlock()
	if h.closed {
		return
	}
	now := h.Clock()
	h.RunDue(now)
	h.SetTimer(now, 10*time.Millisecond)
}

// Reset clears everything except the receivers. Deliveries in flight are not recorded.
func (h *Hub) Reset() {
	h.queue, h.later, h.Held, h.pending, h.Holding = nil, nil, nil, 0, false
	h.Log.Clear()
	h.epoch++
	h.outstanding = 0
	h.changed.Broadcast()
}
