package helpcrunch

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"time"
)

// Chat is a conversation with a customer.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/chat-model-v1.
type Chat struct {
	ID     int64      `json:"id"`
	Status ChatStatus `json:"status"`
	// ClosedBy and ClosedAt are set while the chat is closed.
	ClosedBy ClosedBy  `json:"closedBy"`
	ClosedAt Timestamp `json:"closedAt"`
	Rating   Rating    `json:"rating"` // empty if the chat is not rated

	CreatedAt   Timestamp   `json:"createdAt"`   // never changes
	CreatedWith CreatedWith `json:"createdWith"` // empty in older responses
	// LastMessageAt, LastCustomerMessageAt, LastMessageID and LastMessageText are zero in a chat
	// without messages.
	LastMessageAt         Timestamp `json:"lastMessageAt"`
	LastCustomerMessageAt Timestamp `json:"lastCustomerMessageAt"`
	LastMessageID         int64     `json:"lastMessageId"`
	LastMessageText       string    `json:"lastMessageText"`
	// SnoozedUntil is when the chat becomes unread again, zero when it is not snoozed.
	SnoozedUntil Timestamp `json:"snoozedUntil"`
	// ReadByAgent and ReadByCustomer are also false if the service omits them.
	ReadByAgent    bool `json:"readByAgent"`
	ReadByCustomer bool `json:"readByCustomer"`

	// ApplicationID is the id of the application that the customer writes from, 0 if unknown: see
	// [ApplicationsService.List].
	ApplicationID int64 `json:"applicationId"`
	// Agents are the agents who wrote in the chat. LastCommunicatedAgentID is the id of the last
	// one, 0 if none wrote.
	Agents                  []Agent `json:"agents"`
	LastCommunicatedAgentID int64   `json:"lastCommunicatedAgentId"`
	// Assignee and Department are nil if the chat has none. The department has no Agents.
	Assignee   *Agent       `json:"assignee"`
	Department *Department  `json:"department"`
	Customer   ChatCustomer `json:"customer"`
	// Notes appear only in the oldest documentation.
	Notes string `json:"notes"`
	// Unreadable contains the JSON paths of unreadable fields, such as "customer.email". These
	// fields are unset. It is nil if all fields were readable.
	Unreadable []string `json:"-"`
}

// ChatCustomer is the customer of a chat.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/chat-model-v1.
type ChatCustomer struct {
	// ID is HelpCrunch's own id, UserID yours. All but ID may be empty.
	ID     int64  `json:"id"`
	Name   string `json:"name"`
	Email  string `json:"email"`
	UserID string `json:"userId"`
}

// ChatInput is a chat to create. Its fields are ids. A new chat has no message: see
// [MessagesService.SendAsAgent].
//
// See https://docs.helpcrunch.com/en/rest-api-v1/create-chat-v1.
type ChatInput struct {
	Customer    int64 `json:"customer"`             // required: the customer's id
	Application int64 `json:"application"`          // required: the application's id, see ApplicationsService.List
	Assignee    int64 `json:"assignee,omitempty"`   // an agent's id, 0 for none
	Department  int64 `json:"department,omitempty"` // a department's id, 0 for none
}

func (in *ChatInput) encode() (any, error) {
	if in == nil {
		return nil, invalid("input: must not be nil")
	}
	return in, cmp.Or(
		checkID("input.Customer", in.Customer),
		checkID("input.Application", in.Application),
		checkOptionalID("input.Assignee", in.Assignee),
		checkOptionalID("input.Department", in.Department))
}

// ChatSort is a field by which chats can be sorted.
type ChatSort string

// The fields by which chats can be sorted. CreatedAt never changes, so an iteration sorted by it
// misses nothing. The others change with the chat.
const (
	ChatSortCreatedAt             ChatSort = "chats.createdAt"
	ChatSortLastCustomerMessageAt ChatSort = "chats.lastCustomerMessageAt"
	ChatSortLastMessageAt         ChatSort = "chats.lastMessageAt"
	ChatSortClosedAt              ChatSort = "chats.closedAt"
)

