// Command testing handles one support request, against the in-memory fake server: it shows a
// small service (desk.go) whose unit tests (desk_test.go, desk_faults_test.go) are made to
// be copied. It needs no key and reaches no network.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
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

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // from then on a signal kills
	status := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// run is the program, and returns its exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	err := start(ctx, args, stdout)
	switch {
	case err == nil:
		return exitOK
	case ctx.Err() != nil:
		err = errors.New("interrupted")
	}
	fmt.Fprintln(stderr, "testing: "+strings.ReplaceAll(err.Error(), "\n", "; "))
	if errors.Is(err, errUsage) {
		return exitUsage
	}
	return exitFailed
}

// errUsage marks invalid input.
var errUsage = errors.New("-h lists the flags")

// patience is how long a request may take in all. A service would wait for minutes.
const patience = 20 * time.Second

// start reads the flags, handles the request that they describe, and shows what the
// account holds then.
func start(ctx context.Context, args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("testing", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	var r Request
	flags.StringVar(&r.ID, "id", "R-17", "your own number of the request")
	flags.StringVar(&r.UserID, "user", "shop-204", "your own id of who wrote it")
	flags.StringVar(&r.Name, "name", "Nora Lindqvist", "her name")
	flags.StringVar(&r.Email, "email", "nora@example.com", "her e-mail address")
	flags.StringVar(&r.Text, "text", "My lamp arrived without a bulb.", "what she wrote")
	faultText := flags.String("fault", "", "what goes wrong, such as\n"+
		`"reset after-effect on messages.create once" (the response is lost) or "status 503"`)
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, "Usage: testing [flags]\n\nHandles one support request, against the in-memory fake server.\n\n")
		flags.SetOutput(stdout)
		flags.PrintDefaults()
		return nil
	case err != nil:
		return fmt.Errorf("%w (%w)", err, errUsage)
	case flags.NArg() > 0:
		return fmt.Errorf("%q is not a flag (%w)", flags.Arg(0), errUsage)
	}
	if err := r.check(); err != nil {
		return fmt.Errorf("%w (%w)", err, errUsage)
	}

	server := helpcrunchtest.NewServer(helpcrunchtest.WithoutListener())
	defer server.Close()
	if *faultText != "" {
		fault, err := helpcrunchtest.ParseFault(*faultText)
		if err != nil {
			return fmt.Errorf("%w (%w)", err, errUsage)
		}
		server.Inject(fault)
	}
	desk := &Desk{
		Client:      server.Client(),
		Agent:       server.Agents()[0].ID,
		Application: server.Applications()[0].ID,
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if _, err := desk.Handle(ctx, r); err != nil {
		return err
	}
	show(server, stdout)
	return nil
}

// show prints what the account holds.
func show(server *helpcrunchtest.Server, stdout io.Writer) {
	for _, customer := range server.Customers() {
		fmt.Fprintf(stdout, "customer %d: %s <%s>", customer.ID, customer.Name, customer.Email)
		for _, tag := range customer.Tags {
			fmt.Fprintf(stdout, ", tagged %q", tag.Name)
		}
		fmt.Fprintln(stdout)
	}
	for _, chat := range server.Chats() {
		fmt.Fprintf(stdout, "chat %d with customer %d: %s\n", chat.ID, chat.Customer.ID, chat.Status)
		for _, message := range server.Messages(chat.ID) {
			fmt.Fprintf(stdout, "  %s by %s: %s\n", message.Type, message.Agent.Name, message.Text)
		}
	}
	for _, request := range server.Requests() {
		if request.Fault != "" {
			fmt.Fprintf(stdout, "struck: %s by %q\n", request.Operation, request.Fault)
		}
	}
}
