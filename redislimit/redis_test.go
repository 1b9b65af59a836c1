package redislimit_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

// realRedis is a redis-server of the test's own, without persistence.
type realRedis struct {
	socket string
	server *exec.Cmd
}

// startRedis starts redis-server where it is installed, and miniredis elsewhere. It returns
// how to reach it, and nil for miniredis.
func startRedis(t *testing.T) (network, address string, server *realRedis) {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		mini := miniredis.RunT(t)
		t.Log("redis-server is not installed; this is miniredis")
		return "tcp", mini.Addr(), nil
	}
	folder, err := os.MkdirTemp("", "redis") // short, as paths of sockets must be
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(folder) })
	server = &realRedis{socket: filepath.Join(folder, "socket")}
	server.start(t)
	t.Cleanup(server.stop)
	version, err := exec.CommandContext(t.Context(), "redis-server", "--version").Output()
	require.NoError(t, err)
	t.Logf("this is redis-server: %s", version)
	return "unix", server.socket, server
}

func (r *realRedis) start(t *testing.T) {
	t.Helper()
	r.server = exec.Command("redis-server", "--port", "0", "--unixsocket", r.socket,
		"--save", "", "--appendonly", "no", "--dir", filepath.Dir(r.socket), "--daemonize", "no")
	require.NoError(t, r.server.Start())
	client := redis.NewClient(&redis.Options{Network: "unix", Addr: r.socket})
	defer client.Close()
	require.Eventually(t, func() bool { return client.Ping(t.Context()).Err() == nil }, 10*time.Second, 10*time.Millisecond)
}

func (r *realRedis) stop() {
	_ = r.server.Process.Kill()
	_ = r.server.Wait()
}
