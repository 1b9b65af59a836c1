package helpcrunch

import (
	"context"
	"iter"
)

// UpsertOutcome is what became of one input of UpsertEach.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/create-customer-v1.
type UpsertOutcome struct {
	// UserID is that of the input.
	UserID string
	// Customer is the customer as it is now, nil when Err is set.
	Customer *Customer
	// Created says that there was none before, as Upsert does.
	Created bool
	// Err says why the customer was not created or changed. If it matches
	// [ErrMaybeApplied], that may have happened all the same.
	Err error
}

// UpdateEach changes each customer as Update does, side by side in the background, as wide
// as the rate limit allows. Items of the same customer follow one another; those of
// different customers may be carried out in any order.
//
// The outcomes come in the order of the items, one for each, and nothing stops at a failure.
// An item that Update would refuse is an outcome with [ErrInvalidArgument]. When ctx ends,
// the items are read to their end: those that were not sent have an Err that matches its
// error; those that were sent match [ErrMaybeApplied] too if their answer is missing, as do
// all whose answer is lost, cut off, late, unreadable or a 5xx at last. Repeating those is safe.
//
// Items are read ahead of their outcomes, as many as the limit and the latency ask for (at
// most 64 at 120 requests a minute), by the goroutine that ranges over these: while items
// keep it waiting for the next one, no outcome comes. Items that wait for another of the same
// customer count. Breaking off sends nothing more and returns when nothing is under way; items
// after the last outcome may have been changed. With items that never end, break off when ctx
// has ended. Slices and maps of an item must not change before its outcome has come. Ranging
// over the outcomes again ranges over the items again, and sends them again. Nil items are one
// outcome, with ErrInvalidArgument.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/update-customer-v1.
func (s *CustomersService) UpdateEach(ctx context.Context, items iter.Seq[CustomerBatchItem]) iter.Seq[BatchOutcome] {
	return updates.run(ctx, s.client, "items", items, -1)
}

// UpsertEach creates or changes a customer for each input as Upsert does, side by side in
// the background, as wide as the rate limit allows. Inputs of the same UserID follow one
// another, so that none is created twice. For outcomes, failures, the end of ctx, and
// breaking off, see [CustomersService.UpdateEach]. An input that Upsert would refuse is an
// outcome with [ErrInvalidArgument]. Inputs are copied when they are read, but for their
// slices and maps.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/create-customer-v1 and
// https://docs.helpcrunch.com/en/rest-api-v1/update-customer-v1.
func (s *CustomersService) UpsertEach(ctx context.Context, inputs iter.Seq[*CustomerInput]) iter.Seq[UpsertOutcome] {
	return upserts.run(ctx, s.client, "inputs", copied(inputs), -1)
}

var updates = bulk[CustomerBatchItem, int64, BatchOutcome]{
	keys: func(item CustomerBatchItem) []int64 { return []int64{item.ID} },
	most: 1,
	change: func(ctx context.Context, c *Client, item CustomerBatchItem) BatchOutcome {
		customer, err := c.Customers.Update(ctx, item.ID, &item.Patch)
		return BatchOutcome{ID: item.ID, Customer: customer, Err: err}
	},
	failed: func(err error) BatchOutcome { return BatchOutcome{Err: err} },
}

var upserts = bulk[*CustomerInput, string, UpsertOutcome]{
	keys: func(input *CustomerInput) []string { return []string{input.userID()} },
	most: 1,
	change: func(ctx context.Context, c *Client, input *CustomerInput) UpsertOutcome {
		customer, created, err := c.Customers.Upsert(ctx, input)
		return UpsertOutcome{UserID: input.userID(), Customer: customer, Created: created, Err: err}
	},
	failed: func(err error) UpsertOutcome { return UpsertOutcome{Err: err} },
}

func (in *CustomerInput) userID() string {
	if in == nil {
		return ""
	}
	return in.UserID
}

// copied copies each value when it is read, as a source may use one variable for all.
func copied[T any](source iter.Seq[*T]) iter.Seq[*T] {
	if source == nil {
		return nil
	}
	return func(yield func(*T) bool) {
		for value := range source {
			if value != nil {
				value = new(*value)
			}
			if !yield(value) {
				return
			}
		}
	}
}
