// Package webhook receives the webhooks of HelpCrunch: it verifies and parses deliveries, and
// drops duplicates.
//
// # Receiving
//
// [NewHandler] does all of it:
//
//	handle := func(ctx context.Context, event *webhook.Event) error {
//		if data, ok := event.Message(); ok && event.Type == webhook.EventTypeMessageChatCustomer {
//			return enqueue(ctx, data.ChatID, data.Message.Text)
//		}
//		return nil
//	}
//	handler, err := webhook.NewHandler(os.Getenv("HELPCRUNCH_SIGNING_KEY"), handle)
//	if err != nil {
//		return err // the key is empty
//	}
//	mux.Handle("/helpcrunch", handler)
//
// In HelpCrunch each webhook has one event type and one URL; all may have the same URL. The account
// has one signing key, which HelpCrunch shows beside the webhooks. See
// https://docs.helpcrunch.com/en/webhooks/setting-up-webhooks.
//
// An [Event] has one of 20 types. [Event.Chat], [Event.Customer] and [Event.Message] decode the
// payload; Data contains it unchanged. Payloads contain less than the REST API
// returns: package helpcrunch requests the rest. Event types that this version does not know
// reach the function too, so return nil for types that you do not use.
//
// Use [Verify] and [Parse] with a framework without [net/http.Handler], or behind a queue. The
// body must reach the handler unread, because its raw bytes are signed. [Sign] signs deliveries
// in tests.
//
// # Responses
//
// A 2xx confirms the delivery. After any other status the service delivers the event again. How
// soon and how often, and how long it waits for a response, is not documented. The handler
// responds with
//
//   - 200 when the function returned nil, and when the event was handled before
//   - 400 when the body is truncated, and when a signed body can't be parsed
//   - 401 when the signature is missing or wrong
//   - 405 to anything but POST
//   - 413 when the body is larger than 1 MiB ([WithMaxBodyBytes]), signed or not
//   - 500 when the function or the deduplicator failed or panicked
//   - 503 with a Retry-After when another delivery of the event is being handled, and when the
//     function or the deduplicator does not return in time
//
// The handler responds within 1.1 times the function's timeout plus 5 s for the deduplicator,
// counted from the end of the body.
//
// # Security
//
// A signature is the HMAC-SHA1 of the body's bytes as they arrived. It is compared in constant
// time, and the body is parsed only after it. Missing, malformed and wrong signatures get the
// same response. Keep the key in a secret store. While it is being replaced, accept the old
// and the new one ([WithAdditionalKeys]).
//
// Nothing signs the time of a delivery, so a captured delivery can be replayed. The
// deduplicator drops a replay for as long as it remembers the event. Serve over HTTPS, and give
// the [net/http.Server] a ReadTimeout: the handler does not limit the time to read a body.
// A WriteTimeout must cover the time to read the body and the longest response time above.
//
// # Logs
//
// A function or deduplicator that fails, panics or hangs is logged through [slog.Default] at
// warn level, as net/http logs panics. So is a body that something read before the handler.
// [WithLogger] replaces that logger and logs every delivery. Records contain the texts of
// errors, and never a key, a signature or a body.
//
// # Duplicates
//
// The service delivers at least once, concurrently and in any order. An event keeps its type
// and id in all its deliveries. A [Deduplicator] remembers an event when the function has
// returned nil.
//
// Promised:
//
//   - A delivery of a remembered event does not reach the function.
//   - Two deliveries of one event are not handled concurrently.
//   - An event whose function failed is not remembered.
//
// Not promised:
//
//   - An event may be handled again after a restart, or by another process, with the default
//     [NewMemoryDeduplicator]. Package redis/redisdedup shares events between processes.
//   - An event may be handled again when a process dies between the function's effect and the
//     deduplicator's Commit, or when Commit fails. If that would do harm, make the work
//     idempotent, for instance by a unique index on type and id.
//   - An event without an id is handled at every delivery.
//
// # Order
//
// An older event may arrive after a newer one. Compare CreatedAt, or request the current state
// from the REST API. Events are handled concurrently; [WithSequence] handles those of one chat
// one after the other. One action may raise several events: closing a chat raises both
// [EventTypeChatStatusUpdated] and [EventTypeChatClosed].
//
// # Timeouts
//
// The function's context ends after 10 s ([WithTimeout]). It does not end when the sender
// hangs up, nor when the server shuts down; [net/http.Server.Shutdown] waits for the function.
// If the function has not returned after 1.1 times the timeout, the response is 503. The
// function continues, but Shutdown does not wait for it. Duplicates get 503 while it runs. If it
// finally returns nil, the event counts as handled.
//
// The service may not wait as long as the timeout. Work that takes longer than a few seconds
// belongs in a queue that survives a crash: let the function store the event there and return
// nil. An event marshals to JSON, which [Parse] reads.
package webhook
