package main

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

func TestShutdownLetsTheEventThatWasBegunEnd(t *testing.T) {
	inVirtualTime(t, func(s *scene) {
		s.server.Inject(helpcrunchtest.SlowHeaders(5 * time.Second).On(helpcrunchtest.CreateMessage).Once())
		stop := s.start()
		first := s.server.CustomerWrites(s.chats[0], "Where is my order?")
		synctest.Wait()
		second := s.server.CustomerWrites(s.chats[1], "Hello?")
		s.delivered()
		began := time.Now()
		stop(time.Minute)
		assert.InDelta(t, 5, time.Since(began).Seconds(), 1)
		assert.Len(t, s.notes(first), 1)
		assert.Len(t, s.files(waitingDir), 1, "the other one waits for the next start")
		s.run(time.Second)
		s.assertDone(first, second)
	})
}

func TestShutdownDoesNotWaitForever(t *testing.T) {
	for name, fault := range map[string]helpcrunchtest.Fault{
		"before the note": helpcrunchtest.SlowHeaders(20 * time.Second).On(helpcrunchtest.GetCustomer).Once(),
		"after the note":  helpcrunchtest.SlowHeaders(20 * time.Second).On(helpcrunchtest.CreateMessage).Once(),
	} {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, func(s *scene) {
				s.server.Inject(fault)
				stop := s.start()
				message := s.server.CustomerWrites(s.chats[0], "Where is my order?")
				s.delivered()
				synctest.Wait()
				began := time.Now()
				stop(3 * time.Second)
				assert.Equal(t, 3*time.Second, time.Since(began))
				assert.Len(t, s.files(waitingDir), 1)
				s.run(time.Second)
				s.assertDone(message)
			})
		})
	}
}

// Whatever goes wrong, and however often the program is stopped, each message has one note.
func TestEachMessageHasOneNoteAfterAnyTrouble(t *testing.T) {
	for seed := range uint64(3) {
		inVirtualTime(t, func(s *scene) {
			chance := rand.New(rand.NewPCG(seed, 17))
			var faults []*helpcrunchtest.ActiveFault
			for i, fault := range []helpcrunchtest.Fault{
				helpcrunchtest.ResetConnection().AfterEffect(), helpcrunchtest.ResetConnection(), helpcrunchtest.CutBody(),
				helpcrunchtest.Status(http.StatusServiceUnavailable), helpcrunchtest.SlowHeaders(7 * time.Second),
			} {
				faults = append(faults, s.server.Inject(fault.WithProbability(0.08, seed*10+uint64(i))))
			}
			var messages []helpcrunch.Message
			for range 12 {
				stop := s.start()
				for range 1 + chance.IntN(4) {
					chat := s.chats[chance.IntN(len(s.chats))]
					messages = append(messages, s.server.CustomerWrites(chat, "Hello?"))
					time.Sleep(time.Duration(chance.IntN(3000)) * time.Millisecond)
					if deliveries := s.server.Deliveries(); chance.IntN(2) == 0 && len(deliveries) > 0 {
						s.server.Redeliver(deliveries[chance.IntN(len(deliveries))].ID)
					}
				}
				stop(time.Duration(chance.IntN(2000)) * time.Millisecond)
			}
			for _, fault := range faults {
				fault.Remove()
			}
			stop := s.start()
			s.delivered()
			time.Sleep(2 * lastPause)
			stop(time.Minute)
			s.assertDone(messages...)
		})
	}
}

// asProgram is set for a process that is to be the program itself.
const asProgram = "WEBHOOK_BRIDGE_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

// process is the program as a process of its own.
type process struct {
	*exec.Cmd

	url string // where it takes webhooks
}

func startProcess(t *testing.T, server *helpcrunchtest.Server, dir, listen string) *process {
	t.Helper()
	p := &process{Cmd: exec.Command(os.Args[0],
		"-base-url", server.URL, "-spool", dir, "-listen", listen, "-agent", fmt.Sprint(server.Agents()[0].ID))}
	p.Env = append(os.Environ(), asProgram+"=1", keyVariable+"="+server.APIKey, signingKeyVariable+"="+testKey)
	p.Stderr = os.Stderr
	stdout, err := p.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, p.Start())
	t.Cleanup(func() { _ = p.Process.Kill() })
	for lines := bufio.NewScanner(stdout); p.url == "" && lines.Scan(); {
		if _, after, ok := strings.Cut(lines.Text(), "Taking webhooks at "); ok {
			p.url, _, _ = strings.Cut(after, ";")
		}
	}
	require.NotEmpty(t, p.url, "the program did not start")
	return p
}

