package helpcrunch_test

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// badInput is a call with an argument that can't be right, and what its error must name:
// the argument and the bound.
type badInput struct {
	name  string
	call  func(context.Context, *helpcrunch.Client) error
	names []string
}

// assertRefused demands that each call fails before anything is sent.
func assertRefused(t *testing.T, rows []badInput) {
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

// idCall is a method with an id.
type idCall = func(ctx context.Context, c *helpcrunch.Client, id int64) error

// customerIDs are methods by what their error must name, and by their own name.
func customerIDs() map[string]map[string]idCall {
	return map[string]map[string]idCall{
		" id: at least 1": {
			"Customers.Get": func(ctx context.Context, c *helpcrunch.Client, id int64) error {
				return kit.Err(c.Customers.Get(ctx, id))
			},
			"Customers.Replace": func(ctx context.Context, c *helpcrunch.Client, id int64) error {
				in := kit.Marta()
				return kit.Err(c.Customers.Replace(ctx, id, &in))
			},
			"Customers.Update": func(ctx context.Context, c *helpcrunch.Client, id int64) error {
				return kit.Err(c.Customers.Update(ctx, id, &namePatch))
			},
			"Customers.UpdateEach": func(ctx context.Context, c *helpcrunch.Client, id int64) error {
				return kit.UpdateError(c.Customers.UpdateEach(ctx, slices.Values([]helpcrunch.CustomerBatchItem{{ID: id, Patch: namePatch}})))
			},
			"Customers.Delete": func(ctx context.Context, c *helpcrunch.Client, id int64) error { return c.Customers.Delete(ctx, id) },
			"Customers.Tag": func(ctx context.Context, c *helpcrunch.Client, id int64) error {
				return kit.Err(c.Customers.Tag(ctx, id, helpcrunch.Tag{Name: "a"}))
			},
			"Customers.Untag": func(ctx context.Context, c *helpcrunch.Client, id int64) error {
				return kit.Err(c.Customers.Untag(ctx, id, "a"))
			},
			"Customers.AddEvent": func(ctx context.Context, c *helpcrunch.Client, id int64) error {
				return kit.Err(c.Customers.AddEvent(ctx, id, &helpcrunch.EventInput{Name: "a"}))
			},
		},
		"items[1].ID: at least 1": {"Customers.BatchUpdate": func(ctx context.Context, c *helpcrunch.Client, id int64) error {
			return kit.Err(c.Customers.BatchUpdate(ctx, []helpcrunch.CustomerBatchItem{{ID: 1, Patch: namePatch}, {ID: id, Patch: namePatch}}))
		}},
	}
}

func chatIDs() map[string]map[string]idCall {
	return map[string]map[string]idCall{
		": at least 1": {
			"Chats.Get": func(ctx context.Context, c *helpcrunch.Client, id int64) error { return kit.Err(c.Chats.Get(ctx, id)) },
			"Chats.SetStatus": func(ctx context.Context, c *helpcrunch.Client, id int64) error {
				return kit.Err(c.Chats.SetStatus(ctx, id, "closed"))
			},
			"Chats.Assign": func(ctx context.Context, c *helpcrunch.Client, id int64) error {
				return kit.Err(c.Chats.Assign(ctx, id, 1))
			},
			"Chats.Unassign": func(ctx context.Context, c *helpcrunch.Client, id int64) error {
				return kit.Err(c.Chats.Unassign(ctx, id))
			},
			"Chats.SetDepartment": func(ctx context.Context, c *helpcrunch.Client, id int64) error {
				return kit.Err(c.Chats.SetDepartment(ctx, id, 1))
			},
			"Chats.Snooze": func(ctx context.Context, c *helpcrunch.Client, id int64) error {
				return kit.Err(c.Chats.Snooze(ctx, id, kit.Time))
			},
			"Chats.Unsnooze": func(ctx context.Context, c *helpcrunch.Client, id int64) error {
				return kit.Err(c.Chats.Unsnooze(ctx, id))
			},
			"Chats.Rate": func(ctx context.Context, c *helpcrunch.Client, id int64) error {
				return kit.Err(c.Chats.Rate(ctx, id, "poor"))
			},
			"Chats.SetReadByAgent": func(ctx context.Context, c *helpcrunch.Client, id int64) error {
				return kit.Err(c.Chats.SetReadByAgent(ctx, id, true))
			},
			"Chats.SetReadByCustomer": func(ctx context.Context, c *helpcrunch.Client, id int64) error {
				return kit.Err(c.Chats.SetReadByCustomer(ctx, id, true))
			},
			"Messages.List": func(ctx context.Context, c *helpcrunch.Client, id int64) error {
				return kit.Err(c.Messages.List(ctx, id, nil))
			},
			"Messages.All": func(ctx context.Context, c *helpcrunch.Client, id int64) error {
				return kit.Drain(c.Messages.All(ctx, id, nil))
			},
		},
	}
}

func otherIDs() map[string]map[string]idCall {
	return map[string]map[string]idCall{
		": at least 1": {
			"Agents.Unsubscribe": func(ctx context.Context, c *helpcrunch.Client, id int64) error { return c.Agents.Unsubscribe(ctx, id) },
			"Chats.Assign": func(ctx context.Context, c *helpcrunch.Client, id int64) error {
				return kit.Err(c.Chats.Assign(ctx, 1, id))
			},
		},
		"departmentID: at least 1": {"Chats.SetDepartment": func(ctx context.Context, c *helpcrunch.Client, id int64) error {
			return kit.Err(c.Chats.SetDepartment(ctx, 1, id))
		}},
		"input.Customer: at least 1": {
			"Chats.Create": func(ctx context.Context, c *helpcrunch.Client, id int64) error {
				return kit.Err(c.Chats.Create(ctx, &helpcrunch.ChatInput{Customer: id, Application: 1}))
			},
			"Chats.FindOrCreate": func(ctx context.Context, c *helpcrunch.Client, id int64) error {
				_, _, err := c.Chats.FindOrCreate(ctx, &helpcrunch.ChatInput{Customer: id, Application: 1})
				return err
			},
		},
		"input.Application: at least 1": {"Chats.Create": func(ctx context.Context, c *helpcrunch.Client, id int64) error {
			return kit.Err(c.Chats.Create(ctx, &helpcrunch.ChatInput{Customer: 1, Application: id}))
		}},
		"input.Chat: at least 1": {"Messages.Create": func(ctx context.Context, c *helpcrunch.Client, id int64) error {
			return kit.Err(c.Messages.Create(ctx, &helpcrunch.MessageInput{Chat: id, Text: "Hi", From: helpcrunch.MessageFromCustomer}))
		}},
	}
}

// TestBadInputIDsOfZeroOrBelow has every method that takes an id.
func TestBadInputIDsOfZeroOrBelow(t *testing.T) {
	var rows []badInput
	for _, calls := range []map[string]map[string]idCall{customerIDs(), chatIDs(), otherIDs()} {
		for want, methods := range calls {
			for method, call := range methods {
				for bound, id := range map[string]int64{"got 0": 0, "got -1": -1, "got -9223372036854775808": math.MinInt64} {
					rows = append(rows, badInput{
						method + " " + bound,
						func(ctx context.Context, c *helpcrunch.Client) error { return call(ctx, c, id) },
						[]string{want, bound},
					})
				}
			}
		}
	}
	assertRefused(t, rows)
}

// TestBadInputNegativeOptionalIDs has the ids that 0 leaves out.
func TestBadInputNegativeOptionalIDs(t *testing.T) {
	assertRefused(t, []badInput{
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

// TestBadInputLimitsAndOffsets has every method with pages.
func TestBadInputLimitsAndOffsets(t *testing.T) {
	var rows []badInput
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
			rows = append(rows, badInput{method + " " + bad.names[0], call, bad.names})
		}
	}
	assertRefused(t, rows)
}

// TestLimitZeroMeansAHundred sends the bounds themselves, and 100 for 0 and for nil.
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

// TestBadInputOrdersAndMatches has words that are none of the constants.
func TestBadInputOrdersAndMatches(t *testing.T) {
	assertRefused(t, []badInput{
		{"order of a list", func(ctx context.Context, c *helpcrunch.Client) error {
			return kit.Err(c.Customers.List(ctx, &helpcrunch.CustomerListOptions{Order: "up"}))
		}, []string{`Order: must be "asc" or "desc"`}},
		{"order of a search", func(ctx context.Context, c *helpcrunch.Client) error {
			return kit.Err(c.Chats.Search(ctx, &helpcrunch.ChatSearch{Order: "up"}))
		}, []string{`Order: must be "asc" or "desc"`}},
		{"match", func(ctx context.Context, c *helpcrunch.Client) error {
			return kit.Err(c.Chats.Search(ctx, &helpcrunch.ChatSearch{Match: "XOR"}))
		}, []string{"search.Match: must be MatchAll or MatchAny", "XOR"}},
		{"match of a walk", func(ctx context.Context, c *helpcrunch.Client) error {
			return kit.Drain(c.Customers.SearchAll(ctx, &helpcrunch.CustomerSearch{Match: "XOR"}))
		}, []string{"search.Match: must be MatchAll or MatchAny"}},
	})
}

// TestBadInputFiltersWithoutAValue has every kind of filter.
func TestBadInputFiltersWithoutAValue(t *testing.T) {
	var rows []badInput
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
			badInput{"search: " + wants, func(ctx context.Context, c *helpcrunch.Client) error { return kit.Err(c.Customers.Search(ctx, search)) }, []string{"search.Filters[1]", wants}},
			badInput{"walk: " + wants, func(ctx context.Context, c *helpcrunch.Client) error {
				return kit.Drain(c.Customers.SearchAll(ctx, search))
			}, []string{"search.Filters[1]", wants}})
	}
	for wants, filter := range map[string]helpcrunch.ChatFilter{
		"chats.status: must not be empty":              helpcrunch.ChatFieldStatus.Equals(""),
		"chats.rating: must not be empty":              helpcrunch.ChatFieldRating.NotEquals(""),
		"chats.customer.tagsData: at least 1 tag name": helpcrunch.ChatFieldCustomerTags.HasAll(),
	} {
		search := &helpcrunch.ChatSearch{Filters: []helpcrunch.ChatFilter{filter}}
		rows = append(rows, badInput{wants, func(ctx context.Context, c *helpcrunch.Client) error { return kit.Err(c.Chats.Search(ctx, search)) }, []string{"search.Filters[0]", wants}})
	}
	assertRefused(t, rows)
}
