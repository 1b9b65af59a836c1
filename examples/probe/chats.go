package main

import (
	"context"
	"slices"
)

// chatPoints looks at what chats hold.
func (p *probe) chatPoints(ctx context.Context) {
	p.chats = p.sample(ctx, chatKind, "createdAt")
	p.describe(chatKind, p.chats)
	p.single(ctx, chatKind, p.chats)
	p.times(chatKind, p.chats, "createdAt", "closedAt", "lastMessageAt", "lastCustomerMessageAt", "snoozedUntil")
	var agents tally
	for _, row := range p.chats {
		form := formOf(row["agents"])
		if form == emptyArray {
			form = anArray
		}
		agents.add(form)
	}
	p.found("`agents` of chats", agents.finding("there is no chat"), agents.total)
}

// chatPages looks at pages of chats.
func (p *probe) chatPages(ctx context.Context) {
	usual := p.get(ctx, "/chats").page()
	p.found("envelope of chats", usual.envelope(), 1)
	p.found("order of chats without a sort", orderOf(usual, "id", "createdAt", "lastMessageAt"), len(usual.rows))
	by := func(sort string) *answer { return p.get(ctx, "/chats", "sort", sort, "order", "desc") }
	p.alike("`sort` without `chats.`", by("createdAt"), by("chats.createdAt").page(), usual)
}

// chatsToRead is of how many chats the messages are read.
const chatsToRead = 8

// messagePoints looks at the messages of the latest chats.
func (p *probe) messagePoints(ctx context.Context) {
	var envelopes, orders tally
	for _, chat := range p.chats {
		if envelopes.total == chatsToRead {
			break
		}
		if chat.id() == "" || formOf(chat["lastMessageId"]) != anInteger {
			continue
		}
		got := p.get(ctx, "/chats/"+chat.id()+"/messages").page()
		envelopes.add(got.envelope())
		if len(got.rows) > 1 {
			orders.add(orderOf(got, "id", "createdAt"))
		}
		p.messages = append(p.messages, got.rows...)
	}
	p.found("envelope of messages", envelopes.finding("no chat holds a message"), envelopes.total)
	p.found("order of messages", orders.finding("no chat holds two messages"), orders.total)
	p.describe(messageKind, p.messages)
	p.times(messageKind, p.messages, "createdAt", "updatedAt")
	p.messageAgents()
	p.messageTypes()
}

// messageAgents looks at who wrote.
func (p *probe) messageAgents() {
	var forms tally
	for _, row := range p.messages {
		agent := readObject(row["agent"])
		if agent == nil {
			continue
		}
		var names []string
		for _, property := range agentKind.properties {
			if _, ok := agent[property.name]; ok {
				names = append(names, property.name)
			}
		}
		forms.add("object of " + quoted(names))
	}
	p.found("`agent` of messages", forms.finding("no agent wrote"), forms.total)
}

// The words of the contract, which may be told.
var (
	messageTypes = []string{"message", "private", "tech", "email", "knowledgeBase"}
	techTexts    = []string{
		"chat_status_changed", "chat_status_changed_by_public_api", "chat_auto_assigned", "request_rating", "resolution_time",
	}
)

// messageTypes looks at the types of messages, and at what the service itself writes.
func (p *probe) messageTypes() {
	var types, texts tally
	for _, row := range p.messages {
		kind, _ := text(row["type"])
		types.add(word(kind, messageTypes))
		if said, _ := text(row["text"]); kind == "tech" {
			texts.add(word(said, techTexts))
		}
	}
	p.found("types of messages", types.set("there is no message"), types.total)
	p.found("texts of `tech` messages", texts.set("there is none in the latest chats"), texts.total)
}

// word is a word if it is one of the contract's own.
func word(s string, known []string) string {
	if slices.Contains(known, s) {
		return "`" + s + "`"
	}
	return "others"
}
