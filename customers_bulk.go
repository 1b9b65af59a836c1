package helpcrunch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"

	"github.com/helpcrunch-go/helpcrunch/internal/engine"
)

// maxBatch is how many customers one request may change.
const maxBatch = 10

// CustomerBatchItem is a change to one customer of many. Its patch must change
// something, as in Update.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/batch-update-customers-v1.
type CustomerBatchItem struct {
	// ID is the customer's id.
	ID int64
	// Patch is what to change.
	Patch CustomerPatch
}

// BatchOutcome is what became of one item of BatchUpdate or UpdateEach.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/batch-update-customers-v1.
type BatchOutcome struct {
	// ID is that of the item.
	ID int64
	// Customer is the customer after the change, nil when Err is set.
	Customer *Customer
	// Err says why the customer was not changed. If it matches [ErrMaybeApplied], the
	// customer may have been changed all the same.
	Err error
}

// BatchUpdate changes any number of customers, 10 in a request. Whether an item changes
// only its fields, as Update does, or clears the others, as Replace does, is not documented:
// UpdateEach is the safe way. The requests are made side by side in the background, those
// that change the same customer one after another.
//
// There is an outcome for each item, in order. A request that fails loses no other. What a
// bad item does to the others in its request is not documented, so when the service refuses
// one of several items, each is sent again by itself, and the outcomes tell who was refused.
// When ctx ends, items that were not sent have an Err that matches its error; items that
// were sent match [ErrMaybeApplied] too if their answer is missing, as do all whose answer
// is lost, cut off, late, unreadable or a 5xx at last, and those of a refused request that
// could not be sent again. Repeating those is safe.
//
// The error is nil if any request succeeded, so look at each outcome. It is that of the first
// when all failed, and the context's when that ended before all were over. No items at all,
// and one that Update would refuse, are [ErrInvalidArgument]; then nothing is sent and there
// are no outcomes.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/batch-update-customers-v1.
func (s *CustomersService) BatchUpdate(ctx context.Context, items []CustomerBatchItem) ([]BatchOutcome, error) {
	if err := cmp.Or(s.client().usable(ctx), batch(items).check()); err != nil {
		return nil, inMethod(operations[batchUpdateCustomers].name, err)
	}
	all := batchResult{outcomes: make([]BatchOutcome, 0, len(items))}
	for some := range batchUpdates.run(ctx, s.client(), operations[batchUpdateCustomers].name, "items", batch(items).requests(), len(items)) {
		all.add(some)
	}
	return all.outcomes, all.failure(ctx)
}

var batchUpdates = bulk[batch, int64, batchResult]{
	keys: batch.ids,
	most: maxBatch,
	change: func(ctx context.Context, c *Client, items batch) batchResult {
		return c.Customers.updateBatch(ctx, items)
	},
	failed: func(err error) batchResult { return batchResult{err: err} },
}

// batch is items of one request, or on the way to it.
type batch []CustomerBatchItem

// requests are the items of each request. None holds a customer twice: what the service
// makes of that is not documented.
func (b batch) requests() iter.Seq[batch] {
	return func(yield func(batch) bool) {
		for len(b) > 0 {
			n := 1
			for n < min(maxBatch, len(b)) && !slices.Contains(b[:n].ids(), b[n].ID) {
				n++
			}
			if !yield(b[:n]) {
				return
			}
			b = b[n:]
		}
	}
}

func (b batch) ids() []int64 {
	ids := make([]int64, len(b))
	for i, item := range b {
		ids[i] = item.ID
	}
	return ids
}

// check refuses items of which one can't be right.
func (b batch) check() error {
	if len(b) < 1 {
		return invalid("items: at least 1, got 0")
	}
	for i, item := range b {
		what := fmt.Sprintf("items[%d]", i)
		if err := checkID(what+".ID", item.ID); err != nil {
			return err
		}
		if err := item.Patch.check(what + ".Patch"); err != nil {
			return err
		}
	}
	return nil
}

type batchBody struct {
	Customer int64 `json:"customer"`
	CustomerPatch
}

func (b batch) body() []batchBody {
	bodies := make([]batchBody, len(b))
	for i, item := range b {
		bodies[i] = batchBody{item.ID, item.Patch}
	}
	return bodies
}

// batchResult is what became of some items.
type batchResult struct {
	outcomes []BatchOutcome
	err      error // of the first request, if all failed
}

