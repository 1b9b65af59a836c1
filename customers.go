package helpcrunch

import (
	"cmp"
	"context"
	"iter"
	"maps"
	"time"
)

// Customer is a contact in the account. Unknown fields are empty.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/customer-model-v1.
type Customer struct {
	// ID is HelpCrunch's own id.
	ID    int64  `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email"` // not unique
	// UserID is your own id for the customer. It is unique within the account.
	UserID  string `json:"userId"`
	Company string `json:"company"`
	Phone   string `json:"phone"`
	// FirstSeen and LastSeen are the times of the first and the last visit. Either may be zero.
	FirstSeen Timestamp `json:"firstSeen"`
	LastSeen  Timestamp `json:"lastSeen"`
	// Location and Device are nil if they are unknown.
	Location *Location `json:"location"`
	Device   *Device   `json:"device"`
	// Unsubscribed and Blocked have no operations of their own. Change them with Update.
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
	// Notes are the agents' notes about the customer, at most 255 characters.
	Notes string `json:"notes"`
	Tags  []Tag  `json:"tags"` // see Tag and Untag
	// CustomData contains the values of the account's own attributes by name.
	CustomData CustomData `json:"customData"`
	// Unreadable contains the JSON paths of unreadable fields, such as "location.city". These
	// fields are unset. It is nil if all fields were readable.
	Unreadable []string `json:"-"`
}

// Location is a customer's location, derived from the IP address. Each field may be empty.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/customer-model-v1.
type Location struct {
	RegionCode  string `json:"regionCode"`
	CountryCode string `json:"countryCode"`
	City        string `json:"city"`
}

// Device is the device that a customer used last.
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
	// Color is any CSS color. If it is empty, a new tag gets the service's default, #c377e0.
	Color string `json:"color,omitempty"`
}

// CustomerSort is a field by which customers can be sorted.
type CustomerSort string

// The fields by which customers can be sorted. FirstSeen suits iterators: it changes only when
// it is written (a Replace without it clears it). LastSeen changes with every visit.
const (
	CustomerSortFirstSeen CustomerSort = "customers.firstSeen"
	CustomerSortLastSeen  CustomerSort = "customers.lastSeen"
)

// CustomerListOptions select a part of the list of customers. Nil means the defaults.
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
	o = cmp.Or(o, new(CustomerListOptions))
	return pageRequest{argument: "opts", Offset: o.Offset, Limit: o.Limit, Sort: string(o.Sort), Order: o.Order}
}

// Event is something that a customer did, as the service recorded it. Events can't be read
// back.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/add-customer-event-v1.
type Event struct {
	ID        int64      `json:"id"` // 0 if the service omits it
	Name      string     `json:"name"`
	Data      CustomData `json:"data"`      // empty when there was none
	CreatedAt Timestamp  `json:"createdAt"` // when the service recorded it
	// Customer is the customer's id, 0 if the service omits it.
	Customer int64 `json:"customer"`
}

// EventInput is an event to add.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/add-customer-event-v1.
type EventInput struct {
	// Name is required.
	Name string
	// Data are strings, numbers, booleans and times by name. A time is written as a decimal
	// string of whole seconds. Nil means none.
	Data map[string]any
}

// eventBody is the JSON of an event.
type eventBody struct {
	Customer int64          `json:"customer"`
	Name     string         `json:"name"`
	Data     map[string]any `json:"data,omitempty"`
}

func (b eventBody) encode() (any, error) {
	b.Data = maps.Clone(b.Data)
	for name, value := range b.Data {
		if err := checkScalar(value); err != nil {
			return nil, invalid("input.Data[%q]: %w", name, err)
		}
		b.Data[name] = wireScalar(value)
	}
	return b, checkNotEmpty("input.Name", b.Name)
}

// CustomersService reads and writes the customers of the account: see Client.Customers. An id
// below 1 is [ErrInvalidArgument] in all its methods.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/customer-model-v1.
type CustomersService service

func (s *CustomersService) client() *Client { return (*service)(s).client() }

// Get returns the customer with the id. It returns [ErrNotFound] if there is none.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/get-customer-v1.
func (s *CustomersService) Get(ctx context.Context, id int64) (*Customer, error) {
	return doID[Customer](ctx, s.client(), getCustomer, id, nil)
}

// List returns one page of the customers. Nil options mean the first 100. Invalid options are
// [ErrInvalidArgument].
//
// See https://docs.helpcrunch.com/en/rest-api-v1/get-customers-v1.
func (s *CustomersService) List(ctx context.Context, opts *CustomerListOptions) (*Page[Customer], error) {
	return list[Customer](ctx, s.client(), s.client().request(listCustomers), opts.pageRequest())
}

// All iterates over all customers, by default in the order of FirstSeen. Customers that exist
// during the whole iteration are yielded exactly once. Pages are requested in the background and
// prefetched: see Pagination in the package documentation. Invalid options are
// [ErrInvalidArgument]. An error is yielded once, last.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/get-customers-v1.
func (s *CustomersService) All(ctx context.Context, opts *CustomerListOptions) iter.Seq2[*Customer, error] {
	return iterateAll(ctx, s.client(), s.client().request(listCustomers), opts.pageRequest(), customerRows)
}

