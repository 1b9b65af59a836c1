// Package cli holds what all commands share: the API key, the client, signals, exit statuses,
// errors of one line, and what is printed on a terminal.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"

	"github.com/helpcrunch-go/helpcrunch"
)

// Exit statuses of the program.
const (
	ExitOK          = 0
	ExitFailed      = 1
	ExitUsage       = 2
	ExitInterrupted = 130
)

// Env is what the program gets from the system. Tests make one of their own.
type Env struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Getenv         func(string) string
	Terminal       bool // Stderr is a terminal: progress is drawn
	Colour         bool // Stdout is a terminal and NO_COLOR is not set

	shared  flags
	command string // the path of the command, such as "helpcrunch export customers"
	parsed  bool   // flags and arguments are valid as far as cobra can tell
}

// Command makes one command of the program.
type Command func(*Env) *cobra.Command

// Group is a group of commands in the help text.
type Group struct {
	Title    string
	Commands []Command
}

// sameSignal is how long a second signal counts as the first: timeout(1) sends its signal to the
// process and to the group of the process.
const sameSignal = 200 * time.Millisecond

// Main runs the program on the system's arguments and streams, and returns the exit status.
// The first SIGINT or SIGTERM ends the context of the command; another one kills the process,
// unless it comes within 200 ms.
func Main(groups ...Group) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, func() { time.AfterFunc(sameSignal, stop) })
	env := &Env{
		Stdin:    os.Stdin,
		Stdout:   os.Stdout,
		Stderr:   os.Stderr,
		Getenv:   os.Getenv,
		Terminal: isatty.IsTerminal(os.Stderr.Fd()),
		Colour:   isatty.IsTerminal(os.Stdout.Fd()) && os.Getenv("NO_COLOR") == "",
	}
	return Run(ctx, env, os.Args[1:], groups...)
}

// Run runs the program with these arguments and returns the exit status. It prints an error
// as one line.
func Run(ctx context.Context, env *Env, args []string, groups ...Group) int {
	root := newRoot(env, groups)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return ExitOK
	}
	if text := oneLine(err); text != "" {
		fmt.Fprintf(env.Stderr, "%s: %s\n", env.command, text)
	}
	var silent *statusError
	switch {
	case errors.As(err, &silent):
		return silent.status
	case ctx.Err() != nil:
		return ExitInterrupted
	case !env.parsed, errors.Is(err, errUsage), errors.Is(err, helpcrunch.ErrInvalidArgument):
		return ExitUsage
	}
	return ExitFailed
}

// errUsage marks an error that is a mistake in the arguments.
var errUsage = errors.New("usage")

// usageError is a mistake in the arguments.
type usageError struct{ error }

func (e usageError) Is(target error) bool { return target == errUsage }

func (e usageError) Unwrap() error { return e.error }

// Usagef returns an error that ends the program with status 2.
func Usagef(format string, args ...any) error {
	return usageError{fmt.Errorf(format, args...)}
}

// statusError ends the program with a status and prints nothing.
type statusError struct{ status int }

func (e *statusError) Error() string { return "" }

// Failed returns an error that ends the program with status 1 and prints nothing: the command
// has printed what failed.
func Failed() error { return &statusError{ExitFailed} }

// NoArgs rejects arguments that are not flags.
func NoArgs(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return Usagef("unexpected argument %q", args[0])
	}
	return nil
}

// OneArg requires a single argument, which the text names.
func OneArg(name string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 || args[0] == "" {
			return Usagef("%s is missing: %s", name, cmd.UseLine())
		}
		return NoArgs(cmd, args[1:])
	}
}

// longestError bounds an error that quotes a file or a response, in bytes.
const longestError = 2000

// oneLine returns the text of an error as one line without control characters.
func oneLine(err error) string {
	text := strings.Join(strings.FieldsFunc(err.Error(), func(r rune) bool { return r == '\n' || r == '\r' }), " ")
	if errors.Is(err, helpcrunch.ErrUnauthorized) {
		text += "; copy the API key whole from HelpCrunch, Settings > Developers > Public API"
	}
	text = Printable(strings.TrimPrefix(text, "helpcrunch: "))
	if len(text) > longestError {
		text = strings.ToValidUTF8(text[:longestError], "") + "..."
	}
	return text
}
