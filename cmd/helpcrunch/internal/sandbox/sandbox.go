// Package sandbox is the command "helpcrunch sandbox": the in-memory fake server of package
// helpcrunchtest as a program, for clients in any language.
package sandbox

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/cli"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// grace is how long the server may take to end.
const grace = 4 * time.Second

// Command makes the command.
func Command(env *cli.Env) *cobra.Command {
	var c config
	cmd := &cobra.Command{
		Use:   "sandbox",
		Short: "Serve an in-memory fake of the API for tests in any language",
		Long: "sandbox serves an in-memory fake of the API over HTTP or HTTPS. It needs no key.\n\n" +
			"It prints its URL, its key and a curl command to try, then a line for each request and\n" +
			"each webhook. It starts with a demo account: three agents, two departments, two\n" +
			"applications, five customers and six chats. It keeps what is written to it until it ends.\n" +
			"Open its address in a browser to see the account, the requests and the webhooks live.\n\n" +
			"Ctrl-C and SIGTERM end it within 5 s, with status 0. A second one kills it. It records\n" +
			"the latest 10,000 requests and webhooks, which tests read under /_fake/.\n" +
			"Whoever reaches the port controls it: listen on a loopback address.",
		Example: "  helpcrunch sandbox\n" +
			"  helpcrunch sandbox --empty --customers 1000 --rate-limit 120 --retry-after\n" +
			"  helpcrunch sandbox --fault 'status 503 on customers.create times 2' --tls\n" +
			"  helpcrunch sandbox --webhook-url http://127.0.0.1:9000/hooks",
		Args: cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if c.dialectIn == "help" {
				return printDialects(env)
			}
			if err := c.check(cmd.Flags()); err != nil {
				return err
			}
			return serve(cmd.Context(), env, &c)
		},
	}
	c.addFlags(cmd.Flags())
	return cmd
}

// printDialects prints what the names of --dialect mean.
func printDialects(env *cli.Env) error {
	for _, name := range helpcrunchtest.DialectSwitches() {
		if _, err := fmt.Fprintf(env.Stdout, "%s: %s\n", name, helpcrunchtest.DialectSwitchDoc(name)); err != nil {
			return err
		}
	}
	return nil
}

// serve serves until ctx or a request ends it.
func serve(ctx context.Context, env *cli.Env, c *config) error {
	signal.Ignore(syscall.SIGPIPE) // the reader of the output may be gone
	listener, err := net.Listen("tcp", c.address)
	if err != nil {
		return err
	}
	ctx, end := context.WithCancel(ctx)
	defer end()
	defer exitAfter(ctx, grace)()
	lines := &lineWriter{cli.NewLineWriter(env.Stdout)}
	defer lines.Close()
	started := make(chan struct{}) // holds back the lines of requests until the first lines are out
	options := append(c.options(lines, started), helpcrunchtest.WithListener(listener), helpcrunchtest.WithControl(end))
	if c.tls {
		var remove func()
		if options, remove, err = c.withTLS(options); err != nil {
			_ = listener.Close()
			return err
		}
		defer remove()
	}
	server := helpcrunchtest.NewServer(options...)
	defer server.Close()
	for _, fault := range c.faults {
		server.Inject(fault)
	}
	for _, line := range c.firstLines(server) {
		lines.Printf("%s", line)
	}
	close(started)
	<-ctx.Done()
	return nil
}

// exitAfter ends the process when it still runs that long after ctx ended, unless cancel is
// called before.
func exitAfter(ctx context.Context, grace time.Duration) (cancel func()) {
	done := make(chan struct{})
	context.AfterFunc(ctx, func() {
		select {
		case <-done:
		case <-time.After(grace):
			os.Exit(cli.ExitOK)
		}
	})
	return func() { close(done) }
}

// firstLines returns the lines that tell how to reach the server.
func (c *config) firstLines(server *helpcrunchtest.Server) []string {
	trust := ""
	if c.tls {
		trust = "--cacert " + c.authority + " "
	}
	lines := []string{
		"url: " + server.URL,
		"key: " + server.APIKey,
		fmt.Sprintf("try: curl -s %s-H 'Authorization: Bearer %s' %s/customers", trust, server.APIKey, server.URL),
	}
	if c.tls {
		lines = append(lines, "ca: "+c.authority)
	}
	for _, webhook := range c.webhooks {
		lines = append(lines, fmt.Sprintf("webhooks: %s, signed with %s", webhook.shown, c.signingKey))
	}
	return lines
}
