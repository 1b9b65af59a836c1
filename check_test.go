package helpcrunch_test

import (
	"context"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// invalidCall is a call with an invalid argument. Its error must name the argument and the
// bound.
type invalidCall struct {
	name  string
	call  func(context.Context, *helpcrunch.Client) error
	names []string
}

// assertInvalid checks that each call fails before anything is sent.
func assertInvalid(t *testing.T, rows []invalidCall) {
	t.Helper()
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			client, transport := kit.RespondingClient(t, kit.OK(kit.PageJSON))
			var err error
			require.NotPanics(t, func() { err = row.call(t.Context(), client) })
			require.ErrorIs(t, err, helpcrunch.ErrInvalidArgument)
			assert.Empty(t, transport.Requests(), "nothing may be sent")
			for _, name := range row.names {
				assert.ErrorContains(t, err, name)
			}
		})
	}
}

var namePatch = helpcrunch.CustomerPatch{Name: helpcrunch.Set("Marta")}

// idCall calls a method with an id. Its error must name the method and the argument.
type idCall struct {
	method, argument string
	call             func(ctx context.Context, c *helpcrunch.Client, id int64) error
}

// idCalls has every method that takes an id, once for each of its ids.
func idCalls() []idCall {
	calls := []idCall{
		{"Customers.UpdateEach", "id", func(ctx context.Context, c *helpcrunch.Client, id int64) error {
			return kit.FirstError(c.Customers.UpdateEach(ctx, slices.Values([]helpcrunch.CustomerBatchItem{{ID: id, Patch: namePatch}})))
		}},
		{"Customers.BatchUpdate", "items[1].ID", func(ctx context.Context, c *helpcrunch.Client, id int64) error {
			return kit.Err(c.Customers.BatchUpdate(ctx, []helpcrunch.CustomerBatchItem{{ID: 1, Patch: namePatch}, {ID: id, Patch: namePatch}}))
		}},
		{"Chats.Create", "input.Application", func(ctx context.Context, c *helpcrunch.Client, id int64) error {
			return kit.Err(c.Chats.Create(ctx, &helpcrunch.ChatInput{Customer: 1, Application: id}))
		}},
		{"Chats.FindOrCreate", "input.Customer", func(ctx context.Context, c *helpcrunch.Client, id int64) error {
			_, _, err := c.Chats.FindOrCreate(ctx, &helpcrunch.ChatInput{Customer: id, Application: 1})
			return err
		}},
		{"Chats.Assign", "agentID", func(ctx context.Context, c *helpcrunch.Client, id int64) error {
			return kit.Err(c.Chats.Assign(ctx, 1, id))
		}},
		{"Chats.Unassign", "id", func(ctx context.Context, c *helpcrunch.Client, id int64) error {
			return kit.Err(c.Chats.Unassign(ctx, id))
		}},
		{"Chats.SetDepartment", "departmentID", func(ctx context.Context, c *helpcrunch.Client, id int64) error {
			return kit.Err(c.Chats.SetDepartment(ctx, 1, id))
		}},
		{"Chats.Unsnooze", "id", func(ctx context.Context, c *helpcrunch.Client, id int64) error {
			return kit.Err(c.Chats.Unsnooze(ctx, id))
		}},
		{"Messages.SendAsAgent", "chatID", func(ctx context.Context, c *helpcrunch.Client, id int64) error {
			return kit.Err(c.Messages.SendAsAgent(ctx, id, 1, "Hi"))
		}},
		{"Messages.SendAsAgent", "agentID", func(ctx context.Context, c *helpcrunch.Client, id int64) error {
			return kit.Err(c.Messages.SendAsAgent(ctx, 1, id, "Hi"))
		}},
		{"Messages.SendAsCustomer", "chatID", func(ctx context.Context, c *helpcrunch.Client, id int64) error {
			return kit.Err(c.Messages.SendAsCustomer(ctx, id, "Hi"))
		}},
		{"Messages.AddNote", "chatID", func(ctx context.Context, c *helpcrunch.Client, id int64) error {
			return kit.Err(c.Messages.AddNote(ctx, id, 1, "Hi"))
		}},
		{"Messages.AddNote", "agentID", func(ctx context.Context, c *helpcrunch.Client, id int64) error {
			return kit.Err(c.Messages.AddNote(ctx, 1, id, "Hi"))
		}},
		{"Messages.All", "chatID", func(ctx context.Context, c *helpcrunch.Client, id int64) error {
			return kit.Drain(c.Messages.All(ctx, id, nil))
		}},
	}
	for _, op := range kit.Operations() {
		if op.IDName != "" {
			calls = append(calls, idCall{op.Name, op.IDName, op.Call})
		}
	}
	return calls
}

