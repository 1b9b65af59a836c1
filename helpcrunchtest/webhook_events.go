package helpcrunchtest

import "slices"

// WebhookEvent names what a webhook tells of. [Server.SendWebhook] takes any name, those
// that the service does not have included.
type WebhookEvent string

// The events of the service, by family. The server raises each of them when the API, a
// person ([Server.CustomerWrites], [Server.AgentWrites]) or the clock makes it happen;
// those of e-mails, which can't be written through the API, only [Server.SendWebhook] sends.
const (
	// WebhookChatNew is a chat that was created.
	WebhookChatNew WebhookEvent = "chat.new"
	// WebhookChatStatusUpdated is another status, by hand or because of a message.
	WebhookChatStatusUpdated WebhookEvent = "chat.status_updated"
	// WebhookChatAssigned is a chat that got an assignee; losing one raises nothing.
	WebhookChatAssigned WebhookEvent = "chat.assigned"
	// WebhookChatSnoozed is a snooze that was set, or set to another time.
	WebhookChatSnoozed WebhookEvent = "chat.snoozed"
	// WebhookChatUnsnoozed is a snooze that was taken back, or ended by the clock.
	WebhookChatUnsnoozed WebhookEvent = "chat.unsnoozed"
	// WebhookChatClosed is a chat that was closed; it comes after [WebhookChatStatusUpdated].
	WebhookChatClosed WebhookEvent = "chat.closed"
	// WebhookChatRated is a chat that got its rating.
	WebhookChatRated WebhookEvent = "chat.rated"

	// WebhookCustomerNew is a customer who was created, whatever else is set.
	WebhookCustomerNew WebhookEvent = "customer.new"
	// WebhookCustomerEmailUpdated is another e-mail address, or none.
	WebhookCustomerEmailUpdated WebhookEvent = "customer.email_updated"
	// WebhookCustomerTagsChanged is any change of a customer's tags, their colours included.
	WebhookCustomerTagsChanged WebhookEvent = "customer.tags_changed"
	// WebhookCustomerUnsubscribed is a customer who became unsubscribed.
	WebhookCustomerUnsubscribed WebhookEvent = "customer.unsubscribed"
	// WebhookCustomerSubscribed is a customer who is no longer unsubscribed.
	WebhookCustomerSubscribed WebhookEvent = "customer.subscribed"
	// WebhookCustomerBlocked is a customer who became blocked.
	WebhookCustomerBlocked WebhookEvent = "customer.blocked"
	// WebhookCustomerUnblocked is a customer who is no longer blocked.
	WebhookCustomerUnblocked WebhookEvent = "customer.unblocked"
	// WebhookCustomerDeleted is a customer who was deleted; it tells what was known.
	WebhookCustomerDeleted WebhookEvent = "customer.deleted"

	// WebhookMessageChatCustomer is a customer's message in a chat.
	WebhookMessageChatCustomer WebhookEvent = "message.chat.customer"
	// WebhookMessageEmailCustomer is a customer's e-mail.
	WebhookMessageEmailCustomer WebhookEvent = "message.email.customer"
	// WebhookMessageChatAgent is an agent's message in a chat.
	WebhookMessageChatAgent WebhookEvent = "message.chat.agent"
	// WebhookMessageEmailAgent is an agent's e-mail.
	WebhookMessageEmailAgent WebhookEvent = "message.email.agent"
	// WebhookMessagePrivate is a note that only agents see.
	WebhookMessagePrivate WebhookEvent = "message.private"
)

var webhookEvents = []WebhookEvent{
	WebhookChatNew, WebhookChatStatusUpdated, WebhookChatAssigned, WebhookChatSnoozed, WebhookChatUnsnoozed,
	WebhookChatClosed, WebhookChatRated,
	WebhookCustomerNew, WebhookCustomerEmailUpdated, WebhookCustomerTagsChanged, WebhookCustomerUnsubscribed,
	WebhookCustomerSubscribed, WebhookCustomerBlocked, WebhookCustomerUnblocked, WebhookCustomerDeleted,
	WebhookMessageChatCustomer, WebhookMessageEmailCustomer, WebhookMessageChatAgent, WebhookMessageEmailAgent,
	WebhookMessagePrivate,
}

// WebhookEvents returns the 20 events of the service, in the order of their constants.
func WebhookEvents() []WebhookEvent {
	return slices.Clone(webhookEvents)
}
