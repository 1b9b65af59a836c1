// Package helpcrunchtest is an in-memory fake HelpCrunch server for tests. Seed it, run your
// code, look at what it holds, and make it fail:
//
//	func TestGreetsNewCustomers(t *testing.T) {
//		server := helpcrunchtest.NewServer()
//		defer server.Close()
//		customer := server.AddCustomer(helpcrunchtest.MakeCustomer()) // seed
//		server.Inject(helpcrunchtest.Status(503).On(helpcrunchtest.CreateMessage).Once()) // fail
//
//		err := greet(t.Context(), server.Client(), customer.ID) // your code
//
//		require.NoError(t, err)
//		assert.Equal(t, "Welcome!", server.Chats()[0].LastMessageText) // look
//	}
//
// The server has state: what is written is read back, chats change as they do in the service,
// searches find what matches, and invalid requests get the service's own errors.
//
// # Seeding
//
// A new server has two agents, a department, an application and no customers. Add rows as SDK
// types with [Server.AddCustomer], [Server.AddChat], [Server.AddMessage] and so on;
// [MakeCustomer] and the other Make functions fill in the usual fields. [Server.CustomerWrites]
// and [Server.AgentWrites] let people write. [WithDemoAccount] adds a small shop,
// [WithGenerated] any number of generated rows. IDs and order are the same in every run;
// [Server.Reset] starts again.
//
// # Looking
//
// [Server.Customer], [Server.Chats], [Server.Messages], [Server.Events] and so on return what
// the account holds, as SDK types. [Server.Requests] returns what was received, without the
// API key; [Server.Count], [Server.CountStatus], [Server.Effects] and [Server.MostRequestsIn]
// count it.
//
// # Failing
//
// A [Fault] is a value, and its methods limit it:
//
//	server.Inject(helpcrunchtest.TooManyRequests().Times(3))
//	server.Inject(helpcrunchtest.ResetConnection().AfterEffect().On(helpcrunchtest.CreateMessage).Once())
//	server.Inject(helpcrunchtest.SlowHeaders(time.Minute).WithProbability(0.1, 42))
//
// [WithRateLimit] responds 429 beyond a limit, in rolling or fixed windows. [WithLatency]
// delays every response. All of it works in memory and over the network.
//
// # Clients
//
// [Server.Client] returns an SDK client that needs no network and has no rate limit. It
// succeeds and fails as in production, in a thousandth of the time. [Server.ProductionClient]
// has the limit and the waits of production, for virtual time. Any other HTTP client uses
// [Server.HTTPClient] in memory, or the fields URL and APIKey over a real connection. The
// command "helpcrunch sandbox" is the same server for other languages; [WithControl] and
// [WithTLS] are what it adds.
//
// # Virtual time
//
// In memory the server responds in the goroutine of its caller and opens no socket. Inside a
// testing/synctest bubble hours of waiting pass at once:
//
//	synctest.Test(t, func(t *testing.T) {
//		server := helpcrunchtest.NewServer(helpcrunchtest.WithRateLimit(helpcrunchtest.RateLimit{Requests: 120}))
//		defer server.Close()
//		importEverything(t.Context(), server.ProductionClient()) // your code, for an hour of the bubble's clock
//		assert.Zero(t, server.CountStatus(http.StatusTooManyRequests))
//	})
//
// Inside a bubble NewServer opens no listener. [WithClock] and [Server.MoveClock] change the
// clock of the server alone.
//
// # Webhooks
//
// [Server.SendWebhooksTo] sends webhooks to your handler in memory, [WithWebhook] to a URL: the
// events of everything that the API changes, that people write and that the clock ends, but
// not those of seeding. They are signed and escaped as the service does, and retried:
//
//	handler, err := webhook.NewHandler("a signing key", handle)
//	require.NoError(t, err)
//	server.SendWebhooksTo(handler, "a signing key")
//	server.CustomerWrites(chat.ID, "Is anyone there?")
//	require.NoError(t, server.WaitForWebhooks(t.Context()))
//	// look at what your code did, or at server.Deliveries()
//
// [Server.Redeliver] sends a duplicate, [Server.Forge] a forgery. [Server.HoldWebhooks] and
// [Server.ReleaseWebhooks] change the order. [Server.SendWebhook] sends any event, such as
// those of e-mails.
//
// # Dialects
//
// Versions of the service's documentation differ, and some of it is unknown. The server sends
// the newest documented form, corrected by what clients of the live service show. A [Dialect]
// switches single points. Where nothing is known, these are its assumptions; those with a
// switch are marked.
//
//   - A limit above 100 is cut to 100 (switch); other bounds are 400. Unknown sorts, query
//     parameters and body keys are ignored. The default order, also of ties, is by ascending
//     ID (switch). Nulls come last in ascending and first in descending order (switch).
//   - A number is read as text in the texts of customers and the values of string filters
//     (switch). [] is an empty object, and so is no body of a new customer (switch).
//   - Searches compare strings without case; tag names have case. Null matches no filter. A
//     filter for an empty string is valid (switch). No match is an empty page (switch). A
//     telegramId, facebookId and so on is the integrationId of a customer whose createdFrom
//     is that messenger.
//   - PUT clears what it is not given (switch), except device and location. PATCH replaces
//     tags (switch) and merges custom data by name (switch); null removes one. A second
//     customer with a userId is 400 (switch). Custom attributes need no definition unless
//     [WithAttributes] gives some.
//   - A batch patches (switch), responds with an array (switch) and counts as one request
//     (switch); one invalid item changes nothing.
//   - An unknown customer or agent is 404; an unknown application, assignee or department is
//     400; a message to a missing chat is 400 (switch).
//   - A customer's message makes an empty chat new and opens a closed one; an agent's makes an
//     empty or new one opened. A status set through the API adds a message of type "tech"
//     (switch); closing through it is closing by an agent. Marking a chat as read marks the
//     other side's messages.
//   - A change through the API raises the webhooks of a person's change. A new chat raises
//     chat.new at once, and chat.status_updated with its first message. Losing an assignee
//     raises nothing. eventData is an object (switch) with chat_id (switches), nulls (switch)
//     and a new message's updatedAt (switch). Each event has an ID of its own at each URL
//     (switch).
//   - A webhook is delivered when the response is 2xx within 15 seconds, else retried after
//     10 seconds and after another minute. A redirect is a failure.
//   - Ok is a JSON string (switch). There are no rate-limit headers unless [RateLimit] has
//     them. The key is checked before the limit, the limit before the path.
package helpcrunchtest
