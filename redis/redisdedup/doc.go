// Package redisdedup drops duplicate webhook events across processes, through Redis.
//
// [New] returns a [webhook.Deduplicator] for [webhook.WithDeduplicator]. Processes that use the
// same Redis and the same name share the events that they have handled. client is a *redis.Client:
//
//	events, err := redisdedup.New(client, "support-bot")
//	if err != nil {
//		return err
//	}
//	handler, err := webhook.NewHandler(signingKey, handle, webhook.WithDeduplicator(events))
//
// # How it works
//
// A process claims an event before it handles it: it stores a random token under the event's
// key, with a lease of 1 min ([WithLease]). Deliveries of a claimed event get 503. When the
// function has succeeded, the key becomes the record of a handled event and expires after 24 h
// ([WithMaxAge]). When the function has failed, the claim is deleted. When the process
// died, the lease ends the claim.
//
// # Guarantees
//
// Promised, while Redis keeps what it has acknowledged:
//
//   - An event counts as handled only when a function has returned nil for it.
//   - Its later deliveries do not reach a function, in any process, for 24 h.
//
// Not promised:
//
//   - An event may be handled twice when its process dies in the middle, or can't reach Redis for
//     5 s after the function has returned.
//   - An event may be handled twice when the function takes longer than the lease.
//   - Events may be handled again when Redis loses keys: in a crash without appendonly yes and
//     appendfsync always, in a failover to a replica that lags, or by eviction (maxmemory-policy
//     must be noeviction). With appendfsync everysec a crash loses about the last second.
//
// Without Redis no event is handled: the handler responds with 500 or 503, and the service
// delivers again.
package redisdedup