// ChatListOptions select a part of the list of chats. Nil means the defaults.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/get-chats-v1.
type ChatListOptions struct {
	// Sort and Order default to the service's own in List, and to CreatedAt ascending
	// in All.
	Sort  ChatSort
	Order Order
	// Offset is how many rows to skip, 0 or more.
	Offset int
	// Limit is how many rows to return, 1 to 100; 0 means 100. In All it is the size
	// of a page.
	Limit int
}

func (o *ChatListOptions) pageRequest() pageRequest {
	o = cmp.Or(o, new(ChatListOptions))
	return pageRequest{argument: "opts", Offset: o.Offset, Limit: o.Limit, Sort: string(o.Sort), Order: o.Order}
}

// ChatsService reads and changes the chats of the account: see Client.Chats. An id below 1 is
// [ErrInvalidArgument] in all its methods. Assignee and Department of a [ChatInput] may be 0.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/chat-model-v1.
type ChatsService service

func (s *ChatsService) client() *Client { return (*service)(s).client() }

// Get returns the chat with the id. It returns [ErrNotFound] if there is none.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/get-chat-v1.
func (s *ChatsService) Get(ctx context.Context, id int64) (*Chat, error) {
	return doID[Chat](ctx, s.client(), getChat, id, nil)
}

// List returns one page of the chats. Nil options mean the first 100. Invalid options are
// [ErrInvalidArgument].
//
// See https://docs.helpcrunch.com/en/rest-api-v1/get-chats-v1.
func (s *ChatsService) List(ctx context.Context, opts *ChatListOptions) (*Page[Chat], error) {
	return list[Chat](ctx, s.client(), s.client().request(listChats), opts.pageRequest())
}

// All iterates over all chats, by default in the order of CreatedAt. Chats that exist during the
// whole iteration are yielded exactly once. Pages are requested in the background and
// prefetched: see Pagination in the package documentation. Invalid options are
// [ErrInvalidArgument]. An error is yielded once, last.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/get-chats-v1.
func (s *ChatsService) All(ctx context.Context, opts *ChatListOptions) iter.Seq2[*Chat, error] {
	return iterateAll(ctx, s.client(), s.client().request(listChats), opts.pageRequest(), chatRows)
}

// Search returns one page of the chats that match. Nil matches all. If no chat matches, the page
// is empty. Invalid filters and options are [ErrInvalidArgument].
//
// See https://docs.helpcrunch.com/en/rest-api-v1/search-chats-v1.
func (s *ChatsService) Search(ctx context.Context, search *ChatSearch) (*Page[Chat], error) {
	return list[Chat](ctx, s.client(), s.client().request(searchChats), search.pageRequest())
}

// SearchAll iterates over all chats that match, as All does. An error of Search is yielded once,
// last.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/search-chats-v1.
func (s *ChatsService) SearchAll(ctx context.Context, search *ChatSearch) iter.Seq2[*Chat, error] {
	return iterateAll(ctx, s.client(), s.client().request(searchChats), search.pageRequest(), chatRows)
}

// ActiveSince iterates over the chats whose LastMessageAt is not before since, newest first. A chat
// that gets a message during the iteration, before it is yielded, is yielded at the end. No chat is
// yielded twice. For the next call, pass the time of this call as since. Subtract the possible
// difference between your clock and the service's. The service's times may be in whole seconds.
//
// A chat deleted during the iteration is yielded at most once. Chats without messages are not
// yielded. Assignments and status changes have no timestamp and are not seen.
//
// Pages are requested one at a time in the background. At most 20 pages are requested besides those
// yielded, even if chats without messages come first. A zero since is [ErrInvalidArgument]. An
// error is yielded once, last.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/get-chats-v1.
func (s *ChatsService) ActiveSince(ctx context.Context, since time.Time) iter.Seq2[*Chat, error] {
	return iterateSince(ctx, s.client(), listChats, "Chats.ActiveSince", rowKind[Chat]{
		id:         (*Chat).id,
		sortKey:    func(c *Chat) time.Time { return c.LastMessageAt.Time },
		stableSort: string(ChatSortLastMessageAt),
	}, since)
}