// add adds what became of the items after those.
func (r *batchResult) add(next batchResult) {
	if len(r.outcomes) == 0 || next.err == nil {
		r.err = next.err
	}
	r.outcomes = append(r.outcomes, next.outcomes...)
}

// failure is the error of all as a whole: that of the context if it ended before the items
// were over, or was bound to. An attempt that took too long is none of these.
func (r *batchResult) failure(ctx context.Context) error {
	_, hasDeadline := ctx.Deadline()
	for _, outcome := range r.outcomes {
		err := outcome.Err
		_, attemptTimedOut := errors.AsType[*engine.TimeoutError](err)
		tooLate := hasDeadline && errors.Is(err, context.DeadlineExceeded) && !attemptTimedOut
		if tooLate || ctx.Err() != nil && errors.Is(err, ctx.Err()) {
			return err
		}
	}
	return r.err
}

// updateBatch makes one request, and one for each item if that is refused.
func (s *CustomersService) updateBatch(ctx context.Context, b batch) batchResult {
	customers, err := s.sendBatch(ctx, b)
	switch {
	case err == nil:
		return batchResult{outcomes: b.outcomes(customers)}
	case len(b) > 1 && refusesInput(err):
		return s.updateOneByOne(ctx, b, errors.Is(err, ErrMaybeApplied))
	}
	result := batchResult{err: err}
	for _, item := range b {
		result.outcomes = append(result.outcomes, BatchOutcome{ID: item.ID, Err: err})
	}
	return result
}

func (s *CustomersService) sendBatch(ctx context.Context, b batch) ([]Customer, error) {
	r := s.client().request(batchUpdateCustomers).withBody(b.body())
	answer, err := s.client().send(ctx, r)
	if err != nil {
		return nil, err
	}
	page, err := decodePage[Customer](ctx, s.client(), r, answer, pageRequest{limit: len(b)})
	if err != nil {
		return nil, err
	}
	return page.Items, nil
}

// updateOneByOne sends each item of a refused request by itself. lost says that the request may
// have been carried out before. As the refused one may have been in part, only an item that is
// refused by itself was not changed for certain.
func (s *CustomersService) updateOneByOne(ctx context.Context, b batch, lost bool) batchResult {
	var all batchResult
	for i := range b {
		result := s.updateBatch(ctx, b[i:i+1])
		err := result.err
		if err != nil && (lost || !refusesInput(err)) && !errors.Is(err, ErrMaybeApplied) {
			result.err = fmt.Errorf("%w: %w", err, ErrMaybeApplied)
			result.outcomes[0].Err = result.err
		}
		all.add(result)
	}
	return all
}

// refusesInput reports whether the service refused what was sent, so that a part of it may
// fare better.
func refusesInput(err error) bool {
	refusal, ok := errors.AsType[*APIError](err)
	if !ok {
		return false
	}
	switch refusal.StatusCode {
	case http.StatusBadRequest, http.StatusNotFound, http.StatusConflict,
		http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		return true
	}
	return false
}

// outcomes finds each item's customer in the answer.
func (b batch) outcomes(customers []Customer) []BatchOutcome {
	byID := make(map[int64]*Customer, len(customers))
	for i := range customers {
		byID[customers[i].ID] = &customers[i]
	}
	outcomes := make([]BatchOutcome, len(b))
	for i, item := range b {
		outcomes[i] = BatchOutcome{ID: item.ID, Customer: byID[item.ID]}
		if outcomes[i].Customer == nil {
			outcomes[i].Err = fmt.Errorf("helpcrunch: the answer to the batch does not tell of customer %d: %w",
				item.ID, ErrMaybeApplied)
		}
	}
	return outcomes
}

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
	return updates.run(ctx, s.client(), "Customers.UpdateEach", "items", items, -1)
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
	return upserts.run(ctx, s.client(), "Customers.UpsertEach", "inputs", copied(inputs), -1)
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
		customer, result, err := c.Customers.Upsert(ctx, input)
		return UpsertOutcome{UserID: input.userID(), Customer: customer, Created: result == UpsertCreated, Err: err}
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

// Upserted is a customer and what Upsert did to it.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/create-customer-v1.
type Upserted struct {
	// Customer is the customer as it is now.
	Customer *Customer
	// Result is what was done.
	Result UpsertResult
}
