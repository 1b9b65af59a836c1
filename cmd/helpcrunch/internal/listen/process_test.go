package listen

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/clitest"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
	"github.com/helpcrunch-go/helpcrunch/webhook"
)

func TestMain(m *testing.M) { clitest.Main(m) }

// process is the built program at work.
type process struct {
	*exec.Cmd

	url    string
	stderr *buffer
	ended  chan struct{} // closed once standard error has ended
}

// ownGroup gives a process a process group of its own, where there are any.
var ownGroup *syscall.SysProcAttr

// start starts helpcrunch listen and waits until it listens. The caller sets stdout.
func start(t *testing.T, stdout io.Writer, args ...string) *process {
	t.Helper()
	p := &process{Cmd: exec.CommandContext(t.Context(), clitest.Program(t), append([]string{"listen", "--addr", "127.0.0.1:0"}, args...)...), stderr: &buffer{}, ended: make(chan struct{})}
	p.SysProcAttr = ownGroup
	p.Env = append(os.Environ(), "HELPCRUNCH_SIGNING_KEY="+testKey)
	p.Stdout = stdout
	stderr, err := p.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, p.Start())
	lines := bufio.NewReader(stderr)
	first, _ := lines.ReadString('\n')
	_, after, listens := strings.Cut(first, "listening at ")
	require.True(t, listens, first)
	p.url, _, _ = strings.Cut(after, ";")
	go func() {
		defer close(p.ended)
		_, _ = io.Copy(p.stderr, lines)
	}()
	return p
}

// stop sends a signal and returns the error that the process ends with, and how long it took.
func (p *process) stop(t *testing.T, with os.Signal) (time.Duration, error) {
	t.Helper()
	began := time.Now()
	require.NoError(t, p.Process.Signal(with))
	<-p.ended
	return time.Since(began), p.Wait()
}

// client has a connection for each delivery, as the processes change.
var client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 30 * time.Second}

// deliver sends an event and returns the status of the response, 0 without one.
func deliver(t *testing.T, to, id string) int {
	t.Helper()
	body := bodyOf(id)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, to, strings.NewReader(body))
	require.NoError(t, err)
	request.Header.Set(webhook.SignatureHeader, webhook.Sign(testKey, []byte(body)))
	response, err := client.Do(request)
	if err != nil {
		return 0
	}
	defer response.Body.Close()
	return response.StatusCode
}

// counter counts how often each event was printed.
type counter struct {
	mu   sync.Mutex
	rest []byte
	ids  map[string]int
}

func (c *counter) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rest = append(c.rest, p...)
	for {
		line, after, ended := bytes.Cut(c.rest, []byte("\n"))
		if !ended {
			return len(p), nil
		}
		c.rest = after
		if event, err := webhook.Parse(line); err == nil {
			c.ids[event.ID]++
		}
	}
}

// cut drops a line that a killed process has not written to its end.
func (c *counter) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rest = nil
}

// Events are delivered by several clients while the program is killed at random moments. All
// that it has accepted is printed. An event is printed again only for a kill.
func TestKillsLoseNothing(t *testing.T) {
	t.Parallel()
	const kills = 77
	chance := rand.New(rand.NewPCG(1, 17))
	spool := filepath.Join(t.TempDir(), "spool")
	printed := &counter{ids: map[string]int{}}
	var (
		mu       sync.Mutex
		accepted []string
		sent     int
	)
	for range kills {
		p := start(t, printed, "--spool", spool, "--json")
		var clients sync.WaitGroup
		for range 4 {
			clients.Go(func() {
				for {
					mu.Lock()
					id := fmt.Sprint(sent)
					if sent++; chance.IntN(4) == 0 && len(accepted) > 0 { // a duplicate
						id = accepted[chance.IntN(len(accepted))]
					}
					mu.Unlock()
					if deliver(t, p.url, id) != http.StatusOK {
						return // killed
					}
					mu.Lock()
					accepted = append(accepted, id)
					mu.Unlock()
				}
			})
		}
		mu.Lock()
		life := time.Duration(chance.IntN(80_000)) * time.Microsecond
		mu.Unlock()
		timer := time.NewTimer(life)
		<-timer.C
		_, err := p.stop(t, syscall.SIGKILL)
		require.Error(t, err)
		clients.Wait()
		printed.cut()
	}
	p := start(t, printed, "--spool", spool, "--json")
	require.Eventually(t, func() bool {
		printed.mu.Lock()
		defer printed.mu.Unlock()
		for _, id := range accepted {
			if printed.ids[id] == 0 {
				return false
			}
		}
		return true
	}, time.Minute, 20*time.Millisecond, "events were lost")
	_, err := p.stop(t, syscall.SIGTERM)
	require.NoError(t, err)
	assert.Contains(t, p.stderr.String(), " waiting, 0 failed; the next start continues")
	repeated := 0
	for _, n := range printed.ids {
		repeated += n - 1
	}
	assert.LessOrEqual(t, repeated, kills)
	t.Logf("%d kills, %d deliveries accepted, %d events, %d printed again", kills, len(accepted), len(printed.ids), repeated)
}

