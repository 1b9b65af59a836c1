package helpcrunch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/helpcrunch-go/helpcrunch/internal/keylock"
)

// FindByUserID returns the customer with the given user id. userID is your own id for the customer
// and must not be empty. It returns [ErrNotFound] if no customer has the id.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/search-customers-v1.
func (s *CustomersService) FindByUserID(ctx context.Context, userID string) (*Customer, error) {
	return s.findOne(ctx, "UserID", "userID", userID, &CustomerInput{UserID: userID})
}

// FindByEmail returns the customer with the given e-mail, which must not be empty. Case does not
// matter. It returns [ErrNotFound] if no customer has the e-mail, and an [*AmbiguousError] if
// several do.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/search-customers-v1.
func (s *CustomersService) FindByEmail(ctx context.Context, email string) (*Customer, error) {
	return s.findOne(ctx, "Email", "email", email, &CustomerInput{Email: email})
}

// UpsertResult says what Upsert did.
type UpsertResult string

// The results of Upsert.
const (
	UpsertCreated   UpsertResult = "created"
	UpsertUpdated   UpsertResult = "updated"
	UpsertUnchanged UpsertResult = "unchanged"
)

// Upsert creates the input's customer, or updates the existing one. It matches by UserID, or
// by Email, ignoring case, if UserID is empty. An input without both is [ErrInvalidArgument].
// If several customers have the e-mail, it returns an [*AmbiguousError] and writes nothing.
//
// An update contains only the fields of the input that are set and differ from the customer's.
// If none differs, nothing is written. Tags differ if a name is missing or extra, or if a color
// set in the input differs. Custom data differ if a value of the input differs. A field in
// Unreadable always differs.
//
// If the response to a creation by UserID is lost or a 5xx, Upsert searches and retries, at most
// twice. User ids are unique, so no customer is created twice. A creation by e-mail is not retried;
// its error matches [ErrMaybeApplied], as does every error after a lost response.
//
// Calls with the same key run one after another within a client and those derived from it.
// Different processes that upsert the same e-mail at the same time may each create a customer.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/create-customer-v1 and
// https://docs.helpcrunch.com/en/rest-api-v1/update-customer-v1.
func (s *CustomersService) Upsert(ctx context.Context, input *CustomerInput) (*Customer, UpsertResult, error) {
	if err := cmp.Or(s.client().usable(ctx), input.checkKey()); err != nil {
		return nil, "", inMethod("Customers.Upsert", err)
	}
	claim := s.client().core.locks.Claim(input.key())
	defer claim.Release()
	upserted, err := s.upsert(ctx, input, claim, func(bool) (*Customer, error) { return s.find(ctx, input) })
	return upserted.Customer, upserted.Result, err
}

// customerKey is the key by which Upsert finds the customer of an input.
type customerKey struct {
	byEmail bool
	value   string // in lower case if it is an e-mail
}

func (in *CustomerInput) key() customerKey {
	if in.UserID != "" {
		return customerKey{value: in.UserID}
	}
	return customerKey{true, strings.ToLower(in.Email)}
}

// checkKey rejects an input that is invalid or has no key.
func (in *CustomerInput) checkKey() error {
	if _, err := in.encode(); err != nil {
		return err
	}
	return invalidIf(in.UserID == "" && in.Email == "", "input: needs a UserID or an Email")
}

// lookUp finds the customers of the inputs with one search and reads all its pages. It searches
// e-mails as given and in lower case, as the service may compare them case-sensitively.
func (s *CustomersService) lookUp(ctx context.Context, inputs ...*CustomerInput) (map[customerKey][]*Customer, error) {
	search := &CustomerSearch{Match: MatchAny, Sort: CustomerSortFirstSeen, Order: OrderAscending}
	for _, input := range inputs {
		if input.UserID != "" {
			search.Filters = append(search.Filters, CustomerFieldUserID.Equals(input.UserID))
			continue
		}
		for _, email := range slices.Compact([]string{input.Email, strings.ToLower(input.Email)}) {
			search.Filters = append(search.Filters, CustomerFieldEmail.Equals(email))
		}
	}
	found := make(map[customerKey][]*Customer)
	for customer, err := range iterateSequentially(ctx, s.client(), searchCustomers, search.pageRequest(), customerRows) {
		if err != nil {
			return nil, err
		}
		byUserID, byEmail := customerKey{value: customer.UserID}, customerKey{true, strings.ToLower(customer.Email)}
		found[byUserID] = append(found[byUserID], customer)
		found[byEmail] = append(found[byEmail], customer)
	}
	return found, nil
}

