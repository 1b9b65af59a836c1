// Package export is the command that writes the customers, chats or messages of an account to
// a file of CSV or JSON Lines. It only reads the account.
package export

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/cli"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/csvsafe"
)

// The lists that can be exported.
const (
	customerList = "customers"
	chatList     = "chats"
	messageList  = "messages"
)

// The formats.
const (
	formatCSV       = "csv"
	formatJSONLines = "jsonl"
)

// sinceLast is the value of --since that continues from the last run.
const sinceLast = "last"

// options are the flags of an export.
type options struct {
	list      string
	out       string
	format    string
	force     bool
	since     string
	separator string
	noBOM     bool
	raw       bool
	noTimes   bool // of first responses

	comma rune      // of separator
	from  time.Time // of since; zero for all rows and for sinceLast
}

// Command returns the command export.
func Command(env *cli.Env) *cobra.Command {
	const lists = "customers, chats or messages"
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Write customers, chats or messages to a file",
		Long: "export writes all customers, chats or messages of the account to a file of CSV or JSON\n" +
			"Lines. It changes nothing in the account. It can be interrupted at any time: repeat the\n" +
			"command and it goes on. The file appears when it is complete.",
		Example: "  helpcrunch export customers --out customers.csv\n" +
			"  helpcrunch export chats --since 2026-11-01 --out chats.jsonl\n" +
			"  helpcrunch export messages --since last --out messages.csv --force\n" +
			"  helpcrunch export customers --demo",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return cli.Usagef("%q can't be exported: name %s", args[0], lists)
			}
			return cli.Usagef("name what to export: %s", lists)
		},
		RunE: func(*cobra.Command, []string) error { return nil }, // Args rejects everything
	}
	env.AccountFlags(cmd)
	cmd.AddCommand(
		listCommand(env, customerList, "One row per customer. 120 requests per minute read about 12,000 customers.\n"+
			"--since selects the customers who visited since then; other changes to a customer are\nnot seen."),
		listCommand(env, chatList, "One row per chat, with the seconds until the first response of an agent and until the\n"+
			"chat was closed. The first response takes a request or more per chat, so 120 requests per\n"+
			"minute read 120 chats, or about 12,000 with --no-response-times.\n"+
			"--since selects the chats with a message since then; assignments and changes of the\nstatus are not seen."),
		listCommand(env, messageList, "One row per message, with its chat and its customer. It takes a request or more per chat:\n"+
			"120 requests per minute read the messages of 120 chats.\n"+
			"--since selects the messages written since then. A private note in a chat without a later\nmessage is not seen."))
	return cmd
}

// listCommand returns the command that exports one list.
func listCommand(env *cli.Env, list, about string) *cobra.Command {
	o := &options{list: list}
	cmd := &cobra.Command{
		Use:   list,
		Short: "Write all " + list + " to a file",
		Long: about + "\n\n" +
			"Times are RFC 3339 in UTC. CSV is UTF-8 with a byte order mark. A text that a spreadsheet\n" +
			"may take for a formula gets an apostrophe in front, unless --raw is given. Interrupted, the\n" +
			"export goes on when you repeat the command: the rows are kept beside the file (.partial).",
		Example: fmt.Sprintf("  helpcrunch export %[1]s --out %[1]s.csv\n"+
			"  helpcrunch export %[1]s --out %[1]s.csv --separator ';' --force\n"+
			"  helpcrunch export %[1]s --since 2026-11-28T08:00:00Z --out new.jsonl\n"+
			"  helpcrunch export %[1]s --since last --out %[1]s-$(date +%%F).jsonl", list),
		Args: cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd, env) },
	}
	f := cmd.Flags()
	f.StringVar(&o.out, "out", "", "write this `file`; with --demo the default is a new temporary folder")
	f.StringVar(&o.format, "format", "", "csv or jsonl (JSON Lines); the default is the ending of the file's `name`, or csv")
	f.BoolVar(&o.force, "force", false, "replace the file if it exists")
	f.StringVar(&o.since, "since", "", "only what is new since a date (UTC) or RFC 3339 `time`; last continues from the last run with --since last in the file's folder")
	f.StringVar(&o.separator, "separator", ",", "CSV: `character` between cells: , ; | or tab")
	f.BoolVar(&o.noBOM, "no-bom", false, "CSV: no byte order mark, for programs that don't expect one")
	f.BoolVar(&o.raw, "raw", false, "CSV: texts as they are, although a spreadsheet may calculate them")
	if list == chatList {
		f.BoolVar(&o.noTimes, "no-response-times", false, "leave out the time of the first response: a request per 100 chats is enough")
	}
	_ = cmd.MarkFlagFilename("out", formatCSV, formatJSONLines)
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions([]string{formatCSV, formatJSONLines}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// check rejects invalid flags and completes the options. Nothing is opened.
func (o *options) check(cmd *cobra.Command, now time.Time) (err error) {
	demo, _ := cmd.Flags().GetBool("demo")
	if o.out == "" && (!demo || cmd.Flags().Changed("out")) {
		return cli.Usagef("--out must name a file, such as %s.csv", o.list)
	}
	if err := o.checkFormat(); err != nil {
		return err
	}
	for _, name := range []string{"separator", "no-bom", "raw"} {
		if o.format != formatCSV && cmd.Flags().Changed(name) {
			return cli.Usagef("--%s is for csv, not for %s", name, o.format)
		}
	}
	if o.comma, err = csvsafe.ParseSeparator(o.separator); err != nil {
		return cli.Usagef("--separator %w", err)
	}
	return o.checkSince(cmd.Flags().Changed("since"), now)
}

// checkFormat finds the format in the name of the file unless it is given.
func (o *options) checkFormat() error {
	if o.format == "" {
		switch ending := strings.ToLower(filepath.Ext(o.out)); {
		case ending == ".csv", o.out == "":
			o.format = formatCSV
		case ending == ".jsonl", ending == ".ndjson":
			o.format = formatJSONLines
		default:
			return cli.Usagef("--format must be csv or jsonl: the name %s ends in neither", o.out)
		}
	}
	if o.format != formatCSV && o.format != formatJSONLines {
		return cli.Usagef("--format must be csv or jsonl, got %q", o.format)
	}
	return nil
}

// checkSince reads --since.
func (o *options) checkSince(given bool, now time.Time) error {
	if !given || o.since == sinceLast {
		return nil
	}
	var err error
	if o.from, err = time.Parse(time.DateOnly, o.since); err != nil {
		o.from, err = time.Parse(time.RFC3339, o.since)
	}
	o.from = o.from.UTC()
	switch {
	case err != nil:
		return cli.Usagef("--since must be a date such as 2026-11-01, a time such as 2026-11-01T08:00:00Z, or last, got %q", o.since)
	case o.from.IsZero(): // it would stand for no time
		return cli.Usagef("--since must be after 0001-01-01, got %s", o.since)
	case o.from.After(now):
		return cli.Usagef("--since must not be after now, %s, got %s", now.UTC().Format(time.RFC3339), o.since)
	}
	return nil
}
