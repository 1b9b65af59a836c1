package helpcrunch

import (
	"context"
	"iter"
	"time"
)

// Customer is a person who writes to the account, or may.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/customer-model-v1.
type Customer struct {
	// ID is HelpCrunch's own id. What nobody knows of a customer is empty.
	ID    int64  `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email"` // not unique
	// UserID is your own id for the customer. It is unique within the account.
	UserID  string `json:"userId"`
	Company string `json:"company"`
	Phone   string `json:"phone"`
	// FirstSeen and LastSeen are when the customer visited first and last. Either may be
	// zero.
	FirstSeen Timestamp `json:"firstSeen"`
	LastSeen  Timestamp `json:"lastSeen"`
	// Location and Device are nil when nothing is known of them.
	Location *Location `json:"location"`
	Device   *Device   `json:"device"`
	// Unsubscribed and Blocked are set by writing them: there is no operation for it.
	Unsubscribed bool `json:"unsubscribed"`
	Blocked      bool `json:"blocked"`
	// Source, Referer and LastPage are addresses of web pages.
	Source   string `json:"source"`
	Referer  string `json:"referer"`
	LastPage string `json:"lastPage"`
	// Locale is a language in ISO 639-1, such as "en".
	Locale string `json:"locale"`
	// CreatedFrom is where the customer came from, such as "telegram". IntegrationID
	// is the id there, a string of digits.
	CreatedFrom   string `json:"createdFrom"`
	IntegrationID string `json:"integrationId"`
	// Notes are what agents wrote about the customer, at most 255 characters.
	Notes string `json:"notes"`
	Tags  []Tag  `json:"tags"` // see Tag and Untag
	// CustomData are the values of the account's own attributes, by their names.
	CustomData CustomData `json:"customData"`
	// Unreadable are the JSON paths of the fields that could not be read and are unset,
	// such as "location.city". It is nil if all could be read.
	Unreadable []string `json:"-"`
}

// Location is where a customer was seen, as far as the address tells. Each of its fields may
// be empty.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/customer-model-v1.
type Location struct {
	RegionCode  string `json:"regionCode"`
	CountryCode string `json:"countryCode"`
	City        string `json:"city"`
}

// Device is what a customer used last.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/customer-model-v1.
type Device struct {
	ID        int64  `json:"id"`
	IP        string `json:"ip"`
	Timezone  string `json:"timezone"`
	Platform  string `json:"platform"`
	UserAgent string `json:"userAgent"`
}

// Tag is a label on a customer. A name is required.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/tag-customer-v1.
type Tag struct {
	Name string `json:"name"`
	// Color is any CSS colour. Left out, a new tag gets the service's default, #c377e0.
	Color string `json:"color,omitempty"`
}

// CustomerSort is a field by which customers can be sorted.
type CustomerSort string

// The fields by which customers can be sorted. The first suits walks, as it changes only
// when it is written (a Replace without it clears it); the second changes with every
// visit.
const (
	CustomerSortFirstSeen CustomerSort = "customers.firstSeen"
	CustomerSortLastSeen  CustomerSort = "customers.lastSeen"
)

// CustomerListOptions choose a part of the list of customers. Nil means the defaults.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/get-customers-v1.
type CustomerListOptions struct {
	// Sort and Order default to the service's own in List, and to FirstSeen ascending
	// in All.
	Sort  CustomerSort
	Order Order
	// Offset is how many rows to skip, 0 or more.
	Offset int
	// Limit is how many rows to return, 1 to 100; 0 means 100. In All it is the size
	// of a page.
	Limit int
}

func (o *CustomerListOptions) pageRequest() pageRequest {
	if o == nil {
		return pageRequest{}
	}
	return pageRequest{argument: "opts", offset: o.Offset, limit: o.Limit, sort: string(o.Sort), order: o.Order}
}

