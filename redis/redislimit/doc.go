// Package redislimit keeps any number of processes, on any number of machines, within
// one rate limit, through Redis 7.
//
//	options, err := redis.ParseURL("redis://localhost:6379")
//	if err != nil {
//		return err
//	}
//	limiter, err := redislimit.New(redis.NewClient(options), "helpcrunch", helpcrunch.DefaultRateLimit)
//	if err != nil {
//		return err
//	}
//	api, err := helpcrunch.New(key, helpcrunch.WithRateLimiter(limiter))
//
// Processes that give the same name share one limit. All must give the same limit and window:
// a different value is an error that names both.
//
// # Guarantee
//
// The guarantee is that of [helpcrunch.NewRateLimiter]: requests in flight and those counted
// in the last 60 s, of all processes together, never exceed the limit. So no window of 60 s at the
// service, rolling or fixed, contains more requests than the limit.
//
// Priorities hold for all processes: an interactive call of any process takes any free slot at
// once, and takes priority over the background work of every process, except for every ninth
// permit. A 429 pauses all processes. Permits alternate between the processes, so that each gets
// about the same share, however many callers wait in it. Within a process they are first come,
// first served.
//
// # Cost
//
// A permit costs one script call, which also reports finished requests. A waiting process asks again
// when its permit is due. Up to 8 waiting processes also ask every 2 s to 5 s, in case another one
// gives up its place. With more processes these calls are rarer, a minute apart for 50 or more. So 50
// waiting processes, with two callers each, make at most 1.5 calls per permit at 120 requests per
// minute.
//
// # Processes that die
//
// A process that dies leaves its permits in flight. Each is free again after the attempt timeout
// (5 min at most), the window and the timeout of a command: 91 s by default. It loses its place in the queue when it asks more than
// 1 s (a sixtieth of the window) late. A process that is frozen between getting a permit and using it,
// until that permit's slot is free again, sends a request that nobody counts.
//
// # Without Redis
//
// No call hangs because of Redis: a command that takes longer than 1 s ([WithTimeout]) fails. For a
// second after a failure, calls fail at once with an error that matches [ErrUnavailable]. Then the
// limiter asks Redis again. With [WithLocalShare] permits come from a share of the limit instead.
//
// # A Redis that forgets, or whose clock jumps
//
// The limit holds when Redis is restarted, goes back to an older snapshot, fails over to a
// replica that lagged behind, evicts a key, or is flushed. A process notices this with its next
// call. Then nobody gets a permit until all earlier permits have expired: after the attempt timeout,
// the window and the timeout of a command, 91 s by default. The same happens once when a new version
// of this package with another script uses the Redis.
//
// A clock that is set forward or back changes nothing: each process compares Redis' clock with
// its own, which never jumps. The clocks of the machines may differ.
//
// There is one exception. A new process that is the first to ask after Redis has lost its whole
// state, or after its clock was set forward, can't know of either. The service may then see up to
// twice the limit in one window, and respond with 429, which pauses all processes. [WithStrictStart]
// prevents this: the new process first waits for the same 91 s.
package redislimit
