// Package importer is the command import: it creates and updates customers from a file of CSV.
package importer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"github.com/spf13/cobra"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/cli"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/csvsafe"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// command is the command with its flags.
type command struct {
	env       *cli.Env
	path      string
	by        string
	write     bool
	report    string
	types     []string
	kindOf    map[string]string // from types
	raw       bool
	separator string
}

// Command returns the command import.
func Command(env *cli.Env) *cobra.Command {
	c := &command{env: env}
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Create and update customers from a file of CSV",
		Long: "import creates and updates customers from a file of CSV in UTF-8. Without --write it reports\n" +
			"what it would do and writes nothing. It may be run again at any time: rows that are done are\n" +
			"unchanged.\n\n" +
			"The first row names the columns. One of id, userId and email identifies the customers: the first\n" +
			"of these that the file has, or that of --by. The id is HelpCrunch's own, as in an export: nobody\n" +
			"is created by it. These columns can be written:\n\n  " +
			strings.Join(wrap(columnNames()), "\n  ") + "\n\nand customData.NAME for the custom attribute NAME.\n\n" +
			"An empty cell, and false, leave a field as it is. Tags are separated by commas and added to the\n" +
			"customer's. The separator of the file may be , ; | or a tab.\n\n" +
			"Invalid rows are reported and skipped. Exit status: 0 if all rows are done or valid, 1 if not, with\n" +
			"or without --write; 2 invalid flag or file, 130 interrupted.",
		Example: "  helpcrunch import customers.csv\n" +
			"  helpcrunch import customers.csv --write --report done.csv\n" +
			"  helpcrunch import contacts.csv --by email --type seats=number --type since=date",
		Args: cli.OneArg("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			c.path = args[0]
			return c.run(cmd)
		},
	}
	env.AccountFlags(cmd)
	env.JSONFlag(cmd)
	flags := cmd.Flags()
	flags.BoolVar(&c.write, "write", false, "create and update customers; without it nothing is written")
	flags.StringVar(&c.by, "by", "", "identify customers by this `column`: id, userId or email")
	flags.StringVar(&c.report, "report", "", "write the outcome of each row to this new `file` of CSV")
	flags.StringArrayVar(&c.types, "type", nil, "type of a custom attribute as `NAME=TYPE`: text (the default), number, boolean or date")
	flags.BoolVar(&c.raw, "raw", false, "keep the apostrophe before formulas, which an export adds")
	flags.StringVar(&c.separator, "separator", "", "`character` between cells: , ; | or tab; found by default")
	return cmd
}

// wrap joins names to lines.
func wrap(names []string) (lines []string) {
	for some := range slices.Chunk(names, 8) {
		lines = append(lines, strings.Join(some, " "))
	}
	return lines
}

// separators are the values of --separator.
var separators = map[string]rune{",": ',', ";": ';', "|": '|', "\t": '\t', `\t`: '\t', "tab": '\t'}

// checkFlags checks the flags before anything is opened.
func (c *command) checkFlags(cmd *cobra.Command) (err error) {
	if c.kindOf, err = parseKinds(c.types); err != nil {
		return cli.Usagef("--type %w", err)
	}
	switch {
	case !slices.Contains([]string{"", idColumn, userIDColumn, emailColumn}, c.by):
		return cli.Usagef("--by must be id, userId or email, got %q", c.by)
	case cmd.Flags().Changed("report") && c.report == "":
		return cli.Usagef("--report must name a file")
	case c.report != "" && c.env.JSON():
		return cli.Usagef("--report and --json exclude each other")
	case cmd.Flags().Changed("separator") && separators[c.separator] == 0:
		return cli.Usagef("--separator must be one of , ; | or tab, got %q", c.separator)
	}
	return c.env.Check(cmd)
}

// run runs the command.
func (c *command) run(cmd *cobra.Command) error {
	if err := c.checkFlags(cmd); err != nil {
		return err
	}
	file, rows, t, err := c.open()
	if err != nil {
		return err
	}
	defer file.Close()
	account, err := c.env.Account(cmd.Context(), cmd, func() *helpcrunchtest.Server {
		return helpcrunchtest.NewServer(helpcrunchtest.WithoutListener(), helpcrunchtest.WithDemoAccount(), helpcrunchtest.WithRequestLog(1))
	})
	if err != nil {
		return err
	}
	defer account.Close()
	release, err := c.lock(file)
	if err != nil {
		return err
	}
	defer release()
	t.client = account.Client
	return c.importTo(cmd.Context(), &importer{client: account.Client, table: t, write: c.write}, rows)
}

