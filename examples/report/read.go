package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
)

const (
	// width is in how many chats messages are read at once. Eight use up the rate limit
	// of 120 requests a minute even when each takes four seconds.
	width = 8
	// progressEvery is how often the progress is told.
	progressEvery = 5 * time.Second
)

// reader reads the chats of a span, and what was written in them.
type reader struct {
	client *helpcrunch.Client
	span   span
	stderr io.Writer
}

// read counts the chats that were created in the span. It holds no more of them than are
// being read.
func (r reader) read(ctx context.Context) (*figures, error) {
	organization, err := r.client.Organization.Get(ctx)
	if err != nil {
		return nil, err
	}
	search := &helpcrunch.ChatSearch{Filters: []helpcrunch.ChatFilter{
		helpcrunch.ChatFieldCreatedAt.AtOrAfter(r.span.begin()),
		helpcrunch.ChatFieldCreatedAt.Before(r.span.end()),
	}}
	progress, err := r.newProgress(ctx, *search)
	if err != nil {
		return nil, err
	}
	tally := newTally(r.span)
	if err := r.count(ctx, search, tally, progress); err != nil {
		return nil, err
	}
	return tally.figures(organization.Domain), nil
}

// count reads the messages of several chats at once. The first failure ends it.
func (r reader) count(ctx context.Context, search *helpcrunch.ChatSearch, into *tally, p *progress) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var (
		reading sync.WaitGroup
		mutex   sync.Mutex // guards into and p
		slots   = make(chan struct{}, width)
	)
	for chat, err := range r.client.Chats.SearchAll(ctx, search) {
		if err != nil {
			stop(err)
			break
		}
		slots <- struct{}{}
		reading.Go(func() {
			defer func() { <-slots }()
			messages, err := r.messages(ctx, chat)
			if err != nil {
				stop(err)
				return
			}
			mutex.Lock()
			defer mutex.Unlock()
			into.add(chat, messages)
			p.advance()
		})
	}
	reading.Wait()
	return context.Cause(ctx)
}

// messages returns all messages of a chat, none for one that was deleted meanwhile.
func (r reader) messages(ctx context.Context, chat *helpcrunch.Chat) ([]helpcrunch.Message, error) {
	if chat.Status == helpcrunch.ChatStatusEmpty {
		return nil, nil
	}
	var messages []helpcrunch.Message
	for message, err := range r.client.Messages.All(ctx, chat.ID, nil) {
		switch {
		case errors.Is(err, helpcrunch.ErrNotFound):
			return nil, nil
		case err != nil:
			return nil, err
		}
		messages = append(messages, *message)
	}
	return messages, nil
}

// progress tells how far the reading has come.
type progress struct {
	to          io.Writer
	began, told time.Time
	done, total int
}

// newProgress asks how many chats there are.
func (r reader) newProgress(ctx context.Context, search helpcrunch.ChatSearch) (*progress, error) {
	search.Limit = 1
	page, err := r.client.Chats.Search(ctx, &search)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	return &progress{to: r.stderr, began: now, told: now, total: page.Total}, nil
}

// advance counts a chat. Each takes about the same time: that of one request.
func (p *progress) advance() {
	p.done++
	now := time.Now()
	if now.Sub(p.told) < progressEvery {
		return
	}
	p.told = now
	if p.total < p.done { // the service did not say, or more chats came
		fmt.Fprintf(p.to, "%s read\n", counted(p.done, "chat"))
		return
	}
	perChat := now.Sub(p.began) / time.Duration(p.done)
	left := perChat * time.Duration(p.total-p.done)
	fmt.Fprintf(p.to, "%d of %s read, about %s left\n", p.done, counted(p.total, "chat"), inWords(left.Round(time.Second)))
}
