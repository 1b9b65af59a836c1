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

	"github.com/gofrs/flock"
	"github.com/spf13/cobra"

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
	comma     rune // from separator
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
			"The first row names the columns. Customers are matched by id, userId or email: the first such\n" +
			"column of the file, or that of --by. The id is HelpCrunch's own, as in an export; a row\n" +
			"with an unknown id is an error. These columns can be written:\n\n  " +
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
	_ = cmd.RegisterFlagCompletionFunc("by", cobra.FixedCompletions([]string{idColumn, userIDColumn, emailColumn}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// wrap joins names to lines.
func wrap(names []string) (lines []string) {
	for some := range slices.Chunk(names, 8) {
		lines = append(lines, strings.Join(some, " "))
	}
	return lines
}

// checkFlags checks the flags before anything is opened.
func (c *command) checkFlags(cmd *cobra.Command) (err error) {
	if err := c.env.Check(cmd); err != nil {
		return err
	}
	if c.kindOf, err = parseKinds(c.types); err != nil {
		return cli.Usagef("--type %w", err)
	}
	switch {
	case cmd.Flags().Changed("by") && !slices.Contains([]string{idColumn, userIDColumn, emailColumn}, c.by):
		return cli.Usagef("--by must be id, userId or email, got %q", c.by)
	case cmd.Flags().Changed("report") && c.report == "":
		return cli.Usagef("--report must name a file")
	case c.report != "" && c.env.JSON():
		return cli.Usagef("--report and --json exclude each other")
	}
	if cmd.Flags().Changed("separator") {
		if c.comma, err = csvsafe.ParseSeparator(c.separator); err != nil {
			return cli.Usagef("--separator %w", err)
		}
	}
	return nil
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
	defer func() { _ = file.Close() }()
	account, err := c.env.Account(cmd.Context(), cmd, demo)
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

// demo makes the fake server of --demo. It has the customers of that of the export.
func demo() *helpcrunchtest.Server {
	return helpcrunchtest.NewServer(helpcrunchtest.WithoutListener(), helpcrunchtest.WithDemoAccount(), helpcrunchtest.WithRequestLog(1),
		helpcrunchtest.WithGenerated(helpcrunchtest.DataSize{Customers: 4000, Chats: 120, Messages: 700}, 1))
}

// importTo imports the rows of the file. It opens the report first.
func (c *command) importTo(ctx context.Context, im *importer, rows *csvsafe.Reader) error {
	notes := c.env.Stdout
	if c.env.JSON() {
		notes = c.env.Stderr
	}
	if names := im.table.ignored(); len(names) > 0 {
		fmt.Fprintf(notes, "Columns that can not be written are ignored: %s.\n", strings.Join(names, ", "))
	}
	report, err := newReport(c.env, c.report, im.table.by)
	if err != nil {
		return err
	}
	// Rows that are printed on a terminal are progress enough.
	end := func() {}
	if c.report != "" || !c.env.Terminal {
		meter := c.env.NewMeter("rows")
		im.total, im.show, end = c.countRows(), meter.Show, meter.Close
	}
	err = im.run(ctx, rows.Rows(), report.add)
	end()
	if report.rows > 0 || err == nil {
		fmt.Fprintln(notes, report.summary())
	}
	if err == nil && !c.write && report.count[toCreate]+report.count[toUpdate] > 0 {
		fmt.Fprintln(notes, "Nothing was written. To write, run it again with --write.")
	}
	return errors.Join(c.verdict(ctx, err, report), report.close())
}

// verdict returns the error of the command, and how to go on.
func (c *command) verdict(ctx context.Context, err error, report *report) error {
	if ctx.Err() != nil && (err != nil || report.count[notWritten]+report.count[unknown] > 0) {
		err = errors.New("interrupted")
	}
	switch bad := report.count[failed] + report.count[unknown]; {
	case err != nil && !c.write:
		return fmt.Errorf("%w; nothing was written", err)
	case err != nil && c.report != "":
		return fmt.Errorf("%w; rows reported as created or updated are safe; to go on, run it again with a new --report", err)
	case err != nil:
		return fmt.Errorf("%w; rows reported as created or updated are safe; to go on, run it again", err)
	case bad == 1:
		return errors.New("1 row is invalid or was not written: correct it and run again")
	case bad > 1:
		return fmt.Errorf("%d rows are invalid or were not written: correct them and run again", bad)
	}
	return nil
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
	rows, err := csvsafe.NewReader(file, csvsafe.Options{Separator: c.comma, Raw: c.raw})
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

// countRows returns the number of rows of the file, 0 if it can be read only once.
func (c *command) countRows() (n int) {
	if info, err := os.Stat(c.path); err != nil || !info.Mode().IsRegular() {
		return 0
	}
	file, rows, err := c.reader()
	if err != nil {
		return 0
	}
	defer func() { _ = file.Close() }()
	for _, err := range rows.Rows() {
		if err != nil {
			return 0
		}
		n++
	}
	return n
}
