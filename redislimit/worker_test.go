package redislimit_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/redislimit"
)

// job is what a process of a test is to do.
type job struct {
	Name           string // the User-Agent
	Network, Redis string
	URL, Key       string
	Limit          int
	Window         time.Duration
	AttemptTimeout time.Duration
	Callers        int // in each lane
}

// asWorker is the variable of the environment that makes the test binary a worker.
const asWorker = "REDISLIMIT_WORKER"

func TestMain(m *testing.M) {
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
	limiter, err := redislimit.New(client, "budget", todo.Limit,
		redislimit.WithWindow(todo.Window), redislimit.WithAttemptTimeout(todo.AttemptTimeout))
	if err != nil {
		return err
	}
	api, err := helpcrunch.New(todo.Key, helpcrunch.WithBaseURL(todo.URL), helpcrunch.WithUserAgent(todo.Name),
		helpcrunch.WithRateLimiter(limiter), helpcrunch.WithAttemptTimeout(todo.AttemptTimeout))
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
	return limiter.Close()
}

// makeRequests has so many callers in each lane ask until the context ends.
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
	var all2 []error
	for err := range failures {
		all2 = append(all2, err)
	}
	return errors.Join(all2...)
}

// process is a worker that runs.
type process struct {
	command *exec.Cmd
	stop    func() error // ends it, and returns how it ended
}

// startWorker starts the test binary as a worker, and waits until it begins.
func startWorker(t *testing.T, todo job) *process {
	t.Helper()
	text, err := json.Marshal(todo)
	require.NoError(t, err)
	command := exec.Command(os.Args[0], "-test.run=^$")
	command.Env = append(os.Environ(), asWorker+"="+string(text))
	command.Stderr = os.Stderr
	input, err := command.StdinPipe()
	require.NoError(t, err)
	output, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	t.Cleanup(func() { _ = command.Process.Kill() })
	line, err := bufio.NewReader(output).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "ready\n", line)
	return &process{command: command, stop: func() error {
		input.Close()
		return command.Wait()
	}}
}
