package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
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

const testKey = "a signing key of the tests"

// door is where webhooks arrive. Behind it a bridge comes and goes.
type door struct {
	behind atomic.Pointer[http.Handler]
}

func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	handler := d.behind.Load()
	if handler == nil {
		http.Error(w, "closed", http.StatusBadGateway)
		return
	}
	(*handler).ServeHTTP(w, r)
}

// scene is an account in memory, a spool, and a bridge between them that can be stopped
// and started. It lives in virtual time.
type scene struct {
	*testing.T

	server *helpcrunchtest.Server
	door   *door
	dir    string
	chats  []int64
}

// inVirtualTime runs a test with a new scene.
func inVirtualTime(t *testing.T, test func(*scene), opts ...helpcrunchtest.Option) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s := &scene{T: t, door: &door{}, dir: dir}
		opts = append(opts, helpcrunchtest.WithDemoAccount(), helpcrunchtest.WithWebhookHandler(s.door, testKey))
		s.server = helpcrunchtest.NewServer(opts...)
		t.Cleanup(s.server.Close)
		for _, chat := range s.server.Chats() {
			s.chats = append(s.chats, chat.ID)
		}
		test(s)
	})
}

// open puts a new bridge behind the door, which accepts events and does not work on them.
func (s *scene) open() *bridge {
	s.Helper()
	spool, err := openSpool(s.dir)
	require.NoError(s, err)
	b, err := newBridge(s.server.Client(helpcrunch.WithMaxRetries(1)), s.server.Agents()[0].ID, spool, slog.New(slog.DiscardHandler))
	require.NoError(s, err)
	handler, err := b.handler(testKey)
	require.NoError(s, err)
	s.door.behind.Store(&handler)
	return b
}

// start opens a bridge that works. The function that it returns shuts it down, within the
// given time.
func (s *scene) start() (stop func(within time.Duration)) {
	s.Helper()
	stopWork := s.open().start(s.Context())
	return func(within time.Duration) {
		s.door.behind.Store(nil)
		ending, cancel := context.WithTimeout(s.Context(), within)
		defer cancel()
		stopWork(ending)
	}
}

// run works with a bridge for some time.
func (s *scene) run(d time.Duration) {
	s.Helper()
	stop := s.start()
	time.Sleep(d)
	stop(time.Minute)
}

// delivered waits until the account has sent its webhooks.
func (s *scene) delivered() {
	s.Helper()
	require.NoError(s, s.server.WaitForWebhooks(s.Context()))
}

// notes are the notes about a message.
func (s *scene) notes(message helpcrunch.Message) []helpcrunch.Message {
	var notes []helpcrunch.Message
	for _, m := range s.server.Messages(message.Chat) {
		if m.Type == helpcrunch.MessageTypePrivate && strings.Contains(m.Text, fmt.Sprintf("[message %d]", message.ID)) {
			notes = append(notes, m)
		}
	}
	return notes
}

// assertDone checks that there is one note about each message, and nothing left to do.
func (s *scene) assertDone(messages ...helpcrunch.Message) {
	s.Helper()
	for _, message := range messages {
		assert.Len(s, s.notes(message), 1, "notes about message %d", message.ID)
	}
	assert.Equal(s, len(messages), s.server.Effects(helpcrunchtest.CreateMessage), "messages that were posted")
	assert.Empty(s, s.files(waitingDir))
	assert.Empty(s, s.files(failedDir))
}

