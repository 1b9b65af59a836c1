package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/webhook"
)

// bridge leaves a private note about the customer below each message that a customer
// writes. Replace describe by what your own systems know about her.
type bridge struct {
	client *helpcrunch.Client
	agent  int64 // in whose name it writes
	spool  *spool
	queue  *queue
	logger *slog.Logger
	after  func(err error) // called after each attempt at an event
}

// newBridge makes a bridge that goes on with what the spool holds.
func newBridge(client *helpcrunch.Client, agent int64, spool *spool, logger *slog.Logger) (*bridge, error) {
	b := &bridge{client: client, agent: agent, spool: spool, queue: newQueue(), logger: logger, after: func(error) {}}
	names, err := spool.waiting()
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		b.queue.add(job{name: name, due: time.Now()})
	}
	if len(names) > 0 {
		logger.Info("going on with events of before", "events", len(names))
	}
	return b, nil
}

// agentTimeout bounds the look for the agent.
const agentTimeout = 15 * time.Second

// checkAgent looks whether the account has the agent. When that can't be told, events are
// accepted all the same.
func (b *bridge) checkAgent(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, agentTimeout)
	defer cancel()
	for agent, err := range b.client.Agents.All(ctx, nil) {
		if err != nil {
			b.logger.Warn("can't tell whether the agent exists", "agent", b.agent, "error", err)
			return nil
		}
		if agent.ID == b.agent {
			return nil
		}
	}
	return fmt.Errorf("the account has no agent %d (%w)", b.agent, errUsage)
}

// handler takes the deliveries of webhooks.
func (b *bridge) handler(signingKey string) (http.Handler, error) {
	return webhook.NewHandler(signingKey, b.accept, webhook.WithLogger(b.logger))
}

// accept stores an event, so that the service gets its answer soon. The bridge's own notes
// are events too, of type message.private: answering those would never end.
func (b *bridge) accept(_ context.Context, event *webhook.Event) error {
	if event.Type != webhook.EventTypeMessageChatCustomer && event.Type != webhook.EventTypeMessageEmailCustomer {
		return nil
	}
	name, err := b.spool.put(event)
	if err != nil {
		return fmt.Errorf("storing the event: %w", err)
	}
	if name == "" {
		b.logger.Info("known already", "id", event.ID)
		return nil
	}
	b.logger.Info("accepted", "id", event.ID, "event", name)
	b.queue.add(job{name: name, due: time.Now()})
	return nil
}

// work works on one event after the other, until stop is closed. An event that was begun is
// brought to its end, unless ctx ends. Once a day it forgets what was done long ago.
func (b *bridge) work(ctx context.Context, stop <-chan struct{}) {
	tidied := time.Now()
	for {
		if time.Since(tidied) >= 24*time.Hour {
			tidied = time.Now()
			if err := b.spool.forget(tidied.Add(-doneAge)); err != nil {
				b.logger.Warn("can't forget what was done", "error", err)
			}
		}
		next, ok, wait := b.queue.take(time.Now())
		if !ok {
			select {
			case <-stop:
				return
			case <-b.queue.changed:
			case <-time.After(wait):
			}
			continue
		}
		select {
		case <-stop:
			return
		default:
			b.after(b.workOn(ctx, next))
		}
	}
}

// Pauses before an event is tried again. The first is long enough for the service to
// write what it is about to write.
const (
	firstPause = 10 * time.Second
	lastPause  = 10 * time.Minute
)

// workOn leaves the note of one event. It returns why that failed.
func (b *bridge) workOn(ctx context.Context, j job) error {
	event, err := b.spool.get(j.name)
	if err == nil {
		err = b.leaveNote(ctx, j.name, event)
	}
	settle := b.spool.finish
	if isFinal(err) {
		b.logger.Error("given up", "event", j.name, "error", err)
		settle = b.spool.giveUp
	} else if err != nil {
		b.tryAgain(ctx, j, err)
		return err
	}
	if failure := settle(j.name); failure != nil {
		b.tryAgain(ctx, j, failure)
		return failure
	}
	if err == nil {
		b.logger.Info("done", "event", j.name)
	}
	return err
}

