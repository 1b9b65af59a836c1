package faults_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	hc "github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// account is what a server stores, as JSON without times and technical rows.
func account(t *testing.T, server *helpcrunchtest.Server) string {
	t.Helper()
	held := map[string]any{
		"customers":  server.Customers(),
		"chats":      server.Chats(),
		"events":     len(server.Events()),
		"newsletter": !server.Unsubscribed(12),
	}
	var texts []string
	for _, chat := range server.Chats() {
		for _, m := range server.Messages(chat.ID) {
			if m.Type != hc.MessageTypeTech {
				texts = append(texts, m.Text)
			}
		}
	}
	held["messages"] = texts
	data, err := json.Marshal(held)
	require.NoError(t, err)
	var value any
	require.NoError(t, json.Unmarshal(data, &value))
	dropTimes(value)
	data, err = json.MarshalIndent(value, "", " ")
	require.NoError(t, err)
	return string(data)
}

func dropTimes(value any) {
	switch value := value.(type) {
	case []any:
		for _, element := range value {
			dropTimes(element)
		}
	case map[string]any:
		for name, member := range value {
			if strings.HasSuffix(name, "At") || strings.HasSuffix(name, "Seen") {
				delete(value, name)
			}
			dropTimes(member)
		}
	}
}

// matrixFaults are those of requirement R1. Effect says that the service carries the
// request out before it fails.
var matrixFaults = []struct {
	fault  helpcrunchtest.Fault
	effect bool
}{
	{helpcrunchtest.Status(500), false},
	{helpcrunchtest.Status(500).AfterEffect(), true},
	{helpcrunchtest.Status(502), false},
	{helpcrunchtest.Status(502).AfterEffect(), true},
	{helpcrunchtest.Status(503), false},
	{helpcrunchtest.Status(503).AfterEffect(), true},
	{helpcrunchtest.TooManyRequests(), false},
	{helpcrunchtest.RefuseConnection(), false},
	{helpcrunchtest.ResetConnection(), false},
	{helpcrunchtest.ResetConnection().AfterEffect(), true},
	{helpcrunchtest.CutBody(), true},
	{helpcrunchtest.SlowHeaders(time.Hour), true},
}

// provesNothingHappened are the faults after which even a non-idempotent operation is retried.
func provesNothingHappened(fault helpcrunchtest.Fault) bool {
	name := fault.String()
	return name == helpcrunchtest.TooManyRequests().String() || name == helpcrunchtest.RefuseConnection().String()
}

// TestR1EveryOperationTakesEffectAtMostOnceUnderEveryFault holds R12 too: every operation runs into
// every fault, truncated responses included. The fake server counts effects: exactly one, or an
// error that matches ErrMaybeApplied.
func TestR1EveryOperationTakesEffectAtMostOnceUnderEveryFault(t *testing.T) {
	testMatrix(t, func(_ *testing.T, server *helpcrunchtest.Server, opts ...hc.Option) (*hc.Client, *kit.Network) {
		return server.Client(opts...), nil
	})
}

// TestR1EveryOperationTakesEffectAtMostOnceOverHTTP1 is the same over connections of HTTP/1.1.
func TestR1EveryOperationTakesEffectAtMostOnceOverHTTP1(t *testing.T) {
	testMatrix(t, clientOver("http/1.1"))
}

// TestR1EveryOperationTakesEffectAtMostOnceOverHTTP2 is the same over connections of HTTP/2.
func TestR1EveryOperationTakesEffectAtMostOnceOverHTTP2(t *testing.T) {
	testMatrix(t, clientOver("h2"))
}

// matrixClient makes a client of a fake server, over a network or, if that is nil, in memory.
type matrixClient func(*testing.T, *helpcrunchtest.Server, ...hc.Option) (*hc.Client, *kit.Network)

func clientOver(protocol string) matrixClient {
	return func(t *testing.T, server *helpcrunchtest.Server, opts ...hc.Option) (*hc.Client, *kit.Network) {
		t.Helper()
		network := kit.NewNetwork(t, kit.Serve(server, protocol))
		opts = append([]hc.Option{hc.WithHTTPClient(&http.Client{Transport: network.Transport(t, protocol)})}, opts...)
		client, err := hc.New(server.APIKey, opts...)
		require.NoError(t, err)
		return client, network
	}
}

func testMatrix(t *testing.T, newClient matrixClient) {
	t.Helper()
	for _, op := range kit.Operations() {
		var untroubled string
		synctest.Test(t, func(t *testing.T) {
			server := kit.Account(t)
			require.NoError(t, op.Call(t.Context(), server.Client(), op.ID))
			untroubled = account(t, server)
		})
		for _, m := range matrixFaults {
			t.Run(string(op.Fake)+"/"+m.fault.String(), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					server := kit.Account(t)
					before := account(t, server)
					limits := new(kit.CountingLimiter)
					client, network := newClient(t, server, hc.WithRateLimiter(limits), hc.WithRetryWait(500*time.Millisecond, time.Minute))
					if network != nil && m.fault.String() == helpcrunchtest.RefuseConnection().String() {
						network.RefuseOnce()
					} else {
						server.Inject(m.fault.On(op.Fake).Once())
					}
					err := op.Call(t.Context(), client, op.ID)
					assert.Zero(t, server.OpenBodies())
					assert.NotEmpty(t, server.Requests())
					if network != nil {
						_, unsent := limits.Released()
						assert.Len(t, server.Requests(), limits.Granted()-unsent, "permits equal the requests that arrived")
					}

					if op.Class != kit.NonIdempotent || provesNothingHappened(m.fault) {
						require.NoError(t, err)
						assert.Equal(t, untroubled, account(t, server))
						return
					}
					require.ErrorIs(t, err, hc.ErrMaybeApplied)
					if m.effect {
						assert.Equal(t, 1, server.Effects(op.Fake))
						assert.Equal(t, untroubled, account(t, server))
					} else {
						assert.Zero(t, server.Effects(op.Fake))
						assert.Equal(t, before, account(t, server))
					}
				})
			})
		}
	}
}

// TestR1EveryOperationOfTheFakeServerIsInTheMatrix compares the two lists.
func TestR1EveryOperationOfTheFakeServerIsInTheMatrix(t *testing.T) {
	var inMatrix []helpcrunchtest.Operation
	for _, op := range kit.Operations() {
		inMatrix = append(inMatrix, op.Fake)
	}
	assert.ElementsMatch(t, helpcrunchtest.Operations(), inMatrix)
}