// A rolling deploy starts a second process before the first has ended.
func TestTwoProcessesDoNotShareASpool(t *testing.T) {
	spool := filepath.Join(t.TempDir(), "spool")
	first := start(t, io.Discard, "--spool", spool)
	second := exec.CommandContext(t.Context(), clitest.Program(t), "listen", "--addr", "127.0.0.1:0", "--spool", spool)
	second.Env = first.Env
	output, err := second.CombinedOutput()
	require.Error(t, err)
	assert.Equal(t, 1, second.ProcessState.ExitCode())
	assert.Equal(t, "helpcrunch listen: spool "+spool+" is used by another process\n", string(output))
	assert.Equal(t, http.StatusOK, deliver(t, first.url, "a"), "the first continues")
	_, err = first.stop(t, os.Interrupt)
	require.NoError(t, err)
	third := start(t, io.Discard, "--spool", spool)
	_, err = third.stop(t, syscall.SIGTERM)
	require.NoError(t, err)
}

func TestAFullDiskLosesNothing(t *testing.T) {
	t.Parallel()
	folder := clitest.SmallDisk(t, "512k")
	spool, ballast := filepath.Join(folder, "spool"), filepath.Join(folder, "ballast")
	printed := &counter{ids: map[string]int{}}
	p := start(t, printed, "--spool", spool, "--json")
	accepted := map[string]bool{}
	var rejected []string
	for i := range 40 {
		if i == 10 {
			file, err := os.Create(ballast)
			require.NoError(t, err)
			_, err = file.Write(make([]byte, 1<<20)) // as much as fits
			require.ErrorIs(t, err, syscall.ENOSPC)
			require.NoError(t, file.Close())
		}
		id := fmt.Sprint(i, strings.Repeat("x", 8000))
		switch status := deliver(t, p.url, id); status {
		case http.StatusOK:
			accepted[id] = true
		case http.StatusServiceUnavailable:
			rejected = append(rejected, id)
		default:
			t.Fatalf("status %d", status)
		}
	}
	assert.NotEmpty(t, rejected)
	_, err := p.stop(t, syscall.SIGKILL)
	require.Error(t, err)
	printed.cut()
	require.NoError(t, os.Remove(ballast))
	p = start(t, printed, "--spool", spool, "--json")
	for _, id := range rejected { // the service delivers them again
		require.Equal(t, http.StatusOK, deliver(t, p.url, id))
		accepted[id] = true
	}
	require.Eventually(t, func() bool {
		printed.mu.Lock()
		defer printed.mu.Unlock()
		return len(printed.ids) == len(accepted)
	}, time.Minute, 10*time.Millisecond)
	_, err = p.stop(t, syscall.SIGTERM)
	require.NoError(t, err)
	for id := range accepted {
		assert.Positive(t, printed.ids[id])
		assert.LessOrEqual(t, printed.ids[id], 2, "an event is repeated only for the kill")
	}
}

func TestAFullDiskAtTheStartLeavesNoHalfSpool(t *testing.T) {
	folder := clitest.SmallDisk(t, "8k")
	spool := filepath.Join(folder, "spool")
	status, _, stderr := run(t.Context(), testKey, "listen", "--addr", "127.0.0.1:0", "--spool", spool)
	assert.Equal(t, 1, status)
	assert.Contains(t, stderr, "no space left on device")
	assertOneLine(t, stderr)
	assert.NoFileExists(t, spool)
}