// files are the files in a directory of the spool.
func (s *scene) files(below string) []string {
	s.Helper()
	entries, err := os.ReadDir(filepath.Join(s.dir, below))
	require.NoError(s, err)
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

func TestANoteIsLeftBelowAMessageOfACustomer(t *testing.T) {
	inVirtualTime(t, func(s *scene) {
		stop := s.start()
		message := s.server.CustomerWrites(s.chats[0], "Where is my order?")
		time.Sleep(time.Second)
		stop(time.Minute)
		s.assertDone(message)
		require.Len(t, s.notes(message), 1)
		note := s.notes(message)[0]
		assert.Equal(t, s.server.Agents()[0].ID, note.Agent.ID)
		for _, text := range []string{"name: Marta Silva", "company: Silva Books", "tags: reader, Paid", "plan: gold", "first seen: 2026-03-02"} {
			assert.Contains(t, note.Text, text)
		}
	})
}

// Notes raise message.private events: answering those would never end.
func TestNobodyElseIsAnswered(t *testing.T) {
	inVirtualTime(t, func(s *scene) {
		stop := s.start()
		message := s.server.CustomerWrites(s.chats[0], "Where is my order?")
		s.server.AgentWrites(s.chats[0], s.server.Agents()[1].ID, "It is on its way.")
		_, err := s.server.Client().Chats.SetStatus(s.Context(), s.chats[0], helpcrunch.ChatStatusClosed)
		require.NoError(t, err)
		time.Sleep(24 * time.Hour)
		stop(time.Minute)
		s.assertDone(message)
		assert.Len(t, s.server.DeliveriesOf(webhook.EventTypeMessagePrivate), 1)
		assert.Len(t, s.files(doneDir), 1, "only what is answered is stored")
	})
}

func TestWhatWasAcceptedBeforeACrashIsDoneAfterIt(t *testing.T) {
	inVirtualTime(t, func(s *scene) {
		s.open() // and it never comes to work
		first := s.server.CustomerWrites(s.chats[0], "Where is my order?")
		second := s.server.CustomerWrites(s.chats[1], "Hello?")
		s.delivered()
		assert.Len(t, s.files(waitingDir), 2)
		assert.Empty(t, s.notes(first))
		s.run(time.Second)
		s.assertDone(first, second)
		s.run(time.Hour)
		s.assertDone(first, second)
	})
}

func TestAnEventThatCannotBeStoredIsNotAccepted(t *testing.T) {
	inVirtualTime(t, func(s *scene) {
		stop := s.start()
		require.NoError(t, os.Remove(filepath.Join(s.dir, waitingDir)))
		message := s.server.CustomerWrites(s.chats[0], "Where is my order?")
		synctest.Wait()
		deliveries := s.server.DeliveriesOf(webhook.EventTypeMessageChatCustomer)
		require.Len(t, deliveries, 1)
		assert.Equal(t, http.StatusInternalServerError, deliveries[0].Status)
		require.NoError(t, os.Mkdir(filepath.Join(s.dir, waitingDir), 0o700))
		s.delivered() // again
		time.Sleep(time.Second)
		stop(time.Minute)
		s.assertDone(message)
	})
}

func TestDuplicatesLeaveNoSecondNote(t *testing.T) {
	inVirtualTime(t, func(s *scene) {
		again := func() {
			s.server.Redeliver(s.server.DeliveriesOf(webhook.EventTypeMessageChatCustomer)[0].ID)
			s.delivered()
		}
		s.open()
		message := s.server.CustomerWrites(s.chats[0], "Where is my order?")
		s.delivered()
		again() // while it waits
		s.open()
		again() // while it waits, after a crash
		assert.Len(t, s.files(waitingDir), 1)
		stop := s.start()
		time.Sleep(time.Second)
		again() // when it is done
		stop(time.Minute)
		stop = s.start()
		again() // when it is done, after a restart
		time.Sleep(time.Hour)
		stop(time.Minute)
		s.assertDone(message)
		for _, d := range s.server.DeliveriesOf(webhook.EventTypeMessageChatCustomer) {
			assert.Equal(t, http.StatusOK, d.Status)
		}
	})
}

func TestTwoEventsAboutOneMessageLeaveOneNote(t *testing.T) {
	inVirtualTime(t, func(s *scene) {
		s.open()
		message := s.server.CustomerWrites(s.chats[0], "Where is my order?")
		s.server.SendWebhook(webhook.EventTypeMessageChatCustomer, message)
		s.delivered()
		assert.Len(t, s.files(waitingDir), 2)
		s.run(time.Second)
		s.assertDone(message)
	})
}

func TestForgeriesAreNotAccepted(t *testing.T) {
	inVirtualTime(t, func(s *scene) {
		stop := s.start()
		message := s.server.Messages(s.chats[0])[0]
		for _, forgery := range []helpcrunchtest.Forgery{helpcrunchtest.WrongKey, helpcrunchtest.ChangedBody, helpcrunchtest.NoSignature} {
			s.server.Forge(forgery, webhook.EventTypeMessageChatCustomer, message)
		}
		s.delivered()
		stop(time.Minute)
		s.assertDone()
		assert.Empty(t, s.files(doneDir))
	})
}

func TestFailuresOfTheAPI(t *testing.T) {
	for name, fault := range map[string]helpcrunchtest.Fault{
		"down for a while":        helpcrunchtest.Status(http.StatusServiceUnavailable).Times(9),
		"answer of a note lost":   helpcrunchtest.ResetConnection().AfterEffect().On(helpcrunchtest.CreateMessage).Times(1),
		"note lost on its way":    helpcrunchtest.ResetConnection().On(helpcrunchtest.CreateMessage).Times(3),
		"answer of a note cut":    helpcrunchtest.CutBody().On(helpcrunchtest.CreateMessage).Times(1),
		"note refused for a time": helpcrunchtest.Status(http.StatusInternalServerError).AfterEffect().On(helpcrunchtest.CreateMessage).Once(),
		"key revoked for a time":  helpcrunchtest.Status(http.StatusUnauthorized).Times(4),
		"connection refused":      helpcrunchtest.RefuseConnection().Times(7),
		"late answer of a note":   helpcrunchtest.SlowHeaders(time.Minute).On(helpcrunchtest.CreateMessage).Once(),
	} {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, func(s *scene) {
				s.server.Inject(fault)
				stop := s.start()
				message := s.server.CustomerWrites(s.chats[0], "Where is my order?")
				time.Sleep(2 * time.Hour)
				stop(time.Minute)
				s.assertDone(message)
			})
		})
	}
}

