package helpcrunch

import (
	"context"
	"errors"
	"iter"

	"github.com/helpcrunch-go/helpcrunch/internal/keylock"
)

// Upserted is a customer and what Upsert did.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/create-customer-v1.
type Upserted struct {
	// Customer is the customer after the upsert.
	Customer *Customer
	// Result is what was done.
	Result UpsertResult
}

// UpsertEach returns an iterator that creates or updates a customer for each input as Upsert does.
// The calls run concurrently, with background priority, as fast as the rate limit allows. Nothing
// happens before the iterator is ranged over.
//
// It looks customers up in groups, with one search for 20 keys, at most 8 groups ahead. A group is
// smaller if inputs does not yield for 100 ms. For 100 inputs or more, a new or changed input takes
// at most 1.06 requests, an unchanged one 0.06. If the service rejects the search of a group, each
// of its inputs is looked up separately. An input with the key of an earlier input in flight waits
// for it. It is then compared with the resulting customer.
//
// Outcomes, failures, the end of ctx and breaking out of the loop are as in [Each]. Up to 160
// inputs are read ahead, or 320 if their keys repeat. An input that Upsert rejects is an outcome
// with [ErrInvalidArgument].
//
// See https://docs.helpcrunch.com/en/rest-api-v1/create-customer-v1 and
// https://docs.helpcrunch.com/en/rest-api-v1/update-customer-v1.
func (s *CustomersService) UpsertEach(ctx context.Context, inputs iter.Seq[CustomerInput]) iter.Seq[Outcome[CustomerInput, Upserted]] {
	upserts := bulk[CustomerInput, Upserted]{
		method: "Customers.UpsertEach", argument: "inputs", group: maxGroup, groupCall: newLookUpGroup,
		keys: func(input CustomerInput) []any {
			if input.checkKey() != nil {
				return nil
			}
			return []any{input.key()}
		},
	}
	return upserts.run(ctx, s.client(), inputs)
}

// maxGroup is how many keys UpsertEach looks up with one search.
const maxGroup = 20

// upsertEntry is an input of UpsertEach. It has no key if it is invalid.
type upsertEntry = entry[CustomerInput, Upserted]

// lookUpGroup looks up the keys of a group that are not in flight.
type lookUpGroup struct {
	inputs   []*CustomerInput
	claims   map[customerKey]*keylock.Claim[any] // made before the look-up
	searched chan struct{}                       // closed after the look-up
	found    map[customerKey][]*Customer
	err      error
}

func newLookUpGroup(c *Client, entries []*upsertEntry) call[CustomerInput, Upserted] {
	g := &lookUpGroup{claims: make(map[customerKey]*keylock.Claim[any]), searched: make(chan struct{})}
	for _, e := range entries {
		if e.keys != nil && e.waitsFor == nil {
			g.inputs = append(g.inputs, &e.Input)
			g.claims[e.Input.key()] = c.core.locks.Claim(e.Input.key())
		}
	}
	return g.upsert
}

// upsert makes the call for an entry. The entry of the first looked-up input searches for the whole
// group.
func (g *lookUpGroup) upsert(ctx context.Context, c *Client, e *upsertEntry) (Upserted, error) {
	input, s := &e.Input, c.Customers
	if e.keys == nil {
		return Upserted{}, inMethod("Customers.UpsertEach", input.checkKey())
	}
	if e.waitsFor != nil {
		claim := c.core.locks.Claim(input.key())
		defer claim.Release()
		return s.upsert(ctx, input, claim, func(bool) (*Customer, error) { return s.findAfter(ctx, input, e.waitsFor[0]) })
	}
	claim := g.claims[input.key()]
	defer claim.Release()
	if input == g.inputs[0] {
		g.lookUp(ctx, s)
	}
	<-g.searched
	return s.upsert(ctx, input, claim, func(first bool) (*Customer, error) {
		switch {
		case g.err != nil && !rejectsInput(g.err):
			return nil, g.err
		case first && g.found != nil:
			return singleMatch(g.found, input.key())
		}
		return s.find(ctx, input) // the group's search was rejected, or another call may have created the customer
	})
}

func (g *lookUpGroup) lookUp(ctx context.Context, s *CustomersService) {
	defer close(g.searched)
	g.found, g.err = s.lookUp(ctx, g.inputs...)
}

// findAfter returns the customer of an earlier entry with the same key, or looks for it.
func (s *CustomersService) findAfter(ctx context.Context, input *CustomerInput, earlier *upsertEntry) (*Customer, error) {
	if earlier.Value.Customer != nil {
		return earlier.Value.Customer, nil
	}
	found, err := s.find(ctx, input)
	if found == nil && err == nil && input.key().byEmail && errors.Is(earlier.Err, ErrMaybeApplied) {
		err = earlier.Err // the search may not find the new customer yet
	}
	return found, err
}
