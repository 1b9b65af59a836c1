// Package redislimit keeps any number of processes, on any number of machines, within
// one rate limit, through Redis 7.
//
//	client := redis.NewClient(&redis.Options{Addr: "localhost:6379"})
//	limiter, err := redislimit.New(client, "helpcrunch", helpcrunch.DefaultRateLimit)
//	if err != nil {
//		return err
//	}
//	api, err := helpcrunch.New(key, helpcrunch.WithRateLimiter(limiter))
//
// All processes that give the same name share one budget. They must give the same limit
// and the same options.
//
// # What holds
//
// The guarantee is that of [helpcrunch.NewRateLimiter]: requests under way and those
// finished within the last 60 s, of all processes together, never exceed the limit, so no
// window of 60 seconds at the service sees more, rolling or fixed. The two lanes hold for
// all too: single calls of any process take any free turn at once and go ahead of the
// background of every process, which makes up for them, but for every ninth turn; a 429 that
// one process gets pauses all. Among processes turns go round, so that each gets about the same
// share however many callers wait in it; within a process they are first come, first served.
//
// A turn costs one script call, and the call that asks for a turn also reports those that
// are over. A process that has to wait is told when to ask again: while somebody could give
// up a turn, within 2 s (a thirtieth of the window), or up to 5 s when many processes wait.
// Only Redis' clock counts; the machines' clocks may be any.
//
// A process that dies takes its turns under way with it: each is free again a window after
// its attempt would have timed out ([WithAttemptTimeout]). Its place in the queue is given
// away when it has not asked for 1 s (a sixtieth of the window) after it was told to. One that
// is only frozen, between getting a turn and using it, for longer than a turn is held can't
// know that it is gone.
//
// # Without Redis
//
// No call ever hangs because of Redis: a command that takes longer than 1 s ([WithTimeout])
// has failed. After a failure turns are refused at once for a second with an error that
// matches [ErrUnavailable]; then Redis is asked again. With [WithLocalShare] they come from a
// share of the limit in place of the error.
//
// What Redis forgets is not forgotten: a process notices when the state is gone, or in part
// (a restart, a FLUSHALL, a key that was evicted), or older than what it has seen (a restored
// snapshot, a replica that lagged behind), and then nobody gets a turn until all that may have
// been granted before is free again: the attempt timeout, the window and the timeout of a
// command, 91 s by default. The exception is a state that was lost as a whole while no process
// ran, or of which only new processes make use: to them it looks like a first use.
package redislimit
