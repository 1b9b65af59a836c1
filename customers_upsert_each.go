package helpcrunch

import (
	"context"
	"errors"
	"iter"
	"maps"
	"slices"

	"github.com/helpcrunch-go/helpcrunch/internal/pipeline"
)

// Upserted is a customer and what Upsert did.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/create-customer-v1.
type Upserted struct {
	// Customer is the customer as it is now.
	Customer *Customer
	// Result is what was done.
	Result UpsertResult
}

// UpsertEach does nothing until the returned sequence is ranged over. It then creates or updates a
// customer for each input as Upsert does, concurrently and in the background, as wide as the
// rate limit allows.
//
// It looks customers up in groups, with one search for 20 keys, at most 8 groups ahead. A group is
// smaller if inputs does not yield for 100 ms. So 100 inputs or more take at most 1.06
// requests for each that is new or differs, and 0.06 for each other one. If the service rejects
// the search of a group, each input is looked up by itself. An input whose key came shortly
// before is compared with the customer of that outcome.
//
// Outcomes, failures, the end of ctx and breaking off are as in [Each], but up to 160 inputs are
// read ahead. An input that Upsert rejects is an outcome with [ErrInvalidArgument].
//
// See https://docs.helpcrunch.com/en/rest-api-v1/create-customer-v1 and
// https://docs.helpcrunch.com/en/rest-api-v1/update-customer-v1.
func (s *CustomersService) UpsertEach(ctx context.Context, inputs iter.Seq[CustomerInput]) iter.Seq[Outcome[CustomerInput, Upserted]] {
	steps := bulk[upsertStep, Upserted]{
		method: "Customers.UpsertEach", argument: "inputs", total: -1, width: maxGroups * (maxGroup + 1),
		call: func(ctx context.Context, c *Client, job *pipeline.Job, step upsertStep) (Upserted, error) {
			return step.run(ctx, c.Customers, job)
		},
		size: func(step upsertStep) int {
			if step.row == nil {
				return 0
			}
			return 1
		},
	}
	return func(yield func(Outcome[CustomerInput, Upserted]) bool) {
		ended := make(chan struct{})
		defer close(ended)
		var source iter.Seq[upsertStep]
		if inputs != nil {
			source = s.client().upsertSteps(inputs, ended)
		}
		for outcome := range steps.run(ctx, s.client(), source) {
			own := Outcome[CustomerInput, Upserted]{Value: outcome.Value, Err: outcome.Err}
			switch step := outcome.Input; {
			case step.row != nil:
				own.Input = *step.row.input
			case step.group != nil:
				continue
			}
			if !yield(own) {
				return
			}
		}
	}
}

const (
	maxGroup  = 20 // keys that UpsertEach looks up with one search
	maxGroups = 8  // such searches in flight
)

// lookUpGroup is the look-up of several keys.
type lookUpGroup struct {
	inputs []*CustomerInput
	over   chan struct{} // closed when it is over
	found  map[customerKey][]*Customer
	err    error
}

// upsertStep is a step of UpsertEach: a look-up, or the upsert of one input.
type upsertStep struct {
	group *lookUpGroup
	row   *upsert
}

func (step upsertStep) run(ctx context.Context, s *CustomersService, job *pipeline.Job) (Upserted, error) {
	if group := step.group; group != nil {
		defer close(group.over)
		group.found, group.err = s.lookUp(ctx, group.inputs...)
		return Upserted{}, nil
	}
	u := step.row
	defer close(u.over)
	if u.invalid != nil {
		return Upserted{}, u.invalid
	}
	job.Detach()
	if u.previous != nil {
		wait(ctx, u.previous.over)
	}
	if u.group != nil {
		wait(ctx, u.group.over)
	}
	if ctx.Err() != nil {
		u.previous, u.group = nil, nil // which may be in flight; a look of its own fails at once
	}
	u.upserted, u.err = u.run(ctx, s)
	u.previous, u.group = nil, nil // holds their memory no longer
	return u.upserted, u.err
}

// upsertSteps arranges the inputs of UpsertEach: a look-up, and then the inputs that it is for.
type upsertSteps struct {
	client *Client
	source *pipeline.Source[CustomerInput]
	ended  <-chan struct{}         // closed when nobody ranges over the outcomes any more
	latest map[customerKey]*upsert // in flight
	groups []*lookUpGroup          // in flight
}

func (c *Client) upsertSteps(inputs iter.Seq[CustomerInput], ended <-chan struct{}) iter.Seq[upsertStep] {
	return func(yield func(upsertStep) bool) {
		s := &upsertSteps{client: c, source: pipeline.NewSource(inputs), ended: ended, latest: make(map[customerKey]*upsert)}
		defer s.source.Stop()
		for {
			group, rows := s.next()
			if len(rows) == 0 {
				return
			}
			if !s.yieldAll(group, rows, yield) {
				for _, u := range rows {
					if u.claim != nil {
						u.claim.Release()
					}
				}
				return
			}
		}
	}
}

// next reads the inputs of a group: until it has enough keys, or the source stalls or ends. Inputs
// whose key is in flight do not count.
func (s *upsertSteps) next() (*lookUpGroup, []*upsert) {
	maps.DeleteFunc(s.latest, func(_ customerKey, u *upsert) bool { return isClosed(u.over) })
	s.groups = slices.DeleteFunc(s.groups, func(g *lookUpGroup) bool { return isClosed(g.over) })
	group := &lookUpGroup{over: make(chan struct{}), err: errors.New("helpcrunch: the look-up did not end")}
	var rows []*upsert
	for len(group.inputs) < maxGroup && len(rows) < maxGroups*maxGroup {
		input, ok, later := s.source.Next()
		switch {
		case ok:
			rows = append(rows, s.row(group, &input))
		case later == nil || len(rows) > 0:
			return group, rows
		default:
			select {
			case <-later:
			case <-s.ended:
				return group, nil
			}
		}
	}
	return group, rows
}

// row adds an input to the group, unless its key is in flight.
func (s *upsertSteps) row(group *lookUpGroup, input *CustomerInput) *upsert {
	u := &upsert{input: input, over: make(chan struct{})}
	if err := input.checkKey(); err != nil {
		u.invalid = inMethod("Customers.UpsertEach", err)
		return u
	}
	key := input.key()
	u.claim = s.client.core.locks.Claim(key)
	if u.previous = s.latest[key]; u.previous == nil {
		u.group = group
		group.inputs = append(group.inputs, input)
	}
	s.latest[key] = u
	return u
}

// yieldAll yields the look-up, when few enough are in flight, and the upserts.
func (s *upsertSteps) yieldAll(group *lookUpGroup, rows []*upsert, yield func(upsertStep) bool) bool {
	if len(group.inputs) > 0 {
		if len(s.groups) >= maxGroups {
			select {
			case <-s.groups[0].over:
			case <-s.ended:
				return false
			}
		}
		s.groups = append(s.groups, group)
		if !yield(upsertStep{group: group}) {
			return false
		}
	}
	for _, u := range rows {
		if !yield(upsertStep{row: u}) {
			return false
		}
	}
	return true
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