// Create starts a chat with a customer. The chat's status is [ChatStatusEmpty] until a message is
// posted. An unknown application, assignee or department is [ErrBadRequest], an unknown customer
// [ErrNotFound]. An input without a customer or an application is [ErrInvalidArgument]. The call
// is not retried if it may have been applied: see [ErrMaybeApplied].
//
// See https://docs.helpcrunch.com/en/rest-api-v1/create-chat-v1.
func (s *ChatsService) Create(ctx context.Context, input *ChatInput) (*Chat, error) {
	return do[Chat](ctx, s.client(), s.client().request(createChat).withBody(input))
}

// FindOrCreate returns the customer's latest chat that is not closed, or else creates one.
// Application, Assignee and Department apply only to a new chat.
//
// Calls for one customer run one after another within a client and those derived from it.
// Concurrent calls therefore create one chat. Concurrent calls in different processes, or of
// separate clients, can each create a chat: the service does not prevent it.
//
// If the response to the creation is lost, FindOrCreate searches again. If it finds no chat, the
// error matches [ErrMaybeApplied]: look for the chat before you repeat the call. Other errors are
// those of [ChatsService.Search] and [ChatsService.Create]. FindOrCreate reports no [Progress].
//
// See https://docs.helpcrunch.com/en/rest-api-v1/search-chats-v1 and
// https://docs.helpcrunch.com/en/rest-api-v1/create-chat-v1.
func (s *ChatsService) FindOrCreate(ctx context.Context, input *ChatInput) (chat *Chat, created bool, err error) {
	_, err = input.encode()
	if err = cmp.Or(s.client().usable(ctx), err); err != nil {
		return nil, false, inMethod("Chats.FindOrCreate", err)
	}
	claim := s.client().core.locks.Claim(chatsOfCustomer(input.Customer))
	defer claim.Release()
	if _, err := claim.Lock(ctx); err != nil {
		return nil, false, err
	}
	chat, err = s.latestOpen(ctx, input.Customer)
	if chat != nil || err != nil {
		return chat, false, inMethod("Chats.FindOrCreate", err)
	}
	chat, err = s.Create(ctx, input)
	if !errors.Is(err, ErrMaybeApplied) {
		return chat, err == nil, err
	}
	if found, _ := s.latestOpen(ctx, input.Customer); found != nil {
		return found, true, nil
	}
	return nil, false, err
}

// chatsOfCustomer is the key of the lock for the chats of a customer.
type chatsOfCustomer int64

// latestOpen returns the customer's latest chat that is not closed, nil if there is none. It stops
// at the first match and keeps the client's priority.
func (s *ChatsService) latestOpen(ctx context.Context, customer int64) (*Chat, error) {
	p := (&ChatSearch{
		Filters: []ChatFilter{ChatFieldCustomer.Equals(customer)},
		Sort:    ChatSortCreatedAt,
		Order:   OrderDescending,
	}).pageRequest()
	for chat, err := range iterateSequentially(ctx, s.client(), searchChats, p, chatRows) {
		if err != nil || chat.Status != ChatStatusClosed {
			return chat, err
		}
	}
	return nil, nil //nolint:nilnil // no chat is no error here
}

// SetStatus sets the status. An empty status and [ChatStatusEmpty] are [ErrInvalidArgument], a
// status unknown to the service is [ErrBadRequest], an unknown chat [ErrNotFound].
//
// See https://docs.helpcrunch.com/en/rest-api-v1/update-chat-status-v1.
func (s *ChatsService) SetStatus(ctx context.Context, id int64, status ChatStatus) (*Chat, error) {
	status = status.normal()
	err := invalidIf(status == "" || status == ChatStatusEmpty, "status: must be one that can be set, got %q", status)
	return s.change(ctx, setChatStatus, id, "status", status, err)
}

// Assign makes an agent responsible for the chat. An unknown agent is [ErrBadRequest], an unknown
// chat [ErrNotFound].
//
// See https://docs.helpcrunch.com/en/rest-api-v1/update-chat-assignee-v1.
func (s *ChatsService) Assign(ctx context.Context, id, agentID int64) (*Chat, error) {
	return s.change(ctx, setChatAssignee, id, "assignee", agentID, checkID("agentID", agentID))
}