func TestWhatCanNeverBeDoneIsPutAside(t *testing.T) {
	inVirtualTime(t, func(s *scene) {
		s.open()
		s.server.CustomerWrites(s.chats[0], "Please delete me.")
		kept := s.server.CustomerWrites(s.chats[2], "Hello?")
		s.delivered()
		chat := s.server.Chats()[0]
		s.server.RemoveCustomer(chat.Customer.ID)
		s.run(time.Hour)
		assert.Len(t, s.notes(kept), 1)
		assert.Len(t, s.files(failedDir), 1)
		assert.Empty(t, s.files(waitingDir))
		s.server.Redeliver(s.server.DeliveriesOf(webhook.EventTypeMessageChatCustomer)[0].ID)
		s.delivered()
		assert.Empty(t, s.files(waitingDir), "it is known, and stays put aside")
	})
}

// Events may leave out what they like.
func TestEventsWithLittleInThem(t *testing.T) {
	inVirtualTime(t, func(s *scene) {
		s.open()
		chat := s.chats[0]
		s.server.SendWebhook(webhook.EventTypeMessageEmailCustomer, map[string]any{"chat_id": chat})
		s.server.SendWebhook(webhook.EventTypeMessageChatCustomer, map[string]any{"chat_id": chat, "customer": nil, "message": nil})
		s.server.SendWebhook(webhook.EventTypeMessageChatCustomer, map[string]any{})
		s.delivered()
		s.run(time.Hour)
		s.run(time.Hour)
		assert.Equal(t, 2, s.server.Effects(helpcrunchtest.CreateMessage))
		assert.Len(t, s.files(failedDir), 1, "it names no chat")
		assert.Empty(t, s.files(waitingDir))
	})
}

func TestAnUnknownCustomerIsDescribedToo(t *testing.T) {
	assert.Equal(t, "Nothing is known about this customer.", describe(&helpcrunch.Customer{ID: 7}))
}
