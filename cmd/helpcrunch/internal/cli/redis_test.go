package cli

import (
	"bytes"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/spf13/cobra"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
	"github.com/helpcrunch-go/helpcrunch/redis/redislimit"
)

// TestTheLimitIsSharedWithOtherProcesses uses up the limit by a limiter as a service has it. A
// run with another limit per minute then gets the error that names both.
func TestTheLimitIsSharedWithOtherProcesses(t *testing.T) {
	store := miniredis.RunT(t)
	limiter, err := redislimit.New(redis.NewClient(&redis.Options{Addr: store.Addr()}), "helpcrunch", 60)
	require.NoError(t, err)
	defer limiter.Close()
	require.NoError(t, limiter.Wait(t.Context()))
	server := helpcrunchtest.NewServer()
	defer server.Close()
	get := func(args ...string) (int, string) {
		var out, errs bytes.Buffer
		env := &Env{Stdin: &bytes.Buffer{}, Stdout: &out, Stderr: &errs, Getenv: func(string) string { return server.APIKey }}
		status := Run(t.Context(), env, append([]string{"get", "--base-url", server.URL, "--redis", "redis://" + store.Addr()}, args...),
			Group{Title: "Account:", Commands: []Command{func(env *Env) *cobra.Command {
				cmd := &cobra.Command{Use: "get", RunE: func(cmd *cobra.Command, _ []string) error {
					account, err := env.Account(cmd.Context(), cmd, nil)
					if err != nil {
						return err
					}
					defer account.Close()
					_, err = account.Client.Organization.Get(cmd.Context())
					return err
				}}
				env.AccountFlags(cmd)
				return cmd
			}}})
		return status, errs.String()
	}
	status, text := get("--per-minute", "60")
	assert.Zero(t, status, text)
	status, text = get("--per-minute", "50")
	assert.Equal(t, ExitUsage, status)
	assert.Regexp(t, "60.*50|50.*60", text)
	status, text = get("--per-minute", "50", "--redis-name", "other")
	assert.Zero(t, status, text)
}

func TestRedisURLs(t *testing.T) {
	client, err := redisClient("rediss://:secret@redis.example.com:6380/2")
	require.NoError(t, err)
	single, ok := client.(*redis.Client)
	require.True(t, ok)
	assert.Equal(t, "redis.example.com:6380", single.Options().Addr)
	assert.Equal(t, 2, single.Options().DB)
	assert.NotNil(t, single.Options().TLSConfig)
	require.NoError(t, client.Close())

	client, err = redisClient("redis://sentinel.example.com:26379?master_name=main&addr=other.example.com:26379")
	require.NoError(t, err)
	failover, ok := client.(*redis.Client)
	require.True(t, ok)
	assert.Equal(t, "FailoverClient", failover.Options().Addr)
	require.NoError(t, client.Close())

	client, err = redisClient("redis://one.example.com:6379?addr=two.example.com:6379")
	require.NoError(t, err)
	cluster, ok := client.(*redis.ClusterClient)
	require.True(t, ok)
	assert.Equal(t, []string{"one.example.com:6379", "two.example.com:6379"}, cluster.Options().Addrs)
	require.NoError(t, client.Close())

	for _, bad := range []string{"localhost:6379", "http://localhost", "redis://localhost:6379?master_name=main&db=x", "redis://a?addr=b&no=1", "\x00"} {
		_, err := redisClient(bad)
		assert.Error(t, err, bad)
	}
}