// Unassign leaves the chat without an assignee. An unknown chat is [ErrNotFound].
//
// See https://docs.helpcrunch.com/en/rest-api-v1/update-chat-assignee-v1.
func (s *ChatsService) Unassign(ctx context.Context, id int64) (*Chat, error) {
	chat, err := s.change(ctx, setChatAssignee, id, "assignee", nil, nil)
	return chat, inMethod("Chats.Unassign", err)
}

// SetDepartment moves the chat to a department. An unknown department is [ErrBadRequest], an
// unknown chat [ErrNotFound].
//
// See https://docs.helpcrunch.com/en/rest-api-v1/update-chat-department-v1.
func (s *ChatsService) SetDepartment(ctx context.Context, id, departmentID int64) (*Chat, error) {
	return s.change(ctx, setChatDepartment, id, "department", departmentID, checkID("departmentID", departmentID))
}

// Snooze hides the chat until a time, exact to the second. Then the chat becomes unread. The zero
// time is [ErrInvalidArgument], an unknown chat [ErrNotFound].
//
// See https://docs.helpcrunch.com/en/rest-api-v1/snooze-chat-v1.
func (s *ChatsService) Snooze(ctx context.Context, id int64, until time.Time) (*Chat, error) {
	err := invalidIf(until.IsZero(), "until: must not be the zero time: use Unsnooze to end a snooze")
	return s.change(ctx, snoozeChat, id, "snoozedUntil", wireSeconds(until), err)
}

// Unsnooze ends a snooze. An unknown chat is [ErrNotFound].
//
// See https://docs.helpcrunch.com/en/rest-api-v1/snooze-chat-v1.
func (s *ChatsService) Unsnooze(ctx context.Context, id int64) (*Chat, error) {
	chat, err := s.change(ctx, snoozeChat, id, "snoozedUntil", nil, nil)
	return chat, inMethod("Chats.Unsnooze", err)
}

// Rate rates the chat in the customer's name. The chat must be closed, not rated, and contain a
// message of an agent; otherwise the error is [ErrBadRequest]. An empty rating is
// [ErrInvalidArgument], an unknown chat [ErrNotFound]. The call is not retried if it may have been
// applied: see [ErrMaybeApplied].
//
// See https://docs.helpcrunch.com/en/rest-api-v1/chat-rating-rest-api.
func (s *ChatsService) Rate(ctx context.Context, id int64, rating Rating) (*Chat, error) {
	return s.change(ctx, rateChat, id, "rating", rating, checkNotEmpty("rating", string(rating)))
}

// SetReadByAgent marks the chat as read or unread by the agents. An unknown chat is
// [ErrNotFound].
//
// See https://docs.helpcrunch.com/en/rest-api-v1/read-chat-rest-api-1.
func (s *ChatsService) SetReadByAgent(ctx context.Context, id int64, read bool) (*Chat, error) {
	return s.change(ctx, setChatReadByAgent, id, "read", read, nil)
}

// SetReadByCustomer marks the chat as read or unread by the customer. An unknown chat is
// [ErrNotFound].
//
// See https://docs.helpcrunch.com/en/rest-api-v1/read-chat-rest-api-1.
func (s *ChatsService) SetReadByCustomer(ctx context.Context, id int64, read bool) (*Chat, error) {
	return s.change(ctx, setChatReadByCustomer, id, "read", read, nil)
}

// change sets one property of a chat. The id is in the body. err is an error about the value, or
// nil.
func (s *ChatsService) change(
	ctx context.Context, op *operation, id int64, property string, value any, err error,
) (*Chat, error) {
	r := s.client().request(op).withError(checkID("id", id)).withError(err).withError(checkUTF8(property, value))
	return do[Chat](ctx, s.client(), r.withBody(map[string]any{"id": id, property: value}))
}

func (c *Chat) id() int64 { return c.ID }

func (c *Chat) setUnreadable(fields []string) { c.Unreadable = fields }

var chatRows = rowKind[Chat]{
	id:         (*Chat).id,
	sortKey:    func(c *Chat) time.Time { return c.CreatedAt.Time },
	stableSort: string(ChatSortCreatedAt),
}
