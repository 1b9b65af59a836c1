// Command helpcrunch-sandbox is the in-memory fake server as a program: for clients in any
// language, and for demonstrations. It behaves as package helpcrunchtest does. See the README
// beside it for transcripts.
//
//	go run ./cmd/helpcrunch-sandbox
//
// prints its URL, its key and a curl command to try, then a line for each request and for
// each webhook, if -webhook-url wants them. It ends on SIGINT and SIGTERM within 5 seconds; a
// second one kills it.
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// Exit statuses.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// grace is how long the program takes to end, whatever is stuck.
const grace = 4 * time.Second

func main() {
	signal.Ignore(syscall.SIGPIPE) // whoever read the output may be gone
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, func() {
		stop() // from then on a signal kills
		time.AfterFunc(grace, func() { os.Exit(exitOK) })
	})
	status := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// run serves until ctx or a request ends it, and returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	config, err := parseFlags(args, stdout)
	switch {
	case err != nil:
		_, _ = fmt.Fprintf(stderr, "helpcrunch-sandbox: %v\n", err)
		return exitUsage
	case config == nil:
		return exitOK // help was asked for
	}
	if err := serve(ctx, config, stdout); err != nil {
		_, _ = fmt.Fprintf(stderr, "helpcrunch-sandbox: %v\n", err)
		return exitFailed
	}
	return exitOK
}

func serve(ctx context.Context, config *config, stdout io.Writer) error {
	listener, err := net.Listen("tcp", config.address)
	if err != nil {
		return err
	}
	ctx, end := context.WithCancel(ctx)
	defer end()
	lines := newLineWriter(stdout)
	defer lines.close()
	options := append(config.options(lines), helpcrunchtest.WithListener(listener), helpcrunchtest.WithControl(end))
	if config.tls {
		var remove func()
		if options, remove, err = config.withTLS(options); err != nil {
			_ = listener.Close()
			return err
		}
		defer remove()
	}
	started := make(chan struct{}) // keeps back the lines of requests until the first ones are out
	config.started = started
	server := helpcrunchtest.NewServer(options...)
	defer server.Close()
	for _, fault := range config.faults {
		server.Inject(fault)
	}
	for _, line := range config.firstLines(server) {
		lines.line(line)
	}
	close(started)
	<-ctx.Done()
	return nil
}

// firstLines say how to reach the server.
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
