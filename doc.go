// Package helpcrunch is a client for the HelpCrunch REST API, version 1. It is unofficial.
//
// # Quick start
//
// Make one client per API key and share it; it is safe for concurrent use. Find the key in
// HelpCrunch under Settings > Developers > Public API.
//
//	client, err := helpcrunch.New(os.Getenv("HELPCRUNCH_API_KEY"))
//	if err != nil {
//		return err
//	}
//	customer, result, err := client.Customers.Upsert(ctx, &helpcrunch.CustomerInput{
//		UserID: "crm-17",
//		Name:   "Nora Lindqvist",
//		Email:  "nora@example.com",
//	})
//
// Every method takes a context first, and returns a value or an error. Nil options mean
// defaults. [Client.Do] calls endpoints that have no method. [Client.With] derives a client with
// other options. Package helpcrunchtest is an in-memory fake server for your tests.
//
// # Limits
//
// The service accepts 120 requests per minute by default; [WithRateLimit] sets another limit.
// The client acquires a permit before each attempt, retries included. In any window of 60 s,
// rolling or fixed, the service gets at most as many requests from this client as the limit,
// whatever their latency, and also if they are truncated or cancelled. For that, a request
// occupies a slot from its permit until 60 s after its response began.
//
// The service may count a request after its attempt was cancelled, reset or truncated. Such an
// attempt occupies its slot until 60 s after its attempt timeout, but no longer than 90 s
// after it ended. With the defaults that is 90 s from the permit, so that during a storm of
// connection resets only two thirds of the limit are used. A request that was never sent
// releases its slot at once.
//
// There are two priorities. Interactive calls take any free permit at once. Background calls
// are paced evenly over the minute and yield to interactive ones: those of
// [Client.InBackground], iterators and bulk writes. Every ninth permit goes to waiting background
// work, so that it never starves. An interactive call that overtakes background work borrows a
// token; background work slows down to repay it.
//
// If a context's deadline is before the next permit, the call returns at once. Its error
// matches [context.DeadlineExceeded] and names the rate limit.
//
// Other programs may use up the same limit. Then the service responds with 429, and the client
// pauses: it sends nothing until the pause is over. The pause lasts as long as Retry-After says,
// otherwise 1 s, 2 s, 4 s and so on up to 32 s for consecutive 429s. For a minute after it, all
// calls are paced evenly, at most three at once. A 429 does not count as a retry: any call goes
// on until it has spent 150 s on such responses and the pauses after them. A Retry-After above
// the longest wait (60 s, see [WithRetryWait]) fails the call at once with [ErrRateLimited] and
// starts no pause. Without retries every 429 fails its call at once; the pause still applies to
// the other calls.
//
// Each client from [New] has a limiter of its own. Clients with the same API key need one in
// common: make it with [NewRateLimiter] and give it to each with [WithRateLimiter]. Clients
// that With, InBackground and WithProgress return share that of their origin.
// [WithRateLimiter] accepts any [Limiter], such as one of golang.org/x/time/rate. The client then
// handles pauses itself, and for a minute after each paces all calls at 120 per minute at most.
// A [PermitLimiter] is told more: the priority, the end of each request, and pauses. Module
// github.com/helpcrunch-go/helpcrunch/redis/redislimit has one that many processes share.
//
// # Retries
//
// Whether a failed request is retried depends on the operation:
//
//   - Reads (Get, List, All, Search, SearchAll) are retried after connection errors, truncated
//     responses, attempt timeouts, 429, 500, 502, 503 and 504.
//   - Idempotent writes (Replace, Update, Delete, Tag, Untag, Unsubscribe, and all changes of a
//     chat except Rate) are retried after the same failures.
//   - Writes that are not idempotent (Create of customers, chats and messages, AddEvent, Rate)
//     are retried only after 429, and if it is certain that nothing was sent: name resolution,
//     the connection or its TLS handshake failed.
//
// Nothing is retried after any other status, a certificate that can't be verified, or a response
// that is too large. There are at most 4 retries ([WithMaxRetries]), with exponential backoff and
// full jitter: each wait is random between 0 and a bound that starts at 0.5 s and doubles up
// to 60 s ([WithRetryWait]). A Retry-After in seconds or as a date replaces it; above 60 s it ends
// the call at once. So does a wait beyond the context's deadline: the error then matches
// [context.DeadlineExceeded] and the response that caused the wait.
//
// When the response to a write is lost, truncated, late, unreadable or a 5xx, its outcome is
// unknown. The error then matches [ErrMaybeApplied]. On an idempotent operation its text ends
// "repeating it is safe". After a Create or Rate look at the account before you repeat it. Events
// can't be read back, so AddEvent can't be checked: decide whether a missing or a repeated event
// is worse. A Delete with the response 404 succeeds if an earlier attempt of the same call may
// have been carried out.
//
// # Timeouts
//
// One attempt takes at most 30 s, from sending to the last byte of the response
// ([WithAttemptTimeout]). Waiting for a permit and waiting between attempts do not count. To
// bound the whole call, use its context: when that ends, the call returns at once.
//
// Without a deadline and with default options, a call takes at most 9 minutes, plus the wait
// for its permits: 5 attempts of 30 s, 4 waits of 60 s that the service may ask for, and 150 s
// spent on 429. If the service sends neither Retry-After nor 429 it is at most 157.5 s: 5 attempts
// of 30 s and 7.5 s of waits.
//
// # Errors
//
// A response with a status of 300 or above is an [APIError]: the status, the service's details,
// the number of attempts and the beginning of the body. It matches one kind:
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
// An invalid argument is an error that matches [ErrInvalidArgument], before anything is sent. It
// names the method, the argument and its bound:
//
//	helpcrunch: Customers.Update: patch.Notes: at most 255 characters, got 300
//
// A field that can't be read is left unset and named in Unreadable, as in [Customer]. A response
// without the expected JSON is an error. It quotes the response only if that begins with "<".
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
// [ChatsService.ActiveSince] and [CustomersService.SeenSince] read only what was active since a
// time, for a copy that is kept up to date: see examples/sync. [Collect] gathers the rows of an
// iterator.
//
// [Client.WithProgress] reports how far an iteration is and estimates the remaining time.
//
// # Bulk writes
//
// [Each] runs any call for each item of a sequence, concurrently and in the background, as wide as the
// rate limit allows. Each item has an [Outcome], and no failure stops the others. Three methods
// do so for customers:
//
//   - [CustomersService.UpdateEach] patches by id, one request for each item.
//   - [CustomersService.UpsertEach] creates or updates by UserID or Email. It looks customers up
//     in groups of 20, and writes only what differs.
//   - [CustomersService.BatchUpdate] changes ten in a request. The service does not say whether
//     that clears the fields that are not given; try it with a customer of your own first.
//
// A sequence of outcomes that is never ranged over does nothing. Items are read as they are needed, and
// outcomes come in the same order:
//
//	for outcome := range client.Customers.UpsertEach(ctx, inputs) {
//		if outcome.Err != nil {
//			log.Print(outcome.Input.UserID, ": ", outcome.Err)
//		}
//	}
//
// Changes of the same customer are made in the order of the items, those of different customers
// in any order. When the context ends, items that were not sent have an outcome that matches its
// error. An item that was sent and whose outcome is unknown matches [ErrMaybeApplied]; its text
// ends "repeating it is safe". [Client.WithProgress] reports the progress.
//
// # Security
//
// The API key is sent over HTTPS to the host of the base URL and to no other. Redirects are not
// followed. Plain HTTP is limited to loopback hosts unless [WithInsecureHTTP] allows others. The
// key appears in no error, log or dump of the client.
//
// There are no logs without [WithLogger]. Log records contain the method, the path, the status,
// numbers and the texts of errors; they contain no query, header or body. Responses are read up
// to 16 MiB ([WithMaxResponseBytes]).
//
// The caller's [net/http.Client] is copied and not changed. [New] uses neither network nor
// environment, and the client sends nothing that no method was called for. The default transport
// uses the proxy that the environment names, as net/http does.
//
// # Versions
//
// The two latest releases of Go are supported. Below version 1 the API of this module may
// change between minor versions; the changelog says how. Texts of errors and logs and the exact
// length of waits may change at any time; kinds, codes and the names of log attributes are part of
// the API. Structs may gain fields, so write literals with field names. Values of the service
// that have no constant here are kept as they are.
package helpcrunch