// Event is something that a customer did, as the service noted it. Events can't be
// read back.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/add-customer-event-v1.
type Event struct {
	ID        int64      `json:"id"` // 0 where the service leaves it out
	Name      string     `json:"name"`
	Data      CustomData `json:"data"`      // empty when there was none
	CreatedAt Timestamp  `json:"createdAt"` // when the service noted it
	// Customer is the customer's id, 0 where the service leaves it out.
	Customer int64 `json:"customer"`
}

// EventInput is an event to add.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/add-customer-event-v1.
type EventInput struct {
	// Name is required.
	Name string
	// Data are strings, numbers, booleans and times by name. A time is written as whole
	// seconds. It may be left out.
	Data map[string]any
}

// eventBody is an event as it is written.
type eventBody struct {
	Customer int64          `json:"customer"`
	Name     string         `json:"name"`
	Data     map[string]any `json:"data,omitempty"`
}

func (b eventBody) encode() (any, error) {
	if err := checkNotEmpty("input.Name", b.Name); err != nil {
		return nil, err
	}
	data := make(map[string]any, len(b.Data))
	for name, value := range b.Data {
		if err := checkScalar(value); err != nil {
			return nil, invalid("input.Data[%q]: %w", name, err)
		}
		data[name] = wireScalar(value)
	}
	b.Data = data
	return b, nil
}

// CustomersService is the customers of the account. An id below 1 is
// [ErrInvalidArgument] in all its methods.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/customer-model-v1.
type CustomersService struct {
	owner *Client
}

func (s *CustomersService) client() *Client { return (*service)(s).client() }

// Get returns the customer with the id. It is [ErrNotFound] when there is none.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/get-customer-v1.
func (s *CustomersService) Get(ctx context.Context, id int64) (*Customer, error) {
	return doID[Customer](ctx, s.client(), getCustomer, id, nil)
}

// List returns one page of the customers. Nil options mean the first 100. Options out of
// bounds are [ErrInvalidArgument].
//
// See https://docs.helpcrunch.com/en/rest-api-v1/get-customers-v1.
func (s *CustomersService) List(ctx context.Context, opts *CustomerListOptions) (*Page[Customer], error) {
	return list[Customer](ctx, s.client(), s.client().request(listCustomers), opts.pageRequest())
}

// All walks over all customers from the options' offset on, by default in the order in
// which they were first seen, so that those who come meanwhile come last. Customers that
// exist during the whole walk come exactly once. Pages are asked for in the background, and
// ahead from the second on (see Walks in the package documentation). Options out of bounds are
// [ErrInvalidArgument]. A failure is yielded once, last.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/get-customers-v1.
func (s *CustomersService) All(ctx context.Context, opts *CustomerListOptions) iter.Seq2[*Customer, error] {
	p := opts.pageRequest().sorted(string(CustomerSortFirstSeen))
	return iterateList(ctx, s.client(), s.client().request(listCustomers), p, customerRows)
}

// Search returns one page of the customers that match. Nil matches all. No match is a
// page without rows. A filter whose value is refused, an unknown Match, and options out of
// bounds are [ErrInvalidArgument].
//
// See https://docs.helpcrunch.com/en/rest-api-v1/search-customers-v1.
func (s *CustomersService) Search(ctx context.Context, search *CustomerSearch) (*Page[Customer], error) {
	q, err := search.query()
	return find[Customer](ctx, s.client(), s.client().request(searchCustomers).withError(err), q)
}

// SearchAll walks over all customers that match, as All does. It yields the error for what
// Search refuses.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/search-customers-v1.
func (s *CustomersService) SearchAll(ctx context.Context, search *CustomerSearch) iter.Seq2[*Customer, error] {
	q, err := search.query()
	q.page = q.page.sorted(string(CustomerSortFirstSeen))
	return iterateSearch(ctx, s.client(), s.client().request(searchCustomers), q, err, customerRows)
}

// Create adds a customer. A UserID that is taken is an [ErrBadRequest] with the code
// "invalid_userId_value". Nothing is required by the service, but an input without any
// field is [ErrInvalidArgument], as is one out of the bounds of [CustomerInput]. The call
// is never sent twice: see [ErrMaybeApplied].
//
// See https://docs.helpcrunch.com/en/rest-api-v1/create-customer-v1.
func (s *CustomersService) Create(ctx context.Context, input *CustomerInput) (*Customer, error) {
	return do[Customer](ctx, s.client(), s.client().request(createCustomer).withBody(input))
}

