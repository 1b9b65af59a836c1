package redislimit_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/redis/redislimit"
)

// job is what a process of a test is to do.
type job struct {
	Name           string // the User-Agent
	Network, Redis string
	URL, Key       string
	Limit          int
	Window         time.Duration
	AttemptTimeout time.Duration
	Callers        int // in each queue
	// File is set for a worker that makes no request, but writes to it when it would.
	File    string
	Timeout time.Duration // of a command to Redis
	Strict  bool
}

// asWorker is the variable of the environment that makes the test binary a worker.
const asWorker = "REDISLIMIT_WORKER"

func TestMain(m *testing.M) {
	logging.Disable() // of connections that fail, as they are meant to
	if text := os.Getenv(asWorker); text != "" {
		if err := runWorker(text); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// runWorker makes requests until its input is closed.
func runWorker(text string) error {
	var todo job
	if err := json.Unmarshal([]byte(text), &todo); err != nil {
		return err
	}
	client := redis.NewClient(&redis.Options{Network: todo.Network, Addr: todo.Redis})
	defer client.Close()
	opts := []redislimit.Option{redislimit.WithWindow(todo.Window), redislimit.WithAttemptTimeout(todo.AttemptTimeout)}
	if todo.Timeout > 0 {
		opts = append(opts, redislimit.WithTimeout(todo.Timeout))
	}
	if todo.Strict {
		opts = append(opts, redislimit.WithStrictStart())
	}
	limiter, err := redislimit.New(client, "budget", todo.Limit, opts...)
	if err != nil {
		return err
	}
	if todo.File != "" {
		return writeRequests(limiter, todo)
	}
	timed := &timedPermits{Limiter: limiter}
	api, err := helpcrunch.New(todo.Key, helpcrunch.WithBaseURL(todo.URL), helpcrunch.WithUserAgent(todo.Name),
		helpcrunch.WithRateLimiter(timed), helpcrunch.WithAttemptTimeout(todo.AttemptTimeout))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		_, _ = bufio.NewReader(os.Stdin).ReadByte() // nothing is ever written to it
		cancel()
	}()
	fmt.Println("ready")
	if err := makeRequests(ctx, api, todo.Callers); err != nil {
		return err
	}
	fmt.Println(timed.mean().Nanoseconds())
	return limiter.Close()
}

// writeRequests writes the time of each permit's use to a file, until it is killed.
func writeRequests(limiter *redislimit.Limiter, todo job) error {
	file, err := os.OpenFile(todo.File, os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	fmt.Println("ready")
	for range todo.Callers {
		go func() {
			for {
				writeRequest(context.Background(), limiter, file, todo.AttemptTimeout)
			}
		}()
		go func() { // an impatient one, who asks at random moments
			for {
				ctx, cancel := context.WithTimeout(context.Background(), todo.Window/20)
				writeRequest(ctx, limiter, file, todo.AttemptTimeout)
				cancel()
				time.Sleep(rand.N(todo.Window / 4))
			}
		}()
	}
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// writeRequest takes a permit and uses it at once, or not at all if its attempt timeout has passed.
func writeRequest(ctx context.Context, limiter *redislimit.Limiter, file *os.File, attemptTimeout time.Duration) {
	permit, err := limiter.Acquire(ctx, helpcrunch.PermitRequest{Background: rand.N(2) == 0})
	if err != nil {
		time.Sleep(10 * time.Millisecond)
		return
	}
	result := helpcrunch.PermitResult{Permit: permit}
	now := time.Now()
	switch {
	case rand.N(10) == 0: // unsent
	case now.Sub(permit.Granted) >= attemptTimeout:
		result.CountedAt = permit.Granted.Add(attemptTimeout)
	default:
		_, _ = file.Write(binary.LittleEndian.AppendUint64(nil, uint64(now.UnixNano())))
		time.Sleep(rand.N(20 * time.Millisecond))
		result.CountedAt, result.Responded = time.Now(), true
	}
	limiter.Release(result)
}

// timedPermits measures how long requests take.
type timedPermits struct {
	*redislimit.Limiter
	mu      sync.Mutex
	whole   time.Duration
	permits int
}

func (l *timedPermits) Release(result helpcrunch.PermitResult) {
	l.Limiter.Release(result)
	if result.Responded {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.whole += result.CountedAt.Sub(result.Permit.Granted)
		l.permits++
	}
}

func (l *timedPermits) mean() time.Duration { return l.whole / time.Duration(max(1, l.permits)) }

// makeRequests has callers of each priority ask until the context ends.
func makeRequests(ctx context.Context, api *helpcrunch.Client, callers int) error {
	failures := make(chan error, 2*callers)
	var all sync.WaitGroup
	for i := range 2 * callers {
		caller := api
		if i%2 == 0 {
			caller = api.InBackground()
		}
		all.Go(func() {
			for ctx.Err() == nil {
				if _, err := caller.Organization.Get(ctx); err != nil && ctx.Err() == nil {
					failures <- err
					return
				}
			}
		})
	}
	all.Wait()
	close(failures)
	return <-failures // nil when there was none
}

// process is a worker that runs.
type process struct {
	command *exec.Cmd
	input   io.Closer
	output  *bufio.Reader
}

// startWorker starts the test binary as a worker, and waits until it begins.
func startWorker(t *testing.T, todo job) *process {
	t.Helper()
	text, err := json.Marshal(todo)
	require.NoError(t, err)
	command := exec.Command(os.Args[0], "-test.run=^$")
	command.Env = append(os.Environ(), asWorker+"="+string(text), "GORACE=atexit_sleep_ms=0")
	command.Stderr = os.Stderr
	input, err := command.StdinPipe()
	require.NoError(t, err)
	output, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	t.Cleanup(func() { _ = command.Process.Kill() })
	p := &process{command: command, input: input, output: bufio.NewReader(output)}
	line, err := p.output.ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "ready\n", line)
	return p
}

// stop ends a worker, which must have worked without trouble, and returns how long its
// requests took on average.
func (p *process) stop(t *testing.T) (latency time.Duration) {
	t.Helper()
	p.input.Close()
	_, err := fmt.Fscan(p.output, &latency)
	require.NoError(t, err)
	require.NoError(t, p.command.Wait())
	return latency
}

// kill ends a worker as SIGKILL does, in the middle of its work.
func (p *process) kill(t *testing.T) {
	t.Helper()
	require.NoError(t, p.command.Process.Kill())
	require.Error(t, p.command.Wait())
}
