// Package helpcrunch is a client for the HelpCrunch REST API, version 1. It is unofficial.
//
// # Quick start
//
// Make one client for an API key and share it; it is safe for concurrent use. The key is
// found in HelpCrunch under Settings > Developers > Public API.
//
//	client, err := helpcrunch.New(os.Getenv("HELPCRUNCH_API_KEY"))
//	if err != nil {
//		return err
//	}
//	customer, err := client.Customers.FindByUserID(ctx, "crm-17")
//	if errors.Is(err, helpcrunch.ErrNotFound) {
//		customer, err = client.Customers.Create(ctx, &helpcrunch.CustomerInput{
//			UserID: "crm-17",
//			Name:   "Nora Lindqvist",
//			Email:  "nora@example.com",
//		})
//	}
//
// Every method takes a context first, and returns a value or an error, never neither. Nil
// options mean defaults. [Client.Do] calls what has no method here. Code that uses the
// client is tested against package helpcrunchtest, an account in memory.
//
// # Limits
//
// The service takes 120 requests a minute by default; set another limit with
// [WithRateLimit]. The client waits for its turn before each attempt, retries included,
// so that the limit is never passed: in no window of 60 seconds, rolling or fixed, does
// the service see more requests from this client than the limit, however long they take
// and whether or not they are cut off or cancelled. For that, a request occupies a slot from
// its permit until 60 s after its response began.
//
// The service may count a request after its attempt was cancelled, reset or truncated. Such an
// attempt occupies its slot until 60 s after its attempt timeout, but no longer than 90 s
// after it ended. With the defaults that is 90 s from the permit, so that during a storm of
// connection resets only two thirds of the limit are used. A request that was never sent
// gives its slot back at once.
//
// There are two lanes. Single calls take any free turn at once. Calls in the background,
// which are those of [Client.InBackground], all iterators and all bulk writes, are paced evenly
// over the minute and give way: single calls go first, but for every ninth turn, so that
// neither lane starves, and the background makes up for the turns that went ahead of it, so
// that the minute is not used up before its end. Put bulk jobs into the background, and the
// calls for which a person waits are not held up by them.
//
// A context with a deadline that comes before the next turn can come ends the call at once,
// with an error that matches [context.DeadlineExceeded] and names the rate limit.
//
// Other programs, and other clients in the same program, may use up the same limit. Then
// the service answers 429, and the client pauses: none of its goroutines sends anything
// until the pause is over. The pause is as long as the service asks for in Retry-After,
// else 1 s, 2 s, 4 s and so on up to 32 s for consecutive refusals. For a minute after it
// all calls are paced evenly, three of them at most at once. A 429 uses up no retry: any
// call, whatever it does, goes on until it has spent 150 s on such answers and on the pauses
// after them. A Retry-After beyond the longest wait (60 s, see [WithRetryWait]) fails the call
// at once with [ErrRateLimited] and starts no pause. With retries turned off every 429 fails
// its call at once; the pause then holds for the others.
//
// Clients with the same key should share one limiter, made with [NewRateLimiter] and given to
// each with [WithRateLimiter]. That option takes any [Limiter], such as one of
// golang.org/x/time/rate; the client then still holds the pauses itself, and for a minute after
// each paces all calls at 120 a minute at most, whatever the limiter's own rate. A [PermitLimiter]
// is told more: the priority, the end of each request, and pauses. One that many processes share,
// through Redis, is in the module github.com/helpcrunch-go/helpcrunch/redislimit.
//
// # Retries
//
// What happens after a failure depends on what the operation does:
//
//   - A read (every Get, List, All, Search and SearchAll) is sent again after connection
//     errors, answers cut off half-way, attempt timeouts, 429, 500, 502, 503 and 504.
//   - A write that can be repeated without harm (Replace, Update, UpdateEach, BatchUpdate,
//     Delete, Tag, Untag, Unsubscribe, and all changes of a chat but Rate) is sent again after
//     the same.
//   - A write that must happen once (Create of customers, chats and messages, AddEvent, Rate)
//     is sent again only after 429, and after failures which prove that nothing was sent: the
//     name was not found, no connection was made, or its TLS handshake failed.
//
// Nothing is sent again after 400, 401, 403, 404 or any other status, a certificate that
// can't be verified, or an answer that is too large. There are at most 4 retries
// ([WithMaxRetries]). The wait before each is random, between 0 and a bound that starts at
// 0.5 s and doubles up to 60 s ([WithRetryWait]). A Retry-After of the service, in seconds or
// as a date, takes its place; one beyond the 60 s ends the call at once. So does a wait that
// would pass the deadline of the context: the error then matches [context.DeadlineExceeded]
// and holds the answer that caused the wait.
//
// When the response to a write is lost, truncated, late, unreadable or a 5xx, its outcome is
// unknown. The error then matches [ErrMaybeApplied]. On an idempotent operation its text ends
// "repeating it is safe". Look first only after Create, AddEvent and Rate. A Delete with the
// response 404 succeeds if an earlier attempt of the same call may have been carried out.
//
// # Timeouts
//
// One attempt may take 30 s, from sending to the last byte of the answer
// ([WithAttemptTimeout]). Waiting for a turn and waiting between attempts do not count
// towards it. Bound the whole call with its context: when that ends, the call returns at
// once, wherever it is.
//
// Without a deadline and with default options, a call takes at most 9 minutes, not counting
// the wait for its turns: 5 attempts of 30 s, 4 waits of the 60 s that the service may ask for,
// and 150 s spent on 429. Where the service never asks for a wait and never answers 429 it is
// 157.5 s: 5 attempts of 30 s, and waits of 7.5 s in all at most.
//
// # Errors
//
// Every answer with a status of 300 or above is an [APIError], with the status, the details
// that the service gave, the number of attempts and the beginning of the body, whatever that
// was. It matches one of the kinds:
//
//	errors.Is(err, helpcrunch.ErrNotFound)
//
// The kinds are [ErrBadRequest] (400, 422), [ErrUnauthorized] (401), [ErrForbidden] (403),
// [ErrNotFound] (404), [ErrConflict] (409), [ErrRateLimited] (429), [ErrServer] (5xx) and
// [ErrUnexpectedStatus] (the rest). Codes and properties are in the details:
//
//	if e, ok := errors.AsType[*helpcrunch.APIError](err); ok && e.HasCode("invalid_userId_value") {
//		// the userId is taken
//	}
//
// An argument that can't be right is refused before anything is sent, with an error that
// matches [ErrInvalidArgument]. An answer that can't be read is an error that quotes its
// beginning, unless the request carried text, which a proxy may repeat.
//
// # Pagination
//
// List and Search return one page. All and SearchAll return an iterator over all rows:
//
//	for customer, err := range client.Customers.All(ctx, nil) {
//		if err != nil {
//			return err
//		}
//		fmt.Println(customer.Name)
//	}
//
// The first page is requested when the loop starts, the second when the loop goes beyond it.
// From then on the iterator prefetches as many pages as the rate limit and the latency allow:
// at 120 requests per minute 12,000 rows per minute, with at most 64 pages in flight or
// waiting. If your loop is slower, a few pages are buffered. [WithPrefetch] sets another bound;
// 1 requests each page when its first row is reached. A list without a total is read page by
// page, and ends with the first page that is not full. Leaving the loop cancels what is in flight.
// Rows come in order and share no memory with their page. An error is yielded once, last. An
// iterator can be ranged over again. A page that does not advance, is empty although rows are
// due, or is longer than requested is an error.
//
// Customers come by default in the order of FirstSeen and chats in that of CreatedAt,
// ascending; messages come newest first. With these sorts, ascending or descending:
//
//   - A row that exists during the whole iteration is yielded exactly once, although others
//     are created, changed and deleted meanwhile.
//   - A row that is created or deleted meanwhile is yielded at most once.
//
// For that each page repeats a row of the page before. Where deletions moved rows to lower
// offsets, the iterator looks back and fills the gap. That costs one request in 100, and one or
// two more for each deletion. After a gap, pages repeat 4 rows for a while. A Limit below 100
// is requested as one row more. An iteration from an Offset ends with an error if none of its
// latest rows is left and it cannot tell where to continue.
//
// Not promised:
//
//   - Completeness when sorting by a field that changes meanwhile, such as LastSeen,
//     LastMessageAt and LastCustomerMessageAt, and for agents and departments, which have no
//     sort. No more rows are missed than by a plain loop over offsets.
//   - A customer whose FirstSeen is written meanwhile may be missed or come twice. The others
//     come exactly once.
//   - Rows with the same time, or none, may be missed if the service returns them in a
//     different order each time, or if the latest 50,000 of them are deleted at once.
//   - Completeness if the service returns one row per page, which leaves none to repeat.
//
// An iteration that yields fewer rows than the service counted, although that count never
// fell, ends with an [IncompleteError].
//
// [Client.WithProgress] reports how far an iteration is and estimates the remaining time.
//
// # Bulk writes
//
// Three methods change any number of customers, side by side in the background, as wide as the
// rate limit allows. Each item has an outcome of its own, and no failure stops the others:
//
//   - [CustomersService.UpdateEach] patches by id, one request for each item.
//   - [CustomersService.UpsertEach] changes or creates by UserID, two requests for each.
//   - [CustomersService.BatchUpdate] changes ten in a request. The service does not say whether
//     that clears the fields that are not given; try it with a customer of your own first.
//
// The first two range over items and yield outcomes in the same order, holding no more in
// memory than is under way:
//
//	for outcome := range client.Customers.UpsertEach(ctx, inputs) {
//		if outcome.Err != nil {
//			log.Print(outcome.UserID, ": ", outcome.Err)
//		}
//	}
//
// Changes of the same customer are made in the order of the items, those of different customers
// in any order. When the context ends, items that were not sent have an outcome that matches its
// error. One that was sent, and whose answer is lost, cut off, late, unreadable or a 5xx at last,
// matches [ErrMaybeApplied]: it may have been changed, and changing it again does no harm.
// [Client.WithProgress] shows how far bulk writes are.
//
// # Security
//
// The key goes over HTTPS to the host of the base URL, and to no other: redirects are refused,
// and plain HTTP is for loopback hosts alone. The key appears in no error, log or dump of the
// client. There are no logs unless [WithLogger] asks for them; they hold method, path, status,
// numbers and the texts of errors, those of the transport included, and no query, header or body.
// Answers are read up to 16 MiB ([WithMaxResponseBytes]).
// The caller's own [net/http.Client] is copied, never changed. [New] touches neither network nor
// environment, and nothing is sent but what a method was called for. The default transport
// goes through the proxy that the environment names, as that of net/http does.
//
// # Versions
//
// The two latest releases of Go are supported. Below version 1 the API of this module may
// change between minor versions, and the changelog says how. Texts of errors and logs and the
// exact length of waits are not part of it; kinds, codes and the names of log attributes are.
// Structs may gain fields, so write their literals with field names. The service may send
// words that have no constant here yet: they are kept as they come.
package helpcrunch
