// Command webhook-bridge receives HelpCrunch's webhooks and leaves a private note about the
// customer below each message that a customer writes. An event that it has accepted is
// handled once, however the program ends.
//
// Without HELPCRUNCH_API_KEY it shows that with an account in memory.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/helpcrunch-go/helpcrunch"
)

// The environment variables that hold secrets.
const (
	keyVariable        = "HELPCRUNCH_API_KEY"
	signingKeyVariable = "HELPCRUNCH_SIGNING_KEY"
)

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
	config, err := parseFlags(args, getenv, stdout)
	switch {
	case err != nil || config == nil:
	case config.key == "":
		err = demonstrate(ctx, stdout)
	default:
		err = config.serve(ctx, stdout)
	}
	if err == nil {
		return exitOK
	}
	if config != nil && ctx.Err() != nil {
		err = errors.New("interrupted")
	}
	text := strings.ReplaceAll(strings.TrimPrefix(err.Error(), "helpcrunch: "), "\n", "; ")
	fmt.Fprintln(stderr, "webhook-bridge: "+text)
	if errors.Is(err, errUsage) || errors.Is(err, helpcrunch.ErrInvalidArgument) {
		return exitUsage
	}
	return exitFailed
}

// config is what the flags and the environment ask for.
type config struct {
	key, signingKey        string // no key for the account in memory
	listen, spool, baseURL string
	agent                  int64
}

// errUsage marks input that can't be right.
var errUsage = errors.New("-h lists the flags")

// parseFlags reads the flags. It returns nil when help was asked for.
func parseFlags(args []string, getenv func(string) string, stdout io.Writer) (*config, error) {
	c := &config{key: getenv(keyVariable), signingKey: getenv(signingKeyVariable)}
	flags := flag.NewFlagSet("webhook-bridge", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&c.listen, "listen", "127.0.0.1:8080", "where to take webhooks: an address and a port, behind a proxy that speaks HTTPS")
	flags.StringVar(&c.spool, "spool", "webhook-spool", "the directory that keeps accepted events; one process at a time may use it")
	flags.StringVar(&c.baseURL, "base-url", helpcrunch.DefaultBaseURL, "the address of the API")
	flags.Int64Var(&c.agent, "agent", 0, "the id of the agent in whose name notes are written (required)")
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintf(stdout, "Usage: webhook-bridge -agent ID [flags]\n\n"+
			"Takes webhooks at %s, with the keys in %s and\n%s. Without the API key it shows what it does with an\naccount in memory, and takes no flags.\n\n",
			path, keyVariable, signingKeyVariable)
		flags.SetOutput(stdout)
		flags.PrintDefaults()
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("%w (%w)", err, errUsage)
	case flags.NArg() > 0:
		return nil, fmt.Errorf("%q is not a flag (%w)", flags.Arg(0), errUsage)
	case c.key == "" && flags.NFlag() > 0:
		return nil, fmt.Errorf("the flags need a key in %s (%w)", keyVariable, errUsage)
	case c.key == "":
		return c, nil
	}
	return c, c.check()
}

// check finds what is missing for real work.
func (c *config) check() error {
	switch {
	case strings.TrimSpace(c.signingKey) != c.signingKey || c.signingKey == "":
		return fmt.Errorf("%s must hold the signing key of the account's webhooks, without spaces around it (%w)", signingKeyVariable, errUsage)
	case c.agent <= 0:
		return fmt.Errorf("-agent must be the id of an agent, 1 or more (%w)", errUsage)
	case c.spool == "":
		return fmt.Errorf("-spool must name a directory (%w)", errUsage)
	}
	if info, err := os.Stat(c.spool); err == nil && !info.IsDir() {
		return fmt.Errorf("-spool must name a directory, which %s is not (%w)", c.spool, errUsage)
	}
	_, port, err := net.SplitHostPort(c.listen)
	if err == nil {
		_, err = net.LookupPort("tcp", port)
	}
	if err != nil {
		return fmt.Errorf("-listen must be an address and a port, such as 127.0.0.1:8080 (%w)", errUsage)
	}
	return nil
}

// serve takes webhooks of a real account until ctx ends.
func (c *config) serve(ctx context.Context, stdout io.Writer) error {
	logger := newLogger(stdout)
	client, err := helpcrunch.New(c.key, helpcrunch.WithBaseURL(c.baseURL), helpcrunch.WithLogger(logger))
	if err != nil {
		return err
	}
	spool, err := openSpool(c.spool)
	if err != nil {
		return err
	}
	b, err := newBridge(client, c.agent, spool, logger)
	if err != nil {
		return err
	}
	if err := b.checkAgent(ctx); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", c.listen)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "Taking webhooks at http://%s%s; Ctrl-C ends it.\n", listener.Addr(), path)
	return b.serve(ctx, listener, c.signingKey)
}

// newLogger prints records without their time, from the level of information.
func newLogger(to io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(to, &slog.HandlerOptions{ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey && groups == nil {
			return slog.Attr{}
		}
		return a
	}}))
}
