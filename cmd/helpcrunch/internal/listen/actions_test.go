package listen

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/cli"
	"github.com/helpcrunch-go/helpcrunch/webhook"
)

func TestForwardPostsTheBodyAsItArrived(t *testing.T) {
	var got []byte
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got, _ = io.ReadAll(r.Body)
		assert.NoError(t, webhook.Verify(testKey, got, r.Header.Get(webhook.SignatureHeader)))
		assert.Equal(t, "application/json", r.Header.Get("Content-Type"))
		w.WriteHeader(http.StatusNoContent)
	}))
	defer target.Close()
	lines := cli.NewLineWriter(io.Discard)
	defer lines.Close()
	r := recordOf("a")
	r.Body = []byte("{ \"event\" : \"chat.new\",\"id\":\"\\u0061\\/\" }\n")
	r.Signature = webhook.Sign(testKey, r.Body)
	require.NoError(t, forwarder(target.URL, time.Minute, lines)(t.Context(), r))
	assert.Equal(t, r.Body, got)
}

func TestForwardTakesAnythingBut2xxAsAFailure(t *testing.T) {
	for _, status := range []int{300, 302, 307, 400, 401, 404, 410, 429, 500, 503} {
		target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			assert.Equal(t, "/", r.URL.Path, "redirects are not followed")
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(status)
		}))
		err := forwarder(target.URL, time.Minute, nil)(t.Context(), recordOf("a"))
		assert.ErrorContains(t, err, "the target responded with "+strconv.Itoa(status))
		target.Close()
	}
	err := forwarder("http://user:secret@127.0.0.1:1/", time.Minute, nil)(t.Context(), recordOf("a"))
	require.ErrorContains(t, err, "connection refused")
	assert.NotContains(t, err.Error(), "user")
}

func TestForwardGivesUpATargetThatHangs(t *testing.T) {
	hang := make(chan struct{})
	target := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-hang }))
	defer target.Close()
	defer close(hang)
	err := forwarder(target.URL, 50*time.Millisecond, nil)(t.Context(), recordOf("a"))
	require.ErrorContains(t, err, "no response within 50ms")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	assert.ErrorIs(t, forwarder(target.URL, time.Hour, nil)(ctx, recordOf("a")), context.Canceled)
}

// runCommand runs a shell command for an event.
func runCommand(t *testing.T, command string, timeout time.Duration, r *record) (output string, err error) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the commands of this test are for a Unix shell")
	}
	var out buffer
	err = runner(command, timeout, &cli.Env{Stdout: &out, Stderr: &out})(t.Context(), r)
	return out.String(), err
}

func TestExecGetsTheEvent(t *testing.T) {
	r := recordOf("id \"x\"\n")
	r.Failures = 2
	output, err := runCommand(t, `printf '%s|%s|%s\n' "$HELPCRUNCH_EVENT_TYPE" "$HELPCRUNCH_EVENT_ID" "$HELPCRUNCH_EVENT_ATTEMPT"; cat`, time.Minute, r)
	require.NoError(t, err)
	first, body, _ := strings.Cut(output, "\n")
	assert.Equal(t, `message.chat.customer|id "x"\n|3`, first)
	event, err := webhook.Parse([]byte(body))
	require.NoError(t, err)
	assert.Equal(t, r.ID, event.ID)
	message, ok := event.Message()
	require.True(t, ok)
	assert.Equal(t, "Hello?", message.Message.Text)
}

// No event can keep its command from starting, and none reaches the shell.
func TestExecOfHostileEvents(t *testing.T) {
	r := recordOf("")
	for _, text := range []string{"a\x00b", strings.Repeat("x", 1<<20), "$(touch hacked)", "`touch hacked`", "'; touch hacked; '"} {
		t.Chdir(t.TempDir())
		r.ID, r.Type = text, webhook.EventType(text)
		r.Body = []byte(`{"event":` + strconv.Quote("chat.new") + `}`)
		output, err := runCommand(t, `printf %s "$HELPCRUNCH_EVENT_ID"`, time.Minute, r)
		require.NoError(t, err)
		assert.True(t, strings.HasPrefix(cli.Printable(text), output))
		assert.NotEmpty(t, output)
		assert.NoFileExists(t, "hacked")
	}
}

func TestExecTakesAnyOtherStatusAsAFailure(t *testing.T) {
	_, err := runCommand(t, "exit 3", time.Minute, recordOf("a"))
	require.EqualError(t, err, "the command failed: exit status 3")
	_, err = runCommand(t, "kill -9 $$", time.Minute, recordOf("a"))
	require.EqualError(t, err, "the command failed: signal: killed")
	_, err = runCommand(t, "no-such-command", time.Minute, recordOf("a"))
	require.EqualError(t, err, "the command failed: exit status 127")
}

func TestExecDoesNotNeedToReadTheEvent(t *testing.T) {
	r := recordOf("a")
	r.Body = []byte(`{"event":"chat.new","eventData":"` + strings.Repeat("x", 1<<19) + `"}`)
	_, err := runCommand(t, "true", time.Minute, r)
	assert.NoError(t, err)
	_, err = runCommand(t, "sleep 3 & true", time.Minute, r) // it leaves a process that holds the pipes
	assert.NoError(t, err)
}

func TestExecKillsACommandThatHangsAndItsChildren(t *testing.T) {
	pidFile := filepath.Join(t.TempDir(), "pid")
	began := time.Now()
	_, err := runCommand(t, "sleep 600 & echo $! > "+pidFile+".part; mv "+pidFile+".part "+pidFile+"; wait", 500*time.Millisecond, recordOf("a"))
	require.EqualError(t, err, "the command did not end within 500ms")
	assert.Less(t, time.Since(began), 30*time.Second)
	text, err := os.ReadFile(pidFile)
	require.NoError(t, err)
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	require.NoError(t, err)
	child, err := os.FindProcess(pid)
	require.NoError(t, err)
	assert.Eventually(t, func() bool {
		stat, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		return child.Signal(syscall.Signal(0)) != nil || strings.Contains(string(stat), ") Z ") // dead, and not waited for
	}, 10*time.Second, 10*time.Millisecond)
}

func TestLinesOfEvents(t *testing.T) {
	for body, want := range map[string]string{
		bodyOf("a"): "2023-11-14T22:13:20Z message.chat.customer a chat 7, customer 5 Marta: Hello?",
		`{"event":"message.private","id":"b","eventData":{"chat_id":7,"agent":{"id":1,"name":"Ada"},"message":{"id":9,"text":"a\nb\u001b[31m"}}}`: `- message.private b chat 7, Ada: a\nb\x1b[31m`,
		`{"event":"chat.closed","id":"c","eventData":{"chat_id":7,"status":"closed","customer":{"id":5}}}`:                                        "- chat.closed c chat 7, closed, customer 5",
		`{"event":"customer.new","id":"d","eventData":{"id":5,"email":"m@example.org"}}`:                                                          "- customer.new d customer 5 m@example.org",
		`{"event":"chat.merged","id":"e","eventData":[]}`:                                                                                         "- chat.merged e",
	} {
		event, err := webhook.Parse([]byte(body))
		require.NoError(t, err)
		assert.Equal(t, want, eventLine(event))
	}
	event := &webhook.Event{Type: webhook.EventTypeMessagePrivate, Data: []byte(`{"message":{"text":"` + strings.Repeat("é", 300) + `"}}`)}
	assert.Contains(t, eventLine(event), strings.Repeat("é", 200)+"…")
}
