// Package listen is the command "helpcrunch listen". It receives webhooks, keeps each event on
// disk, and prints it, forwards it or runs a command for it.
package listen

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/cli"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// config holds the values of the flags.
type config struct {
	addr, path, spool, forward, exec string
	timeout                          time.Duration
	attempts                         int
}

// Command makes the command.
func Command(env *cli.Env) *cobra.Command {
	var c config
	cmd := &cobra.Command{
		Use:   "listen",
		Short: "Receive webhooks and print, forward or handle each event",
		Long: "listen receives webhooks and prints a line for each event. It needs the account's signing\n" +
			"key, in HELPCRUNCH_SIGNING_KEY or a file, and no API key. Put a proxy with HTTPS in front of\n" +
			"it. It logs to standard error.\n\n" +
			"An event is accepted with 200 once it is in the spool on disk. If it can't be stored, the\n" +
			"response is 503 and the service delivers it again. No accepted event is lost, however the\n" +
			"program ends. Duplicates are dropped by type and id, for 14 days after the event was done,\n" +
			"also across restarts. An event whose attempt was cut short by a crash is repeated.\n\n" +
			"Events are handled one at a time, in order of arrival. With --forward and --exec a failed\n" +
			"event is retried after 1 s, 2 s, 4 s and so on up to 10 min, with jitter; others go ahead\n" +
			"of it. After --max-attempts it is set aside: see helpcrunch listen failed.\n\n" +
			"Ctrl-C and SIGTERM end it within 10 s, with status 0. A second one kills it.",
		Example: "  HELPCRUNCH_SIGNING_KEY=... helpcrunch listen\n" +
			"  helpcrunch listen --signing-key-file key --json >> events.jsonl\n" +
			"  helpcrunch listen --signing-key-file key --forward http://127.0.0.1:3000/webhooks\n" +
			"  helpcrunch listen --signing-key-file key --exec './handle \"$HELPCRUNCH_EVENT_TYPE\"'\n\n" +
			"  # To try it, in two terminals:\n" +
			"  HELPCRUNCH_SIGNING_KEY=test helpcrunch listen\n" +
			"  HELPCRUNCH_SIGNING_KEY=test helpcrunch trigger chat.new http://127.0.0.1:8421/helpcrunch",
		Args: cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			key, err := env.SigningKey(cmd)
			if err == nil {
				err = c.check(cmd, env)
			}
			if err != nil {
				return err
			}
			return c.listen(cmd.Context(), env, key)
		},
	}
	f := cmd.Flags()
	f.StringVar(&c.addr, "addr", "127.0.0.1:8421", "`address` to listen on; port 0 picks a free one")
	f.StringVar(&c.path, "path", "/helpcrunch", "`path` of the webhooks' URL")
	f.StringVar(&c.forward, "forward", "", "post each event, as it arrived, to this `URL`; any response but 2xx is a failure")
	f.StringVar(&c.exec, "exec", "", "run this shell `command` for each event, with the event's JSON on standard input and\n"+
		"HELPCRUNCH_EVENT_TYPE, HELPCRUNCH_EVENT_ID and HELPCRUNCH_EVENT_ATTEMPT in its environment;\nany status but 0 is a failure")
	f.DurationVar(&c.timeout, "timeout", 30*time.Second, "`time` for one attempt of --forward or --exec")
	f.IntVar(&c.attempts, "max-attempts", 20, "set an event aside after `N` attempts of --forward or --exec; 0 is no limit")
	cmd.PersistentFlags().StringVar(&c.spool, "spool", "helpcrunch-events.db", "`file` that keeps the events; one process at a time uses it")
	env.SigningKeyFlag(cmd)
	env.JSONFlag(cmd)
	cmd.AddCommand(failedCommand(env, &c.spool))
	return cmd
}

// check finds invalid flags.
func (c *config) check(cmd *cobra.Command, env *cli.Env) error {
	_, port, err := net.SplitHostPort(c.addr)
	if err == nil {
		_, err = net.LookupPort("tcp", port)
	}
	switch {
	case err != nil:
		return cli.Usagef("--addr must be host:port, got %q", c.addr)
	case !strings.HasPrefix(c.path, "/") || strings.ContainsAny(c.path, "?#"):
		return cli.Usagef("--path must begin with a slash and hold no query, got %q", c.path)
	case c.spool == "":
		return cli.Usagef("--spool must name a file")
	case !cmd.Flags().Changed("forward") && !cmd.Flags().Changed("exec"):
		if cmd.Flags().Changed("timeout") || cmd.Flags().Changed("max-attempts") {
			return cli.Usagef("--timeout and --max-attempts need --forward or --exec")
		}
		return nil
	}
	return c.checkAttempts(cmd, env)
}