// TestIDsBelow1AreErrors has every method that takes an id.
func TestIDsBelow1AreErrors(t *testing.T) {
	var rows []invalidCall
	for _, c := range idCalls() {
		for _, id := range []int64{0, -1, math.MinInt64} {
			if id == 0 && c.method == "Messages.AddNote" && c.argument == "agentID" {
				continue // a note without an author
			}
			rows = append(rows, invalidCall{
				fmt.Sprint(c.method, " ", c.argument, " ", id),
				func(ctx context.Context, client *helpcrunch.Client) error { return c.call(ctx, client, id) },
				[]string{fmt.Sprintf("%s: %s: at least 1, got %d", c.method, c.argument, id)},
			})
		}
	}
	assertInvalid(t, rows)
}

// TestEveryMethodWithAnIDRejectsInvalidOnes looks for parameters of type int64.
func TestEveryMethodWithAnIDRejectsInvalidOnes(t *testing.T) {
	checked := make(map[string]int)
	for _, c := range idCalls() {
		checked[c.method]++
	}
	for field := range reflect.TypeFor[helpcrunch.Client]().Fields() {
		if !field.IsExported() {
			continue
		}
		for method := range field.Type.Methods() {
			ids := 0
			for parameter := range method.Type.Ins() {
				if parameter.Kind() == reflect.Int64 {
					ids++
				}
			}
			name := field.Name + "." + method.Name
			assert.GreaterOrEqual(t, checked[name], ids, "bad ids of %s", name)
		}
	}
}

// TestNegativeOptionalIDsAreErrors has ids for which 0 means none.
func TestNegativeOptionalIDsAreErrors(t *testing.T) {
	assertInvalid(t, []invalidCall{
		{"negative optional assignee", func(ctx context.Context, c *helpcrunch.Client) error {
			return kit.Err(c.Chats.Create(ctx, &helpcrunch.ChatInput{Customer: 1, Application: 1, Assignee: -1}))
		}, []string{"input.Assignee: at least 1, got -1"}},
		{"negative optional department", func(ctx context.Context, c *helpcrunch.Client) error {
			return kit.Err(c.Chats.Create(ctx, &helpcrunch.ChatInput{Customer: 1, Application: 1, Department: -1}))
		}, []string{"input.Department: at least 1, got -1"}},
		{"negative optional agent", func(ctx context.Context, c *helpcrunch.Client) error {
			return kit.Err(c.Messages.Create(ctx, &helpcrunch.MessageInput{Chat: 1, Text: "Hi", Agent: -1}))
		}, []string{"input.Agent: at least 1, got -1"}},
	})
}

