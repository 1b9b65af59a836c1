package importer

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"strings"
	"sync"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/csvsafe"
)

const (
	perSearch   = 20  // rows that are looked up with one request
	perGroup    = 200 // rows of a group that has invalid ones
	rowsAhead   = 512 // rows that wait for the writes before them
	writesAhead = 512 // more than UpsertEach and UpdateEach read ahead
)

// importer imports the rows of a file. It holds some thousand rows at a time.
type importer struct {
	client *helpcrunch.Client
	table  *table
	write  bool
}

// group is rows that are looked up together.
type group struct {
	rows []*row
	err  error // the file could not be read on
}

// run looks rows up, writes if it shall, and passes each row to report in the order of the
// file. It stops at the first error.
func (im *importer) run(ctx context.Context, rows iter.Seq2[csvsafe.Row, error], report func(*row) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	pending, creations, updates := make(chan *row, rowsAhead), make(chan *row), make(chan *row)
	var planned error
	var workers sync.WaitGroup
	workers.Go(func() {
		defer close(pending)
		defer close(creations)
		defer close(updates)
		planned = im.plan(ctx, rows, func(r *row) {
			writes := creations
			switch {
			case im.write && r.outcome == toCreate:
			case im.write && r.outcome == toUpdate:
				writes = updates
			default:
				pending <- r
				return
			}
			r.settled = make(chan struct{})
			pending <- r
			writes <- r
		})
	})
	workers.Go(func() { im.create(ctx, creations) })
	workers.Go(func() { im.update(ctx, updates) })
	var failure error
	for r := range pending {
		if r.settled != nil {
			<-r.settled
		}
		if failure == nil {
			if failure = report(r); failure != nil {
				cancel()
			}
		}
	}
	workers.Wait()
	if failure != nil {
		return failure
	}
	return planned
}

// plan looks all rows up and passes them on in order.
func (im *importer) plan(ctx context.Context, rows iter.Seq2[csvsafe.Row, error], pass func(*row)) error {
	for looked := range helpcrunch.Each(ctx, im.client, im.groups(ctx, rows), im.lookUp, nil) {
		if looked.Err != nil {
			return looked.Err
		}
		for _, r := range looked.Input.rows {
			im.table.plan(r, looked.Value)
			pass(r)
		}
	}
	return ctx.Err()
}

// groups reads the file until ctx ends.
func (im *importer) groups(ctx context.Context, rows iter.Seq2[csvsafe.Row, error]) iter.Seq[group] {
	return func(yield func(group) bool) {
		var g group
		valid := 0
		for from, err := range rows {
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

// customers are the customers that have a key of some rows.
type customers struct {
	byID     map[int64]*helpcrunch.Customer
	byUserID map[string]*helpcrunch.Customer
	byEmail  map[string][]*helpcrunch.Customer // in lower case
}

func newCustomers() *customers {
	return &customers{make(map[int64]*helpcrunch.Customer), make(map[string]*helpcrunch.Customer), make(map[string][]*helpcrunch.Customer)}
}

// add adds the customers of another search.
func (c *customers) add(others *customers) {
	maps.Copy(c.byID, others.byID)
	maps.Copy(c.byUserID, others.byUserID)
	maps.Copy(c.byEmail, others.byEmail)
}

// find returns the customer of a row, nil if it is to be created.
func (c *customers) find(r *row, by string) (found *helpcrunch.Customer, err error) {
	switch by {
	case idColumn:
		if found = c.byID[r.id]; found == nil {
			return nil, fmt.Errorf("no customer has the id %d; for a file from elsewhere, use --by", r.id)
		}
	case userIDColumn:
		found = c.byUserID[r.input.UserID]
	case emailColumn:
		same := c.byEmail[strings.ToLower(r.input.Email)]
		if len(same) > 1 {
			return nil, fmt.Errorf("%d customers have this email: use --by id or --by userId", len(same))
		}
		if len(same) == 1 {
			found = same[0]
		} else if other := c.byUserID[r.input.UserID]; r.input.UserID != "" && other != nil {
			return nil, fmt.Errorf("the customer with this userId has another email, and the id %d", other.ID)
		}
	}
	if found != nil && found.UserID != "" && r.input.UserID != "" && found.UserID != r.input.UserID {
		return nil, fmt.Errorf("the customer with this %s has the userId %q", by, found.UserID)
	}
	return found, nil
}

// lookUp finds the customers of a group. If the service rejects the search, it looks the rows
// up separately, and those that are rejected have failed.
func (im *importer) lookUp(ctx context.Context, client *helpcrunch.Client, g group) (*customers, error) {
	if g.err != nil {
		return nil, g.err
	}
	found, err := im.search(ctx, client, g.rows)
	if !errors.Is(err, helpcrunch.ErrBadRequest) {
		return found, err
	}
	found = newCustomers()
	for _, r := range g.rows {
		some, err := im.search(ctx, client, []*row{r})
		switch {
		case errors.Is(err, helpcrunch.ErrBadRequest):
			r.fail("%s", sentence(err))
		case err != nil:
			return nil, err
		default:
			found.add(some)
		}
	}
	return found, nil
}

// search finds the customers of rows with one search.
func (im *importer) search(ctx context.Context, client *helpcrunch.Client, rows []*row) (*customers, error) {
	search := &helpcrunch.CustomerSearch{Match: helpcrunch.MatchAny}
	for _, r := range rows {
		if r.outcome != failed {
			search.Filters = append(search.Filters, im.table.filters(r)...)
		}
	}
	found := newCustomers()
	if len(search.Filters) == 0 {
		return found, nil
	}
	for customer, err := range client.Customers.SearchAll(ctx, search) {
		if err != nil {
			return nil, err
		}
		found.byID[customer.ID], found.byUserID[customer.UserID] = customer, customer
		email := strings.ToLower(customer.Email)
		found.byEmail[email] = append(found.byEmail[email], customer)
	}
	return found, nil
}

// create creates customers. It looks them up again, so that a lost response creates none twice.
func (im *importer) create(ctx context.Context, rows <-chan *row) {
	settle(rows, func(r *row) helpcrunch.CustomerInput { return r.input },
		func(inputs iter.Seq[helpcrunch.CustomerInput]) iter.Seq[helpcrunch.Outcome[helpcrunch.CustomerInput, helpcrunch.Upserted]] {
			return im.client.Customers.UpsertEach(ctx, inputs)
		})
}

// update changes customers.
func (im *importer) update(ctx context.Context, rows <-chan *row) {
	settle(rows, func(r *row) helpcrunch.CustomerBatchItem {
		return helpcrunch.CustomerBatchItem{ID: r.customer, Patch: r.patch}
	},
		func(items iter.Seq[helpcrunch.CustomerBatchItem]) iter.Seq[helpcrunch.Outcome[helpcrunch.CustomerBatchItem, *helpcrunch.Customer]] {
			return im.client.Customers.UpdateEach(ctx, items)
		})
}

// settle writes rows with a bulk call, whose outcomes are in the order of its inputs.
func settle[In, Out any](rows <-chan *row, input func(*row) In, each func(iter.Seq[In]) iter.Seq[helpcrunch.Outcome[In, Out]]) {
	sent := make(chan *row, writesAhead)
	inputs := func(yield func(In) bool) {
		for r := range rows {
			sent <- r
			if !yield(input(r)) {
				return
			}
		}
	}
	for written := range each(inputs) {
		r := <-sent
		r.settle(written.Err)
		close(r.settled)
	}
}

// settle records the outcome of a write.
func (r *row) settle(err error) {
	switch {
	case err == nil && r.outcome == toCreate:
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
