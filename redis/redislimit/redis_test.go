package redislimit_test

import (
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/redis/redislimit"
)

// realRedis is a redis-server of the test's own, without persistence.
type realRedis struct {
	name   string // of the program
	socket string
	server *exec.Cmd
	killer *exec.Cmd // ends the server when its own input ends, also with the test binary
	input  io.Closer
}

// redisServers are the servers to test with that are installed.
func redisServers() (names []string) {
	for _, name := range []string{"redis-server", "valkey-server"} {
		if _, err := exec.LookPath(name); err == nil {
			names = append(names, name)
		}
	}
	return names
}

// onEachServer runs a test with each server that is installed.
func onEachServer(t *testing.T, test func(t *testing.T, server *realRedis, client *redis.Client)) {
	t.Helper()
	if len(redisServers()) == 0 {
		t.Skip("needs redis-server or valkey-server")
	}
	for _, name := range redisServers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := startServer(t, name)
			client := redis.NewClient(&redis.Options{Network: "unix", Addr: server.socket})
			t.Cleanup(func() { client.Close() })
			test(t, server, client)
		})
	}
}

// startRedis starts a server where one is installed, and miniredis elsewhere. It returns how to
// reach it.
func startRedis(t testing.TB) (network, address string) {
	t.Helper()
	names := redisServers()
	if len(names) == 0 {
		mini := miniredis.RunT(t)
		t.Log("redis-server is not installed; this is miniredis")
		return "tcp", mini.Addr()
	}
	return "unix", startServer(t, names[0]).socket
}

// startServer starts a server of a name.
func startServer(t testing.TB, name string) *realRedis {
	t.Helper()
	folder, err := os.MkdirTemp("", "redis") // short, as paths of sockets must be
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(folder) })
	server := &realRedis{name: name, socket: filepath.Join(folder, "socket")}
	server.start(t)
	t.Cleanup(server.stop)
	version, err := exec.CommandContext(t.Context(), name, "--version").Output()
	require.NoError(t, err)
	t.Logf("this is %s: %s", name, version)
	return server
}

func (r *realRedis) start(t testing.TB, opts ...string) {
	t.Helper()
	r.server = exec.Command(r.name, append([]string{"--port", "0", "--unixsocket", r.socket,
		"--save", "", "--appendonly", "no", "--dir", filepath.Dir(r.socket), "--daemonize", "no"}, opts...)...)
	require.NoError(t, r.server.Start())
	r.killer = exec.Command("sh", "-c", `read line; kill -9 "$0"`, strconv.Itoa(r.server.Process.Pid))
	var err error
	r.input, err = r.killer.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, r.killer.Start())
	client := redis.NewClient(&redis.Options{Network: "unix", Addr: r.socket})
	defer client.Close()
	require.Eventually(t, func() bool { return client.Ping(t.Context()).Err() == nil }, 10*time.Second, 10*time.Millisecond)
}

func (r *realRedis) stop() {
	_ = r.input.Close()
	_ = r.killer.Wait()
	_ = r.server.Wait()
}

// quick are options by which a permit holds its slot for 800 ms at most.
var quick = []redislimit.Option{
	redislimit.WithWindow(200 * time.Millisecond),
	redislimit.WithAttemptTimeout(100 * time.Millisecond),
	redislimit.WithTimeout(500 * time.Millisecond),
}

// eventually takes a permit as soon as Redis is there and quick enough: the machine may be busy.
func eventually(t *testing.T, l *redislimit.Limiter) {
	t.Helper()
	require.Eventually(t, func() bool {
		err := l.Wait(t.Context())
		if err != nil {
			require.ErrorIs(t, err, redislimit.ErrUnavailable)
		}
		return err == nil
	}, 30*time.Second, 10*time.Millisecond)
}

func TestRedisIsStoppedAndStartedAgain(t *testing.T) {
	t.Parallel()
	onEachServer(t, func(t *testing.T, server *realRedis, client *redis.Client) {
		l, err := redislimit.New(client, "budget", 1000, quick...)
		require.NoError(t, err)
		eventually(t, l)
		server.stop()
		require.ErrorIs(t, l.Wait(t.Context()), redislimit.ErrUnavailable)
		require.ErrorIs(t, l.Wait(t.Context()), redislimit.ErrUnavailable)
		server.start(t)
		eventually(t, l)
		require.NoError(t, l.Close())
	})
}

