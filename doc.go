// Package helpcrunch is a client for the HelpCrunch REST API, version 1. It is unofficial.
//
// # Quick start
//
// Create one client per API key and share it; it is safe for concurrent use. HelpCrunch shows the
// key under Settings > Developers > Public API.
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
// Every call takes a context first. Nil options mean the defaults. [Client.Do] calls endpoints that
// have no method. [Client.With] derives a client with other options.
//
// # Errors
//
// A response with a status of 300 or above is an [*APIError]. It contains the status, the service's
// error details, the headers and the number of attempts. [errors.Is] matches its kind:
//
//   - [ErrBadRequest]: 400, 422
//   - [ErrUnauthorized]: 401
//   - [ErrForbidden]: 403
//   - [ErrNotFound]: 404
//   - [ErrConflict]: 409
//   - [ErrRateLimited]: 429
//   - [ErrServer]: 5xx
//   - [ErrUnexpectedStatus]: any other
//
// Two more kinds:
//
//   - [ErrInvalidArgument]: an argument is invalid, and nothing was sent. The text names the method,
//     the argument and its bound.
//   - [ErrMaybeApplied]: the outcome of a write is unknown, because its response was lost,
//     truncated, late, unreadable or a 5xx. If the operation is idempotent, the text ends
//     "repeating it is safe".
//
// If the context ends a call, the error matches [context.Canceled] or [context.DeadlineExceeded],
// and the context's cause. A field that can't be read does not fail the call. It stays unset and is
// named in the Unreadable field, such as [Customer.Unreadable].
//
// # Pagination
//
// List and Search return one page of at most 100 rows. All and SearchAll return an iterator over
// all rows:
//
//	for customer, err := range client.Customers.All(ctx, nil) {
//		if err != nil {
//			return err
//		}
//		fmt.Println(customer.Name)
//	}
//
// Iterators prefetch pages in the background, as many as the rate limit and the latency allow. At
// 120 requests per minute they yield 12,000 rows per minute. If your loop is slower, a few pages
// are buffered; [WithPrefetch] bounds them. Leaving the loop cancels the requests in flight. An
// error is yielded last, after all rows before it.
//
// The default order is ascending by FirstSeen for customers and by CreatedAt for chats. Messages
// come newest first. Promised in the default order and its reverse:
//
//   - A row that exists during the whole iteration is yielded exactly once, although others are
//     created, changed and deleted meanwhile.
//   - A row that is created or deleted meanwhile is yielded at most once.
//
// Not promised:
//
//   - Completeness when sorting by a field that changes meanwhile, such as LastSeen, or in lists
//     without a sort (agents, departments). An iteration misses no more rows than a loop over
//     offsets.
//   - Completeness of rows with the same time, if the service changes their order between requests.
//
// An iteration that yields fewer rows than the service counts ends with an [*IncompleteError].
// [ChatsService.ActiveSince] and [CustomersService.SeenSince] yield only the chats and customers
// that were active since a time. [Collect] gathers an iterator in a slice. [Client.WithProgress]
// estimates the remaining time.
//
// # Bulk writes
//
// [CustomersService.UpsertEach], [CustomersService.UpdateEach] and [CustomersService.BatchUpdate]
// write many customers concurrently, as fast as the rate limit allows. [Each] runs any call that
// way. There is one [Outcome] per item, in the order of the items. A failure stops no other item.
//
//	for outcome := range client.Customers.UpsertEach(ctx, inputs) {
//		if outcome.Err != nil {
//			log.Print(outcome.Input.UserID, ": ", outcome.Err)
//		}
//	}
//
// Items with the same customer id or upsert key run one after another, all others in any order.
// UpsertEach, UpdateEach and Each send nothing before you range over them.
//
// # Retries
//
//   - Reads and idempotent writes are retried after connection errors, truncated responses, attempt
//     timeouts, 500, 502, 503 and 504. Idempotent writes are Replace, Update, Delete, Tag, Untag,
//     Unsubscribe and changes of a chat other than Rate.
//   - Writes that are not idempotent are retried only after 429, or if it is certain that nothing
//     was sent. They are Create, AddEvent, Rate and sending a message.
//   - Every call is retried after 429, because the service carried out nothing.
//
// There are at most 4 retries ([WithMaxRetries]) with exponential backoff and full jitter. Each
// wait is random between 0 and a bound. The bound starts at 0.5 s and doubles up to 60 s
// ([WithRetryWait]). A Retry-After replaces the wait; above 60 s the call fails. A call whose next
// attempt would be after the context's deadline fails at once.
//
// # Rate limits
//
// The client sends at most 120 requests in any window of 60 s ([WithRateLimit]). Each attempt
// needs a permit. There are two priorities:
//
//   - Interactive calls, the default, take any free permit at once.
//   - Background calls are iterators, bulk writes and the calls of [Client.InBackground]. They are
//     paced evenly and yield to interactive ones. While they wait, they get every ninth permit.
//
// Clients with the same key need a common limiter ([NewRateLimiter], [WithRateLimiter]); processes
// share one through Redis with package github.com/helpcrunch-go/helpcrunch/redis/redislimit. After
// a 429 all calls of the limiter pause for the time in Retry-After. Without it, the pauses are 1,
// 2, 4 s and so on up to 32 s. A call fails after 150 s spent on 429. A call fails at once if its
// permit would come after its deadline.
//
// # Timeouts
//
// An attempt takes at most 30 s, from sending to the last byte of the response
// ([WithAttemptTimeout]). Waits for permits and between attempts do not count. The context bounds
// the whole call. With default options and no deadline a call takes at most 9 min, plus the wait
// for permits. They consist of 5 attempts of 30 s, 4 waits of 60 s, and 150 s spent on 429. If the
// service sends neither Retry-After nor 429, the maximum is 157.5 s.
//
// # Testing
//
// Package helpcrunchtest is an in-memory fake server, in place of a mock. Add rows, run your code
// with its client, and check what it stores. It injects faults and sends webhooks. Package webhook
// receives them: it checks the webhook signature and drops duplicates.
//
// # Security
//
// The API key is sent over HTTPS, only to the host of the base URL. Redirects are not followed.
// Plain HTTP is limited to loopback hosts unless [WithInsecureHTTP] allows others. No error, log or
// dump of the client contains the key. Error texts contain no data of responses except error
// details, a redirect's host and the beginning of a web page. Nothing is logged without
// [WithLogger]; log records contain no query, header or body. Responses are read up to 16 MiB
// ([WithMaxResponseBytes]).
//
// # Versions
//
// The two latest Go releases are supported. Below version 1 the API may change between minor
// versions. Texts of errors and logs and the length of waits may change at any time. Structs may
// gain fields: write literals with field names.
//
// The guides at https://github.com/helpcrunch-go/helpcrunch/tree/main/docs explain the
// mechanisms: testing, rate limits, retries, pagination, webhooks and performance.
package helpcrunch
