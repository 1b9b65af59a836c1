package helpcrunch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"net"
	"net/http"
	"slices"
)

// maxBatch is the maximum number of customers that one request may change.
const maxBatch = 10

// CustomerBatchItem is a change to one customer. Its patch must not be empty.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/batch-update-customers-v1.
type CustomerBatchItem struct {
	// ID is the customer's id.
	ID int64
	// Patch is what to change.
	Patch CustomerPatch
}

// BatchUpdate changes any number of customers, 10 in a request. The service does not document
// whether an item clears the fields that its patch omits: UpdateEach is the safe way. The requests
// run concurrently in the background. Requests that change the same customer run one after another.
//
// There is one outcome per item, in order. A request that fails does not affect the others. The
// effect of an invalid item on the others in its request is not documented either. The items of a
// rejected request are therefore retried one by one. When ctx ends, items that were not sent have
// an Err that matches ctx.Err(). Items with an unknown outcome match [ErrMaybeApplied], including
// those of a rejected request that could not be retried. Repeating them is safe.
//
// The error is nil if any request succeeded, so check each outcome. If all failed, it is the first
// error. If ctx ended, or its deadline made finishing impossible, it is the context's error. No
// items, or an invalid one, are [ErrInvalidArgument]: nothing is sent, and there are no outcomes.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/batch-update-customers-v1.
func (s *CustomersService) BatchUpdate(ctx context.Context, items []CustomerBatchItem) ([]Outcome[CustomerBatchItem, *Customer], error) {
	err := cmp.Or(s.client().usable(ctx), batch(items).check())
	if err != nil {
		return nil, inMethod("Customers.BatchUpdate", err)
	}
	requests := bulk[batch, updateOutcomes]{
		keys: batch.ids, total: len(items),
		call: func(ctx context.Context, c *Client, e *entry[batch, updateOutcomes]) (updateOutcomes, error) {
			return c.Customers.updateBatch(ctx, e.Input)
		},
	}
	all := make(updateOutcomes, 0, len(items))
	for request := range requests.run(ctx, s.client(), batch(items).requests()) {
		if len(all) == 0 || request.Err == nil {
			err = request.Err
		}
		all = append(all, request.Value...)
	}
	return all, cmp.Or(all.contextError(ctx), err)
}

// batch holds the items of one request, or all items before they are split.
type batch []CustomerBatchItem

// requests splits b into the items of each request. No request contains a customer twice, as the
// effect is not documented.
func (b batch) requests() iter.Seq[batch] {
	return func(yield func(batch) bool) {
		for len(b) > 0 {
			n := 1
			for n < min(maxBatch, len(b)) && !slices.Contains(b[:n].ids(), any(b[n].ID)) {
				n++
			}
			if !yield(b[:n]) {
				return
			}
			b = b[n:]
		}
	}
}

func (b batch) ids() []any {
	ids := make([]any, len(b))
	for i, item := range b {
		ids[i] = item.ID
	}
	return ids
}

