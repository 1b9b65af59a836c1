// Command shared-limit shows several processes that share one rate limit through Redis:
// together they use all of it, each gets its share, and the service never refuses a request.
//
// Without HELPCRUNCH_API_KEY they make requests to an account in memory. With the key they
// read from the real account. Without -redis it starts a Redis of its own.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// keyVariable names the environment variable that holds the API key.
const keyVariable = "HELPCRUNCH_API_KEY"

// Exit statuses.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	logging.Disable() // the Redis client's own: what matters comes as an error
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // from then on a signal kills
	if text := os.Getenv(workerVariable); text != "" {
		os.Exit(runWorker(text, os.Getenv(keyVariable), os.Stdin, os.Stdout, os.Stderr))
	}
	status := run(ctx, os.Args[1:], os.Getenv(keyVariable), os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// run is the program, and returns its exit status.
func run(ctx context.Context, args []string, key string, stdout, stderr io.Writer) int {
	err := start(ctx, args, key, stdout)
	if err == nil {
		return exitOK
	}
	status, text := exitFailed, strings.TrimPrefix(err.Error(), "helpcrunch: ")
	switch {
	case errors.Is(err, errUsage), errors.Is(err, helpcrunch.ErrInvalidArgument):
		status = exitUsage
	case ctx.Err() != nil:
		text = "interrupted"
	}
	fmt.Fprintln(stderr, "shared-limit: "+text)
	return status
}

// errUsage marks flags that can't be right.
var errUsage = errors.New("-h lists the flags")

// wishes are what the flags say.
type wishes struct {
	redis     string
	processes int
	span      time.Duration
	kill      bool
	baseURL   string
}

// start reads the flags and runs what they ask for.
func start(ctx context.Context, args []string, key string, stdout io.Writer) error {
	flags := flag.NewFlagSet("shared-limit", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	var w wishes
	flags.StringVar(&w.redis, "redis", "", "the `URL` of the Redis to share the limit through (redis, rediss or unix); by default one that is started for this")
	flags.IntVar(&w.processes, "processes", 4, "how many processes share the limit, 1 to 16")
	flags.DurationVar(&w.span, "for", 10*time.Second, "how long they make requests, 1s to 1h")
	flags.BoolVar(&w.kill, "kill", false, "kill the first process half-way, to see that the others go on")
	flags.StringVar(&w.baseURL, "base-url", helpcrunch.DefaultBaseURL, "with a key: the `address` of the API")
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintf(stdout, "Usage: shared-limit [flags]\n\nSeveral processes share one rate limit through Redis.\n"+
			"Without %s they make requests to an account in memory.\n\n", keyVariable)
		flags.SetOutput(stdout)
		flags.PrintDefaults()
		return nil
	case err != nil:
		return fmt.Errorf("%w (%w)", err, errUsage)
	case flags.NArg() > 0:
		return fmt.Errorf("%q is not a flag (%w)", flags.Arg(0), errUsage)
	case w.processes < 1 || w.processes > 16:
		return fmt.Errorf("-processes must be 1 to 16, not %d (%w)", w.processes, errUsage)
	case w.span < time.Second || w.span > time.Hour:
		return fmt.Errorf("-for must be 1s to 1h, not %s (%w)", w.span, errUsage)
	case w.redis != "" && !isRedisURL(w.redis):
		return fmt.Errorf("-redis must be a URL such as redis://localhost:6379 (%w)", errUsage)
	case key == "" && w.baseURL != helpcrunch.DefaultBaseURL:
		return fmt.Errorf("-base-url needs a key in %s (%w)", keyVariable, errUsage)
	}
	return share(ctx, w, key, stdout)
}

// isRedisURL reports whether a text is the URL of a Redis. The URL may contain a password, so that
// no error shows it.
func isRedisURL(text string) bool {
	_, err := redis.ParseURL(text)
	return err == nil
}

// The account in memory takes so many requests in so short a window that there is something
// to see within seconds.
const (
	demoLimit  = 60
	demoWindow = 3 * time.Second
)

// share finds an account and a Redis, and lets the processes run.
func share(ctx context.Context, w wishes, key string, stdout io.Writer) error {
	todo := job{BaseURL: w.baseURL, Budget: "helpcrunch", Limit: helpcrunch.DefaultRateLimit, Window: time.Minute}
	account := "the account of " + keyVariable + ", which is only read"
	if key == "" {
		server := helpcrunchtest.NewServer(helpcrunchtest.WithLatency(20*time.Millisecond),
			helpcrunchtest.WithRateLimit(helpcrunchtest.RateLimit{Requests: demoLimit, Window: demoWindow}))
		defer server.Close()
		key = server.APIKey
		todo = job{BaseURL: server.URL, Budget: demoBudget(), Limit: demoLimit, Window: demoWindow}
		account = "an account in memory, as " + keyVariable + " is not set"
	}
	if _, err := helpcrunch.New(key, helpcrunch.WithBaseURL(todo.BaseURL)); err != nil {
		return err
	}
	r, err := findRedis(ctx, w.redis)
	if err != nil {
		return err
	}
	defer r.stop()
	todo.Redis = r.url
	fmt.Fprintf(stdout, "%d processes share %d requests in any %s of %s, through %s.\n",
		w.processes, todo.Limit, todo.Window, account, r.name)
	return watch(ctx, w, todo, key, stdout)
}
