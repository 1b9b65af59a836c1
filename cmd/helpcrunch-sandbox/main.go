// Command helpcrunch-sandbox is a HelpCrunch account in memory, as a program: for
// clients in any language, and for demonstrations. It behaves as package helpcrunchtest
// does. See the README beside it for transcripts.
//
//	go run ./cmd/helpcrunch-sandbox
//
// prints its URL, its key and a curl command to try, then a line for each request and for
// each webhook, if -webhook-url wants them. It ends on SIGINT and SIGTERM; a second one kills it.
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
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
	status := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// run serves until ctx ends, and returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	config, err := parseFlags(args, stdout)
	switch {
	case err != nil:
		_, _ = fmt.Fprintf(stderr, "helpcrunch-sandbox: %v\n", err)
		return exitUsage
	case config == nil:
		return exitOK // help was asked for
	}
	listener, err := net.Listen("tcp", config.address)
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "helpcrunch-sandbox: %v\n", err)
		return exitFailed
	}
	lines := &lineWriter{to: stdout}
	lines.hold()
	server := helpcrunchtest.NewServer(append(config.options(lines), helpcrunchtest.WithListener(listener))...)
	defer server.Close()
	for _, fault := range config.faults {
		server.Inject(fault)
	}
	_, _ = fmt.Fprintf(stdout, "url: %s\nkey: %s\n", server.URL, server.APIKey)
	_, _ = fmt.Fprintf(stdout, "try: curl -s -H 'Authorization: Bearer %s' %s/customers\n", server.APIKey, server.URL)
	for _, url := range config.webhookURLs {
		_, _ = fmt.Fprintf(stdout, "webhooks: %s, signed with %s\n", url, config.signingKey)
	}
	lines.release()
	<-ctx.Done()
	return exitOK
}

// lineWriter writes whole lines, from any goroutine, and none before it is released.
type lineWriter struct {
	mu sync.Mutex
	to io.Writer
}

func (w *lineWriter) hold()    { w.mu.Lock() }
func (w *lineWriter) release() { w.mu.Unlock() }

// request writes a line about a request.
func (w *lineWriter) request(r helpcrunchtest.Request) {
	line := fmt.Sprintf("%s %s %s", r.Time.Format("15:04:05.000"), r.Method, r.Path)
	if r.RawQuery != "" {
		line += "?" + r.RawQuery
	}
	if r.Status == 0 {
		line += " no answer"
	} else {
		line += fmt.Sprintf(" %d", r.Status)
	}
	if r.Fault != "" {
		line += " (" + r.Fault + ")"
	}
	w.line(line)
}

// webhook writes a line about an attempt to deliver a webhook.
func (w *lineWriter) webhook(d helpcrunchtest.Delivery) {
	line := fmt.Sprintf("%s webhook %s to %s, attempt %d:", d.Time.Format("15:04:05.000"), d.Event, d.URL, d.Attempts+1)
	if d.Err != nil {
		w.line(fmt.Sprintf("%s no answer (%v)", line, d.Err))
		return
	}
	w.line(fmt.Sprintf("%s %d", line, d.Status))
}

func (w *lineWriter) line(line string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, _ = fmt.Fprintln(w.to, line)
}
