//go:build unix

package redislimit_test

import (
	"syscall"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch/redis/redislimit"
)

// TestAFrozenRedisIsNoHang: its connections stay open, and no response comes. Windows has no
// signal that stops a process.
func TestAFrozenRedisIsNoHang(t *testing.T) {
	t.Parallel()
	onEachServer(t, func(t *testing.T, server *realRedis, client *redis.Client) {
		for name, opts := range map[string][]redislimit.Option{"error": quick, "share": append(quick, redislimit.WithLocalShare(1))} {
			t.Run(name, func(t *testing.T) {
				l, err := redislimit.New(client, name, 10, opts...)
				require.NoError(t, err)
				eventually(t, l)
				require.NoError(t, server.server.Process.Signal(syscall.SIGSTOP))
				if name == "error" {
					require.ErrorIs(t, l.Wait(t.Context()), redislimit.ErrUnavailable)
				} else {
					require.NoError(t, l.Wait(t.Context()))
				}
				require.NoError(t, server.server.Process.Signal(syscall.SIGCONT))
				eventually(t, l)
			})
		}
	})
}
