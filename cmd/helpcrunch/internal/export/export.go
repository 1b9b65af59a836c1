package export

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/cli"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/outfile"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// export is one run.
type export struct {
	*options

	env     *cli.Env
	client  *helpcrunch.Client
	account string
	clock   *startClock
	state   *state // of --since last; nil without it

	file     *outfile.File
	journal  *outfile.Journal
	claimed  ids
	begun    time.Time // when the first run of this export began; zero if there is none
	progress helpcrunch.Progress
	meter    *cli.Meter

	unreadableRows int             // rows with fields that could not be read
	unreadable     map[string]bool // the names of unreadable fields
}

// run executes the command.
func (o *options) run(cmd *cobra.Command, env *cli.Env) error {
	if err := cmp.Or(env.Check(cmd), o.check(cmd, time.Now())); err != nil {
		return err
	}
	if o.out == "" { // with --demo
		folder, err := os.MkdirTemp("", "helpcrunch-export-")
		if err != nil {
			return err
		}
		o.out = filepath.Join(folder, o.list+"."+o.format)
	}
	file, err := outfile.Open("--out", o.out, o.force)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	clock := newStartClock()
	account, err := env.Account(cmd.Context(), cmd, demo, helpcrunch.WithResponseHook(clock.see))
	if err != nil {
		return err
	}
	defer account.Close()
	e := &export{options: o, env: env, client: account.Client, account: account.ID, clock: clock, file: file, claimed: make(ids)}
	return e.run(cmd.Context())
}

// demo starts the fake server of --demo. Its account is always the same, so that an export can
// go on in another run.
func demo() *helpcrunchtest.Server {
	return helpcrunchtest.NewServer(helpcrunchtest.WithoutListener(), helpcrunchtest.WithDemoAccount(),
		helpcrunchtest.WithGenerated(helpcrunchtest.DataSize{Customers: 4000, Chats: 120, Messages: 700}, 1))
}

// run gathers the rows in a journal beside the file, and writes the file when it has all.
func (e *export) run(ctx context.Context) error {
	release, err := e.file.Lock()
	if err != nil {
		return err
	}
	defer release()
	since := e.from
	if e.since == sinceLast {
		if e.state, err = e.readState(e.account); err != nil {
			return err
		}
		since = e.state.Start
	}
	if err := e.openJournal(since); err != nil {
		return err
	}
	if e.rows() > 0 {
		fmt.Fprintf(e.env.Stdout, "Going on with %d %s that were read since %s (to begin again, delete %s).\n",
			e.rows(), e.unit(), e.begun.Format(time.RFC3339), e.journal.Path())
	}
	err = e.gather(ctx, since)
	written := 0
	if err == nil {
		written, err = e.write(ctx)
	}
	if closeErr := e.journal.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return e.explain(ctx, err)
	}
	return e.finish(written)
}

// header is the first line of a journal. It says which export the journal belongs to.
type header struct {
	Export  string    `json:"export"`
	Account string    `json:"account"`
	Since   time.Time `json:"since,omitzero"`
	NoTimes bool      `json:"noResponseTimes,omitempty"`
}

// begun is the line of a journal before its first row.
type begun struct {
	Begun time.Time `json:"begun"`
}

// openJournal opens the journal and claims the rows that it holds.
func (e *export) openJournal(since time.Time) (err error) {
	e.journal, err = e.file.OpenJournal(header{e.list, e.account, since, e.noTimes}, func(line []byte) error {
		var row struct {
			begun

			ID int64 `json:"id"`
		}
		if err := json.Unmarshal(line, &row); err != nil {
			return err
		}
		if e.begun.IsZero() && !row.Begun.IsZero() {
			e.begun = row.Begun
			return nil
		}
		if e.begun.IsZero() || row.ID == 0 || !e.claimed.claim(row.ID) {
			return errors.New("not a new row")
		}
		return nil
	})
	return err
}

// add adds a row to the journal.
func (e *export) add(row any) error {
	if e.begun.IsZero() {
		e.begun = e.clock.Start()
		if err := e.journal.Add(begun{e.begun}); err != nil {
			return err
		}
	}
	if err := e.journal.Add(row); err != nil {
		return err
	}
	e.show()
	return nil
}

// rows returns how many rows the journal holds.
func (e *export) rows() int { return max(0, e.journal.Len()-1) }

// unit returns what the rows of the journal are.
func (e *export) unit() string {
	if e.list == messageList {
		return "chats with their messages"
	}
	return e.list
}

// show shows the progress.
func (e *export) show() {
	e.progress.Done = e.rows()
	if e.progress.Total >= 0 {
		e.progress.Total = max(e.progress.Total, e.progress.Done)
	}
	e.meter.Show(e.progress)
}

// estimate takes the time for the rest from the progress of the client.
func (e *export) estimate(p helpcrunch.Progress) {
	if e.progress.Total >= 0 {
		e.progress.Remaining = p.Estimate(e.progress.Total - e.rows())
	}
}

// explain says what failed, what is kept, and how to go on.
func (e *export) explain(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		err = errors.New("interrupted")
	}
	if e.rows() == 0 {
		_ = e.journal.Remove() // a leftover is harmless
		return err
	}
	return fmt.Errorf("%w; %d %s are kept in %s: to go on, repeat the command with --out %s", err, e.rows(), e.unit(), e.journal.Path(), e.out)
}

// finish removes the journal and says what was written. Only then --since last moves on: a crash
// before repeats rows and loses none.
func (e *export) finish(written int) error {
	if err := e.journal.Remove(); err != nil {
		return err
	}
	fmt.Fprintf(e.env.Stdout, "Wrote %d %s to %s.\n", written, e.list, e.out)
	if e.unreadableRows > 0 {
		names := strings.Join(slices.Sorted(maps.Keys(e.unreadable)), ", ")
		fmt.Fprintf(e.env.Stdout, "Fields that could not be read are empty, in %d %s: %s\n", e.unreadableRows, e.list, cli.Printable(names))
	}
	start := e.begun
	if start.IsZero() {
		start = e.clock.Start()
	}
	if e.state != nil {
		e.state.Start = start
		if err := e.state.write(); err != nil {
			return err
		}
	}
	fmt.Fprintln(e.env.Stdout, e.continuation(e.state, start))
	return nil
}
