package helpcrunch

import "context"

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
	if b.Name == "" {
		return nil, invalid("input.Name must not be empty")
	}
	data := make(map[string]any, len(b.Data))
	for name, value := range b.Data {
		if err := checkScalar(value); err != nil {
			return nil, invalid("input.Data %q %w", name, err)
		}
		data[name] = wireScalar(value)
	}
	b.Data = data
	return b, nil
}

// AddEvent notes that the customer did something. An unknown id is [ErrNotFound]. No name,
// and data that are neither scalars nor times, are [ErrInvalidArgument]. The call is never
// sent twice: see [ErrMaybeApplied].
//
// See https://docs.helpcrunch.com/en/rest-api-v1/add-customer-event-v1.
func (s *CustomersService) AddEvent(ctx context.Context, id int64, input *EventInput) (*Event, error) {
	if err := checkID(customerID, id); err != nil {
		return nil, err
	}
	if input == nil {
		return nil, invalid("input is nil")
	}
	body := eventBody{Customer: id, Name: input.Name, Data: input.Data}
	return do[Event](ctx, s.client, s.client.request(addCustomerEvent).withBody(body))
}
