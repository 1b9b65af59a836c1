package sandbox

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/clitest"
)

// process is the built program at work.
type process struct {
	*exec.Cmd

	url, key string
	stdout   io.ReadCloser
}

func TestMain(m *testing.M) { clitest.Main(m) }

func startProcess(t *testing.T, args ...string) *process {
	t.Helper()
	command := exec.CommandContext(t.Context(), clitest.Program(t), append([]string{"sandbox", "--addr", "127.0.0.1:0"}, args...)...)
	stdout, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	p := &process{Cmd: command, stdout: stdout}
	reader := bufio.NewReaderSize(stdout, 16) // to read no further than the second line
	for _, target := range []*string{&p.url, &p.key} {
		line, err := reader.ReadString('\n')
		require.NoError(t, err)
		_, *target, _ = strings.Cut(strings.TrimSpace(line), ": ")
	}
	return p
}

// get makes a request with the key, bounded by 5 s.
func (p *process) get(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url+"/organization", nil)
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer "+p.key)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	_, _ = io.Copy(io.Discard, response.Body)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusOK, response.StatusCode)
}

// terminate sends SIGTERM and requires an end within 5 s, with status 0.
func (p *process) terminate(t *testing.T) {
	t.Helper()
	began := time.Now()
	require.NoError(t, p.Process.Signal(syscall.SIGTERM))
	ended := make(chan error, 1)
	go func() { ended <- p.Wait() }()
	select {
	case err := <-ended:
		require.NoError(t, err)
		assert.Less(t, time.Since(began), 5*time.Second)
	case <-time.After(10 * time.Second):
		_ = p.Process.Kill()
		t.Fatal("it runs on after SIGTERM")
	}
}

func TestX3ServesWhileNobodyReadsItsOutput(t *testing.T) {
	p := startProcess(t)
	for range 3000 {
		p.get(t)
	}
	p.terminate(t)
}

func TestX3ServesOnceItsOutputIsClosed(t *testing.T) {
	p := startProcess(t)
	require.NoError(t, p.stdout.Close())
	for range 20 {
		p.get(t)
	}
	p.terminate(t)
}

// TestX3EndsUnderLoad has clients that send and read for ever.
func TestX3EndsUnderLoad(t *testing.T) {
	p := startProcess(t, "--fault", "endless-body on customers.list", "--fault", "slow-headers 1h on chats.list")
	for _, path := range []string{"/customers", "/chats"} {
		for range 4 {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url+path, nil)
			require.NoError(t, err)
			request.Header.Set("Authorization", "Bearer "+p.key)
			go func() {
				if response, err := (&http.Client{}).Do(request); err == nil {
					_, _ = io.Copy(io.Discard, response.Body)
					_ = response.Body.Close()
				}
			}()
		}
	}
	stuck, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimSuffix(strings.TrimPrefix(p.url, "http://"), "/v1"))
	require.NoError(t, err)
	defer func() { _ = stuck.Close() }()
	_, err = io.WriteString(stuck, "POST /v1/customers HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\nAuthorization: Bearer "+p.key+"\r\n\r\n{")
	require.NoError(t, err)
	p.get(t)
	p.terminate(t)
}

// TestX3EndsWhateverIsStuck runs itself as a process that never ends by itself.
func TestX3EndsWhateverIsStuck(t *testing.T) {
	const variable = "HELPCRUNCH_TEST_STUCK"
	if os.Getenv(variable) != "" {
		ctx, end := context.WithCancel(t.Context())
		end()
		exitAfter(ctx, time.Millisecond)
		select {}
	}
	self := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestX3EndsWhateverIsStuck$", "-test.timeout=20s")
	self.Env = append(os.Environ(), variable+"=1")
	require.NoError(t, self.Run())
}

func TestX3StrangersHoldNobodyUp(t *testing.T) {
	p := startProcess(t)
	big := bytes.Repeat([]byte(`%\`), 8<<20)
	var strangers sync.WaitGroup
	for range 4 {
		strangers.Go(func() {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url+"/customers", bytes.NewReader(big))
			if !assert.NoError(t, err) {
				return
			}
			if response, err := http.DefaultClient.Do(request); err == nil { // or a broken connection
				assert.Equal(t, http.StatusUnauthorized, response.StatusCode)
				_ = response.Body.Close()
			}
		})
	}
	for range 50 {
		p.get(t)
	}
	strangers.Wait()
	p.terminate(t)
}
