package helpcrunch_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// TestWhoWritesAMessageIsExplicit has every combination of From, Agent and Type. from is never
// in the body.
func TestWhoWritesAMessageIsExplicit(t *testing.T) {
	const (
		agent, customer = helpcrunch.MessageFromAgent, helpcrunch.MessageFromCustomer
		private         = helpcrunch.MessageTypePrivate
	)
	for _, c := range []struct {
		input helpcrunch.MessageInput
		body  string // empty where the input is invalid
		fault string
	}{
		{helpcrunch.MessageInput{}, "", `input.From: must be "agent" or "customer" when input.Agent is 0`},
		{helpcrunch.MessageInput{Agent: 7}, `{"agent":7,"type":"message"}`, ""},
		{helpcrunch.MessageInput{Type: private}, `{"type":"private"}`, ""},
		{helpcrunch.MessageInput{Type: private, Agent: 7}, `{"agent":7,"type":"private"}`, ""},
		{helpcrunch.MessageInput{From: agent}, "", "input.Agent: at least 1 for a message from an agent, got 0"},
		{helpcrunch.MessageInput{From: agent, Agent: 7}, `{"agent":7,"type":"message"}`, ""},
		{helpcrunch.MessageInput{From: agent, Type: private}, `{"type":"private"}`, ""},
		{helpcrunch.MessageInput{From: agent, Type: private, Agent: 7}, `{"agent":7,"type":"private"}`, ""},
		{helpcrunch.MessageInput{From: customer}, `{"type":"message"}`, ""},
		{helpcrunch.MessageInput{From: customer, Agent: 7}, "", `input.From: must not be "customer" with input.Agent`},
		{helpcrunch.MessageInput{From: customer, Type: private}, "", `input.From: must not be "customer" with input.Agent or a private note`},
		{helpcrunch.MessageInput{From: customer, Type: private, Agent: 7}, "", `input.From: must not be "customer"`},
		{helpcrunch.MessageInput{From: "Agent", Agent: 7}, "", `input.From: must be "agent" or "customer", got "Agent"`},
	} {
		client, transport := kit.RespondingClient(t, kit.OK(`{"id":1}`))
		c.input.Chat, c.input.Text = 1, "Hi"
		_, err := client.Messages.Create(t.Context(), &c.input)
		if c.body == "" {
			require.ErrorIs(t, err, helpcrunch.ErrInvalidArgument, "%+v", c.input)
			require.ErrorContains(t, err, "helpcrunch: Messages.Create: "+c.fault)
			require.Empty(t, transport.Requests(), "%+v", c.input)
			continue
		}
		require.NoError(t, err, "%+v", c.input)
		var want, got map[string]any
		require.NoError(t, json.Unmarshal([]byte(c.body), &want))
		want["chat"], want["text"] = 1.0, "Hi"
		require.NoError(t, json.Unmarshal(transport.Requests()[0].Body, &got))
		assert.Equal(t, want, got, "%+v", c.input)
	}
}

// TestShortcutsForMessagesNameTheirArguments calls each with an invalid argument.
func TestShortcutsForMessagesNameTheirArguments(t *testing.T) {
	client, transport := kit.RespondingClient(t, kit.OK(`{"id":1}`))
	ctx, m := t.Context(), client.Messages
	for want, err := range map[string]error{
		"Messages.SendAsAgent: chatID: at least 1, got 0":     kit.Err(m.SendAsAgent(ctx, 0, 1, "Hi")),
		"Messages.SendAsAgent: agentID: at least 1, got 0":    kit.Err(m.SendAsAgent(ctx, 1, 0, "Hi")),
		"Messages.SendAsAgent: text: must not be empty":       kit.Err(m.SendAsAgent(ctx, 1, 1, "")),
		"Messages.SendAsCustomer: chatID: at least 1, got -1": kit.Err(m.SendAsCustomer(ctx, -1, "Hi")),
		"Messages.SendAsCustomer: text: must not be empty":    kit.Err(m.SendAsCustomer(ctx, 1, "")),
		"Messages.AddNote: chatID: at least 1, got 0":         kit.Err(m.AddNote(ctx, 0, 1, "Hi")),
		"Messages.AddNote: agentID: at least 1, got -1":       kit.Err(m.AddNote(ctx, 1, -1, "Hi")),
		"Messages.AddNote: text: must not be empty":           kit.Err(m.AddNote(ctx, 1, 1, "")),
	} {
		require.ErrorIs(t, err, helpcrunch.ErrInvalidArgument)
		assert.EqualError(t, err, "helpcrunch: "+want)
	}
	assert.Empty(t, transport.Requests())

	_, err := m.AddNote(ctx, 1, 0, "a note without an author")
	require.NoError(t, err)
	assert.JSONEq(t, `{"chat":1,"text":"a note without an author","type":"private"}`, string(transport.Requests()[0].Body))
}
