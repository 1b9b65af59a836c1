package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
)

// export gathers the rows in a journal beside the file, and writes the file when it has all.
func (c *config) export(ctx context.Context, client *helpcrunch.Client, s streams) (err error) {
	t, err := openTarget(c.out)
	if err != nil {
		return err
	}
	defer func() { _ = t.folder.Close() }()
	release, err := t.lock()
	if err != nil {
		return err
	}
	defer release()
	account, err := client.Organization.Get(ctx)
	if err != nil {
		return c.explain(ctx, err, nil)
	}
	j, err := openJournal(t, header{c.what, c.messages, account.ID, time.Now().UTC()})
	if err != nil {
		return err
	}
	if j.rows() > 0 {
		fmt.Fprintf(s.stdout, "Going on with %d %s that were read before, from %s on (delete %s to begin anew).\n",
			j.rows(), c.what, j.Begun.Format(time.DateTime), j.path())
	}
	err = errors.Join(c.gather(ctx, client, j, s.terminal), j.close())
	if err == nil {
		err = c.finish(ctx, j)
	}
	if err != nil {
		return c.explain(ctx, err, j)
	}
	fmt.Fprintf(s.stdout, "Wrote %d %s to %s.\n", j.rows(), c.what, c.out)
	return nil
}

// gather appends to the journal what it does not hold yet.
func (c *config) gather(ctx context.Context, client *helpcrunch.Client, j *journal, terminal io.Writer) error {
	m := newMeter(terminal, c.what, j)
	defer m.close()
	src := c.newSource(client, m.walked)
	count, err := src.count(ctx)
	if err != nil {
		return err
	}
	m.begin(count, time.Duration(src.requests)*time.Minute/time.Duration(c.perMinute))
	for line, err := range load(ctx, m.counted(rest(ctx, src, j)), src.width) {
		if err != nil {
			return err
		}
		if line == nil { // deleted meanwhile
			continue
		}
		if err := j.add(line); err != nil {
			return err
		}
		m.show()
	}
	return nil
}

// finish makes the file of the journal, which is not needed any more then.
func (c *config) finish(ctx context.Context, j *journal) error {
	if !c.force && j.target.exists() {
		return fmt.Errorf("%s was written by somebody else meanwhile (-force replaces it)", c.out)
	}
	err := j.target.replace("", func(w io.Writer) error { return c.write(ctx, w, j) })
	if err != nil || j.rows() == 0 {
		return err
	}
	return j.remove()
}

// write writes the rows of a journal in the format asked for.
func (c *config) write(ctx context.Context, w io.Writer, j *journal) error {
	if c.format == formatCSV {
		return c.writeCSV(ctx, w, j)
	}
	for line, err := range j.lines() {
		if err = errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(w, "%s\n", line); err != nil {
			return err
		}
	}
	return nil
}

// explain says what went wrong, what is kept, and how to go on. The journal may be nil.
func (c *config) explain(ctx context.Context, err error, j *journal) error {
	if ctx.Err() != nil {
		err = errInterrupted
	}
	if errors.Is(err, helpcrunch.ErrUnauthorized) {
		err = fmt.Errorf("the service does not accept the key in %s: %w", keyVariable, err)
	}
	if j == nil || j.rows() == 0 {
		return err
	}
	return fmt.Errorf("%w; %d %s are kept in %s: to go on, run it again with -out %s", err, j.rows(), c.what, j.path(), c.out)
}

var errInterrupted = errors.New("interrupted")
