package redislimit_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch/redis/redislimit"
)

// TestAURLWithAPassword is how most programs connect.
func TestAURLWithAPassword(t *testing.T) {
	t.Parallel()
	onEachServer(t, func(t *testing.T, server *realRedis, client *redis.Client) {
		require.NoError(t, client.ConfigSet(t.Context(), "requirepass", "a-password").Err())
		options, err := redis.ParseURL("unix://:a-password@" + server.socket)
		require.NoError(t, err)
		secured := redis.NewClient(options)
		defer secured.Close()
		takePermit(t, secured)
	})
}

// takePermit takes a permit through a client.
func takePermit(t *testing.T, client redis.UniversalClient) {
	t.Helper()
	l, err := redislimit.New(client, "budget", 1000, redislimit.WithTimeout(10*time.Second))
	require.NoError(t, err)
	require.NoError(t, l.Wait(t.Context()))
	require.NoError(t, l.Close())
}

// TestASentinelNamesTheServer has a Sentinel watch a server, as ParseFailoverURL expects.
func TestASentinelNamesTheServer(t *testing.T) {
	t.Parallel()
	onEachServer(t, func(t *testing.T, server *realRedis, client *redis.Client) {
		port, sentinelPort := freePort(t), freePort(t)
		require.NoError(t, client.ConfigSet(t.Context(), "port", port).Err())
		config := filepath.Join(t.TempDir(), "sentinel.conf")
		require.NoError(t, os.WriteFile(config, fmt.Appendf(nil,
			"port %s\nbind 127.0.0.1\nsentinel monitor main 127.0.0.1 %s 1\n", sentinelPort, port), 0o600))
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		sentinel := exec.CommandContext(ctx, server.name, config, "--sentinel")
		require.NoError(t, sentinel.Start())
		defer func() { cancel(); _ = sentinel.Wait() }()
		address := net.JoinHostPort("127.0.0.1", sentinelPort)
		require.Eventually(t, func() bool {
			connection, err := net.Dial("tcp", address)
			if err == nil {
				connection.Close()
			}
			return err == nil
		}, 10*time.Second, 20*time.Millisecond)
		options, err := redis.ParseFailoverURL("redis://" + address + "?master_name=main")
		require.NoError(t, err)
		found := redis.NewFailoverClient(options)
		defer found.Close()
		takePermit(t, found)
	})
}
