package cli

import (
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

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
