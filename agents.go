package helpcrunch

import (
	"context"
	"iter"
)

// Agent is a member of the team.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/agent-model-v1.
type Agent struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
	// Email and Role may be empty in the agent of a message.
	Email string `json:"email"`
	Role  Role   `json:"role"`
}

// Role is the role of an agent. Accounts may define further roles.
type Role string

// The roles that every account has.
const (
	RoleAdmin         Role = "admin"
	RoleSuperviser    Role = "superviser" // the service's spelling
	RoleAgent         Role = "agent"
	RoleAgentChatOnly Role = "agentChatOnly"
)

// AgentsService reads the agents of the account: see Client.Agents.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/agent-model-v1.
type AgentsService service

func (s *AgentsService) client() *Client { return (*service)(s).client() }

// List returns one page of the agents. Nil options mean the first 100. Invalid options are
// [ErrInvalidArgument].
//
// See https://docs.helpcrunch.com/en/rest-api-v1/get-agents-v1.
func (s *AgentsService) List(ctx context.Context, opts *ListOptions) (*Page[Agent], error) {
	return list[Agent](ctx, s.client(), s.client().request(listAgents), opts.pageRequest())
}

// All iterates over all agents in the service's order, in the background. Invalid options are
// [ErrInvalidArgument]. An error is yielded once, last.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/get-agents-v1.
func (s *AgentsService) All(ctx context.Context, opts *ListOptions) iter.Seq2[*Agent, error] {
	return iterateAll(ctx, s.client(), s.client().request(listAgents), opts.pageRequest(), agentRows)
}

// Unsubscribe ends HelpCrunch's newsletters to an agent. An unknown id is [ErrNotFound], an id
// below 1 [ErrInvalidArgument].
//
// See https://docs.helpcrunch.com/en/rest-api-v1/unsubscribe-agent-v1.
func (s *AgentsService) Unsubscribe(ctx context.Context, id int64) error {
	return doNoResult(ctx, s.client(), unsubscribeAgent, id)
}

func (a *Agent) id() int64 { return a.ID }

var agentRows = rowKind[Agent]{id: (*Agent).id}