// Search returns one page of the customers that match. Nil matches all. If no customer matches,
// the page is empty. Invalid filters and options are [ErrInvalidArgument].
//
// See https://docs.helpcrunch.com/en/rest-api-v1/search-customers-v1.
func (s *CustomersService) Search(ctx context.Context, search *CustomerSearch) (*Page[Customer], error) {
	return list[Customer](ctx, s.client(), s.client().request(searchCustomers), search.pageRequest())
}

// SearchAll iterates over all customers that match, as All does. An error of Search is yielded
// once, last.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/search-customers-v1.
func (s *CustomersService) SearchAll(ctx context.Context, search *CustomerSearch) iter.Seq2[*Customer, error] {
	return iterateAll(ctx, s.client(), s.client().request(searchCustomers), search.pageRequest(), customerRows)
}

// SeenSince iterates over the customers whose LastSeen is not before since, newest first. A
// customer who visits during the iteration, before being yielded, is yielded at the end. No
// customer is yielded twice. For the next call, pass the time of this call as since. Subtract the
// possible difference between your clock and the service's. The service's times may be in whole
// seconds.
//
// A customer deleted during the iteration is yielded at most once. Customers who never visited are
// not yielded. Changes to a customer who did not visit are not seen.
//
// Pages are requested one at a time in the background. At most 20 pages are requested besides those
// yielded, even if customers without a LastSeen come first. A zero since is [ErrInvalidArgument].
// An error is yielded once, last.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/get-customers-v1.
func (s *CustomersService) SeenSince(ctx context.Context, since time.Time) iter.Seq2[*Customer, error] {
	return iterateSince(ctx, s.client(), listCustomers, "Customers.SeenSince", rowKind[Customer]{
		id:         (*Customer).id,
		sortKey:    func(c *Customer) time.Time { return c.LastSeen.Time },
		stableSort: string(CustomerSortLastSeen),
	}, since)
}

// Create adds a customer. A UserID that is taken is [ErrBadRequest] with the code
// "invalid_userId_value", or "userId" in newer responses. An input without any field, or beyond
// the bounds of [CustomerInput], is [ErrInvalidArgument]. The call is not retried if it may have
// been applied: see [ErrMaybeApplied]. [CustomersService.Upsert] is safe to repeat.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/create-customer-v1.
func (s *CustomersService) Create(ctx context.Context, input *CustomerInput) (*Customer, error) {
	return do[Customer](ctx, s.client(), s.client().request(createCustomer).withBody(input))
}

// Replace overwrites a customer: every zero field of the input is cleared, and custom data is
// replaced as a whole. Use Update to change some fields only. An unknown id is [ErrNotFound], a
// UserID that is taken [ErrBadRequest]. An input without any field, or beyond the bounds of
// [CustomerInput], is [ErrInvalidArgument].
//
// See https://docs.helpcrunch.com/en/rest-api-v1/update-customer-v1.
func (s *CustomersService) Replace(ctx context.Context, id int64, input *CustomerInput) (*Customer, error) {
	return doID[Customer](ctx, s.client(), replaceCustomer, id, input)
}

// Update changes the fields that the patch sets and no others. Whether the service merges or
// replaces tags and custom data is not documented. An unknown id is [ErrNotFound], a UserID that
// is taken [ErrBadRequest]. A patch without any field, or beyond the bounds of [CustomerPatch], is
// [ErrInvalidArgument].
//
// See https://docs.helpcrunch.com/en/rest-api-v1/update-customer-v1.
func (s *CustomersService) Update(ctx context.Context, id int64, patch *CustomerPatch) (*Customer, error) {
	return doID[Customer](ctx, s.client(), updateCustomer, id, patch)
}

// Delete removes a customer. It returns [ErrNotFound] if there is none. A 404 counts as success if
// an earlier attempt of the call may have deleted the customer. That is so if its response was lost
// or a 5xx.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/delete-customer-v1.
func (s *CustomersService) Delete(ctx context.Context, id int64) error {
	return doNoResult(ctx, s.client(), deleteCustomer, id)
}

// Tag adds tags to a customer. Tags that the account does not have are created. An unknown id is
// [ErrNotFound]. No tag, or a tag without a name, is [ErrInvalidArgument].
//
// See https://docs.helpcrunch.com/en/rest-api-v1/tag-customer-v1.
func (s *CustomersService) Tag(ctx context.Context, id int64, tags ...Tag) (*Customer, error) {
	return doID[Customer](ctx, s.client(), tagCustomer, id, tagsInput(tags))
}

// Untag removes tags from a customer by their names. An unknown id is [ErrNotFound]. No name, or
// an empty one, is [ErrInvalidArgument].
//
// See https://docs.helpcrunch.com/en/rest-api-v1/untag-customer-v1.
func (s *CustomersService) Untag(ctx context.Context, id int64, names ...string) (*Customer, error) {
	return doID[Customer](ctx, s.client(), untagCustomer, id, tagsInput(tagsNamed(names)))
}

func tagsNamed(names []string) []Tag {
	tags := make([]Tag, len(names))
	for i, name := range names {
		tags[i].Name = name
	}
	return tags
}

// AddEvent records an event of the customer. An unknown id is [ErrNotFound]. An input without a
// name, or with data other than scalars and times, is [ErrInvalidArgument]. The call is not retried
// if it may have been applied. Events can't be read back: after [ErrMaybeApplied] you can't find
// out whether the event was recorded.
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
