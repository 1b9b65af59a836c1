package helpcrunchtest_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

func TestWhichRequestsAFaultStrikes(t *testing.T) {
	server := newServer(t, helpcrunchtest.WithoutListener())
	strikes := func(fault helpcrunchtest.Fault, requests int) string {
		server.ClearFaults()
		server.Inject(fault)
		var pattern strings.Builder
		for range requests {
			if post(t.Context(), server, server.HTTPClient()).status == 503 {
				pattern.WriteByte('x')
			} else {
				pattern.WriteByte('.')
			}
		}
		return pattern.String()
	}
	down := helpcrunchtest.Status(503)
	assert.Equal(t, "xxxx", strikes(down, 4))
	assert.Equal(t, "xx..", strikes(down.Times(2), 4))
	assert.Equal(t, "..xx", strikes(down.After(2), 4))
	assert.Equal(t, ".x..", strikes(down.After(1).Once(), 4))
	assert.Equal(t, "....", strikes(down.On(helpcrunchtest.CreateChat), 4))
	assert.Equal(t, "xxxx", strikes(down.On(helpcrunchtest.CreateChat, helpcrunchtest.CreateCustomer), 4))
	assert.Equal(t, "....", strikes(down.WithProbability(0, 1), 4))
	assert.Equal(t, "xxxx", strikes(down.WithProbability(1, 1), 4))

	byChance := strikes(down.WithProbability(0.3, 42), 400)
	assert.Equal(t, byChance, strikes(down.WithProbability(0.3, 42), 400), "the same seed makes the same choices")
	assert.NotEqual(t, byChance, strikes(down.WithProbability(0.3, 43), 400))
	assert.InDelta(t, 120, strings.Count(byChance, "x"), 40)
}

func TestFaultsInjectedFirstStrikeFirst(t *testing.T) {
	server := newServer(t, helpcrunchtest.WithoutListener())
	server.Inject(helpcrunchtest.Status(500).Once())
	second := server.Inject(helpcrunchtest.Status(502).Times(2))
	var statuses []int
	for range 4 {
		statuses = append(statuses, post(t.Context(), server, server.HTTPClient()).status)
	}
	assert.Equal(t, []int{500, 502, 502, 201}, statuses)
	assert.Equal(t, 2, second.Fired())
}

func TestFaultsAreValues(t *testing.T) {
	base := helpcrunchtest.Status(503).Header("X-One", "1")
	_ = base.Times(3).AfterEffect().On(helpcrunchtest.GetChat).Header("X-Two", "2")
	server := newServer(t, helpcrunchtest.WithoutListener())
	server.Inject(base)
	o := post(t.Context(), server, server.HTTPClient())
	assert.Equal(t, 503, o.status)
	assert.Empty(t, o.header.Get("X-Two"))
	assert.Zero(t, server.Effects(helpcrunchtest.CreateCustomer))
}

func TestClientIsFastByDefault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := helpcrunchtest.NewServer()
		defer server.Close()
		server.Inject(helpcrunchtest.TooManyRequests().Times(3))
		server.Inject(helpcrunchtest.Status(503).On(helpcrunchtest.GetOrganization).Times(3))
		before := time.Now()
		_, err := server.Client().Organization.Get(t.Context())
		require.NoError(t, err)
		assert.Less(t, time.Since(before), 100*time.Millisecond)
		for range 500 {
			_, err := server.Client().Organization.Get(t.Context())
			require.NoError(t, err)
		}
		assert.Less(t, time.Since(before), 100*time.Millisecond, "there is no rate limit")
	})
}

func TestSDKSurvivesManyFaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := helpcrunchtest.NewServer()
		defer server.Close()
		storm := server.Inject(helpcrunchtest.TooManyRequests().RetryAfter(2 * time.Second).Times(3))
		client := server.Client(helpcrunch.WithRetryWait(time.Second, time.Minute))
		before := time.Now()
		customer, err := client.Customers.Create(t.Context(), &helpcrunch.CustomerInput{Name: "Marta"})
		require.NoError(t, err)
		assert.Equal(t, "Marta", customer.Name)
		assert.Equal(t, 3, storm.Fired())
		assert.GreaterOrEqual(t, time.Since(before), 6*time.Second)
		assert.Len(t, server.Customers(), 1)
	})
}

func TestStatusesWithoutABodyHaveNone(t *testing.T) {
	overBothWays(t, func(t *testing.T, server *helpcrunchtest.Server, client *http.Client) {
		for _, fault := range []helpcrunchtest.Fault{
			helpcrunchtest.Status(204), helpcrunchtest.Status(304), helpcrunchtest.Answer(204, "{}"), helpcrunchtest.Answer(304, "{}"),
		} {
			server.Inject(fault.Once())
			o := post(t.Context(), server, client)
			require.NoError(t, o.err)
			assert.NotEqual(t, http.StatusCreated, o.status)
			assert.Empty(t, o.body)
		}
	})
}