// checkAttempts finds invalid flags for --forward or --exec.
func (c *config) checkAttempts(cmd *cobra.Command, env *cli.Env) error {
	switch {
	case cmd.Flags().Changed("forward") && cmd.Flags().Changed("exec"):
		return cli.Usagef("--forward and --exec exclude each other")
	case cmd.Flags().Changed("exec") && strings.TrimSpace(c.exec) == "":
		return cli.Usagef("--exec must name a command")
	case !cmd.Flags().Changed("exec") && !helpcrunchtest.ValidWebhookURL(c.forward):
		return cli.Usagef("--forward must be an http or https URL, got %q", c.forward)
	case env.JSON():
		return cli.Usagef("--json is for printed events: leave it or --forward and --exec out")
	case c.timeout <= 0:
		return cli.Usagef("--timeout must be positive, got %s", c.timeout)
	case c.attempts < 0:
		return cli.Usagef("--max-attempts must be 0 or more, got %d", c.attempts)
	}
	return nil
}

const (
	// grace is how long requests and the event that has begun may continue after a signal.
	grace = 7 * time.Second
	// lastWait is how long an event may take to end after it was cancelled.
	lastWait = killDelay + 500*time.Millisecond
)

// listen receives and handles events until ctx ends.
func (c *config) listen(ctx context.Context, env *cli.Env, signingKey string) error {
	// With a handler for SIGPIPE, printing to a closed pipe returns an error. Commands of
	// --exec don't inherit a handler, as they would inherit that the signal is ignored.
	pipe := make(chan os.Signal, 1)
	signal.Notify(pipe, syscall.SIGPIPE)
	defer signal.Stop(pipe)

	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", c.addr)
	if err != nil {
		return err
	}
	defer func() { _ = listener.Close() }()
	spool, err := openSpool(c.spool)
	if err != nil {
		return err
	}
	defer func() { _ = spool.db.Close() }()
	lines := cli.NewLineWriter(env.Stderr)
	defer lines.Close()
	changed := make(chan struct{}, 1)
	w := &worker{spool: spool, do: c.action(env, lines), attempts: c.attempts, changed: changed, lines: lines}
	h := &receiver{path: c.path, signingKey: signingKey, put: spool.put, changed: changed, lines: lines, verbose: env.Verbose()}
	lines.Printf("listening at %s; %s; Ctrl-C ends it", (&url.URL{Scheme: "http", Host: listener.Addr().String(), Path: c.path}), c.state(spool))
	err = serve(ctx, listener, h.server(), w)
	state := c.state(spool)
	if err != nil {
		return fmt.Errorf("%w; %s", err, state)
	}
	lines.Printf("stopped; %s; the next start continues", state)
	return nil
}

// action returns what is done with each event.
func (c *config) action(env *cli.Env, lines *cli.LineWriter) func(context.Context, *record) error {
	switch {
	case c.forward != "":
		return forwarder(c.forward, c.timeout, lines)
	case c.exec != "":
		return runner(c.exec, c.timeout, env)
	}
	return printer(env, env.JSON())
}

// state says how many events the spool holds.
func (c *config) state(s *spool) string {
	waiting, failed, err := s.count()
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("spool %s: %d waiting, %d failed", c.spool, waiting, failed)
}

// serve receives and works until ctx ends or one of the two fails. It returns within grace
// and lastWait of that, and stores every event that it has accepted.
func serve(ctx context.Context, listener net.Listener, server *http.Server, w *worker) error {
	stop, end := context.WithCancel(ctx)
	defer end()
	hard, abort := context.WithCancel(context.WithoutCancel(ctx))
	defer abort()
	context.AfterFunc(stop, func() { time.AfterFunc(grace, abort) })

	served, worked := make(chan error, 1), make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	go func() { worked <- w.run(stop, hard) }()
	var err error
	select {
	case <-ctx.Done():
	case err = <-served:
	case err = <-worked:
		worked <- nil // for the receive below
	}
	end()
	if server.Shutdown(hard) != nil {
		_ = server.Close() // a client that is still slow delivers again
	}
	select {
	case failure := <-worked:
		return errors.Join(err, failure)
	case <-hard.Done():
	}
	select {
	case failure := <-worked:
		return errors.Join(err, failure)
	case <-time.After(lastWait): // printing is stuck, as nobody reads
	}
	return err
}
