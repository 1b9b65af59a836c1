package helpcrunch

import (
	"encoding/json"
	"errors"
	"strings"
)

// ChatStatus is where a chat stands. A status that this version does not know keeps
// its spelling.
type ChatStatus string

// The statuses. The service has spelled on hold in three ways, all of which are read
// as ChatStatusOnHold.
const (
	ChatStatusNew             ChatStatus = "new"              // the customer wrote, nobody answered
	ChatStatusOpened          ChatStatus = "opened"           // an agent answered
	ChatStatusPending         ChatStatus = "pending"          // waits for the customer
	ChatStatusOnHold          ChatStatus = "on hold"          // put aside
	ChatStatusNoCommunication ChatStatus = "no communication" // nobody answers any more
	ChatStatusClosed          ChatStatus = "closed"
	ChatStatusEmpty           ChatStatus = "empty" // without a message yet; can't be set
)

// UnmarshalJSON reads any spelling.
func (s *ChatStatus) UnmarshalJSON(data []byte) error {
	var text string
	if err := unmarshalWord(data, &text); err != nil {
		return err
	}
	*s = ChatStatus(text).normal()
	return nil
}

// normal returns the status in its one spelling here.
func (s ChatStatus) normal() ChatStatus {
	switch s {
	case "onhold", "on-hold", "on_hold", "onHold":
		return ChatStatusOnHold
	case "open":
		return ChatStatusOpened
	}
	return s
}

// ClosedBy is who closed a chat.
type ClosedBy string

// Who may have closed a chat.
const (
	ClosedByCustomer ClosedBy = "customer"
	ClosedByAgent    ClosedBy = "agent"
)

// UnmarshalJSON reads a number as its digits: some answers hold one.
func (c *ClosedBy) UnmarshalJSON(data []byte) error {
	return unmarshalWord(data, c)
}

// Rating is a customer's opinion of a chat.
type Rating string

// The ratings. In the product they are called Excellent, Good, Average, Poor and Very
// poor; accounts with three steps use great, average and poor.
const (
	RatingPerfect  Rating = "perfect"
	RatingGreat    Rating = "great"
	RatingAverage  Rating = "average"
	RatingPoor     Rating = "poor"
	RatingVeryPoor Rating = "very poor"
)

// UnmarshalJSON reads a number as its digits: some answers hold one.
func (r *Rating) UnmarshalJSON(data []byte) error {
	return unmarshalWord(data, r)
}

// CreatedWith is how a chat came to be.
type CreatedWith string

// How a chat may have come to be.
const (
	CreatedWithPublicAPI       CreatedWith = "public_api"
	CreatedWithBroadcastReply  CreatedWith = "broadcast_reply"
	CreatedWithAgentMessage    CreatedWith = "agent_message"
	CreatedWithCustomerMessage CreatedWith = "customer_message"
)

// unmarshalWord reads a string, and a number or boolean as its text. Null is empty.
func unmarshalWord[T ~string](data []byte, into *T) error {
	text := string(data)
	switch {
	case text == "null":
		text = ""
	case strings.HasPrefix(text, `"`):
		if err := json.Unmarshal(data, &text); err != nil {
			return err
		}
	case strings.HasPrefix(text, "{"), strings.HasPrefix(text, "["):
		return errors.New("not a word")
	}
	*into = T(text)
	return nil
}
