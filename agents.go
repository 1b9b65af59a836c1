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
	// Email and Role are left out where a message tells of its agent.
	Email string `json:"email"`
	Role  Role   `json:"role"`
}

// Role is what an agent may do. Accounts may have roles of their own.
type Role string

// The roles that every account has.
const (
	RoleAdmin         Role = "admin"
	RoleSuperviser    Role = "superviser" // spelled so by the service
	RoleAgent         Role = "agent"
	RoleAgentChatOnly Role = "agentChatOnly"
)

// AgentsService is the team.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/agent-model-v1.
type AgentsService struct {
	owner *Client
}

func (s *AgentsService) client() *Client { return (*service)(s).client() }

// List returns one page of the agents. Nil options mean the first 100. Options out of
// bounds are [ErrInvalidArgument].
//
// See https://docs.helpcrunch.com/en/rest-api-v1/get-agents-v1.
func (s *AgentsService) List(ctx context.Context, opts *ListOptions) (*Page[Agent], error) {
	return list[Agent](ctx, s.client(), s.client().request(listAgents), opts.pageRequest())
}

// All walks over all agents, in the service's own order, in the background. Options out of
// bounds are [ErrInvalidArgument]. A failure is yielded once, last.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/get-agents-v1.
func (s *AgentsService) All(ctx context.Context, opts *ListOptions) iter.Seq2[*Agent, error] {
	return iterateList(ctx, s.client(), s.client().request(listAgents), opts.pageRequest(), agentRows)
}

// Unsubscribe ends the newsletters of HelpCrunch to an agent. An unknown id is
// [ErrNotFound], one below 1 [ErrInvalidArgument].
//
// See https://docs.helpcrunch.com/en/rest-api-v1/unsubscribe-agent-v1.
func (s *AgentsService) Unsubscribe(ctx context.Context, id int64) error {
	return doNoResult(ctx, s.client(), unsubscribeAgent, id)
}

func (a *Agent) id() int64 { return a.ID }

var agentRows = rowKind[Agent]{id: (*Agent).id}
