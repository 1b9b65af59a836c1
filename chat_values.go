package helpcrunch

import "github.com/helpcrunch-go/helpcrunch/internal/tolerant"

// ChatStatus is the status of a chat. Values without a constant are kept as they are.
type ChatStatus string

// The statuses. Every spelling of "on hold" is read as ChatStatusOnHold, and "open" as
// ChatStatusOpened.
const (
	ChatStatusNew             ChatStatus = "new"              // the customer wrote, no agent replied yet
	ChatStatusOpened          ChatStatus = "opened"           // an agent replied
	ChatStatusPending         ChatStatus = "pending"          // waits for the customer
	ChatStatusOnHold          ChatStatus = "on hold"          // put aside
	ChatStatusNoCommunication ChatStatus = "no communication" // nobody writes any more
	ChatStatusClosed          ChatStatus = "closed"
	ChatStatusEmpty           ChatStatus = "empty" // without a message yet; can't be set
)

// UnmarshalJSON replaces other spellings of a status by its constant.
func (s *ChatStatus) UnmarshalJSON(data []byte) error {
	err := unmarshalText(data, s)
	*s = s.normal()
	return err
}

// normal returns the status in the spelling of its constant.
func (s ChatStatus) normal() ChatStatus {
	switch s {
	case "onhold", "on-hold", "on_hold", "onHold":
		return ChatStatusOnHold
	case "open":
		return ChatStatusOpened
	}
	return s
}

// ClosedBy says who closed a chat.
type ClosedBy string

// The values of ClosedBy.
const (
	ClosedByCustomer ClosedBy = "customer"
	ClosedByAgent    ClosedBy = "agent"
)

// UnmarshalJSON reads a number as its digits: some responses contain one.
func (c *ClosedBy) UnmarshalJSON(data []byte) error {
	return unmarshalText(data, c)
}

// Rating is a customer's opinion of a chat.
type Rating string

// The ratings. The product calls them Excellent, Good, Average, Poor and Very poor. Accounts with
// three ratings use great, average and poor.
const (
	RatingPerfect  Rating = "perfect"
	RatingGreat    Rating = "great"
	RatingAverage  Rating = "average"
	RatingPoor     Rating = "poor"
	RatingVeryPoor Rating = "very poor"
)

// UnmarshalJSON reads a number as its digits: some responses contain one.
func (r *Rating) UnmarshalJSON(data []byte) error {
	return unmarshalText(data, r)
}

// CreatedWith says how a chat was created.
type CreatedWith string

// The values of CreatedWith.
const (
	CreatedWithPublicAPI       CreatedWith = "public_api"
	CreatedWithBroadcastReply  CreatedWith = "broadcast_reply"
	CreatedWithAgentMessage    CreatedWith = "agent_message"
	CreatedWithCustomerMessage CreatedWith = "customer_message"
)

// unmarshalText reads a string, and a number or boolean as its text. Null is empty.
func unmarshalText[T ~string](data []byte, into *T) error {
	var text string
	_, err := tolerant.Unmarshal(data, &text)
	if err == nil {
		*into = T(text)
	}
	return err
}
