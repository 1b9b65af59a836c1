package importer

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/csvsafe"
)

const (
	perSearch = 20  // rows that are looked up with one request
	perGroup  = 200 // rows of a group that has invalid ones
)

// importer imports the rows of a file. It holds some thousand rows at a time.
type importer struct {
	client *helpcrunch.Client
	table  *table
	write  bool
	// total is the number of rows, 0 if unknown, and show shows the progress; it may be nil.
	total int
	show  func(helpcrunch.Progress)
}

// group is rows that are looked up together.
type group struct {
	rows []*row
	err  error // the file could not be read on
}

// run looks rows up, writes them with write, and passes each row to report in the order of the
// file. It stops at the first error.
func (im *importer) run(ctx context.Context, file iter.Seq2[csvsafe.Row, error], report func(*row) error) error {
	client, opts := im.client.WithProgress(im.show), &helpcrunch.EachOptions[*row]{Total: im.total}
	for written := range helpcrunch.Each(ctx, client, im.rows(ctx, file), im.settle, opts) {
		r := written.Input
		if r.stop != nil {
			return r.stop
		}
		if im.writes(r) {
			r.record(written.Value, written.Err)
		}
		if err := report(r); err != nil {
			return err
		}
	}
	return nil
}

// rows yields the rows after their look-up. The last has an error if there may be more.
func (im *importer) rows(ctx context.Context, file iter.Seq2[csvsafe.Row, error]) iter.Seq[*row] {
	return func(yield func(*row) bool) {
		for looked := range helpcrunch.Each(ctx, im.client, im.groups(ctx, file), im.lookUp, nil) {
			if looked.Err != nil {
				yield(&row{stop: looked.Err})
				return
			}
			for _, r := range looked.Input.rows {
				im.table.plan(r, looked.Value)
				if !yield(r) {
					return
				}
			}
		}
		if ctx.Err() != nil {
			yield(&row{stop: ctx.Err()})
		}
	}
}

// groups reads the file until ctx ends.
func (im *importer) groups(ctx context.Context, file iter.Seq2[csvsafe.Row, error]) iter.Seq[group] {
	return func(yield func(group) bool) {
		var g group
		valid := 0
		for from, err := range file {
			if ctx.Err() != nil {
				return
			}
			if err != nil {
				yield(group{err: err})
				return
			}
			r := im.table.newRow(from)
			g.rows = append(g.rows, r)
			if r.outcome != failed {
				valid++
			}
			if valid == perSearch || len(g.rows) == perGroup {
				if !yield(g) {
					return
				}
				g, valid = group{}, 0
			}
		}
		if len(g.rows) > 0 {
			yield(g)
		}
	}
}

// lookUp finds the customers of a group. If the service rejects the search, it looks the rows
// up separately, and those that are rejected have failed.
func (im *importer) lookUp(ctx context.Context, client *helpcrunch.Client, g group) (customers, error) {
	if g.err != nil {
		return nil, g.err
	}
	found, err := im.search(ctx, client, g.rows)
	if !errors.Is(err, helpcrunch.ErrBadRequest) {
		return found, err
	}
	for _, r := range g.rows {
		some, err := im.search(ctx, client, []*row{r})
		switch {
		case errors.Is(err, helpcrunch.ErrBadRequest):
			r.fail("%s", sentence(err))
		case err != nil:
			return nil, err
		}
		found = append(found, some...)
	}
	return found, nil
}

// search finds the customers of rows with one search.
func (im *importer) search(ctx context.Context, client *helpcrunch.Client, rows []*row) (customers, error) {
	search := &helpcrunch.CustomerSearch{Match: helpcrunch.MatchAny}
	for _, r := range rows {
		if r.outcome != failed {
			search.Filters = append(search.Filters, im.table.filters(r)...)
		}
	}
	if len(search.Filters) == 0 {
		return nil, nil
	}
	return helpcrunch.Collect(client.Customers.SearchAll(ctx, search))
}

// customers are the customers that a group's search has found.
type customers []helpcrunch.Customer

// find returns the customer of a row, nil if it is to be created.
func (c customers) find(r *row, by string) (*helpcrunch.Customer, error) {
	found, others := c.matches(r, by)
	switch {
	case others:
		return nil, errors.New("several customers have this email: use --by id or --by userId")
	case found == nil && by == idColumn:
		return nil, fmt.Errorf("no customer has the id %d; for a file from elsewhere, use --by", r.id)
	case found == nil || r.input.UserID == "":
		if other, _ := c.matches(r, userIDColumn); by == emailColumn && r.input.UserID != "" && other != nil {
			return nil, errors.New("the customer with this userId has another email")
		}
	case found.UserID != "" && found.UserID != r.input.UserID:
		return nil, fmt.Errorf("the customer with this %s has the userId %q", by, found.UserID)
	}
	return found, nil
}

// matches returns a customer with the key of the row, and whether others have it.
func (c customers) matches(r *row, by string) (found *helpcrunch.Customer, others bool) {
	is := map[string]func(*helpcrunch.Customer) bool{
		idColumn:     func(c *helpcrunch.Customer) bool { return c.ID == r.id },
		userIDColumn: func(c *helpcrunch.Customer) bool { return c.UserID == r.input.UserID },
		emailColumn:  func(c *helpcrunch.Customer) bool { return strings.EqualFold(c.Email, r.input.Email) },
	}[by]
	for i := range c {
		if is(&c[i]) {
			others = others || found != nil && found.ID != c[i].ID
			found = &c[i]
		}
	}
	return found, others
}

// writes reports whether a row is to be written.
func (im *importer) writes(r *row) bool {
	return im.write && (r.outcome == toCreate || r.outcome == toUpdate)
}

// settle writes a row that is to be written, and returns the outcome.
func (im *importer) settle(ctx context.Context, client *helpcrunch.Client, r *row) (outcome, error) {
	if !im.writes(r) {
		return r.outcome, nil
	}
	if r.outcome == toUpdate {
		_, err := client.Customers.Update(ctx, r.customer, &r.patch)
		return updated, err
	}
	_, err := client.Customers.Create(ctx, &r.input)
	if r.input.UserID == "" || ctx.Err() != nil || !errors.Is(err, helpcrunch.ErrMaybeApplied) {
		return created, err
	}
	// The response was lost. Upsert searches first, so that no customer is created twice.
	if _, _, again := client.Customers.Upsert(ctx, &r.input); again != nil {
		return created, fmt.Errorf("%w, after %w", again, err)
	}
	return created, nil
}

// record records the outcome of a row.
func (r *row) record(o outcome, err error) {
	switch {
	case err == nil:
		r.outcome = o
	case errors.Is(err, helpcrunch.ErrMaybeApplied):
		r.outcome, r.details = unknown, "the response was lost, and another run finds the outcome: "+sentence(err)
	case errors.Is(err, context.Canceled):
		r.outcome, r.details = notWritten, "interrupted"
	default:
		r.fail("%s", sentence(err))
	}
}

func sentence(err error) string { return strings.TrimPrefix(err.Error(), "helpcrunch: ") }