// pagedCalls are all methods that take an offset and a limit.
func pagedCalls(offset, limit int) map[string]func(context.Context, *helpcrunch.Client) error {
	opts := &helpcrunch.ListOptions{Offset: offset, Limit: limit}
	customers := &helpcrunch.CustomerListOptions{Offset: offset, Limit: limit}
	chats := &helpcrunch.ChatListOptions{Offset: offset, Limit: limit}
	findCustomers := &helpcrunch.CustomerSearch{Offset: offset, Limit: limit}
	findChats := &helpcrunch.ChatSearch{Offset: offset, Limit: limit}
	return map[string]func(context.Context, *helpcrunch.Client) error{
		"Customers.List": func(ctx context.Context, c *helpcrunch.Client) error {
			return kit.Err(c.Customers.List(ctx, customers))
		},
		"Customers.All": func(ctx context.Context, c *helpcrunch.Client) error {
			return kit.Drain(c.Customers.All(ctx, customers))
		},
		"Customers.Search": func(ctx context.Context, c *helpcrunch.Client) error {
			return kit.Err(c.Customers.Search(ctx, findCustomers))
		},
		"Customers.SearchAll": func(ctx context.Context, c *helpcrunch.Client) error {
			return kit.Drain(c.Customers.SearchAll(ctx, findCustomers))
		},
		"Chats.List":   func(ctx context.Context, c *helpcrunch.Client) error { return kit.Err(c.Chats.List(ctx, chats)) },
		"Chats.All":    func(ctx context.Context, c *helpcrunch.Client) error { return kit.Drain(c.Chats.All(ctx, chats)) },
		"Chats.Search": func(ctx context.Context, c *helpcrunch.Client) error { return kit.Err(c.Chats.Search(ctx, findChats)) },
		"Chats.SearchAll": func(ctx context.Context, c *helpcrunch.Client) error {
			return kit.Drain(c.Chats.SearchAll(ctx, findChats))
		},
		"Messages.List":    func(ctx context.Context, c *helpcrunch.Client) error { return kit.Err(c.Messages.List(ctx, 1, opts)) },
		"Messages.All":     func(ctx context.Context, c *helpcrunch.Client) error { return kit.Drain(c.Messages.All(ctx, 1, opts)) },
		"Agents.List":      func(ctx context.Context, c *helpcrunch.Client) error { return kit.Err(c.Agents.List(ctx, opts)) },
		"Agents.All":       func(ctx context.Context, c *helpcrunch.Client) error { return kit.Drain(c.Agents.All(ctx, opts)) },
		"Departments.List": func(ctx context.Context, c *helpcrunch.Client) error { return kit.Err(c.Departments.List(ctx, opts)) },
		"Departments.All":  func(ctx context.Context, c *helpcrunch.Client) error { return kit.Drain(c.Departments.All(ctx, opts)) },
	}
}

// TestInvalidLimitsAndOffsetsAreErrors has every method with pages.
func TestInvalidLimitsAndOffsetsAreErrors(t *testing.T) {
	var rows []invalidCall
	for _, bad := range []struct {
		offset, limit int
		names         []string
	}{
		{0, -1, []string{"Limit: 1 to 100", "0 for 100", "got -1"}},
		{0, 101, []string{"Limit: 1 to 100", "got 101"}},
		{0, math.MaxInt, []string{"Limit: 1 to 100"}},
		{-1, 0, []string{"Offset: at least 0, got -1"}},
		{math.MinInt, 10, []string{"Offset: at least 0"}},
	} {
		for method, call := range pagedCalls(bad.offset, bad.limit) {
			rows = append(rows, invalidCall{method + " " + bad.names[0], call, bad.names})
		}
	}
	assertInvalid(t, rows)
}

// TestLimitZeroMeansAHundred sends valid limits as they are, and 100 for 0 and nil.
func TestLimitZeroMeansAHundred(t *testing.T) {
	for limit, want := range map[int]string{0: "100", 1: "1", 100: "100"} {
		for method, call := range pagedCalls(0, limit) {
			client, transport := kit.RespondingClient(t, kit.OK(kit.EmptyPageJSON))
			require.NoError(t, call(t.Context(), client), method)
			r := transport.Only(t)
			if strings.Contains(method, "Search") {
				assert.Contains(t, string(r.Body), `"offset":0,"limit":`+want, method)
			} else {
				assert.Equal(t, want, kit.Query(t, r).Get("limit"), method)
			}
		}
	}
	client, transport := kit.RespondingClient(t, kit.OK(kit.EmptyPageJSON))
	_, err := client.Departments.List(t.Context(), nil)
	require.NoError(t, err)
	assert.Equal(t, "limit=100&offset=0", transport.Only(t).Query)
}

