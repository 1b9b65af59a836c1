package main

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
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

// statuses are the answers to the deliveries of customers' messages.
func (s *scene) statuses() (all []int) {
	for _, d := range s.server.DeliveriesOf(webhook.EventTypeMessageChatCustomer) {
		all = append(all, d.Status)
	}
	return all
}

// Nobody can tell then whether the event is known, so it must be delivered again.
func TestAnEventIsNotAcceptedWhileTheSpoolCannotBeRead(t *testing.T) {
	inVirtualTime(t, func(s *scene) {
		stop := s.start()
		done := filepath.Join(s.dir, doneDir)
		require.NoError(t, os.Remove(done))
		require.NoError(t, os.WriteFile(done, nil, 0o600))
		message := s.server.CustomerWrites(s.chats[0], "Where is my order?")
		synctest.Wait()
		assert.Equal(t, []int{http.StatusInternalServerError}, s.statuses())
		require.NoError(t, os.Remove(done))
		require.NoError(t, os.Mkdir(done, 0o700))
		s.delivered() // again
		time.Sleep(time.Second)
		stop(time.Minute)
		s.assertDone(message)
	})
}

func TestASpoolThatCannotBeReadIsNotStartedWith(t *testing.T) {
	s, err := openSpool(t.TempDir())
	require.NoError(t, err)
	_, err = s.put(&webhook.Event{Type: webhook.EventTypeMessageChatCustomer, ID: "x"})
	require.NoError(t, err)
	done := filepath.Join(s.dir, doneDir)
	require.NoError(t, os.Remove(done))
	require.NoError(t, os.WriteFile(done, nil, 0o600))
	_, err = s.waiting()
	assert.Error(t, err)
}

// An event whose name may not survive a crash is answered with 500 and must be new when it
// comes again.
func TestAnEventWhoseDirectoryWasNotSyncedIsNotAccepted(t *testing.T) {
	inVirtualTime(t, func(s *scene) {
		b := s.open()
		var healthy atomic.Bool
		b.spool.sync = func(dir string) error {
			if !healthy.Load() {
				return errors.New("input/output error")
			}
			return syncDir(dir)
		}
		stopWork := b.start(s.Context())
		message := s.server.CustomerWrites(s.chats[0], "Where is my order?")
		synctest.Wait()
		assert.Equal(t, []int{http.StatusInternalServerError}, s.statuses())
		assert.Empty(t, s.files(waitingDir))
		healthy.Store(true)
		s.delivered() // again
		time.Sleep(time.Second)
		stopWork(s.Context())
		s.assertDone(message)
	})
}

// Who knows how notes end must not be able to suppress one.
func TestTextsOfOthersSuppressNoNote(t *testing.T) {
	inVirtualTime(t, func(s *scene) {
		s.open()
		first := s.server.CustomerWrites(s.chats[0], "Where is my order?")
		second := s.server.CustomerWrites(s.chats[0], "Hello?")
		mark := fmt.Sprintf("[message %d]", second.ID)
		_, err := s.server.Client().Customers.Update(s.Context(), s.server.Chats()[0].Customer.ID,
			&helpcrunch.CustomerPatch{Name: helpcrunch.Set("Eve " + mark)})
		require.NoError(t, err)
		other := s.server.Agents()[1]
		s.server.AddMessage(helpcrunch.Message{
			Chat: s.chats[0], Agent: &other, Type: helpcrunch.MessageTypePrivate, From: helpcrunch.MessageFromAgent, Text: "see " + mark,
		})
		s.delivered()
		s.run(time.Second)
		assert.Equal(t, 2, s.server.Effects(helpcrunchtest.CreateMessage))
		for _, message := range []helpcrunch.Message{first, second} {
			ending := fmt.Sprintf(". [message %d]", message.ID)
			assert.True(t, slices.ContainsFunc(s.notes(message), func(note helpcrunch.Message) bool {
				return strings.HasSuffix(note.Text, ending)
			}), ending)
		}
	})
}

// An agent can be removed while the program runs. Its events wait until the flag is right.
func TestEventsWaitForTheirAgent(t *testing.T) {
	inVirtualTime(t, func(s *scene) {
		b := s.open()
		b.agent = 999_999
		stopWork := b.start(s.Context())
		message := s.server.CustomerWrites(s.chats[0], "Where is my order?")
		time.Sleep(time.Hour)
		assert.Len(t, s.files(waitingDir), 1)
		assert.Empty(t, s.files(failedDir))
		s.server.AddAgent(helpcrunch.Agent{ID: b.agent, Name: "Newcomer"})
		time.Sleep(lastPause + time.Second)
		stopWork(s.Context())
		s.assertDone(message)
	})
}

