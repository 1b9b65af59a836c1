package helpcrunch

import (
	"context"
	"errors"
)

// FindOrCreate returns the customer's latest chat that is not closed, or else creates
// one. Application, Assignee and Department count for a new chat alone. When the answer
// to the creation is lost, it looks again before it fails. After [ErrMaybeApplied] look at
// what is there before you try again, as examples/testing shows. Other errors are those of
// [ChatsService.Search] and [ChatsService.Create].
//
// See https://docs.helpcrunch.com/en/rest-api-v1/search-chats-v1 and
// https://docs.helpcrunch.com/en/rest-api-v1/create-chat-v1.
func (s *ChatsService) FindOrCreate(ctx context.Context, input *ChatInput) (chat *Chat, created bool, err error) {
	if _, err := input.encode(); err != nil {
		return nil, false, err
	}
	chat, err = s.latestOpen(ctx, input.Customer)
	if !errors.Is(err, ErrNotFound) {
		return chat, false, err
	}
	chat, err = s.Create(ctx, input)
	if !errors.Is(err, ErrMaybeApplied) {
		return chat, err == nil, err
	}
	if found, findErr := s.latestOpen(ctx, input.Customer); findErr == nil {
		return found, true, nil
	}
	return nil, false, err
}

// latestOpen returns the customer's latest chat that is not closed. It walks as far as need be,
// and not in the background, as FindOrCreate is a single call.
func (s *ChatsService) latestOpen(ctx context.Context, customer int64) (*Chat, error) {
	q, err := (&ChatSearch{
		Filters: []ChatFilter{ChatFields.Customer.Equals(customer)},
		Sort:    ChatSortCreatedAt,
		Order:   OrderDescending,
	}).query()
	if err != nil {
		return nil, err
	}
	sequential := s.client.derive(func(m *mode) { m.prefetch = 1 })
	pages := searchPages[Chat](sequential.request(searchChats), q)
	for chat, err := range walk(ctx, sequential, q.part, chatRows, pages) {
		if err != nil || chat.Status != ChatStatusClosed {
			return chat, err
		}
	}
	return nil, ErrNotFound
}