// Replace overwrites a customer. Every field left out of the input is cleared, and
// custom data is replaced whole: use Update to change some fields only. An unknown id is
// [ErrNotFound], a UserID that is taken an [ErrBadRequest]. An input without any field, or
// out of the bounds of [CustomerInput], is [ErrInvalidArgument].
//
// See https://docs.helpcrunch.com/en/rest-api-v1/update-customer-v1.
func (s *CustomersService) Replace(ctx context.Context, id int64, input *CustomerInput) (*Customer, error) {
	return doID[Customer](ctx, s.client(), replaceCustomer, id, input)
}

// Update changes the fields that the patch sets, and no others. Whether the service
// merges or replaces tags and single entries of custom data is not documented. An unknown
// id is [ErrNotFound], a UserID that is taken an [ErrBadRequest]. A patch without any
// field, or out of the bounds of [CustomerPatch], is [ErrInvalidArgument].
//
// See https://docs.helpcrunch.com/en/rest-api-v1/update-customer-v1.
func (s *CustomersService) Update(ctx context.Context, id int64, patch *CustomerPatch) (*Customer, error) {
	return doID[Customer](ctx, s.client(), updateCustomer, id, patch)
}

// Delete removes a customer. It is [ErrNotFound] when there is none, unless an earlier
// attempt of the same call may have been carried out, because its answer was lost or a
// 5xx: then it is a success.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/delete-customer-v1.
func (s *CustomersService) Delete(ctx context.Context, id int64) error {
	return doNoResult(ctx, s.client(), deleteCustomer, id)
}

// Tag adds tags to a customer's. A tag that the account does not know yet is created. An
// unknown id is [ErrNotFound]. No tag at all, and a tag without a name, are
// [ErrInvalidArgument].
//
// See https://docs.helpcrunch.com/en/rest-api-v1/tag-customer-v1.
func (s *CustomersService) Tag(ctx context.Context, id int64, tags ...Tag) (*Customer, error) {
	return doID[Customer](ctx, s.client(), tagCustomer, id, tagsInput(tags))
}

// Untag takes tags, by their names, off a customer. An unknown id is [ErrNotFound]. No
// name at all, and an empty one, are [ErrInvalidArgument].
//
// See https://docs.helpcrunch.com/en/rest-api-v1/untag-customer-v1.
func (s *CustomersService) Untag(ctx context.Context, id int64, names ...string) (*Customer, error) {
	tags := make([]Tag, len(names))
	for i, name := range names {
		tags[i].Name = name
	}
	return doID[Customer](ctx, s.client(), untagCustomer, id, tagsInput(tags))
}

// AddEvent notes that the customer did something. An unknown id is [ErrNotFound]. No name,
// and data that are neither scalars nor times, are [ErrInvalidArgument]. The call is never
// sent twice: see [ErrMaybeApplied].
//
// See https://docs.helpcrunch.com/en/rest-api-v1/add-customer-event-v1.
func (s *CustomersService) AddEvent(ctx context.Context, id int64, input *EventInput) (*Event, error) {
	r := s.client().request(addCustomerEvent).withError(checkID("id", id))
	if input == nil {
		return do[Event](ctx, s.client(), r.withError(invalid("input: must not be nil")))
	}
	return do[Event](ctx, s.client(), r.withBody(eventBody{Customer: id, Name: input.Name, Data: input.Data}))
}

func (c *Customer) id() int64 { return c.ID }

func (c *Customer) setUnreadable(fields []string) { c.Unreadable = fields }

var customerRows = rowKind[Customer]{
	id:         (*Customer).id,
	sortKey:    func(c *Customer) time.Time { return c.FirstSeen.Time },
	stableSort: string(CustomerSortFirstSeen),
}
