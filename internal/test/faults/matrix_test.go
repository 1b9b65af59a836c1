package faults_test

import (
	"encoding/json"
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

// TestR1EveryOperationTakesEffectAtMostOnceUnderEveryFault holds R12 too: every operation runs into every
// fault, truncated responses included. The fake server counts effects: exactly one, or an error
// that matches ErrMaybeApplied.
func TestR1EveryOperationTakesEffectAtMostOnceUnderEveryFault(t *testing.T) {
	for _, op := range kit.Operations() {
		for _, m := range matrixFaults {
			t.Run(string(op.Fake)+"/"+m.fault.String(), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					untroubled := kit.Account(t)
					require.NoError(t, op.Call(t.Context(), untroubled.Client(), op.ID))

					server := kit.Account(t)
					before := account(t, server)
					server.Inject(m.fault.On(op.Fake).Once())
					limiter, err := hc.NewRateLimiter(hc.DefaultRateLimit)
					require.NoError(t, err)
					client := server.Client(hc.WithRateLimiter(limiter), hc.WithRetryWait(500*time.Millisecond, time.Minute))
					err = op.Call(t.Context(), client, op.ID)
					assert.Zero(t, server.OpenBodies())

					if op.Class != kit.NonIdempotent || provesNothingHappened(m.fault) {
						require.NoError(t, err)
						assert.Equal(t, account(t, untroubled), account(t, server))
						return
					}
					require.ErrorIs(t, err, hc.ErrMaybeApplied)
					if m.effect {
						assert.Equal(t, 1, server.Effects(op.Fake))
						assert.Equal(t, account(t, untroubled), account(t, server))
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
