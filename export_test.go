package helpcrunch

import (
	"context"
	"reflect"

	"github.com/helpcrunch-go/helpcrunch/internal/engine"
)

// Operation is a row of the table of operations, for tests.
type Operation struct {
	Name, Method, Path, Class, Page string
}

// Operations returns the table of operations.
func Operations() []Operation {
	classes := map[engine.Class]string{
		engine.Read:          "read",
		engine.Idempotent:    "idempotent",
		engine.NonIdempotent: "not idempotent",
	}
	rows := make([]Operation, len(operations))
	for i, op := range operations {
		rows[i] = Operation{op.name, op.method, op.path, classes[op.class], docs + op.page}
	}
	return rows
}

// DecodeCustomers decodes the response to a list of customers, for benchmarks.
func DecodeCustomers(body []byte) (*Page[Customer], error) {
	c := &Client{core: new(core)}
	return decodePage[Customer](context.Background(), c, request{}, &engine.Response{Body: body}, pageRequest{Limit: maxLimit})
}

// ClaimedKeys returns how many keys have a claim on their lock.
func ClaimedKeys(c *Client) int {
	return reflect.ValueOf(c.core.locks).Elem().FieldByName("byKey").Len()
}
