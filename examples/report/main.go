// Command report makes a page with charts of the chats of an account: how many there were on
// each day and what became of them, how they were rated, and how long the first answers took.
// The page is one HTML file that needs nothing else, no network and no script.
//
// Without HELPCRUNCH_API_KEY it reads an account in memory. With the key it reads the real
// account, and changes nothing there.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
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
	err := start(ctx, args, getenv(keyVariable), stdout, stderr)
	if err == nil {
		return exitOK
	}
	fmt.Fprintln(stderr, "report: "+explain(ctx, err))
	if errors.Is(err, errUsage) || errors.Is(err, helpcrunch.ErrInvalidArgument) {
		return exitUsage
	}
	return exitFailed
}

// errUsage marks input that can't be right.
var errUsage = errors.New("-h lists the flags")

// settings are what the flags say.
type settings struct {
	output, baseURL string
	span            span
}

// start reads the flags, makes the client and writes the report.
func start(ctx context.Context, args []string, key string, stdout, stderr io.Writer) error {
	now := time.Now()
	s, err := parse(args, key, now, stdout)
	if err != nil || s == nil {
		return err
	}
	file, err := createFile(s.output)
	if err != nil {
		return fmt.Errorf("%w (%w)", err, errUsage)
	}
	defer file.discard()
	var client *helpcrunch.Client
	if key == "" {
		fmt.Fprintf(stdout, "%s is not set: this reads an account in memory, whose people and chats are made up.\n", keyVariable)
		server := helpcrunchtest.NewServer(helpcrunchtest.WithoutListener(), helpcrunchtest.WithoutTeam())
		defer server.Close()
		fill(server, s.span, now)
		client = server.Client()
	} else {
		fmt.Fprintf(stdout, "Reading the account of %s; nothing is changed.\n", keyVariable)
		client, err = helpcrunch.New(key, helpcrunch.WithBaseURL(s.baseURL))
		if err != nil {
			return err
		}
	}
	figures, err := reader{client.InBackground(), s.span, stderr}.read(ctx)
	if err != nil {
		return err
	}
	if err := file.finish(func(w io.Writer) error { return writePage(w, figures, now) }); err != nil {
		return fmt.Errorf("-o %q can't be written: %w", s.output, err)
	}
	fmt.Fprintf(stdout, "%s shows %s, %s.\n", s.output, counted(figures.chats, "chat"), s.span)
	return nil
}

// parse reads the flags. It returns nil settings when help was all that was asked for.
func parse(args []string, key string, now time.Time, stdout io.Writer) (*settings, error) {
	flags := flag.NewFlagSet("report", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	output := flags.String("o", "report.html", "the file to write; it is replaced once the new one is complete")
	days := flags.Int("days", defaultDays, "how many days to show, the last of them included")
	from := flags.String("from", "", "in place of -days: the first day, such as 2026-03-01")
	to := flags.String("to", "", "the last day (default today)")
	zone := flags.String("tz", "Local", "the time zone in which days begin, such as Europe/Lisbon or UTC")
	baseURL := flags.String("base-url", helpcrunch.DefaultBaseURL, "with a key: the address of the API")
	err := flags.Parse(args)
	given := map[string]bool{}
	flags.Visit(func(f *flag.Flag) { given[f.Name] = true })
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintf(stdout, "Usage: report [flags]\n\n"+
			"Makes a page with charts of an account's chats. Without %s it reads an account in memory.\n\n", keyVariable)
		flags.SetOutput(stdout)
		flags.PrintDefaults()
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("%w (%w)", err, errUsage)
	case flags.NArg() > 0:
		return nil, fmt.Errorf("%q is not a flag (%w)", flags.Arg(0), errUsage)
	case key == "" && given["base-url"]:
		return nil, fmt.Errorf("-base-url needs a key in %s (%w)", keyVariable, errUsage)
	case given["days"] && given["from"]:
		return nil, fmt.Errorf("-days and -from exclude each other (%w)", errUsage)
	}
	s, err := newSpan(*days, *from, *to, *zone, now)
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", err, errUsage)
	}
	return &settings{output: *output, baseURL: *baseURL, span: s}, nil
}

// explain puts an error into one sentence.
func explain(ctx context.Context, err error) string {
	text := strings.TrimPrefix(err.Error(), "helpcrunch: ")
	_, isNetwork := errors.AsType[*net.OpError](err) // errors of files are net.Errors too
	switch {
	case ctx.Err() != nil:
		return "interrupted, and nothing was written"
	case errors.Is(err, helpcrunch.ErrUnauthorized):
		return "the service does not accept the key in " + keyVariable + ": " + text
	case isNetwork, errors.Is(err, context.DeadlineExceeded):
		return "the service can't be reached: " + text
	}
	return text
}
