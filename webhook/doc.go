// Package webhook receives the webhooks of HelpCrunch: it checks that a delivery is genuine,
// reads its event, and has each event handled once.
//
// # Receiving
//
// [NewHandler] does all of it:
//
//	handle := func(ctx context.Context, event *webhook.Event) error {
//		if message, ok := event.Message(); ok && event.Type == webhook.EventTypeMessageChatCustomer {
//			return enqueue(ctx, message.ChatID, message.Message.Text)
//		}
//		return nil
//	}
//	handler, err := webhook.NewHandler(os.Getenv("HELPCRUNCH_SIGNING_KEY"), handle)
//	if err != nil {
//		return err // the key is empty
//	}
//	mux.Handle("/helpcrunch", handler)
//
// In HelpCrunch each webhook is one type of event and one address; all of them may have the
// same address. The account has one signing key, found in the same place. See
// https://docs.helpcrunch.com/en/webhooks/setting-up-webhooks.
//
// An [Event] has one of 20 types. [Event.Chat], [Event.Customer] and [Event.Message] read the
// payload of its family; Data holds it as it came. The payloads hold less than the REST
// API tells: package helpcrunch asks for the rest. Types that this version does not know
// reach the function too, so return nil for what you have no use for.
//
// With another router or a queue in front, [Verify] and [Parse] are the parts.
//
// # Answers
//
// An answer of 2xx tells the service that an event has arrived, any other that it should
// deliver it again. When it does so, how often, and how long it waits for an answer is not
// documented. The handler answers with
//
//   - 200 when the function returned nil, and when the event was handled before
//   - 400 when the body breaks off, and when a genuine one can't be read
//   - 401 when the signature is missing or wrong
//   - 405 to anything but POST
//   - 413 when the body is larger than 1 MiB ([WithMaxBodyBytes]), signed or not
//   - 500 when the function or the deduplicator failed or panicked
//   - 503 with a Retry-After when the event is still being handled: by another delivery, or by
//     this one when the function or the deduplicator does not return in time
//
// # Security
//
// A signature is the HMAC-SHA1 of the body's bytes as they arrived. It is compared in constant
// time, and the body is not looked into before it was found right. Missing, malformed and
// wrong signatures have the same answer, which says nothing else. Keep the key in a
// secret store. While it is being replaced, accept the old and the new one
// ([WithAdditionalKeys]).
//
// Nothing signs the time of a delivery, so that a copy of one can be sent again by whoever
// got hold of it. The deduplicator tells it by its type and id for as long as it remembers.
// Serve over HTTPS, and give the [net/http.Server] a ReadTimeout: a body that trickles in is
// not bounded in time here. A WriteTimeout must leave time for the body to arrive, 5 s for
// the deduplicator to begin, and the function's timeout and a tenth of it.
//
// The handler logs nothing unless [WithLogger] asks for it, and then no keys, signatures or bodies.
//
// # Duplicates and order
//
// The service delivers at least once, several at a time, in any order. An event keeps its type
// and id in all its deliveries. They are remembered only when the function has returned nil;
// a delivery that arrives while another of the same event is being handled is answered with
// 503. So an event is handled again only if the function failed, or if it was forgotten:
// memory in the process ([NewMemoryDeduplicator]) ends with it, and is not shared with
// others. [WithDeduplicator] takes a store of your own. Where twice would do harm, let the work
// itself be repeatable, for instance by a unique index on type and id. An event without an
// id can't be told from others and is handled at every delivery.
//
// An older event may come after a newer one. Compare CreatedAt, or ask the REST API how things
// stand now. One action may raise several events: closing a chat is a
// [EventTypeChatStatusUpdated] and a [EventTypeChatClosed].
//
// # Timeouts
//
// The function's context ends after 10 s ([WithTimeout]). It does not end when the sender
// hangs up, nor when the server shuts down: what was begun is brought to an end, and
// [net/http.Server.Shutdown] waits for it. A function that has not returned a tenth of the
// timeout later is answered for with 503 and goes on, unknown to Shutdown. Duplicates are
// answered with 503 for as long as it runs; if it returns nil in the end, the event counts
// as handled.
//
// The service may not wait as long as the timeout. Work that takes longer than a
// few seconds belongs in a queue that survives a crash: let the function put the event
// there, and return nil once it is safely stored. An event marshals to JSON, which [Parse]
// reads.
package webhook