// TestARestartedRedisHasForgotten: all that it had granted must be free before it grants more.
func TestARestartedRedisHasForgotten(t *testing.T) {
	t.Parallel()
	onEachServer(t, func(t *testing.T, server *realRedis, client *redis.Client) {
		l, err := redislimit.New(client, "budget", 1000, quick...)
		require.NoError(t, err)
		eventually(t, l)
		server.stop()
		began := time.Now()
		server.start(t)
		eventually(t, l)
		assert.GreaterOrEqual(t, time.Since(began), 800*time.Millisecond)
	})
}

func TestRealRedisKnowsTheScriptAgainAfterAFlush(t *testing.T) {
	t.Parallel()
	onEachServer(t, func(t *testing.T, _ *realRedis, client *redis.Client) {
		l, err := redislimit.New(client, "budget", 1000, quick...)
		require.NoError(t, err)
		for range 3 {
			eventually(t, l)
			require.NoError(t, client.ScriptFlush(t.Context()).Err())
		}
		keys, err := client.Keys(t.Context(), "*").Result() // in a test of its own Redis
		require.NoError(t, err)
		for _, key := range keys {
			ttl, err := client.TTL(t.Context(), key).Result()
			require.NoError(t, err)
			assert.Positive(t, ttl, key)
		}
	})
}

// TestRealRedisDoesNothingMoreForACallThatIsRepeated but gives the same reply.
func TestRealRedisDoesNothingMoreForACallThatIsRepeated(t *testing.T) {
	t.Parallel()
	onEachServer(t, func(t *testing.T, _ *realRedis, client *redis.Client) {
		l, err := redislimit.New(&repeating{UniversalClient: client}, "budget", 5, redislimit.WithTimeout(10*time.Second))
		require.NoError(t, err)
		for range 5 {
			_, err := l.Acquire(t.Context(), helpcrunch.PermitRequest{})
			require.NoError(t, err)
		}
		held, err := client.ZCard(t.Context(), "{budget}:leases").Result()
		require.NoError(t, err)
		assert.EqualValues(t, 5, held)
	})
}

// TestRedisClusterTakesTheKeys: they are in one hash slot.
func TestRedisClusterTakesTheKeys(t *testing.T) {
	t.Parallel()
	onEachServer(t, func(t *testing.T, server *realRedis, single *redis.Client) {
		server.stop()
		server.start(t, "--cluster-enabled", "yes", "--bind", "127.0.0.1", "--cluster-port", freePort(t))
		require.NoError(t, single.ClusterAddSlotsRange(t.Context(), 0, 16383).Err())
		client := redis.NewClusterClient(&redis.ClusterOptions{
			Addrs: []string{"node"},
			ClusterSlots: func(context.Context) ([]redis.ClusterSlot, error) {
				return []redis.ClusterSlot{{Start: 0, End: 16383, Nodes: []redis.ClusterNode{{Addr: "node"}}}}, nil
			},
			Dialer: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, "unix", server.socket)
			},
		})
		defer client.Close()
		l, err := redislimit.New(client, "budget", 1000, redislimit.WithTimeout(10*time.Second))
		require.NoError(t, err)
		require.Eventually(t, func() bool {
			info, err := single.ClusterInfo(t.Context()).Result()
			return err == nil && strings.Contains(info, "cluster_state:ok")
		}, 30*time.Second, 50*time.Millisecond)
		require.NoError(t, l.Wait(t.Context()))
		require.NoError(t, l.Close())
	})
}

// freePort is one of this machine that nobody listens on. Redis' own choice is always the same.
func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	require.NoError(t, err)
	return port
}

// BenchmarkPermit is a permit of a single process: one script call.
func BenchmarkPermit(b *testing.B) {
	if len(redisServers()) == 0 {
		b.Skip("redis-server is not installed")
	}
	network, address := startRedis(b)
	client := redis.NewClient(&redis.Options{Network: network, Addr: address})
	defer client.Close()
	l, err := redislimit.New(client, "budget", 120, redislimit.WithWindow(100*time.Millisecond))
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		permit, err := l.Acquire(b.Context(), helpcrunch.PermitRequest{})
		if err != nil {
			b.Fatal(err)
		}
		l.Release(helpcrunch.PermitResult{Permit: permit})
	}
}
