package kit

import (
	"context"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
)

// SingleOperationCases are the cases of methods that make one request.
func SingleOperationCases() []OperationCase {
	var single []OperationCase
	for _, c := range OperationCases() {
		if len(c.Uses) == 1 && len(c.Responses) == 1 {
			single = append(single, c)
		}
	}
	return single
}

// OperationCase calls one exported method in one way.
type OperationCase struct {
	Method    string   // such as "Customers.Get"
	Variant   string   // tells apart several ways to call one method
	Uses      []string // the operations it uses, in order
	Responses []Response
	Call      func(context.Context, *helpcrunch.Client) error
}

// Golden is the name of the case's golden file.
func (c OperationCase) Golden() string {
	if c.Variant == "" {
		return c.Method
	}
	return c.Method + "." + c.Variant
}

// Bodies of responses.
const (
	CustomerJSON  = `{"id":7001,"userId":"crm-17"}`
	ChatJSON      = `{"id":40001,"status":"opened"}`
	PageJSON      = `{"data":[{"id":1}],"total":1}`
	EmptyPageJSON = `{"data":[],"total":0}`
)

var (
	// Time is a time for inputs.
	Time        = time.Date(2024, 1, 1, 12, 0, 0, 0, time.UTC)
	listOptions = &helpcrunch.ListOptions{Offset: 5, Limit: 20}
)

// OperationCases has a case, or several, for every exported method of every service.
func OperationCases() []OperationCase {
	var all []OperationCase
	for _, cases := range [][]OperationCase{
		customerReads(), customerWrites(), customerComposites(),
		chatReads(), chatWrites(), chatComposites(),
		messageCases(), teamCases(),
	} {
		all = append(all, cases...)
	}
	return all
}

// Composites are the methods that combine operations, and have no page of the vendor's.
var Composites = []string{"Customers.FindByUserID", "Customers.Upsert", "Customers.UpsertEach", "Chats.FindOrCreate"}
