// Package helpcrunchtest is a HelpCrunch account in memory, for testing code that uses
// the SDK, or that speaks to the REST API in any other way.
//
// A [Server] has state: what was written is what is read, chats live as they do in the
// service, searches find what matches, and bad input is refused with the service's own
// errors. A test needs no knowledge of HTTP:
//
//	func TestGreetsNewCustomers(t *testing.T) {
//		server := helpcrunchtest.NewServer()
//		defer server.Close()
//		customer := server.AddCustomer(helpcrunchtest.MakeCustomer())
//
//		err := greet(t.Context(), server.Client(), customer.ID) // your code
//
//		require.NoError(t, err)
//		chat := server.Chats()[0]
//		assert.Equal(t, "Welcome!", chat.LastMessageText)
//	}
//
// # Seeding
//
// A new server holds two agents, a department, an application and no customers. Add
// rows as SDK types with [Server.AddCustomer], [Server.AddChat], [Server.AddMessage]
// and so on; [MakeCustomer] and its kin fill in the usual fields. Let people act with
// [Server.CustomerWrites] and [Server.AgentWrites]. [WithDemoAccount] holds a small
// shop, [WithGenerated] any number of made-up rows. Ids and order are the same in every
// run.
//
// # Reaching it
//
// [Server.Client] makes an SDK client that needs no network, has no rate limit and
// waits a thousandth of the time; [Server.ProductionClient] has the limit and the waits
// of production, for virtual time. Any other HTTP client works with [Server.HTTPClient] in
// memory, or over a real connection with the fields URL and APIKey; a Server is an
// [net/http.Handler] too. The program cmd/helpcrunch-sandbox is the same server for
// other languages.
//
// # Looking at it
//
// [Server.Customer], [Server.Chats], [Server.Messages], [Server.Events] and so on
// return what the account holds, as SDK types. [Server.Requests] returns what arrived,
// without the API key; [Server.Count], [Server.CountStatus], [Server.Effects] and
// [Server.MostRequestsIn] count it.
//
// # Webhooks
//
// With [WithWebhook] the server sends webhooks to a URL, with [WithWebhookHandler] to your
// handler in memory: the events of everything that the API changes, that people write
// ([Server.CustomerWrites], [Server.AgentWrites]) and that the clock ends, but not those of
// seeding. They are signed and escaped as the service's, and sent again when they fail:
//
//	handler := webhook.NewHandler("a signing key", handle) // your code
//	server := helpcrunchtest.NewServer(helpcrunchtest.WithWebhookHandler(handler, "a signing key"))
//	defer server.Close()
//	server.CustomerWrites(chat.ID, "Is anyone there?")
//	require.NoError(t, server.WaitForWebhooks(t.Context()))
//	// look at what your code did, or at server.Deliveries()
//
// [Server.Redeliver] sends a duplicate, [Server.Forge] what nobody may believe,
// [Server.HoldWebhooks] and [Server.ReleaseWebhooks] change the order, and
// [Server.SendWebhook] sends any event by hand, such as those of e-mails, which can't be
// written through the API.
//
// # Making it fail
//
// A [Fault] is a value that reads like a sentence:
//
//	server.Inject(helpcrunchtest.TooManyRequests().Times(3))
//	server.Inject(helpcrunchtest.ResetConnection().AfterEffect().On(helpcrunchtest.CreateMessage).Once())
//	server.Inject(helpcrunchtest.SlowHeaders(time.Minute).WithProbability(0.1, 42))
//
// [WithRateLimit] answers 429 beyond a limit, in rolling or fixed windows, and
// [WithLatency] makes every answer late. All of it works in memory and over the network.
//
// # Virtual time
//
// In memory the server answers in the goroutine of its caller and opens no socket, so
// that hours of waiting pass at once inside a testing/synctest bubble:
//
//	synctest.Test(t, func(t *testing.T) {
//		server := helpcrunchtest.NewServer(helpcrunchtest.WithRateLimit(helpcrunchtest.RateLimit{Requests: 120}))
//		defer server.Close()
//		limiter, _ := helpcrunch.NewRateLimiter(120)
//		client := server.Client(helpcrunch.WithRateLimiter(limiter))
//		importEverything(t.Context(), client) // your code, for an hour of the bubble's clock
//		assert.Zero(t, server.CountStatus(http.StatusTooManyRequests))
//	})
//
// Inside a bubble NewServer opens no listener. [WithClock] gives the server a clock of
// your own anywhere.
//
// # Dialects
//
// The service's documentation has changed over the years, and not everything in it is
// settled. The server speaks the newest documented form, corrected by what clients of
// the live service report; a [Dialect] switches single points, and [OldestDialect] all
// of them. Where nothing is known, it does the following; what has a switch is marked.
//
//   - A limit above 100 is cut to 100 (switch); other bounds, and what is no number,
//     are 400. Unknown sorts, query parameters and body keys are ignored. The default
//     order, and that of ties, is by ascending id (switch). Nulls come last in ascending and
//     first in descending order (switch).
//   - A number is read as text in the texts of customers and the values of string filters
//     (switch). [] is an empty object, and so is no body of a new customer (switch).
//   - Searches compare strings without case. Null matches no filter. A filter for an empty
//     string is valid (switch). Names of tags have case. No match is an empty page
//     (switch). A telegramId, facebookId and so on is the integrationId of a customer
//     whose createdFrom is that messenger.
//   - PUT clears what it is not given (switch), but not device and location. PATCH
//     replaces tags (switch) and merges custom data by name (switch); null removes one.
//   - Custom attributes need no definition unless [WithAttributes] gives some.
//   - A batch patches (switch), answers an array (switch) and counts as one request
//     (switch); one bad item changes nothing.
//   - Naming an unknown customer or agent is 404; an unknown application, assignee or
//     department is 400; a message to a missing chat is 400 (switch).
//   - A customer's message makes an empty chat new and opens a closed one; an agent's
//     makes an empty or new one opened. Other statuses stay.
//   - A status set through the API leaves a message of type "tech" (switch). Closing
//     through it is closing by an agent. Marking a chat as read marks the other side's
//     messages.
//   - A change through the API raises the webhooks that a person's would. A new chat
//     raises chat.new at once, empty as it is, and chat.status_updated with its first
//     message. Losing an assignee raises nothing; another colour of a tag raises
//     customer.tags_changed, another order of the tags does not. eventData is an object
//     (switch), has the id of a chat as chat_id (switches), and nulls (switch). A new
//     message's updatedAt is its createdAt (switch). Each event
//     has an id of its own at each URL (switch).
//   - A webhook is delivered when the answer is 2xx within 15 seconds, else sent again
//     after 10 seconds and after another minute. A redirect is a failure.
//   - Ok is a JSON string (switch). There are no rate-limit headers unless [RateLimit]
//     wants them. The key is checked before the limit, the limit before the path.
package helpcrunchtest