// TestUnknownOrdersAndMatchesAreErrors has values that are none of the constants.
func TestUnknownOrdersAndMatchesAreErrors(t *testing.T) {
	assertInvalid(t, []invalidCall{
		{"order of a list", func(ctx context.Context, c *helpcrunch.Client) error {
			return kit.Err(c.Customers.List(ctx, &helpcrunch.CustomerListOptions{Order: "up"}))
		}, []string{`Order: must be "asc" or "desc"`}},
		{"order of a search", func(ctx context.Context, c *helpcrunch.Client) error {
			return kit.Err(c.Chats.Search(ctx, &helpcrunch.ChatSearch{Order: "up"}))
		}, []string{`Order: must be "asc" or "desc"`}},
		{"match", func(ctx context.Context, c *helpcrunch.Client) error {
			return kit.Err(c.Chats.Search(ctx, &helpcrunch.ChatSearch{Match: "XOR"}))
		}, []string{"search.Match: must be MatchAll or MatchAny", "XOR"}},
		{"match of an iterator", func(ctx context.Context, c *helpcrunch.Client) error {
			return kit.Drain(c.Customers.SearchAll(ctx, &helpcrunch.CustomerSearch{Match: "XOR"}))
		}, []string{"search.Match: must be MatchAll or MatchAny"}},
	})
}

// TestFiltersWithoutAValueAreErrors has every kind of filter.
func TestFiltersWithoutAValueAreErrors(t *testing.T) {
	var rows []invalidCall
	for wants, filter := range map[string]helpcrunch.CustomerFilter{
		"customers.email: must not be empty":                     helpcrunch.CustomerFieldEmail.Contains(""),
		"customers.name: must not be empty":                      helpcrunch.CustomerFieldName.NotEquals(""),
		"customers.lastSeen: must not be the zero time":          helpcrunch.CustomerFieldLastSeen.After(time.Time{}),
		"customers.tagsData: at least 1 tag name, got 0":         helpcrunch.CustomerFieldTags.HasAll(),
		"customers.tagsData: must not contain an empty tag name": helpcrunch.CustomerFieldTags.HasAll("a", ""),
		"customers.id: at least 1, got 0":                        helpcrunch.CustomerFieldID.Equals(0),
		"value for customers.id: at least 0, got -1":             helpcrunch.CustomerFieldID.GreaterThan(-1),
		"Filters[1]: must come from a field, such as Cu":         {},
	} {
		search := &helpcrunch.CustomerSearch{Filters: []helpcrunch.CustomerFilter{helpcrunch.CustomerFieldID.GreaterThan(0), filter}}
		rows = append(rows,
			invalidCall{"search: " + wants, func(ctx context.Context, c *helpcrunch.Client) error { return kit.Err(c.Customers.Search(ctx, search)) }, []string{"search.Filters[1]", wants}},
			invalidCall{"iterator: " + wants, func(ctx context.Context, c *helpcrunch.Client) error {
				return kit.Drain(c.Customers.SearchAll(ctx, search))
			}, []string{"search.Filters[1]", wants}})
	}
	for wants, filter := range map[string]helpcrunch.ChatFilter{
		"chats.status: must not be empty":              helpcrunch.ChatFieldStatus.Equals(""),
		"chats.rating: must not be empty":              helpcrunch.ChatFieldRating.NotEquals(""),
		"chats.customer.tagsData: at least 1 tag name": helpcrunch.ChatFieldCustomerTags.HasAll(),
	} {
		search := &helpcrunch.ChatSearch{Filters: []helpcrunch.ChatFilter{filter}}
		rows = append(rows, invalidCall{wants, func(ctx context.Context, c *helpcrunch.Client) error { return kit.Err(c.Chats.Search(ctx, search)) }, []string{"search.Filters[0]", wants}})
	}
	assertInvalid(t, rows)
}
