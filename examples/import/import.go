package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/helpcrunch-go/helpcrunch"
)

// importTo reads the file, looks up which customers there are, and writes if it shall.
func (c *config) importTo(ctx context.Context, client *helpcrunch.Client, stdout io.Writer) error {
	t, err := c.read(client)
	if err != nil {
		return err
	}
	if len(t.ignored) > 0 {
		fmt.Fprintf(stdout, "Columns that can't be written are left out: %s.\n", strings.Join(t.ignored, ", "))
	}
	known, err := lookUp(ctx, client, t.rows)
	switch {
	case ctx.Err() != nil:
		return errors.New("interrupted; nothing was written")
	case errors.Is(err, helpcrunch.ErrUnauthorized):
		return fmt.Errorf("the service does not accept the key in %s: %w", keyVariable, err)
	case err != nil:
		return fmt.Errorf("nothing was written: %w", err)
	}
	for _, r := range t.rows {
		r.plan(t.columns, known[r.input.UserID])
	}
	report, err := c.newReport(stdout)
	if err != nil {
		return err
	}
	return errors.Join(c.carryOut(ctx, client, t.rows, report), report.close())
}

// perSearch is how many customers are looked up with one request.
const perSearch = 20

// lookUp finds the customers of the rows by their userId.
func lookUp(ctx context.Context, client *helpcrunch.Client, rows []*row) (map[string]*helpcrunch.Customer, error) {
	var filters []helpcrunch.CustomerFilter
	for _, r := range rows {
		if r.outcome != failed {
			filters = append(filters, helpcrunch.CustomerFieldUserID.Equals(r.input.UserID))
		}
	}
	known := make(map[string]*helpcrunch.Customer)
	for some := range slices.Chunk(filters, perSearch) {
		found := client.Customers.SearchAll(ctx, &helpcrunch.CustomerSearch{Match: helpcrunch.MatchAny, Filters: some})
		for customer, err := range found {
			if err != nil {
				return nil, err
			}
			known[customer.UserID] = customer
		}
	}
	return known, nil
}

// plan settles what is to be done for a row. The customer is nil when there is none.
func (r *row) plan(columns []*column, customer *helpcrunch.Customer) {
	if r.outcome == failed {
		return
	}
	if customer == nil {
		r.outcome, r.change = toCreate, &r.input
		return
	}
	change := &helpcrunch.CustomerInput{UserID: r.input.UserID}
	var names []string
	for _, column := range columns {
		if column != nil && column.change(&r.input, change, customer) {
			names = append(names, column.name)
		}
	}
	if r.outcome = unchanged; len(names) > 0 {
		r.outcome, r.change, r.details = toUpdate, change, strings.Join(names, ", ")
	}
}

// carryOut writes what is planned if it shall, and reports on every row in order.
func (c *config) carryOut(ctx context.Context, client *helpcrunch.Client, rows []*row, report *report) error {
	written, stop := iter.Pull(client.Customers.UpsertEach(ctx, changes(rows)))
	defer stop()
	for _, r := range rows {
		if c.write && r.change != nil {
			outcome, _ := written()
			r.settle(outcome)
		}
		if err := report.add(r); err != nil {
			return err
		}
	}
	return report.verdict(ctx)
}

// changes yields what is to be sent.
func changes(rows []*row) iter.Seq[helpcrunch.CustomerInput] {
	return func(yield func(helpcrunch.CustomerInput) bool) {
		for _, r := range rows {
			if r.change != nil && !yield(*r.change) {
				return
			}
		}
	}
}

// settle takes note of what became of writing a row.
func (r *row) settle(written helpcrunch.Outcome[helpcrunch.CustomerInput, helpcrunch.Upserted]) {
	switch err := written.Err; {
	case err == nil && written.Value.Result == helpcrunch.UpsertCreated:
		r.outcome = created
	case err == nil:
		r.outcome = updated
	case errors.Is(err, helpcrunch.ErrMaybeApplied):
		r.outcome, r.details = unknown, "it may have been written, and another run tells: "+sentence(err)
	case errors.Is(err, context.Canceled):
		r.outcome, r.details = notWritten, "interrupted"
	default:
		r.fail("%s", sentence(err))
	}
}

func sentence(err error) string { return strings.TrimPrefix(err.Error(), "helpcrunch: ") }