// check rejects an empty batch and invalid items.
func (b batch) check() error {
	for i, item := range b {
		what := fmt.Sprintf("items[%d]", i)
		if err := cmp.Or(checkID(what+".ID", item.ID), item.Patch.check(what+".Patch")); err != nil {
			return err
		}
	}
	return invalidIf(len(b) == 0, "items: at least 1, got 0")
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

// updateOutcomes are the outcomes of items.
type updateOutcomes []Outcome[CustomerBatchItem, *Customer]

// contextError returns the context's error if it ended before all items were done, or if its
// deadline made finishing impossible. It ignores attempt timeouts.
func (o updateOutcomes) contextError(ctx context.Context) error {
	_, hasDeadline := ctx.Deadline()
	for _, outcome := range o {
		// context.DeadlineExceeded is a net.Error itself. Timeouts of attempts and transports
		// match it too but are other values, so compare with ==.
		timeout, _ := errors.AsType[net.Error](outcome.Err)
		tooLate := hasDeadline && timeout == context.DeadlineExceeded //nolint:errorlint // see above
		if tooLate || ctx.Err() != nil && errors.Is(outcome.Err, ctx.Err()) {
			return outcome.Err
		}
	}
	return nil
}

// updateBatch makes one request. If it is rejected, each item is sent by itself.
func (s *CustomersService) updateBatch(ctx context.Context, b batch) (updateOutcomes, error) {
	r := s.client().request(batchUpdateCustomers).withBody(b.body())
	page, err := requestPage[Customer](ctx, s.client(), r, pageRequest{Limit: len(b)})
	if len(b) > 1 && rejectsInput(err) {
		return s.updateOneByOne(ctx, b, errors.Is(err, ErrMaybeApplied))
	}
	return b.outcomes(page, err), err
}

// updateOneByOne sends each item of a rejected request by itself. That request may have been
// applied in part, so a failed item gets ErrMaybeApplied. The exception is an item that is itself
// rejected while lost is false. lost says that an earlier attempt of the request may have been
// applied. The error is nil if any item succeeded.
func (s *CustomersService) updateOneByOne(ctx context.Context, b batch, lost bool) (all updateOutcomes, first error) {
	for i := range b {
		outcomes, err := s.updateBatch(ctx, b[i:i+1])
		if err != nil && (lost || !rejectsInput(err)) && !errors.Is(err, ErrMaybeApplied) {
			err = fmt.Errorf("%w, after a rejected batch: %w; repeating it is safe", err, ErrMaybeApplied)
			outcomes[0].Err = err
		}
		if i == 0 || err == nil {
			first = err
		}
		all = append(all, outcomes...)
	}
	return all, first
}

// rejectsInput reports whether the service rejected the content of a request. Sent separately,
// some items may then succeed.
func rejectsInput(err error) bool {
	rejection, ok := errors.AsType[*APIError](err)
	return ok && slices.Contains([]int{
		http.StatusBadRequest, http.StatusNotFound, http.StatusConflict,
		http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity,
	}, rejection.StatusCode)
}

// outcomes returns the customer of each item in page, or err for each item.
func (b batch) outcomes(page *Page[Customer], err error) updateOutcomes {
	outcomes := make(updateOutcomes, len(b))
	for i, item := range b {
		outcomes[i].Input, outcomes[i].Err = item, err
		if err != nil {
			continue
		}
		at := slices.IndexFunc(page.Items, func(c Customer) bool { return c.ID == item.ID })
		if at < 0 {
			outcomes[i].Err = fmt.Errorf("helpcrunch: the response to the batch does not contain customer %d: %w; repeating it is safe",
				item.ID, ErrMaybeApplied)
			continue
		}
		outcomes[i].Value = &page.Items[at]
	}
	return outcomes
}

// UpdateEach returns an iterator that changes each customer as Update does. The calls run
// concurrently, with background priority, as fast as the rate limit allows. Items of the same
// customer run one after another. Nothing happens before the iterator is ranged over.
//
// Outcomes, failures, the end of ctx and breaking out of the loop are as in [Each]. An item that
// Update rejects is an outcome with [ErrInvalidArgument]. An item whose outcome is unknown matches
// [ErrMaybeApplied]; repeating it is safe.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/update-customer-v1.
func (s *CustomersService) UpdateEach(ctx context.Context, items iter.Seq[CustomerBatchItem]) iter.Seq[Outcome[CustomerBatchItem, *Customer]] {
	updates := bulk[CustomerBatchItem, *Customer]{
		method: "Customers.UpdateEach", argument: "items",
		keys: func(item CustomerBatchItem) []any { return []any{item.ID} },
		call: func(ctx context.Context, c *Client, e *entry[CustomerBatchItem, *Customer]) (*Customer, error) {
			customer, err := c.Customers.Update(ctx, e.Input.ID, &e.Input.Patch)
			return customer, inMethod("Customers.UpdateEach", err)
		},
	}
	return updates.run(ctx, s.client(), items)
}