// tryAgain puts a job back, unless the program is about to end.
func (b *bridge) tryAgain(ctx context.Context, j job, err error) {
	if ctx.Err() != nil {
		b.logger.Warn("broken off, left for the next start", "event", j.name)
		return
	}
	pause := min(firstPause<<min(j.failures, 10), lastPause)
	b.logger.Warn("to be tried again", "event", j.name, "pause", pause, "error", err)
	b.queue.add(job{name: j.name, due: time.Now().Add(pause), failures: j.failures + 1})
}

// errNoAgent marks a note that could not be written for want of its agent.
var errNoAgent = errors.New("the agent may be gone")

// isFinal reports whether an error would come again: the chat or the customer is gone, or
// there is no event. Everything else may pass, a revoked key or another agent included.
func isFinal(err error) bool {
	return !errors.Is(err, errNoAgent) && (errors.Is(err, helpcrunch.ErrNotFound) ||
		errors.Is(err, helpcrunch.ErrBadRequest) || errors.Is(err, helpcrunch.ErrInvalidArgument))
}

// leaveNote looks the customer up and posts the note, unless it is there.
func (b *bridge) leaveNote(ctx context.Context, name string, event *webhook.Event) error {
	written, ok := event.Message()
	if !ok {
		return fmt.Errorf("the event holds no message: %w", helpcrunch.ErrInvalidArgument)
	}
	mark := markOf(name, written)
	there, err := b.hasNote(ctx, written, mark)
	if err != nil || there {
		return err
	}
	customerID := written.Customer.ID
	if customerID == 0 { // events may leave it out
		chat, err := b.client.Chats.Get(ctx, written.ChatID)
		if err != nil {
			return err
		}
		customerID = chat.Customer.ID
	}
	customer, err := b.client.Customers.Get(ctx, customerID)
	if err != nil {
		return err
	}
	_, err = b.client.Messages.AddNote(ctx, written.ChatID, b.agent, describe(customer)+" "+mark)
	if errors.Is(err, helpcrunch.ErrNotFound) { // the chat was there; if it is gone, the next attempt tells
		return fmt.Errorf("%w: %w", errNoAgent, err)
	}
	return err
}

// markOf is what the note about a message ends with, and no other. By it the note is found
// again when its answer was lost, when the program died before it could take down that the
// event is done, and when another event tells of the same message.
func markOf(name string, written *webhook.MessageData) string {
	if written.Message.ID == 0 {
		return fmt.Sprintf("[event %s]", name)
	}
	return fmt.Sprintf("[message %d]", written.Message.ID)
}

// hasNote reports whether the note about a message is there. It is newer than the message.
func (b *bridge) hasNote(ctx context.Context, written *webhook.MessageData, mark string) (bool, error) {
	for message, err := range b.client.Messages.All(ctx, written.ChatID, nil) {
		switch {
		case err != nil:
			return false, err
		case message.Type == helpcrunch.MessageTypePrivate && message.Agent != nil && message.Agent.ID == b.agent &&
			strings.HasSuffix(message.Text, mark): // others' words suppress no note
			return true, nil
		case message.ID <= written.Message.ID:
			return false, nil
		}
	}
	return false, nil
}

// describe says who a customer is.
func describe(customer *helpcrunch.Customer) string {
	var about []string
	add := func(label, text string) {
		if text != "" {
			about = append(about, label+": "+text)
		}
	}
	add("name", customer.Name)
	add("company", customer.Company)
	var tags []string
	for _, tag := range customer.Tags {
		tags = append(tags, tag.Name)
	}
	add("tags", strings.Join(tags, ", "))
	for _, name := range slices.Sorted(maps.Keys(customer.CustomData)) {
		add(name, fmt.Sprint(customer.CustomData[name]))
	}
	if !customer.FirstSeen.IsZero() {
		add("first seen", customer.FirstSeen.Format(time.DateOnly))
	}
	if len(about) == 0 {
		return "Nothing is known about this customer."
	}
	return "This customer: " + strings.Join(about, "; ") + "."
}
