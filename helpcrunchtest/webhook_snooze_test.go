package helpcrunchtest_test

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
	"github.com/helpcrunch-go/helpcrunch/webhook"
)

func TestASnoozeThatEndsByTheClockRaisesAnEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, receiver := newReceiver(t)
		began := time.Now()
		server.AddChat(helpcrunch.Chat{ID: 7, SnoozedUntil: helpcrunch.Timestamp{Time: began.Add(3 * time.Hour)}})
		server.AddChat(helpcrunch.Chat{ID: 8})
		_, err := server.Client().Chats.Snooze(t.Context(), 8, began.Add(time.Hour))
		require.NoError(t, err)
		settle(t, server)
		assert.Len(t, receiver.received(), 1)

		time.Sleep(4 * time.Hour)
		bodies := receiver.received()
		require.Len(t, bodies, 2, "without a request")
		assert.Contains(t, string(bodies[0].EventData), `"chat_id":8,`)
		assert.Contains(t, string(bodies[1].EventData), `"chat_id":7,`)
		assert.Contains(t, string(bodies[0].EventData), `"snoozedUntil":null,`)
		ended := server.DeliveriesOf(webhook.EventTypeChatUnsnoozed)
		assert.Equal(t, time.Hour, ended[0].Time.Sub(began))
		assert.Equal(t, 3*time.Hour, ended[1].Time.Sub(began))
	})
}

func TestSeededSnoozesEndByTheClock(t *testing.T) {
	snoozed := func(until time.Duration) helpcrunch.Chat {
		return helpcrunch.Chat{SnoozedUntil: helpcrunch.Timestamp{Time: time.Now().Add(until)}}
	}
	synctest.Test(t, func(t *testing.T) {
		server, receiver := newReceiver(t, helpcrunchtest.WithSeed(func(s *helpcrunchtest.Server) { s.AddChat(snoozed(time.Hour)) }))
		time.Sleep(2 * time.Hour)
		assert.Len(t, receiver.received(), 1)
		server.AddChat(snoozed(time.Hour))
		time.Sleep(2 * time.Hour)
		assert.Len(t, receiver.received(), 1)
	})
}

func TestMoveClockEndsASnooze(t *testing.T) {
	var now atomic.Int64
	server, receiver := newReceiver(t, helpcrunchtest.WithClock(func() time.Time { return time.Unix(now.Load(), 0) }))
	chat := server.AddChat(helpcrunch.Chat{})
	_, err := server.Client().Chats.Snooze(t.Context(), chat.ID, time.Unix(3600, 0))
	require.NoError(t, err)
	settle(t, server)
	assert.Len(t, receiver.received(), 1)
	now.Store(3600)
	settle(t, server)
	bodies := receiver.received()
	require.Len(t, bodies, 1)
	assert.Equal(t, "chat.unsnoozed", bodies[0].Event)
	assert.EqualValues(t, 3600, bodies[0].CreatedAt)
}
