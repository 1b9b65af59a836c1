// Command probe finds out, by reading only, how the service speaks where its documentation
// leaves that open, and prints a table to paste into an issue. The table tells of shapes
// alone: nothing that an account holds is in it.
//
// Without HELPCRUNCH_API_KEY it probes an account in memory, in any dialect.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

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
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // from then on a signal kills
	status := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// run is the program, and returns its exit status.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	config, err := parseFlags(args, getenv(keyVariable), stdout)
	if err == nil && config != nil {
		err = config.probe(ctx, stdout)
	}
	if err == nil {
		return exitOK
	}
	fmt.Fprintln(stderr, "probe: "+strings.TrimPrefix(err.Error(), "helpcrunch: "))
	if errors.Is(err, errUsage) || errors.Is(err, helpcrunch.ErrInvalidArgument) {
		return exitUsage
	}
	return exitFailed
}

// config is what the flags and the environment ask for.
type config struct {
	key       string // empty for the account in memory
	baseURL   string
	perMinute int
	dialect   helpcrunchtest.Dialect
	spoken    string // the dialect in words
}

// errUsage marks flags that can't be right.
var errUsage = errors.New("-h lists the flags")

// parseFlags reads the flags. It returns nil when help was asked for.
func parseFlags(args []string, key string, stdout io.Writer) (*config, error) {
	c := &config{key: key}
	flags := flag.NewFlagSet("probe", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&c.baseURL, "base-url", helpcrunch.DefaultBaseURL, "with a key: the address of the API")
	flags.IntVar(&c.perMinute, "per-minute", helpcrunch.DefaultRateLimit/2,
		"with a key: how many requests to send in a minute, at most;\nthe rest of the account's limit is left to your other programs")
	flags.StringVar(&c.spoken, "dialect", "",
		"without a key: how the account in memory speaks, such as oldest or\ntimes=integers,errors=generic")
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		usage(flags, stdout)
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("%w (%w)", err, errUsage)
	case flags.NArg() > 0:
		return nil, fmt.Errorf("%q is not a flag (%w)", flags.Arg(0), errUsage)
	}
	misplaced := ""
	flags.Visit(func(f *flag.Flag) {
		if (f.Name == "dialect") != (key == "") {
			misplaced = f.Name
		}
	})
	switch {
	case misplaced == "dialect":
		return nil, fmt.Errorf("-dialect is for the account in memory, and %s is set (%w)", keyVariable, errUsage)
	case misplaced != "":
		return nil, fmt.Errorf("-%s needs a key in %s (%w)", misplaced, keyVariable, errUsage)
	}
	c.dialect, err = helpcrunchtest.ParseDialect(c.spoken)
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", err, errUsage)
	}
	return c, nil
}

func usage(flags *flag.FlagSet, stdout io.Writer) {
	fmt.Fprintf(stdout, "Usage: probe [flags]\n\n"+
		"Asks the account of %s about 80 questions that change nothing, one of them with a\n"+
		"wrong key, and prints a table of how they were answered. Without the key it asks an\n"+
		"account in memory.\n\n", keyVariable)
	flags.SetOutput(stdout)
	flags.PrintDefaults()
}

// probe asks the account and prints the table.
func (c *config) probe(ctx context.Context, stdout io.Writer) error {
	if c.key == "" {
		return c.probeMemory(ctx, stdout)
	}
	limiter, err := helpcrunch.NewRateLimiter(c.perMinute)
	if err != nil {
		return err
	}
	a, err := newAsker(c.key, c.baseURL, http.DefaultTransport, limiter)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "Reading the account of %s, at most %d requests a minute; nothing is changed.\n\n", keyVariable, c.perMinute)
	return a.report(ctx, stdout)
}

// probeMemory does the same with an account in memory.
func (c *config) probeMemory(ctx context.Context, stdout io.Writer) error {
	server := newAccount(c.dialect)
	defer server.Close()
	a, err := newAsker(server.APIKey, server.URL, server.Transport(), unlimited{})
	if err != nil {
		return err
	}
	spoken := c.spoken
	if spoken == "" {
		spoken = "the default one"
	}
	fmt.Fprintf(stdout, "%s is not set: this probes an account in memory. Its dialect: %s.\n\n", keyVariable, spoken)
	return a.report(ctx, stdout)
}

// report asks everything, and prints the table.
func (a *asker) report(ctx context.Context, stdout io.Writer) error {
	p := &probe{asker: a}
	if err := p.run(ctx); err != nil {
		return err
	}
	return p.print(stdout, time.Now())
}

// unlimited is a rate limiter for an account in memory, which has no limit.
type unlimited struct{}

// Wait gives a turn at once.
func (unlimited) Wait(ctx context.Context) error { return ctx.Err() }
