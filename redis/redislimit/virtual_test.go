package redislimit_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/alicebob/miniredis/v2/server"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/redis/redislimit"
)

// inVirtualTime runs a test in virtual time, with a miniredis that is reached in memory, so
// that its clock is virtual too.
func inVirtualTime(t *testing.T, test func(t *testing.T, r *virtualRedis)) {
	t.Helper()
	mini := miniredis.RunT(t)
	synctest.Test(t, func(t *testing.T) {
		r := &virtualRedis{mini: mini}
		r.client = redis.NewClient(&redis.Options{
			Addr:     "192.0.2.1:6379",
			PoolSize: 1000, // nobody waits for a connection
			Dialer: func(context.Context, string, string) (net.Conn, error) {
				ours, theirs := net.Pipe()
				go serve(mini, theirs)
				return ours, nil
			},
		})
		defer r.client.Close()
		test(t, r)
		time.Sleep(3 * time.Minute) // until all limiters are idle, as they are without goroutines then
	})
}

// serve executes the commands of a connection in miniredis.
func serve(mini *miniredis.Miniredis, connection net.Conn) {
	defer connection.Close()
	in, out := bufio.NewReader(connection), bufio.NewWriter(connection)
	peer := server.NewPeer(out)
	for {
		var words int
		if _, err := fmt.Fscanf(in, "*%d\r\n", &words); err != nil {
			return
		}
		command := make([]string, words)
		for i := range command {
			var length int
			if _, err := fmt.Fscanf(in, "$%d\r\n", &length); err != nil {
				return
			}
			word := make([]byte, length+2)
			if _, err := io.ReadFull(in, word); err != nil {
				return
			}
			command[i] = string(word[:length])
		}
		mini.Server().Dispatch(peer, command)
		peer.Flush()
	}
}

// virtualRedis is the Redis of a test, and the wire to it.
type virtualRedis struct {
	mini          *miniredis.Miniredis
	client        *redis.Client
	calls         atomic.Int64
	away          atomic.Bool  // every command fails
	deaf          atomic.Bool  // no command gets a response
	unreliable    atomic.Bool  // every twentieth command comes up to 5 s late, and every twentieth reply is lost
	losesNext     atomic.Bool  // the next reply is lost
	late          atomic.Int64 // how long a command is on its way, in nanoseconds, whatever its context
	slow          atomic.Int64 // how long a reply is on its way, in nanoseconds
	slowPipelines atomic.Int64 // the same of a transaction
	jitter        atomic.Int64 // how much longer it may be
}

// runClock lets Redis' clock go off by so much, until it is stopped.
func (r *virtualRedis) runClock(off time.Duration) (stop func()) {
	ticker, done := time.NewTicker(100*time.Millisecond), make(chan struct{})
	go func() {
		for {
			select {
			case <-ticker.C:
				r.mini.SetTime(time.Now().Add(off))
			case <-done:
				return
			}
		}
	}()
	return func() { ticker.Stop(); close(done) }
}

// snapshot returns a function that restores the present state of Redis.
func (r *virtualRedis) snapshot(t *testing.T) (restore func()) {
	t.Helper()
	var back []func()
	for _, key := range r.mini.Keys() {
		switch r.mini.Type(key) {
		case "hash":
			fields, err := r.client.HGetAll(t.Context(), key).Result()
			require.NoError(t, err)
			back = append(back, func() { r.client.HSet(t.Context(), key, fields) })
		case "zset":
			members, err := r.client.ZRangeWithScores(t.Context(), key, 0, -1).Result()
			require.NoError(t, err)
			back = append(back, func() { r.client.ZAdd(t.Context(), key, members...) })
		default:
			text, err := r.mini.Get(key)
			require.NoError(t, err)
			back = append(back, func() { require.NoError(t, r.mini.Set(key, text)) })
		}
	}
	return func() {
		r.mini.FlushAll()
		for _, restore := range back {
			restore()
		}
	}
}

var errNoRedis = errors.New("connection rateLimited")

// limiter makes a limiter of a process of its own.
func (r *virtualRedis) limiter(t *testing.T, limit int, opts ...redislimit.Option) *redislimit.Limiter {
	t.Helper()
	l, err := redislimit.New(&wire{UniversalClient: r.client, redis: r}, "budget", limit, opts...)
	require.NoError(t, err)
	return l
}

// wire is the way of one limiter to Redis.
type wire struct {
	redis.UniversalClient
	redis *virtualRedis
	dead  atomic.Bool // the process has died: nothing reaches Redis any more
	loses atomic.Bool // the next reply to the process is lost
}

func (w *wire) EvalSha(ctx context.Context, digest string, keys []string, args ...any) *redis.Cmd {
	w.redis.calls.Add(1)
	if err := w.trouble(); err != nil {
		failed := redis.NewCmd(ctx)
		failed.SetErr(err)
		return failed
	}
	late := time.Duration(w.redis.late.Load())
	if w.redis.unreliable.Load() && rand.N(20) == 0 {
		late = rand.N(5 * time.Second)
	}
	if late > 0 {
		time.Sleep(late)
		ctx = context.WithoutCancel(ctx)
	}
	reply := w.UniversalClient.EvalSha(ctx, digest, keys, args...)
	time.Sleep(time.Duration(w.redis.slow.Load()))
	if longest := w.redis.jitter.Load(); longest > 0 {
		time.Sleep(time.Duration(rand.Int64N(longest)))
	}
	if w.loses.Swap(false) || w.redis.losesNext.Swap(false) || w.redis.unreliable.Load() && rand.N(20) == 0 {
		reply.SetErr(errNoRedis) // it was carried out
	}
	return reply
}

func (w *wire) TxPipelined(ctx context.Context, commands func(redis.Pipeliner) error) ([]redis.Cmder, error) {
	replies, err := w.UniversalClient.TxPipelined(ctx, commands)
	time.Sleep(time.Duration(w.redis.slowPipelines.Load()))
	return replies, err
}

func (w *wire) trouble() error {
	switch {
	case w.redis.away.Load() || w.dead.Load():
		return errNoRedis
	case w.redis.deaf.Load():
		time.Sleep(2 * time.Minute) // minds no context, as a client without timeouts
	}
	return nil
}

// use takes a permit whose request takes so long.
func use(t *testing.T, l *redislimit.Limiter, background bool, latency time.Duration) {
	t.Helper()
	permit, err := l.Acquire(t.Context(), helpcrunch.PermitRequest{Background: background})
	require.NoError(t, err)
	time.Sleep(latency)
	l.Release(helpcrunch.PermitResult{Permit: permit, CountedAt: time.Now(), Responded: true})
}

// waited returns how long it takes to get a permit.
func waited(t *testing.T, l *redislimit.Limiter, background bool) time.Duration {
	t.Helper()
	started := time.Now()
	use(t, l, background, 0)
	return time.Since(started)
}
