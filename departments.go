package helpcrunch

import (
	"context"
	"iter"
)

// Department is a part of the team to which chats can be assigned.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/department-model-v1.
type Department struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
	// Agents are the department's members. It is empty in the department of a chat.
	Agents []Agent `json:"agents,omitempty"`
}

// DepartmentsService reads the departments of the team: see Client.Departments.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/department-model-v1.
type DepartmentsService service

func (s *DepartmentsService) client() *Client { return (*service)(s).client() }

// List returns one page of the departments. Nil options mean the first 100. Invalid options
// are [ErrInvalidArgument].
//
// See https://docs.helpcrunch.com/en/rest-api-v1/get-departments-v1.
func (s *DepartmentsService) List(ctx context.Context, opts *ListOptions) (*Page[Department], error) {
	return list[Department](ctx, s.client(), s.client().request(listDepartments), opts.pageRequest())
}

// All iterates over all departments in the service's order, in the background. Invalid options
// are [ErrInvalidArgument]. An error is yielded once, last.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/get-departments-v1.
func (s *DepartmentsService) All(ctx context.Context, opts *ListOptions) iter.Seq2[*Department, error] {
	return iterateAll(ctx, s.client(), s.client().request(listDepartments), opts.pageRequest(), departmentRows)
}

func (d *Department) id() int64 { return d.ID }

var departmentRows = rowKind[Department]{id: (*Department).id}
