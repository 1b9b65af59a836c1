package listen

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/cli"
	"github.com/helpcrunch-go/helpcrunch/webhook"
)

// failedCommand makes the command that lists the failed events of a spool.
func failedCommand(env *cli.Env, path *string) *cobra.Command {
	var retry, remove bool
	cmd := &cobra.Command{
		Use:   "failed",
		Short: "List the events that were set aside, retry or delete them",
		Long: "failed lists the events that helpcrunch listen has set aside after --max-attempts. Stop\n" +
			"helpcrunch listen before: one process at a time uses the spool. They contain what customers\n" +
			"wrote, and stay in the spool until they succeed or are deleted.",
		Example: "  helpcrunch listen failed --json\n" +
			"  helpcrunch listen failed --retry",
		Args: cli.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if retry && remove {
				return cli.Usagef("--retry and --delete exclude each other")
			}
			if _, err := os.Stat(*path); errors.Is(err, fs.ErrNotExist) {
				return cli.Usagef("--spool: there is no file %s", *path)
			}
			s, err := openSpool(*path)
			if err != nil {
				return err
			}
			defer func() { _ = s.db.Close() }()
			_, n, err := s.count()
			outcome := "failed; --retry lets the next helpcrunch listen retry them"
			switch {
			case err != nil:
			case retry:
				outcome, err = "wait for the next helpcrunch listen", s.clearFailed(true, time.Now())
			case remove:
				outcome, err = "deleted", s.clearFailed(false, time.Now())
			default:
				err = s.eachFailed(func(r *record) error { return printFailed(env, r) })
			}
			if err != nil {
				return err
			}
			fmt.Fprintf(env.Stderr, "%d events %s\n", n, outcome)
			return nil
		},
	}
	cmd.Flags().BoolVar(&retry, "retry", false, "let the next helpcrunch listen retry all of them")
	cmd.Flags().BoolVar(&remove, "delete", false, "delete all of them")
	env.JSONFlag(cmd)
	return cmd
}

// printFailed prints a failed event.
func printFailed(env *cli.Env, r *record) error {
	event, err := webhook.Parse(r.Body)
	if err != nil {
		return err
	}
	if env.JSON() {
		return env.PrintJSONLine(struct {
			Failures int            `json:"failures"`
			Error    string         `json:"error"`
			Event    *webhook.Event `json:"event"`
		}{r.Failures, r.Error, event})
	}
	_, err = fmt.Fprintf(env.Stdout, "%s (failed %d times: %s)\n", eventLine(event), r.Failures, cli.Printable(r.Error))
	return err
}