// deliver sends webhooks as the service does.
func deliver(t *testing.T, server *helpcrunchtest.Server, message helpcrunch.Message, to string) {
	t.Helper()
	body := fmt.Sprintf(`{"event":"message.chat.customer","id":"00000000-0000-4000-8000-%012d","attempts":0,"lastAttemptAt":1700000000,`+
		`"createdAt":1700000000,"eventData":{"chat_id":%d,"message":{"id":%d,"text":"Hello?"}}}`, message.ID, message.Chat, message.ID)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, to, strings.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("X-HelpCrunch-Signature", sign(body))
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	require.Equal(t, http.StatusOK, response.StatusCode)
}

// A process that is killed at any point leaves nothing undone and nothing twice.
func TestAKilledProcessLosesNothing(t *testing.T) {
	for name, operation := range map[string]helpcrunchtest.Operation{
		"while it looks": helpcrunchtest.GetCustomer, "while it posts": helpcrunchtest.CreateMessage,
	} {
		t.Run(name, func(t *testing.T) {
			arrived := make(chan helpcrunchtest.Operation, 100)
			server := helpcrunchtest.NewServer(helpcrunchtest.WithDemoAccount(),
				helpcrunchtest.WithObserver(func(r helpcrunchtest.Request) { arrived <- r.Operation }))
			t.Cleanup(server.Close)
			stuck := server.Inject(helpcrunchtest.SlowHeaders(time.Hour).On(operation))
			message := server.CustomerWrites(server.Chats()[0].ID, "Hello?")
			dir := t.TempDir()

			first := startProcess(t, server, dir, "127.0.0.1:0")
			deliver(t, server, message, first.url)
			for <-arrived != operation {
			}
			require.NoError(t, first.Process.Kill())
			_ = first.Wait()
			stuck.Remove()

			second := startProcess(t, server, dir, "127.0.0.1:0")
			for <-arrived != helpcrunchtest.ListMessages {
			}
			require.NoError(t, second.Process.Signal(syscall.SIGTERM))
			require.NoError(t, second.Wait(), "it ends what it has begun")
			assert.Equal(t, 1, server.Effects(helpcrunchtest.CreateMessage))
			left, err := os.ReadDir(filepath.Join(dir, waitingDir))
			require.NoError(t, err)
			assert.Empty(t, left)
		})
	}
}

// A delivery that has arrived when the signal comes is stored, and answered so.
func TestShutdownAnswersWhatHasArrived(t *testing.T) {
	server := helpcrunchtest.NewServer(helpcrunchtest.WithDemoAccount())
	t.Cleanup(server.Close)
	message := server.CustomerWrites(server.Chats()[0].ID, "Hello?")
	spool, err := openSpool(t.TempDir())
	require.NoError(t, err)
	storing, store := make(chan struct{}), make(chan struct{})
	begun := sync.OnceFunc(func() { close(storing) })
	spool.sync = func(string) error {
		begun()
		<-store
		return nil
	}
	b, err := newBridge(server.Client(), server.Agents()[0].ID, spool, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, signal := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- b.serve(ctx, listener, testKey) }()
	context.AfterFunc(ctx, func() { // store it once nothing else is accepted
		for {
			conn, err := net.Dial("tcp", listener.Addr().String())
			if err != nil {
				close(store)
				return
			}
			_ = conn.Close()
		}
	})
	go func() {
		<-storing
		signal()
	}()
	deliver(t, server, message, "http://"+listener.Addr().String()+path)
	require.NoError(t, <-ended)
	stored, err := filepath.Glob(filepath.Join(spool.dir, "*", "*"))
	require.NoError(t, err)
	assert.Len(t, stored, 1, "in new/, or in done/ already")
}

func TestServeEndsWhenItsServerBreaksDown(t *testing.T) {
	inVirtualTime(t, func(s *scene) {
		b := s.open()
		err := b.serve(context.Background(), brokenListener{}, testKey)
		require.ErrorContains(t, err, "the server broke down: out of order")
	})
}
