// Package report makes a page with charts of the chats of an account: how many there were, how
// they were rated, and how long responses took. The page is one HTML file without scripts that
// needs no network.
package report

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/cli"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/outfile"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

const long = `report reads the chats that were created on some days and makes a page with charts: chats per
day by status, ratings, first response times and follow-up response times by agent and by
department. The page is one HTML file without scripts. It needs no network and names no
customers.

A first response time runs from the customer's first message to the first response, a follow-up
response time from the customer's first message since the response before. Private notes and
automatic messages do not count.

Reading takes one request per chat with messages: 1,000 chats take about 9 minutes at 120
requests per minute. A run that was interrupted keeps what it read in a file beside the page,
which has the suffix .partial; the next run goes on from there, also on another day.

With --json the figures are printed as JSON in place of the page. To get both, add --out.`

const examples = `  helpcrunch report --demo
  helpcrunch report --days 90 --exclude-agent 17 --exclude-agent 23
  helpcrunch report --from 2026-01-01 --to 2026-01-31 --tz Europe/Lisbon --out january.html
  helpcrunch report --days 7 --json | jq .firstResponse.all`

// command holds the flags.
type command struct {
	env            *cli.Env
	days           int
	from, to, zone string
	out            string
	force          bool
	exclude        []int64

	span    span
	now     time.Time
	written bool // the page
}

// Command returns the command "helpcrunch report".
func Command(env *cli.Env) *cobra.Command {
	c := &command{env: env}
	cmd := &cobra.Command{
		Use:     "report",
		Short:   "Make a page with charts of chats, ratings and response times",
		Long:    long,
		Example: examples,
		Args:    cli.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.run(cmd) },
	}
	f := cmd.Flags()
	f.StringVar(&c.out, "out", "report.html", "write the page to this `file`")
	f.BoolVar(&c.force, "force", false, "replace the file if it exists")
	f.IntVar(&c.days, "days", defaultDays, "show `N` days, up to the last one")
	f.StringVar(&c.from, "from", "", "in place of --days: the first `day`, such as 2026-03-01")
	f.StringVar(&c.to, "to", "", "the last `day` (default today)")
	f.StringVar(&c.zone, "tz", "Local", "the time `zone` in which days begin, such as Europe/Lisbon or UTC")
	f.Int64SliceVar(&c.exclude, "exclude-agent", nil, "ignore messages of the agent with this `ID`, such as a bot; may be repeated")
	f.Lookup("exclude-agent").DefValue = "" // help would show []
	env.JSONFlag(cmd)
	env.AccountFlags(cmd)
	return cmd
}

// check checks the flags and opens the file to write. It writes nothing.
func (c *command) check(cmd *cobra.Command) (file *outfile.File, err error) {
	if cmd.Flags().Changed("days") && cmd.Flags().Changed("from") {
		return nil, cli.Usagef("--days and --from exclude each other")
	}
	for name, day := range map[string]string{"from": c.from, "to": c.to} {
		if cmd.Flags().Changed(name) && day == "" {
			return nil, cli.Usagef("--%s must be a day such as 2026-03-01, got \"\"", name)
		}
	}
	for _, id := range c.exclude {
		if id < 1 {
			return nil, cli.Usagef("--exclude-agent must be the id of an agent, at least 1, got %d", id)
		}
	}
	slices.Sort(c.exclude)
	c.exclude = slices.Compact(c.exclude)
	c.now = time.Now()
	if c.span, err = newSpan(c.days, c.from, c.to, c.zone, c.now); err != nil {
		return nil, err
	}
	if err := c.env.Check(cmd); err != nil {
		return nil, err
	}
	if c.page(cmd) {
		return outfile.Open("--out", c.out, c.force)
	}
	// Only the journal is written.
	return outfile.Open("--json", "report.json", true)
}

// page reports whether a page is written.
func (c *command) page(cmd *cobra.Command) bool {
	return !c.env.JSON() || cmd.Flags().Changed("out")
}

func (c *command) run(cmd *cobra.Command) error {
	ctx := cmd.Context()
	file, err := c.check(cmd)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	account, err := c.env.Account(ctx, cmd, func() *helpcrunchtest.Server { return newDemo(c.span, c.now) })
	if err != nil {
		return err
	}
	defer account.Close()
	release, err := file.Lock()
	if err != nil {
		return err
	}
	defer release()
	organization, err := account.Client.Organization.Get(ctx)
	if err != nil {
		return c.explain(ctx, err, nil)
	}
	r, err := openReader(file, account, c.span, c.exclude)
	if err != nil {
		return err
	}
	if r.dropped {
		fmt.Fprintf(c.env.Stderr, "Beginning anew: %s was begun with another --exclude-agent.\n", cli.Printable(r.journal.Path()))
	}
	if n := r.journal.Len(); n > 0 {
		fmt.Fprintf(c.env.Stderr, "Going on with %s from %s.\n", counted(n, "chat"), cli.Printable(r.journal.Path()))
	}
	f, err := c.read(ctx, account.Client, r)
	if err = errors.Join(err, r.journal.Close()); err == nil {
		f.account, f.made = organization.Domain, c.now
		err = c.write(cmd, file, f)
	}
	if err == nil || c.written {
		err = errors.Join(err, r.journal.Remove())
	}
	if err != nil {
		return c.explain(ctx, err, r.journal)
	}
	return nil
}

// read reads the chats and shows the progress.
func (c *command) read(ctx context.Context, client *helpcrunch.Client, r *reader) (*figures, error) {
	meter := c.env.NewMeter("chats")
	defer meter.Close()
	return r.read(ctx, client.WithProgress(meter.Show))
}

// write writes the page, the JSON or both.
func (c *command) write(cmd *cobra.Command, file *outfile.File, f *figures) error {
	if c.page(cmd) {
		err := file.Write(func(w io.Writer) error { return writePage(w, f) })
		if err != nil {
			return err
		}
		c.written = true
	}
	if c.env.JSON() {
		return c.env.PrintJSON(f)
	}
	_, err := fmt.Fprintf(c.env.Stdout, "%s shows %s, %s.\n", cli.Printable(c.out), counted(f.chats, "chat"), f.span)
	return err
}

// explain says what went wrong, what is kept, and how to go on. The journal may be nil.
func (c *command) explain(ctx context.Context, err error, j *outfile.Journal) error {
	if ctx.Err() != nil {
		err = errors.New("interrupted")
	}
	if c.written {
		return fmt.Errorf("%w; %s is complete", err, c.out)
	}
	if j == nil || j.Len() == 0 {
		return fmt.Errorf("%w; nothing was written", err)
	}
	return fmt.Errorf("%w; %s are kept in %s: to go on, repeat the command", err,
		counted(j.Len(), "chat"), j.Path())
}