// Nobody reads the output: deliveries are accepted all the same, and the end is bounded.
func TestOutputThatNobodyReads(t *testing.T) {
	t.Parallel()
	reader, writer, err := os.Pipe()
	require.NoError(t, err)
	defer reader.Close()
	spool := filepath.Join(t.TempDir(), "spool")
	p := start(t, writer, "--spool", spool)
	require.NoError(t, writer.Close())
	var clients sync.WaitGroup
	for worker := range 10 {
		clients.Go(func() {
			for i := range 20 { // 1 MB in all, of which a pipe holds 64 KiB
				assert.Equal(t, http.StatusOK, deliver(t, p.url, fmt.Sprint(worker, i, strings.Repeat("x", 5000))))
			}
		})
	}
	clients.Wait()
	took, err := p.stop(t, syscall.SIGTERM)
	require.NoError(t, err, p.stderr.String())
	assert.Less(t, took, 15*time.Second)
	t.Logf("it ended in %s", took)
	assert.Regexp(t, `stopped; spool .*: [1-9][0-9]* waiting, 0 failed; the next start continues`, p.stderr.String())
}

// The reader of the output ends, as head does.
func TestOutputWhoseReaderIsGone(t *testing.T) {
	reader, writer, err := os.Pipe()
	require.NoError(t, err)
	spool := filepath.Join(t.TempDir(), "spool")
	p := start(t, writer, "--spool", spool)
	require.NoError(t, writer.Close())
	require.NoError(t, reader.Close())
	require.Equal(t, http.StatusOK, deliver(t, p.url, "a"))
	<-p.ended
	require.Error(t, p.Wait())
	assert.Equal(t, 1, p.ProcessState.ExitCode())
	assert.Equal(t, "helpcrunch listen: write /dev/stdout: broken pipe; spool "+spool+": 1 waiting, 0 failed\n", p.stderr.String())
}

// A signal that comes to the process and to its group, as that of timeout(1), is one: the event in
// progress is handled to its end.
func TestASignalThatComesTwiceIsOne(t *testing.T) {
	folder := t.TempDir()
	begun, done := filepath.Join(folder, "begun"), filepath.Join(folder, "done")
	p := start(t, io.Discard, "--spool", filepath.Join(folder, "spool"), "--exec", "touch "+begun+"; sleep 1; touch "+done)
	require.Equal(t, http.StatusOK, deliver(t, p.url, "a"))
	require.Eventually(t, func() bool { _, err := os.Stat(begun); return err == nil }, 10*time.Second, 10*time.Millisecond)
	require.NoError(t, p.Process.Signal(syscall.SIGTERM))
	time.Sleep(20 * time.Millisecond)
	_, err := p.stop(t, syscall.SIGTERM)
	require.NoError(t, err, p.stderr.String())
	assert.FileExists(t, done)
	assert.Contains(t, p.stderr.String(), "0 waiting, 0 failed; the next start continues")
}

// The fake server sends webhooks to the program, which forwards them to a handler of package
// webhook. The target is down for the first attempt.
func TestFromTheFakeServerToAHandler(t *testing.T) {
	events := make(chan *webhook.Event, 10)
	handler, err := webhook.NewHandler(testKey, func(_ context.Context, event *webhook.Event) error { events <- event; return nil })
	require.NoError(t, err)
	down := true
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if down {
			down = false
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		handler.ServeHTTP(w, r)
	}))
	defer target.Close()
	p := start(t, io.Discard, "--spool", filepath.Join(t.TempDir(), "spool"), "--forward", target.URL)
	server := helpcrunchtest.NewServer(helpcrunchtest.WithoutListener(), helpcrunchtest.WithDemoAccount(), helpcrunchtest.WithWebhook(p.url, testKey))
	defer server.Close()
	written := server.CustomerWrites(server.Chats()[1].ID, "Where is my order?")
	require.NoError(t, server.WaitForWebhooks(t.Context()))
	server.Redeliver(server.DeliveriesOf(webhook.EventTypeMessageChatCustomer)[0].ID)
	server.Forge(helpcrunchtest.WrongKey, webhook.EventTypeMessageChatCustomer, written)
	require.NoError(t, server.WaitForWebhooks(t.Context()))
	message, ok := (<-events).Message()
	require.True(t, ok)
	assert.Equal(t, written.ID, message.Message.ID)
	_, err = p.stop(t, syscall.SIGTERM)
	require.NoError(t, err)
	assert.Empty(t, events)
	var statuses []int
	for _, d := range server.DeliveriesOf(webhook.EventTypeMessageChatCustomer) {
		statuses = append(statuses, d.Status)
	}
	assert.ElementsMatch(t, []int{200, 200, 401}, statuses)
}