// findOne returns the customer whose field has the value of the argument, or ErrNotFound.
func (s *CustomersService) findOne(ctx context.Context, field, argument, value string, input *CustomerInput) (*Customer, error) {
	method := "Customers.FindBy" + field
	err := cmp.Or(checkNotEmpty(argument, value), checkUserID(argument, input.UserID), checkUTF8(argument, value))
	if err != nil {
		return nil, inMethod(method, err)
	}
	customer, err := s.find(ctx, input)
	if customer == nil && err == nil {
		err = fmt.Errorf("helpcrunch: %s: no customer has this %s: %w", method, field, ErrNotFound)
	}
	return customer, inMethod(method, err)
}

// find returns the customer of the input, nil if there is none.
func (s *CustomersService) find(ctx context.Context, input *CustomerInput) (*Customer, error) {
	found, err := s.lookUp(ctx, input)
	if err != nil {
		return nil, err
	}
	return singleMatch(found, input.key())
}

// singleMatch returns the customer with a key, nil if there is none.
func singleMatch(found map[customerKey][]*Customer, key customerKey) (*Customer, error) {
	customers := found[key]
	switch {
	case len(customers) == 0:
		return nil, nil
	case len(customers) > 1 && key.byEmail:
		ambiguous := &AmbiguousError{Field: "email"}
		for _, customer := range customers {
			ambiguous.IDs = append(ambiguous.IDs, customer.ID)
		}
		return nil, ambiguous
	}
	return customers[0], nil
}

// upsert finds the customer of the input and writes the differences. first is true if no other
// call has held the lock since the claim was made.
func (s *CustomersService) upsert(
	ctx context.Context, input *CustomerInput, claim *keylock.Claim[any], find func(first bool) (*Customer, error),
) (Upserted, error) {
	first, err := claim.Lock(ctx)
	if err != nil {
		return Upserted{}, err
	}
	found, err := find(first)
	if err != nil {
		return Upserted{}, err
	}
	return s.write(ctx, input, found)
}

// maxCreations is the maximum number of attempts to create one customer.
const maxCreations = 3

// write creates the customer, or updates the one that was found.
func (s *CustomersService) write(ctx context.Context, input *CustomerInput, found *Customer) (Upserted, error) {
	var failure, unknown error // unknown is the latest failure of a creation that may have been applied
	for creations := 0; ; creations++ {
		if found != nil {
			upserted, err := s.updateFound(ctx, input, found)
			if unknown != nil && err == nil {
				upserted.Result = UpsertCreated
			}
			if !errors.Is(err, ErrNotFound) {
				return upserted, afterUnknown(err, unknown)
			}
			failure = err // deleted since the search
		}
		if creations == maxCreations {
			return Upserted{}, afterUnknown(failure, unknown)
		}
		var customer *Customer
		customer, failure = s.Create(ctx, input)
		lost := errors.Is(failure, ErrMaybeApplied)
		switch {
		case failure == nil:
			return Upserted{customer, UpsertCreated}, nil
		case !lost && !isTaken(failure), input.key().byEmail: // a retry can't help, or could create a second customer
			return Upserted{}, afterUnknown(failure, unknown)
		case lost:
			unknown = failure
			if err := s.client().waitToRetry(ctx, creations+1, failure); err != nil {
				return Upserted{}, afterUnknown(err, unknown)
			}
		}
		var err error
		if found, err = s.find(ctx, input); err != nil {
			return Upserted{}, afterUnknown(err, unknown)
		}
		if found == nil && unknown == nil {
			return Upserted{}, failure // another customer has the UserID, but is not found
		}
	}
}

// updateFound writes the differences to the found customer.
func (s *CustomersService) updateFound(ctx context.Context, input *CustomerInput, found *Customer) (Upserted, error) {
	patch := input.changes(found)
	if patch.isEmpty() {
		return Upserted{found, UpsertUnchanged}, nil
	}
	customer, err := s.Update(ctx, found.ID, &patch)
	if err != nil {
		return Upserted{}, err
	}
	return Upserted{customer, UpsertUpdated}, nil
}

// afterUnknown adds the error of an earlier creation with an unknown outcome to err.
func afterUnknown(err, unknown error) error {
	if err == nil || unknown == nil || errors.Is(err, ErrMaybeApplied) {
		return err
	}
	return fmt.Errorf("%w, after %w", err, unknown)
}

// isTaken reports whether a customer was rejected because another may have its UserID. Newer
// responses name the property alone.
func isTaken(err error) bool {
	rejection, ok := errors.AsType[*APIError](err)
	return ok && (rejection.HasCode("invalid_userId_value") || rejection.FieldErrors()["userId"] != "")
}
