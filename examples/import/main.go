// Command import creates and changes customers as a file of CSV says, one row for each, found
// by your own id for them, the userId. It only says what it would do unless -write is given,
// and can be run again at any time.
//
// Without HELPCRUNCH_API_KEY it works on an account in memory.
package main

import (
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

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
	context.AfterFunc(ctx, stop) // from then on a signal kills
	status := run(ctx, os.Args[1:], os.Getenv(keyVariable), os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// run is the program, and returns its exit status.
func run(ctx context.Context, args []string, key string, stdout, stderr io.Writer) int {
	c, err := parseFlags(args, key, stdout)
	if err == nil && c != nil {
		err = c.run(ctx, stdout)
	}
	if err == nil {
		return exitOK
	}
	fmt.Fprintln(stderr, "import: "+strings.Replace(err.Error(), "helpcrunch: ", "", 1))
	switch {
	case ctx.Err() != nil:
		return exitInterrupted
	case errors.Is(err, errUsage), errors.Is(err, helpcrunch.ErrInvalidArgument):
		return exitUsage
	}
	return exitFailed
}

// config is what the flags and the environment ask for.
type config struct {
	key       string // empty for the account in memory
	baseURL   string
	perMinute int
	file      string // empty for the sample
	report    string // empty for the terminal
	write     bool
	raw       bool             // apostrophes in front of formulas stay
	kinds     map[string]*kind // of custom attributes
}

// errUsage marks input that can't be right.
var errUsage = errors.New("-h lists the flags")

// parseFlags reads the flags. It returns nil when help was asked for.
func parseFlags(args []string, key string, stdout io.Writer) (*config, error) {
	c := &config{key: key, kinds: make(map[string]*kind)}
	flags := flag.NewFlagSet("import", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.BoolVar(&c.write, "write", false, "create and change customers; without it nothing is changed")
	flags.StringVar(&c.report, "report", "", "a new `file` for the report, as CSV; without it the report is printed")
	flags.BoolVar(&c.raw, "raw", false, "leave the apostrophe that the export puts in front of formulas")
	flags.Func("type", "the type of a custom attribute, as `name=type`: text (the default), number, boolean or date;\nmay be given several times", c.setKind)
	flags.StringVar(&c.baseURL, "base-url", helpcrunch.DefaultBaseURL, "with a key: the address of the API")
	flags.IntVar(&c.perMinute, "per-minute", helpcrunch.DefaultRateLimit, "with a key: how many requests to send in a minute, at most")
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintf(stdout, "Usage: import [flags] file.csv\n\n"+
			"Creates and changes customers of the account of %s, or of one in memory,\n"+
			"as the file says. Its first line names columns, of which userId must be one:\n\n  %s\n\n"+
			"An empty cell leaves alone what is there.\n\n", keyVariable, strings.Join(columnNames(), " ")+" "+attributePrefix+"(name)")
		flags.SetOutput(stdout)
		flags.PrintDefaults()
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("%w (%w)", err, errUsage)
	case flags.NArg() > 1:
		return nil, fmt.Errorf("%q is one word too many, flags come first (%w)", flags.Arg(1), errUsage)
	}
	c.file = flags.Arg(0)
	misplaced := false
	flags.Visit(func(f *flag.Flag) { misplaced = misplaced || f.Name == "base-url" || f.Name == "per-minute" })
	switch {
	case key == "" && misplaced:
		return nil, fmt.Errorf("-base-url and -per-minute need a key in %s (%w)", keyVariable, errUsage)
	case key != "" && c.file == "":
		return nil, fmt.Errorf("say which file to import (%w)", errUsage)
	}
	return c, nil
}

// setKind reads a value of -type.
func (c *config) setKind(text string) error {
	at := strings.LastIndex(text, "=")
	if at < 1 {
		return errors.New("not name=type")
	}
	kind, ok := kinds[text[at+1:]]
	if !ok {
		return fmt.Errorf("%q is none of text, number, boolean and date", text[at+1:])
	}
	c.kinds[text[:at]] = kind
	return nil
}

// run imports into the real account, or into one in memory.
func (c *config) run(ctx context.Context, stdout io.Writer) error {
	if c.key == "" {
		server := newAccount()
		defer server.Close()
		fmt.Fprintf(stdout, "%s is not set: this works on an account in memory, gone when it ends.\n", keyVariable)
		err := c.importTo(ctx, server.Client(), stdout)
		if _, bad := errors.AsType[badRows](err); bad && c.file == "" {
			fmt.Fprintln(stdout, "The sample has bad rows to show what becomes of them. With a file of your own the status is then 1.")
			return nil
		}
		return err
	}
	client, err := helpcrunch.New(c.key, helpcrunch.WithBaseURL(c.baseURL), helpcrunch.WithRateLimit(c.perMinute))
	if err != nil {
		return err
	}
	if c.write {
		fmt.Fprintf(stdout, "Writing to the account of %s.\n", keyVariable)
	} else {
		fmt.Fprintf(stdout, "Reading the account of %s; nothing is changed there (-write does it).\n", keyVariable)
	}
	return c.importTo(ctx, client, stdout)
}

// sample is imported when no file is given.
//
//go:embed sample.csv
var sample string

// newAccount makes an account in memory that knows some customers of the sample.
func newAccount() *helpcrunchtest.Server {
	return helpcrunchtest.NewServer(helpcrunchtest.WithoutListener(), helpcrunchtest.WithDemoAccount(),
		helpcrunchtest.WithSeed(func(s *helpcrunchtest.Server) {
			s.AddCustomer(helpcrunch.Customer{
				UserID: "shop-1001", Name: "Nora Lindqvist", Email: "nora@example.com", Tags: []helpcrunch.Tag{{Name: "reader"}},
				CustomData: helpcrunch.CustomData{"plan": "gold", "orders": 12},
			})
			s.AddCustomer(helpcrunch.Customer{UserID: "shop-1002", Name: "Jonas Weber", Email: "jonas@example.org"})
		}))
}