// importTo imports the rows of the file. It opens the report first.
func (c *command) importTo(ctx context.Context, im *importer, rows *csvsafe.Reader) error {
	report, err := newReport(c.report, c.env.Stdout, c.env.JSON(), im.table.by)
	if err != nil {
		return err
	}
	return errors.Join(c.carryOut(ctx, im, rows, report), report.close())
}

// open opens the file and finds its columns.
func (c *command) open() (*os.File, *csvsafe.Reader, *table, error) {
	file, rows, err := c.reader()
	if err != nil {
		return nil, nil, nil, cli.Usagef("%w", err)
	}
	t, err := newTable(rows.Header, c.by, c.kindOf)
	if err != nil {
		_ = file.Close()
		return nil, nil, nil, fmt.Errorf("%s: %w", c.path, err)
	}
	return file, rows, t, nil
}

// reader opens the file.
func (c *command) reader() (*os.File, *csvsafe.Reader, error) {
	file, err := os.Open(c.path)
	if err != nil {
		return nil, nil, err
	}
	rows, err := csvsafe.NewReader(file, csvsafe.Options{Separator: separators[c.separator], Raw: c.raw})
	if err != nil {
		_ = file.Close()
		return nil, nil, fmt.Errorf("%s: %w", c.path, err)
	}
	return file, rows, nil
}

// lock keeps another run that writes from the same file away: by e-mail, both would create
// customers.
func (c *command) lock(file *os.File) (release func(), err error) {
	info, err := file.Stat()
	// On Windows a locked file can not be read.
	if err != nil || !c.write || !info.Mode().IsRegular() || runtime.GOOS == "windows" {
		return func() {}, err
	}
	lock := flock.New(c.path, flock.SetFlag(os.O_RDONLY))
	free, err := lock.TryLock()
	if err == nil && !free {
		return nil, fmt.Errorf("another run is importing %s", c.path)
	}
	return func() { _ = lock.Unlock() }, nil // a file system without locks has none
}

// carryOut imports the rows and prints what was done.
func (c *command) carryOut(ctx context.Context, im *importer, rows *csvsafe.Reader, report *report) error {
	notes := c.env.Stdout
	if c.env.JSON() {
		notes = c.env.Stderr
	}
	if names := im.table.ignored(); len(names) > 0 {
		fmt.Fprintf(c.env.Stderr, "Columns that can not be written are ignored: %s.\n", strings.Join(names, ", "))
	}
	show, done := c.progress()
	err := im.run(ctx, rows.Rows(), func(r *row) error {
		if err := report.add(r); err != nil {
			return err
		}
		show(report.rows)
		return nil
	})
	done()
	if report.rows > 0 || err == nil {
		fmt.Fprintln(notes, report.summary())
	}
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("interrupted; %s", c.nextStep())
	case err != nil:
		return fmt.Errorf("%w; %s", err, c.nextStep())
	case !c.write && report.count[toCreate]+report.count[toUpdate] > 0:
		fmt.Fprintln(notes, "Nothing was written. To write, run it again with --write.")
	}
	return report.verdict()
}

// nextStep says what is safe after an import that did not come to its end, and how to go on.
func (c *command) nextStep() string {
	switch {
	case !c.write:
		return "nothing was written"
	case c.report != "":
		return "the reported rows are done; to go on, run it again with a new --report"
	}
	return "the rows above are done; to go on, run it again"
}

// progress returns a function that shows how many rows are done, and one that ends it. Rows
// that are printed on a terminal are progress enough.
func (c *command) progress() (show func(done int), end func()) {
	if c.report == "" && c.env.Terminal {
		return func(int) {}, func() {}
	}
	meter, total, began := c.env.NewMeter("rows"), c.countRows(), time.Now()
	return func(done int) {
		p := helpcrunch.Progress{Done: done, Total: total, Remaining: -1}
		if total > 0 {
			p.Remaining = time.Duration(float64(time.Since(began)) / float64(done) * float64(total-done))
		}
		meter.Show(p)
	}, meter.Close
}

// countRows returns the number of rows of the file, -1 if it can be read only once.
func (c *command) countRows() int {
	if info, err := os.Stat(c.path); err != nil || !info.Mode().IsRegular() {
		return -1
	}
	file, rows, err := c.reader()
	if err != nil {
		return -1
	}
	defer file.Close()
	n := 0
	for range rows.Rows() {
		n++
	}
	return n
}