func TestEventsWithoutAnyIDHaveANoteEach(t *testing.T) {
	inVirtualTime(t, func(s *scene) {
		b := s.open()
		for range 2 {
			_, err := b.spool.put(&webhook.Event{Type: webhook.EventTypeMessageChatCustomer, Data: fmt.Appendf(nil, `{"chat_id":%d}`, s.chats[0])})
			require.NoError(t, err)
		}
		s.run(time.Second)
		assert.Equal(t, 2, s.server.Effects(helpcrunchtest.CreateMessage))
	})
}

// Nothing says that two events of one action have ids of their own.
func TestEventsOfTwoTypesAreTwoAlthoughTheirIDIsTheSame(t *testing.T) {
	assert.NotEqual(t, nameOf(&webhook.Event{Type: webhook.EventTypeMessageChatCustomer, ID: "x"}),
		nameOf(&webhook.Event{Type: webhook.EventTypeMessageEmailCustomer, ID: "x"}))
}

// They hold what customers wrote.
func TestHalfWrittenFilesOfAKilledProcessAreRemoved(t *testing.T) {
	s, err := openSpool(t.TempDir())
	require.NoError(t, err)
	half := s.path(writingDir, "12345")
	require.NoError(t, os.WriteFile(half, []byte(`{"event":"mess`), 0o600))
	_, err = openSpool(s.dir)
	require.NoError(t, err)
	assert.NoFileExists(t, half)
	assert.DirExists(t, filepath.Dir(half))
}

func TestFilesThatAreNoEventsArePutAside(t *testing.T) {
	inVirtualTime(t, func(s *scene) {
		b := s.open()
		require.NoError(t, os.WriteFile(b.spool.path(waitingDir, "broken"), []byte(`{"event":"mess`), 0o600))
		require.NoError(t, os.Mkdir(b.spool.path(waitingDir, "lost+found"), 0o700))
		waiting, err := b.spool.waiting()
		require.NoError(t, err)
		assert.Equal(t, []string{"broken"}, waiting)
		s.run(time.Second)
		assert.Equal(t, []string{"broken"}, s.files(failedDir))
		assert.Equal(t, []string{"lost+found"}, s.files(waitingDir))
	})
}

func TestWhatWasDoneIsForgottenWhileTheProgramRuns(t *testing.T) {
	inVirtualTime(t, func(s *scene) {
		stop := s.start()
		s.server.CustomerWrites(s.chats[0], "Where is my order?")
		time.Sleep(time.Second)
		require.Len(t, s.files(doneDir), 1)
		mark := filepath.Join(s.dir, doneDir, s.files(doneDir)[0])
		require.NoError(t, os.Chtimes(mark, time.Now(), time.Now())) // files know of no virtual time
		time.Sleep(doneAge)
		assert.FileExists(t, mark)
		time.Sleep(2 * 24 * time.Hour)
		assert.NoFileExists(t, mark)
		stop(time.Minute)
	})
}

// An agent of another account, or a slip of the keyboard, is told before anything is accepted.
func TestAnUnknownAgentIsBadInput(t *testing.T) {
	server := helpcrunchtest.NewServer(helpcrunchtest.WithDemoAccount())
	defer server.Close()
	got := program(t.Context(), server.APIKey, testKey,
		"-base-url", server.URL, "-spool", t.TempDir(), "-listen", "127.0.0.1:0", "-agent", "999999")
	assertFails(t, got, exitUsage, "the account has no agent 999999")
	assert.NotContains(t, got.stdout, "Taking webhooks")
}

// Events are accepted although the API is down, since they can be worked on later.
func TestWhoCannotAskForTheAgentStartsAllTheSame(t *testing.T) {
	inVirtualTime(t, func(s *scene) {
		s.server.Inject(helpcrunchtest.Status(http.StatusServiceUnavailable).On(helpcrunchtest.ListAgents))
		began := time.Now()
		assert.NoError(t, s.open().checkAgent(s.Context()))
		assert.LessOrEqual(t, time.Since(began), agentTimeout)
	})
}
