package report

import (
	"context"
	"encoding/json"
	"iter"
	"slices"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/cli"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/outfile"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/transcript"
)

// record contains the figures of the messages of one chat. It is a line of the journal.
type record struct {
	Chat int64 `json:"chat"`
	// LastMessage is the chat's LastMessageAt when it was read. A record with another time is
	// out of date.
	LastMessage time.Time  `json:"lastMessage"`
	Asked       bool       `json:"asked,omitempty"` // the customer wrote
	Responses   []response `json:"responses,omitempty"`
	// Names contains the names of the agents who responded, by id.
	Names map[int64]string `json:"names,omitempty"`
}

// response is a message of an agent to a waiting customer.
type response struct {
	Agent int64         `json:"agent"`
	Took  time.Duration `json:"took"` // in nanoseconds
}

// header identifies the reports that a journal belongs to. The days do not matter: a record is
// the same in all reports that contain its chat.
type header struct {
	Report  string // the account
	Exclude []int64
}

// reader reads the chats of a span.
type reader struct {
	span    span
	exclude []int64 // agents
	journal *outfile.Journal
	known   map[int64]record // from the journal
	// dropped is set if there was a journal whose records count other agents.
	dropped bool
}

// openReader opens the journal beside a file. That of the same account with other excluded agents
// is begun anew.
func openReader(file *outfile.File, account *cli.Account, s span, exclude []int64) (*reader, error) {
	r := &reader{span: s, exclude: exclude, known: map[int64]record{}}
	h := header{account.ID, exclude}
	var err error
	var old header
	if file.JournalHeader(&old) && old.Report == account.ID && !slices.Equal(old.Exclude, exclude) {
		if err := file.RemoveJournal(); err != nil {
			return nil, err
		}
		r.dropped = true
	}
	r.journal, err = file.OpenJournal(h, func(line []byte) error {
		var known record
		err := json.Unmarshal(line, &known)
		r.known[known.Chat] = known
		return err
	})
	return r, err
}

// read counts the chats that were created in the span. It reads the messages of several chats
// concurrently, in the background. The first failure ends it.
func (r *reader) read(ctx context.Context, client *helpcrunch.Client) (*figures, error) {
	client = client.InBackground()
	search := helpcrunch.ChatSearch{Filters: []helpcrunch.ChatFilter{
		helpcrunch.ChatFieldCreatedAt.AtOrAfter(r.span.begin()),
		helpcrunch.ChatFieldCreatedAt.Before(r.span.end()),
	}}
	one := search
	one.Limit = 1
	page, err := client.Chats.Search(ctx, &one)
	if err != nil {
		return nil, err
	}
	t := newTally(r.span, r.exclude)
	// The pages of the list are no progress of their own.
	chats := listed(client.WithProgress(nil).Chats.SearchAll(ctx, &search))
	options := &helpcrunch.EachOptions[found]{Total: max(0, page.Total)}
	for outcome := range helpcrunch.Each(ctx, client, chats, r.load, options) {
		if outcome.Err != nil {
			return nil, outcome.Err
		}
		t.add(outcome.Input.chat, outcome.Value)
	}
	return t.figures(), nil
}

// found is a chat, or the error that ended the list.
type found struct {
	chat *helpcrunch.Chat
	err  error
}

func listed(chats iter.Seq2[*helpcrunch.Chat, error]) iter.Seq[found] {
	return func(yield func(found) bool) {
		for chat, err := range chats {
			if !yield(found{chat, err}) {
				return
			}
		}
	}
}

// load returns the record of a chat: that of the journal if it is up to date.
func (r *reader) load(ctx context.Context, client *helpcrunch.Client, in found) (record, error) {
	if in.err != nil {
		return record{}, in.err
	}
	last := in.chat.LastMessageAt.Time
	if known, ok := r.known[in.chat.ID]; ok && known.LastMessage.Equal(last) {
		return known, nil
	}
	read := record{Chat: in.chat.ID, LastMessage: last}
	messages, _, err := transcript.Read(ctx, client, in.chat, time.Time{})
	if err != nil {
		return record{}, err
	}
	read.count(messages, r.exclude)
	return read, r.journal.Add(read)
}

// count computes the figures of a chat.
func (r *record) count(messages []helpcrunch.Message, excluded []int64) {
	question, responses := transcript.Responses(messages, excluded...)
	r.Asked = question != nil
	r.Names = make(map[int64]string, len(responses))
	for _, by := range responses {
		r.Names[by.Message.Agent.ID] = by.Message.Agent.Name
		r.Responses = append(r.Responses, response{by.Message.Agent.ID, by.Took})
	}
}
