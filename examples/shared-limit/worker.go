package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/redis/redislimit"
)

// workerVariable is set in the environment of the processes that this program starts, to the
// job that they have.
const workerVariable = "SHARED_LIMIT_WORKER"

// job is what a process is to do. The key comes in the environment, as always.
type job struct {
	BaseURL string
	Redis   string // its URL
	Budget  string
	Limit   int
	Window  time.Duration
}

// callers is how many goroutines make requests in each process.
const callers = 5

// runWorker makes requests until its input ends, which it does when the program that
// started it ends, and writes the status of each answer. It returns its exit status.
func runWorker(text, key string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		_, _ = io.Copy(io.Discard, stdin)
		cancel()
	}()
	var todo job
	err := json.Unmarshal([]byte(text), &todo)
	if err == nil {
		err = todo.do(ctx, key, stdout)
	}
	if err != nil && ctx.Err() == nil {
		fmt.Fprintln(stderr, err)
		return exitFailed
	}
	return exitOK
}

// do is what a process of yours would do: make the limiter, give it to the client, work.
func (j job) do(ctx context.Context, key string, stdout io.Writer) error {
	options, err := redis.ParseURL(j.Redis)
	if err != nil {
		return errors.New("the URL of the Redis is invalid")
	}
	client := redis.NewClient(options)
	defer func() { _ = client.Close() }()
	limiter, err := redislimit.New(client, j.Budget, j.Limit, redislimit.WithWindow(j.Window))
	if err != nil {
		return err
	}
	api, err := helpcrunch.New(key,
		helpcrunch.WithBaseURL(j.BaseURL),
		helpcrunch.WithRateLimiter(limiter),
		helpcrunch.WithHTTPClient(&http.Client{Transport: &printer{to: stdout}}))
	if err != nil {
		return err
	}
	return errors.Join(work(ctx, api.InBackground()), limiter.Close())
}

// work makes requests that only read.
func work(ctx context.Context, api *helpcrunch.Client) error {
	failures := make(chan error, callers)
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			for ctx.Err() == nil {
				if _, err := api.Organization.Get(ctx); err != nil {
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

// printer is a transport that writes the status of each answer on a line.
type printer struct {
	to io.Writer
	mu sync.Mutex
}

func (p *printer) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := http.DefaultTransport.RoundTrip(r)
	if err == nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		fmt.Fprintln(p.to, response.StatusCode)
	}
	return response, err
}
