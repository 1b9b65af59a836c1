package helpcrunch

import (
	"context"
	"errors"
	"fmt"
)

// FindByUserID returns the customer with your own id, which must not be empty. It is
// [ErrNotFound] when there is none.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/search-customers-v1.
func (s *CustomersService) FindByUserID(ctx context.Context, userID string) (*Customer, error) {
	if err := checkNotEmpty("userID", userID); err != nil {
		return nil, inMethod("Customers.FindByUserID", err)
	}
	page, err := s.Search(ctx, &CustomerSearch{
		Filters: []CustomerFilter{CustomerFieldUserID.Equals(userID)},
	})
	if err != nil {
		return nil, inMethod("Customers.FindByUserID", err)
	}
	for i := range page.Items {
		if page.Items[i].UserID == userID { // the service may compare without case
			return &page.Items[i], nil
		}
	}
	return nil, fmt.Errorf("helpcrunch: no customer has the userId: %w", ErrNotFound)
}

// Upsert creates the customer with the input's UserID, which is required, or changes
// the fields of the existing one that are not zero in the input. Others stay as they
// are. created says that there was none at first, and that this call made it, or may
// have made it where an answer was lost.
//
// It is safe to repeat, and against other writers: when the UserID turns out to be
// taken, or the answer to the creation is lost, it looks again, and creates nothing a
// second time. Every failure after a lost answer matches [ErrMaybeApplied]. An input
// that can't be right is [ErrInvalidArgument].
//
// See https://docs.helpcrunch.com/en/rest-api-v1/create-customer-v1 and
// https://docs.helpcrunch.com/en/rest-api-v1/update-customer-v1.
func (s *CustomersService) Upsert(ctx context.Context, input *CustomerInput) (customer *Customer, created bool, err error) {
	if _, err = input.encode(); err == nil {
		err = checkNotEmpty("input.UserID", input.UserID)
	}
	if err != nil {
		return nil, false, inMethod("Customers.Upsert", err)
	}
	customer, err = s.updateByUserID(ctx, input)
	if !errors.Is(err, ErrNotFound) {
		return customer, false, inMethod("Customers.Upsert", err)
	}
	customer, err = s.Create(ctx, input)
	lost := errors.Is(err, ErrMaybeApplied)
	if err == nil || !lost && !isTaken(err) {
		return customer, err == nil, err
	}
	customer, again := s.updateByUserID(ctx, input)
	switch {
	case again == nil:
		return customer, lost, nil
	case errors.Is(again, ErrNotFound):
		return nil, false, err
	case lost:
		return nil, false, fmt.Errorf("%w, after %w", again, err)
	}
	return nil, false, again
}

// updateByUserID looks for the input's customer and patches it with what the input sets.
// Without one it fails with ErrNotFound.
func (s *CustomersService) updateByUserID(ctx context.Context, input *CustomerInput) (*Customer, error) {
	found, err := s.FindByUserID(ctx, input.UserID)
	if err != nil {
		return nil, err
	}
	patch := input.patch()
	patch.UserID = Optional[string]{}
	if patch.isEmpty() {
		return found, nil
	}
	return s.Update(ctx, found.ID, &patch)
}

// isTaken reports whether a customer was refused because of a UserID that another has.
func isTaken(err error) bool {
	refusal, ok := errors.AsType[*APIError](err)
	return ok && refusal.HasCode("invalid_userId_value")
}
