package helpcrunch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/helpcrunch-go/helpcrunch/internal/keylock"
)

// FindByUserID returns the customer with your own id, which must not be empty. It returns
// [ErrNotFound] if no customer has the id.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/search-customers-v1.
func (s *CustomersService) FindByUserID(ctx context.Context, userID string) (*Customer, error) {
	err := cmp.Or(checkNotEmpty("userID", userID), checkUserID("userID", userID), checkUTF8("userID", userID))
	if err == nil {
		return s.findOne(ctx, "Customers.FindByUserID", &CustomerInput{UserID: userID})
	}
	return nil, inMethod("Customers.FindByUserID", err)
}

// FindByEmail returns the customer with the e-mail, which must not be empty. Case does not
// matter. It returns [ErrNotFound] if no customer has the e-mail, and an [*AmbiguousError] if
// several have it.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/search-customers-v1.
func (s *CustomersService) FindByEmail(ctx context.Context, email string) (*Customer, error) {
	err := cmp.Or(checkNotEmpty("email", email), checkUTF8("email", email))
	if err == nil {
		return s.findOne(ctx, "Customers.FindByEmail", &CustomerInput{Email: email})
	}
	return nil, inMethod("Customers.FindByEmail", err)
}

// UpsertResult is what Upsert did.
type UpsertResult string

// The results of Upsert.
const (
	UpsertCreated   UpsertResult = "created"
	UpsertUpdated   UpsertResult = "updated"
	UpsertUnchanged UpsertResult = "unchanged"
)

// Upsert creates the input's customer, or updates the existing one. It matches by UserID, or
// by Email without case if UserID is empty. An input without both is [ErrInvalidArgument].
// Several matches by e-mail are an [*AmbiguousError]; then nothing is written.
//
// It writes the fields that are set in the input and differ from the customer's, and nothing
// if none differs. Tags differ if a name is missing or extra, or a color that the input sets.
// Custom data differ if a value of the input differs. A field in Unreadable differs.
//
// A creation by UserID whose response is lost or a 5xx is retried after another look, at most
// twice: ids are unique, so no customer is created twice. A creation by e-mail is not retried;
// its error matches [ErrMaybeApplied]. So does every error after a lost response.
//
// Calls with the same key run one after another within a client and those derived from it.
// Calls of different processes by e-mail can each create a customer at the same time.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/create-customer-v1 and
// https://docs.helpcrunch.com/en/rest-api-v1/update-customer-v1.
func (s *CustomersService) Upsert(ctx context.Context, input *CustomerInput) (*Customer, UpsertResult, error) {
	err := s.client().usable(ctx)
	if err == nil {
		err = input.checkKey()
	}
	if err != nil {
		return nil, "", inMethod("Customers.Upsert", err)
	}
	u := &upsert{input: input, claim: s.client().core.locks.Claim(input.key())}
	upserted, err := u.run(ctx, s)
	return upserted.Customer, upserted.Result, err
}

// customerKey identifies the customer of an input.
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

// checkKey rejects an invalid input, and one without a key.
func (in *CustomerInput) checkKey() error {
	if _, err := in.encode(); err != nil {
		return err
	}
	if in.UserID == "" && in.Email == "" {
		return invalid("input: needs a UserID or an Email")
	}
	return nil
}

// filters match the customers with the key of the input. The service may compare e-mails with
// case and store them in lower case.
func (in *CustomerInput) filters() []CustomerFilter {
	key := in.key()
	switch {
	case !key.byEmail:
		return []CustomerFilter{CustomerFieldUserID.Equals(in.UserID)}
	case key.value == in.Email:
		return []CustomerFilter{CustomerFieldEmail.Equals(in.Email)}
	}
	return []CustomerFilter{CustomerFieldEmail.Equals(in.Email), CustomerFieldEmail.Equals(key.value)}
}

