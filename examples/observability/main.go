// Command observability shows what the SDK does: traces and metrics by OpenTelemetry, and
// log records by log/slog, all printed to the terminal.
//
// Without HELPCRUNCH_API_KEY it runs against an account in memory, in which some attempts
// fail. With the key it reads from the real account.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"

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
	fmt.Fprintln(stderr, "observability: "+text)
	return status
}

// errUsage marks flags that can't be right.
var errUsage = errors.New("-h lists the flags")

// start reads the flags and runs what they ask for.
func start(ctx context.Context, args []string, key string, stdout io.Writer) error {
	flags := flag.NewFlagSet("observability", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	baseURL := flags.String("base-url", helpcrunch.DefaultBaseURL, "with a key: the address of the API")
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintf(stdout, "Usage: observability [-base-url URL]\n\nMakes a few calls that read, and prints their traces, log records and durations.\n"+
			"Without %s it runs against an account in memory.\n\n", keyVariable)
		flags.SetOutput(stdout)
		flags.PrintDefaults()
		return nil
	case err != nil:
		return fmt.Errorf("%w (%w)", err, errUsage)
	case flags.NArg() > 0:
		return fmt.Errorf("%q is not a flag (%w)", flags.Arg(0), errUsage)
	case key == "" && flags.NFlag() > 0:
		return fmt.Errorf("-base-url needs a key in %s (%w)", keyVariable, errUsage)
	}
	if key != "" {
		return observe(ctx, stdout, "Reading the account of "+keyVariable+"; nothing is changed.", func(w wiring) (*helpcrunch.Client, error) {
			return helpcrunch.New(key, helpcrunch.WithBaseURL(*baseURL), w.over(http.DefaultTransport), helpcrunch.WithLogger(w.logger))
		})
	}
	server := newAccount()
	defer server.Close()
	return observe(ctx, stdout, keyVariable+" is not set: this runs against an account in memory, where some attempts fail.",
		func(w wiring) (*helpcrunch.Client, error) {
			return server.Client(w.over(server.Transport()), helpcrunch.WithLogger(w.logger),
				helpcrunch.WithRetryWait(20*time.Millisecond, time.Second)), nil
		})
}

// newAccount makes an account in memory that is slow and where some attempts fail.
func newAccount() *helpcrunchtest.Server {
	server := helpcrunchtest.NewServer(helpcrunchtest.WithoutListener(), helpcrunchtest.WithDemoAccount(),
		helpcrunchtest.WithLatency(15*time.Millisecond))
	for _, fault := range []helpcrunchtest.Fault{
		helpcrunchtest.Status(http.StatusServiceUnavailable).On(helpcrunchtest.GetCustomer).Times(2),
		helpcrunchtest.TooManyRequests().RetryAfter(100 * time.Millisecond).On(helpcrunchtest.SearchChats).Once(),
		helpcrunchtest.ResetConnection().On(helpcrunchtest.ListMessages).Once(),
	} {
		server.Inject(fault)
	}
	return server
}

// wiring is what a client needs to be observed.
type wiring struct {
	*telemetry

	logger *slog.Logger
}

// over makes the client send over a transport, observed.
func (w wiring) over(transport http.RoundTripper) helpcrunch.Option {
	return helpcrunch.WithHTTPClient(&http.Client{Transport: w.transport(transport)})
}

// observe makes a client, lets it make a few calls, and prints what is seen of them.
func observe(ctx context.Context, stdout io.Writer, first string, newClient func(wiring) (*helpcrunch.Client, error)) error {
	reader := sdkmetric.NewManualReader()
	t, err := newTelemetry(withoutQueries{&treePrinter{to: stdout}}, reader)
	if err != nil {
		return err
	}
	client, err := newClient(wiring{t, slog.New(newLogHandler(stdout))})
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "%s\n", first)
	return errors.Join(look(ctx, t, client), printDurations(ctx, stdout, reader), t.shutdown(ctx))
}

// look makes the calls, each below a span of its own.
func look(ctx context.Context, t *telemetry, client *helpcrunch.Client) error {
	customers, err := observed(ctx, t, "Customers.List", func(ctx context.Context) (*helpcrunch.Page[helpcrunch.Customer], error) {
		return client.Customers.List(ctx, &helpcrunch.CustomerListOptions{Limit: 5})
	})
	if err != nil {
		return err
	}
	if len(customers.Items) > 0 {
		_, err = observed(ctx, t, "Customers.Get", func(ctx context.Context) (*helpcrunch.Customer, error) {
			return client.Customers.Get(ctx, customers.Items[0].ID)
		})
		if err != nil {
			return err
		}
	}
	chats, err := observed(ctx, t, "Chats.Search", func(ctx context.Context) (*helpcrunch.Page[helpcrunch.Chat], error) {
		return client.Chats.Search(ctx, &helpcrunch.ChatSearch{
			Filters: []helpcrunch.ChatFilter{helpcrunch.ChatFieldStatus.Equals(helpcrunch.ChatStatusOpened)}, Limit: 5,
		})
	})
	if err != nil || len(chats.Items) == 0 {
		return err
	}
	_, err = observed(ctx, t, "Messages.List", func(ctx context.Context) (*helpcrunch.Page[helpcrunch.Message], error) {
		return client.Messages.List(ctx, chats.Items[0].ID, &helpcrunch.ListOptions{Limit: 5})
	})
	return err
}
