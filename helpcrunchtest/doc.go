// Package helpcrunchtest is an in-memory fake of the HelpCrunch API, for tests. Seed it, inject
// faults, run your code, and check the stored rows:
//
//	func TestGreetsNewCustomers(t *testing.T) {
//		server := helpcrunchtest.NewServer()
//		defer server.Close()
//		customer := server.AddCustomer(helpcrunchtest.MakeCustomer())                           // seed
//		server.Inject(helpcrunchtest.TooManyRequests().On(helpcrunchtest.CreateMessage).Once()) // fail
//
//		err := greet(t.Context(), server.Client(), customer.ID) // your code
//
//		require.NoError(t, err)
//		assert.Equal(t, "Welcome!", server.Chats()[0].LastMessageText) // check
//	}
//
// The server is stateful: it returns what was written, changes chats as the service does, finds
// what a search matches, and responds to invalid requests with the service's own errors.
//
// # Seeding
//
// A new server has two agents, a department, an application and no customers. Add rows as SDK
// types with [Server.AddCustomer], [Server.AddChat], [Server.AddMessage] and so on;
// [MakeCustomer] and the other Make functions fill in the usual fields. [Server.CustomerWrites]
// and [Server.AgentWrites] write messages as people do. [WithDemoAccount] adds a small web shop,
// [WithGenerated] any number of generated rows. IDs and order are the same in every run.
// [Server.Reset] restores the seeded state.
//
// # Checking
//
// [Server.Customer], [Server.Chats], [Server.Messages], [Server.Events] and so on return the rows
// as SDK types. [Server.Requests] returns the requests received, without the API key.
// [Server.Count], [Server.CountStatus], [Server.Effects] and [Server.MostRequestsIn] count them.
//
// # Faults
//
// A [Fault] is a value. Its methods limit and change it:
//
//	server.Inject(helpcrunchtest.TooManyRequests().Times(3))
//	server.Inject(helpcrunchtest.ResetConnection().AfterEffect().On(helpcrunchtest.CreateMessage).Once())
//	server.Inject(helpcrunchtest.SlowHeaders(time.Minute).WithProbability(0.1, 42))
//
// [WithRateLimit] responds 429 beyond a limit, in rolling or fixed windows. [WithLatency] delays
// every response. All of it works in memory and over the network.
//
// # Clients
//
// [Server.Client] returns an SDK client that needs no network and has no rate limit. It succeeds
// and fails as in production, in a thousandth of the time. [Server.ProductionClient] has the
// limit and the waits of production, for virtual time. Any other HTTP client uses
// [Server.HTTPClient] in memory, or the fields URL and APIKey over the network. The command
// helpcrunch sandbox runs the same server for tests in other languages, with [WithControl] and
// [WithTLS].
//
// # Virtual time
//
// In memory the server responds in the goroutine of its caller and opens no socket. In a
// testing/synctest bubble hours of waiting pass at once:
//
//	synctest.Test(t, func(t *testing.T) {
//		server := helpcrunchtest.NewServer(helpcrunchtest.WithRateLimit(helpcrunchtest.RateLimit{Requests: 120}))
//		defer server.Close()
//		importEverything(t.Context(), server.ProductionClient()) // your code, for an hour of virtual time
//		assert.Zero(t, server.CountStatus(http.StatusTooManyRequests))
//	})
//
// In a bubble NewServer opens no listener. [WithClock] and [Server.MoveClock] change the clock of
// the server alone.
//
// # Webhooks
//
// [Server.SendWebhooksTo] sends webhooks to your handler in memory, [WithWebhook] to a URL. The
// API, [Server.CustomerWrites], [Server.AgentWrites] and the clock raise events; seeding does
// not. Webhooks are signed and escaped as the service does, and retried:
//
//	handler, err := webhook.NewHandler("a signing key", handle)
//	require.NoError(t, err)
//	server.SendWebhooksTo(handler, "a signing key")
//	server.CustomerWrites(chat.ID, "Is anyone there?")
//	require.NoError(t, server.WaitForWebhooks(t.Context()))
//	// check what your code did, or server.Deliveries()
//
// [Server.Redeliver] sends a duplicate, [Server.Forge] a forgery. [Server.HoldWebhooks] and
// [Server.ReleaseWebhooks] change the order. [Server.SendWebhook] sends any event, such as an
// e-mail.
//
// # Dialects
//
// Versions of the service's documentation differ, and some behaviour is undocumented. The server
// uses the newest documented form, except where clients of the live service have seen another. A
// [Dialect] switches single points: the example of [DialectSwitches] lists them with their
// defaults. These assumptions have no switch:
//
//   - Unknown sorts, query parameters and body keys are ignored. Ties are sorted by ID.
//   - Searches ignore case in strings, but not in tag names. Null matches no filter. The filters
//     telegramId, facebookId and so on compare the integrationId of customers whose createdFrom is
//     that messenger.
//   - PUT keeps the device and the location. Null removes a custom attribute. Attributes need no
//     definition without [WithAttributes]. One invalid item of a batch changes nothing.
//   - An unknown customer or agent is 404. An unknown application, assignee or department is 400.
//   - A customer's message makes an empty chat new and a closed one opened. An agent's message
//     makes an empty or new chat opened. A status set to closed through the API counts as closed
//     by an agent. Marking a chat as read marks the other side's messages.
//   - A change through the API raises the same webhooks as one in the app. A new chat raises
//     chat.new at once, and chat.status_updated with its first message. Losing an assignee
//     raises nothing.
//   - A webhook is delivered when the response is 2xx within 15 s. Otherwise it is retried after
//     10 s, and once more after 60 s. Redirects are failures.
//   - Responses have rate-limit headers only if [RateLimit] says so. The key is checked before
//     the limit, the limit before the path.
package helpcrunchtest