// lookUp finds the customers of the inputs with one search, whose pages it reads to the end.
func (s *CustomersService) lookUp(ctx context.Context, inputs ...*CustomerInput) (map[customerKey][]*Customer, error) {
	search := &CustomerSearch{Match: MatchAny, Sort: CustomerSortFirstSeen, Order: OrderAscending}
	for _, input := range inputs {
		search.Filters = append(search.Filters, input.filters()...)
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

// findOne returns the customer of the input, or ErrNotFound.
func (s *CustomersService) findOne(ctx context.Context, method string, input *CustomerInput) (*Customer, error) {
	found, err := s.lookUp(ctx, input)
	if err != nil {
		return nil, inMethod(method, err)
	}
	customer, err := theOnly(found, input.key())
	if customer == nil && err == nil {
		field := "UserID"
		if input.UserID == "" {
			field = "Email"
		}
		err = fmt.Errorf("helpcrunch: %s: no customer has this %s: %w", method, field, ErrNotFound)
	}
	return customer, err
}

// theOnly returns the customer with a key, nil if there is none.
func theOnly(found map[customerKey][]*Customer, key customerKey) (*Customer, error) {
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

// upsert is an Upsert in progress.
type upsert struct {
	input *CustomerInput
	claim *keylock.Claim[any] // on the key

	// The rest is for UpsertEach.
	invalid  error         // of the input; then there is no claim
	group    *lookUpGroup  // that looks the key up; nil for none
	previous *upsert       // the one before it with the same key; nil for none
	over     chan struct{} // closed when it is over
	upserted Upserted
	err      error
}

// run finds the customer and writes what differs.
func (u *upsert) run(ctx context.Context, s *CustomersService) (Upserted, error) {
	defer u.claim.Release()
	first, err := u.claim.Lock(ctx)
	if err != nil {
		return Upserted{}, fmt.Errorf("helpcrunch: Customers.Upsert: %w", err)
	}
	found, err := u.find(ctx, s, first)
	if err != nil {
		return Upserted{}, err
	}
	if u.previous != nil && found == nil && u.input.key().byEmail && errors.Is(u.previous.err, ErrMaybeApplied) {
		return Upserted{}, u.previous.err // the customer may appear yet
	}
	return u.write(ctx, s, found)
}

// find returns the customer with the key, nil if there is none. first says that nobody held
// the lock since the look-up of the group.
func (u *upsert) find(ctx context.Context, s *CustomersService, first bool) (*Customer, error) {
	switch {
	case u.previous != nil && u.previous.upserted.Customer != nil:
		return u.previous.upserted.Customer, nil
	case u.group != nil && first && !rejectsInput(u.group.err):
		if u.group.err != nil {
			return nil, u.group.err
		}
		return theOnly(u.group.found, u.input.key())
	}
	return u.look(ctx, s)
}

// look asks for the customer with the key. It returns nil if there is none.
func (u *upsert) look(ctx context.Context, s *CustomersService) (*Customer, error) {
	found, err := s.lookUp(ctx, u.input)
	if err != nil {
		return nil, err
	}
	return theOnly(found, u.input.key())
}

// maxCreations is how often Upsert sends the creation of one customer.
const maxCreations = 3

// write creates the customer, or updates the one that was found.
func (u *upsert) write(ctx context.Context, s *CustomersService, found *Customer) (Upserted, error) {
	var failure, unknown error // the latest, and the latest of a creation that may have been carried out
	for creations := 0; ; creations++ {
		if found != nil {
			upserted, err := u.update(ctx, s, found)
			if unknown != nil && err == nil {
				upserted.Result = UpsertCreated
			}
			if !errors.Is(err, ErrNotFound) {
				return upserted, after(err, unknown)
			}
			failure = err // it was deleted meanwhile
		}
		if creations == maxCreations {
			return Upserted{}, after(failure, unknown)
		}
		var customer *Customer
		customer, failure = s.Create(ctx, u.input)
		lost := errors.Is(failure, ErrMaybeApplied)
		switch {
		case failure == nil:
			return Upserted{customer, UpsertCreated}, nil
		case !lost && !isTaken(failure), u.input.key().byEmail:
			return Upserted{}, after(failure, unknown)
		case lost:
			unknown = failure
			if err := s.client().waitToRetry(ctx, creations+1, failure); err != nil {
				return Upserted{}, after(err, unknown)
			}
		}
		var err error
		if found, err = u.look(ctx, s); err != nil {
			return Upserted{}, after(err, unknown)
		}
		if found == nil && unknown == nil {
			return Upserted{}, failure // the one that has the UserID is not found
		}
	}
}

// update writes what differs from the customer that was found.
func (u *upsert) update(ctx context.Context, s *CustomersService, found *Customer) (Upserted, error) {
	patch := u.input.changes(found)
	if patch.isEmpty() {
		return Upserted{found, UpsertUnchanged}, nil
	}
	customer, err := s.Update(ctx, found.ID, &patch)
	if err != nil {
		return Upserted{}, err
	}
	return Upserted{customer, UpsertUpdated}, nil
}

// after adds the error of an earlier creation whose outcome is unknown.
func after(err, unknown error) error {
	if err == nil || unknown == nil || errors.Is(err, ErrMaybeApplied) {
		return err
	}
	return fmt.Errorf("%w, after %w", err, unknown)
}

// isTaken reports whether a customer was rejected because another has its UserID.
func isTaken(err error) bool {
	rejection, ok := errors.AsType[*APIError](err)
	return ok && rejection.HasCode("invalid_userId_value")
}
