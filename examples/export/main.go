// Command export writes all customers, or all chats with their messages, to a file of CSV or
// JSON Lines. Interrupted by Ctrl-C or a crash it goes on where it was when it is run again,
// and neither loses nor repeats a row.
//
// Without HELPCRUNCH_API_KEY it exports an account in memory. It only ever reads.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/mattn/go-isatty"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// keyVariable names the environment variable that holds the API key.
const keyVariable = "HELPCRUNCH_API_KEY"

// Exit statuses.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // from then on a signal kills, which does no harm either
	s := streams{stdout: os.Stdout, stderr: os.Stderr}
	if isatty.IsTerminal(os.Stderr.Fd()) {
		s.terminal = os.Stderr
	}
	status := run(ctx, os.Args[1:], os.Getenv(keyVariable), s)
	stop()
	os.Exit(status)
}

// streams are where the program prints.
type streams struct {
	stdout, stderr io.Writer
	terminal       io.Writer // for the progress bar; nil for none
}

// run is the program, and returns its exit status.
func run(ctx context.Context, args []string, key string, s streams) int {
	c, err := parseFlags(args, key, s.stdout)
	if err == nil && c != nil {
		err = c.run(ctx, s)
	}
	if err == nil {
		return exitOK
	}
	fmt.Fprintln(s.stderr, "export: "+strings.Replace(err.Error(), "helpcrunch: ", "", 1))
	switch {
	case ctx.Err() != nil:
		return exitInterrupted
	case errors.Is(err, errUsage), errors.Is(err, helpcrunch.ErrInvalidArgument):
		return exitUsage
	}
	return exitFailed
}

// run exports from the real account, or from one in memory.
func (c *config) run(ctx context.Context, s streams) error {
	if c.key != "" {
		client, err := helpcrunch.New(c.key, helpcrunch.WithBaseURL(c.baseURL), helpcrunch.WithRateLimit(c.perMinute))
		if err != nil {
			return err
		}
		fmt.Fprintf(s.stdout, "Reading the account of %s; nothing is changed there.\n", keyVariable)
		return c.export(ctx, client, s)
	}
	fmt.Fprintf(s.stdout, "%s is not set: this exports an account in memory, gone when it ends.\n", keyVariable)
	server := newAccount()
	defer server.Close()
	if c.out == "" {
		folder, err := os.MkdirTemp("", "helpcrunch-export-")
		if err != nil {
			return err
		}
		c.writeTo(folder)
	}
	c.perMinute = memoryRate
	return c.export(ctx, server.Client(helpcrunch.WithRateLimit(c.perMinute)), s)
}

// memoryRate is how many requests a minute the account in memory is asked, for the bar to be seen.
const memoryRate = 1800

// newAccount makes an account in memory. It is the same each time, so that an export can go
// on in another run.
func newAccount() *helpcrunchtest.Server {
	return helpcrunchtest.NewServer(helpcrunchtest.WithoutListener(), helpcrunchtest.WithDemoAccount(),
		helpcrunchtest.WithGenerated(helpcrunchtest.DataSize{Customers: 4000, Chats: 120, Messages: 700}, 1))
}
