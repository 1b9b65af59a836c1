package helpcrunch

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"
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
	if err := s.client.usable(ctx); err != nil {
		return nil, err
	}
	if err := batch(items).check(); err != nil {
		return nil, err
	}
	all := batchResult{outcomes: make([]BatchOutcome, 0, len(items))}
	for some := range batchUpdates.run(ctx, s.client, "items", batch(items).requests(), len(items)) {
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
		return invalid("items must be 1 or more, not 0")
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
		refused := hasDeadline && errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, ErrMaybeApplied)
		if refused || ctx.Err() != nil && errors.Is(err, ctx.Err()) {
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
	r := s.client.request(batchUpdateCustomers).withBody(b.body())
	answer, err := s.client.send(ctx, r)
	if err != nil {
		return nil, err
	}
	page, err := decodePage[Customer](s.client, r, answer, part{limit: len(b)})
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
