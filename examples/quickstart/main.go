// Command quickstart tells the story of one customer: she is created, tagged and found,
// writes in a chat, is answered, and rates the chat.
//
// Without HELPCRUNCH_API_KEY it runs against an account in memory. With the key it
// talks to the real account, and only reads there unless -write is given.
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
	err := start(ctx, args, getenv(keyVariable), stdout)
	if err == nil {
		return exitOK
	}
	fmt.Fprintln(stderr, "quickstart: "+explain(ctx, err))
	if errors.Is(err, errUsage) || errors.Is(err, helpcrunch.ErrInvalidArgument) {
		return exitUsage
	}
	return exitFailed
}

// errUsage marks input that can't be right.
var errUsage = errors.New("-h lists the flags")

// start reads the flags, makes the client and runs what they ask for.
func start(ctx context.Context, args []string, key string, stdout io.Writer) error {
	flags := flag.NewFlagSet("quickstart", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	write := flags.Bool("write", false,
		"with a key: create a customer and a chat too, tagged quickstart, and delete them at the end")
	baseURL := flags.String("base-url", helpcrunch.DefaultBaseURL, "with a key: the address of the API")
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintf(stdout, "Usage: quickstart [-write] [-base-url URL]\n\n"+
			"Without %s it runs against an account in memory.\n\n", keyVariable)
		flags.SetOutput(stdout)
		flags.PrintDefaults()
		return nil
	case err != nil:
		return fmt.Errorf("%w (%w)", err, errUsage)
	case flags.NArg() > 0:
		return fmt.Errorf("%q is not a flag (%w)", flags.Arg(0), errUsage)
	case key == "" && flags.NFlag() > 0:
		return fmt.Errorf("the flags need a key in %s (%w)", keyVariable, errUsage)
	}

	out := output{stdout}
	switch {
	case key == "":
		server := newAccount()
		defer server.Close()
		out.say("%s is not set: this runs against an account in memory, gone when it ends.", keyVariable)
		key, *baseURL, *write = server.APIKey, server.URL, true
	case *write:
		out.say("Writing to the account of %s: a customer is created, and deleted at the end.", keyVariable)
	default:
		out.say("Reading the account of %s; nothing is changed (-write tells the whole story).", keyVariable)
	}
	client, err := helpcrunch.New(key,
		helpcrunch.WithBaseURL(*baseURL),
		helpcrunch.WithMaxRetries(1),
		helpcrunch.WithAttemptTimeout(10*time.Second))
	if err != nil {
		return err
	}
	if *write {
		return story{client, out}.tell(ctx)
	}
	return survey{client, out}.show(ctx)
}

// explain puts an error into one sentence.
func explain(ctx context.Context, err error) string {
	text := strings.ReplaceAll(strings.TrimPrefix(err.Error(), "helpcrunch: "), "\n", "; ")
	_, isNetwork := errors.AsType[net.Error](err)
	switch {
	case ctx.Err() != nil:
		return "interrupted"
	case errors.Is(err, helpcrunch.ErrUnauthorized):
		return "the service does not accept the key in " + keyVariable + ": " + text
	case isNetwork:
		return "the service can't be reached: " + text
	}
	return text
}

// newAccount makes an account in memory with a few hundred customers.
func newAccount() *helpcrunchtest.Server {
	server := helpcrunchtest.NewServer()
	firstSeen := time.Date(2026, time.January, 1, 9, 0, 0, 0, time.UTC)
	for i := range 250 {
		server.AddCustomer(helpcrunch.Customer{
			Name:      fmt.Sprintf("Guest %d", i+1),
			Email:     fmt.Sprintf("guest%d@example.org", i+1),
			FirstSeen: helpcrunch.Timestamp{Time: firstSeen.Add(time.Duration(i) * time.Hour)},
		})
	}
	return server
}

// output is where lines are printed.
type output struct {
	to io.Writer
}

func (o output) say(format string, args ...any) {
	fmt.Fprintf(o.to, format+"\n", args...)
}
