package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/helpcrunch-go/helpcrunch"
)

// The formats.
const (
	formatCSV   = "csv"
	formatLines = "jsonl"
)

// What can be exported.
const (
	whatCustomers = "customers"
	whatChats     = "chats"
)

// config is what the flags and the environment ask for.
type config struct {
	key       string // empty for the account in memory
	baseURL   string
	perMinute int
	what      string
	out       string // empty for a folder of its own
	format    string
	messages  bool // of the chats too
	raw       bool // nothing is changed for spreadsheets
	force     bool // a file that exists is replaced
}

// errUsage marks input that can't be right.
var errUsage = errors.New("-h lists the flags")

// parseFlags reads the flags. It returns nil when help was asked for.
func parseFlags(args []string, key string, stdout io.Writer) (*config, error) {
	c := &config{key: key, what: whatCustomers}
	flags := flag.NewFlagSet("export", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&c.out, "out", "", "the `file` to write")
	flags.StringVar(&c.format, "format", "", "csv or jsonl (JSON Lines); the default is what the file's name ends in, or csv")
	flags.BoolVar(&c.messages, "messages", true, "chats: their messages too, which takes a request or more for each chat")
	flags.BoolVar(&c.raw, "raw", false, "csv: texts as they are, although a spreadsheet may take them for formulas")
	flags.BoolVar(&c.force, "force", false, "replace the file if it exists")
	flags.StringVar(&c.baseURL, "base-url", helpcrunch.DefaultBaseURL, "with a key: the address of the API")
	flags.IntVar(&c.perMinute, "per-minute", helpcrunch.DefaultRateLimit, "with a key: how many requests to send in a minute, at most")
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintf(stdout, "Usage: export [flags] [customers|chats]\n\n"+
			"Exports the customers, or the chats with their messages, of the account of %s,\n"+
			"or of one in memory. It goes on where an earlier run was interrupted.\n\n", keyVariable)
		flags.SetOutput(stdout)
		flags.PrintDefaults()
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("%w (%w)", err, errUsage)
	case flags.NArg() > 0:
		c.what = flags.Arg(0)
	}
	if flags.NArg() > 1 {
		return nil, fmt.Errorf("%q is one word too many, flags come first (%w)", flags.Arg(1), errUsage)
	}
	given := make(map[string]bool)
	flags.Visit(func(f *flag.Flag) { given[f.Name] = true })
	if c.out == "" && c.format == "" {
		c.format = formatCSV
	}
	if err := c.settleFormat(); err != nil {
		return nil, err
	}
	return c, c.check(given)
}

// settleFormat finds the format in the file's name if it is not given.
func (c *config) settleFormat() error {
	if c.format == "" {
		switch strings.ToLower(filepath.Ext(c.out)) {
		case ".jsonl", ".ndjson":
			c.format = formatLines
		case ".csv":
			c.format = formatCSV
		default:
			return fmt.Errorf("%s does not end in .csv or .jsonl: say -format csv or -format jsonl (%w)", c.out, errUsage)
		}
	}
	if c.format != formatCSV && c.format != formatLines {
		return fmt.Errorf("-format must be csv or jsonl, not %q (%w)", c.format, errUsage)
	}
	return nil
}

// check refuses what can't be right.
func (c *config) check(given map[string]bool) error {
	switch {
	case c.what != whatCustomers && c.what != whatChats:
		return fmt.Errorf("%q can't be exported, only customers or chats (%w)", c.what, errUsage)
	case given["messages"] && c.what != whatChats:
		return fmt.Errorf("-messages is for chats (%w)", errUsage)
	case given["raw"] && c.format != formatCSV:
		return fmt.Errorf("-raw is for csv (%w)", errUsage)
	case c.key == "" && (given["base-url"] || given["per-minute"]):
		return fmt.Errorf("-base-url and -per-minute need a key in %s (%w)", keyVariable, errUsage)
	case c.key != "" && c.out == "":
		return fmt.Errorf("say with -out which file to write (%w)", errUsage)
	}
	return c.checkOut()
}

// checkOut refuses a file that can't be written, or must not be.
func (c *config) checkOut() error {
	if c.out == "" {
		return nil
	}
	info, err := os.Stat(c.out)
	switch {
	case err == nil && info.IsDir():
		return fmt.Errorf("-out %s is a folder: name a file in it (%w)", c.out, errUsage)
	case err == nil && !info.Mode().IsRegular():
		return fmt.Errorf("-out %s is not a regular file (%w)", c.out, errUsage)
	}
	_, err = os.Lstat(c.out) // finds links to nothing too
	switch {
	case err == nil && !c.force:
		return fmt.Errorf("%s exists: choose another file, or replace it with -force (%w)", c.out, errUsage)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("-out: %w (%w)", err, errUsage)
	}
	folder, err := os.Stat(filepath.Dir(c.out))
	if err != nil || !folder.IsDir() {
		return fmt.Errorf("there is no folder %s for -out (%w)", filepath.Dir(c.out), errUsage)
	}
	return nil
}

// writeTo settles on a file in a folder.
func (c *config) writeTo(folder string) {
	c.out = filepath.Join(folder, c.what+"."+c.format)
}
