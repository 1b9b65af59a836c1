package helpcrunch

import (
	"context"
	"errors"
	"fmt"
)

// FindByUserID returns the customer with your own id. It is [ErrNotFound] when there is
// none.
func (s *CustomersService) FindByUserID(ctx context.Context, userID string) (*Customer, error) {
	if userID == "" {
		return nil, invalid("userID must not be empty")
	}
	page, err := s.Search(ctx, &CustomerSearch{
		Filters: []CustomerFilter{CustomerFields.UserID.Equals(userID)},
	})
	if err != nil {
		return nil, err
	}
	for i := range page.Items {
		if page.Items[i].UserID == userID { // the service may compare without case
			return &page.Items[i], nil
		}
	}
	return nil, fmt.Errorf("helpcrunch: no customer has the userId: %w", ErrNotFound)
}

// maxUpsertRounds bounds how often Upsert looks for the customer.
const maxUpsertRounds = 3

// Upsert creates the customer with the input's UserID, which is required, or changes
// the fields of the existing one that are not zero in the input. Others stay as they
// are. created says that there was none at first, and that this call made it, or may
// have made it where an answer was lost.
//
// It is safe to repeat, and against other writers: when the UserID turns out to be
// taken, or the answer to the creation is lost, it looks again. Every failure after a
// lost answer matches [ErrMaybeApplied].
func (s *CustomersService) Upsert(ctx context.Context, input *CustomerInput) (customer *Customer, created bool, err error) {
	if _, err := input.encode(); err != nil {
		return nil, false, err
	}
	if input.UserID == "" {
		return nil, false, invalid("input.UserID must not be empty")
	}
	var lost error // of a creation that may have been carried out
	for range maxUpsertRounds {
		customer, err = s.FindByUserID(ctx, input.UserID)
		if err == nil {
			customer, err = s.updateFound(ctx, customer, input)
			return customer, lost != nil && err == nil, afterLost(lost, err)
		}
		if !errors.Is(err, ErrNotFound) {
			break
		}
		customer, err = s.Create(ctx, input)
		if err == nil {
			return customer, true, nil
		}
		if errors.Is(err, ErrMaybeApplied) {
			lost = err
		} else if !isTaken(err) {
			break
		}
	}
	return nil, false, afterLost(lost, err)
}

// updateFound patches a customer with what the input sets.
func (s *CustomersService) updateFound(ctx context.Context, found *Customer, input *CustomerInput) (*Customer, error) {
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

// afterLost adds to a failure the creation that was lost before it.
func afterLost(lost, err error) error {
	if lost == nil || err == nil || errors.Is(err, ErrMaybeApplied) {
		return err
	}
	return fmt.Errorf("%w, after %w", err, lost)
}
