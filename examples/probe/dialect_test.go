package main

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// probed asks a server everything.
func probed(t *testing.T, server *helpcrunchtest.Server) *probe {
	t.Helper()
	a, err := newAsker(server.APIKey, server.URL, server.Transport(), unlimited{})
	require.NoError(t, err)
	p := &probe{asker: a}
	require.NoError(t, p.run(t.Context()))
	return p
}

// findingsOf is what is found out about an account that speaks in a dialect, by point.
func findingsOf(t *testing.T, dialect helpcrunchtest.Dialect) map[string]string {
	t.Helper()
	server := newAccount(dialect)
	defer server.Close()
	byPoint := map[string]string{}
	for _, f := range probed(t, server).findings {
		require.NotContains(t, byPoint, f.point, "two findings about one point")
		byPoint[f.point] = f.text
	}
	return byPoint
}

func TestFindingsOfTheDefaultDialect(t *testing.T) {
	server := newAccount(helpcrunchtest.Dialect{})
	defer server.Close()
	var lines strings.Builder
	for _, f := range probed(t, server).findings {
		fmt.Fprintf(&lines, "%s: %s (%d)\n", f.point, f.text, f.looked)
		assert.NotContains(t, f.text, "mixed", f.point)
		if f.point != "answers of 429 to this program" {
			assert.NotContains(t, f.text, cannotTell, "the account in memory shows every point: %s", f.point)
		}
	}
	path := filepath.Join("testdata", "default.golden")
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(lines.String()), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), lines.String())
}

// changes are findings that differ from those of the default dialect.
type changes map[string]string

// allOf gives several points the same finding.
func allOf(text string, points ...string) changes {
	all := changes{}
	for _, point := range points {
		all[point] = text
	}
	return all
}

// and joins changes.
func (c changes) and(others ...changes) changes {
	joined := maps.Clone(c)
	for _, other := range others {
		maps.Copy(joined, other)
	}
	return joined
}

var (
	plainTimes = []string{
		"`firstSeen` of customers", "`lastSeen` of customers", "`createdAt` of chats", "`closedAt` of chats",
		"`lastMessageAt` of chats", "`lastCustomerMessageAt` of chats",
	}
	fineTimes  = []string{"`snoozedUntil` of chats", "`createdAt` of messages", "`updatedAt` of messages"}
	mixedTimes = allOf("integer", plainTimes...).and(allOf("decimal string with a fraction", fineTimes...))

	genericViolations = allOf("400, generic first: `invalid_request`, then the path of a property",
		"a limit that is no number", "a search by an unknown field", "a search by an unknown operator",
		"a search by a value of the wrong type")
	notThere = []string{
		"a customer that does not exist", "a chat that does not exist", "messages of a chat that does not exist",
	}

	pairs = changes{
		"`customData`":           "array of `property` and `value`",
		"values in `customData`": "boolean, integer, number with a fraction, string, string such as `2006-01-02 15:04:05`",
	}
	oldestTotals = allOf("rows in `data`, no total", "envelope of agents", "envelope of departments").
			and(changes{"envelope of a search of chats": "rows in `data`, the total in `meta.total`"})
	messagesKey = changes{"envelope of messages": "rows in `messages`, the total in `total`"}
	oldFields   = changes{
		"properties of customers": "all that are known but `createdFrom`, `integrationId`",
		"properties of chats":     "all that are known but `readByAgent`, `readByCustomer`, `createdWith`, `applicationId`, `notes`",
	}
	shortAgents = changes{"`agent` of messages": "object of `id`, `name`"}
	oneAgent    = changes{"`agents` of chats": "mixed: `null` (5), object (24)"}
	spacedHold  = changes{"the status on hold in answers": "`on hold`"}
)

// switches has the changes that belong to each dialect. What only writing shows has none.
var switches = map[string]changes{
	"errors=generic": genericViolations.and(
		allOf("404, generic first: `invalid_request`, then `not_found`", notThere...),
		changes{"a wrong key": "401, generic first: `invalid_request`, then `unauthorized`"}),
	"errors=single": genericViolations.and(
		allOf("404, generic alone: `not_found`", notThere...),
		changes{"a wrong key": "401, generic alone: `unauthorized`"}),
	"times=integers":           allOf("integer", plainTimes...).and(allOf("integer", fineTimes...)),
	"times=fractional-strings": allOf("decimal string with a fraction", plainTimes...).and(allOf("decimal string with a fraction", fineTimes...)),
	"times=fractional-numbers": allOf("number with a fraction", plainTimes...).and(allOf("number with a fraction", fineTimes...)),
	"times=mixed":              mixedTimes,
	"missing-times=empty-strings": allOf("empty string", "times of customers that have not come",
		"times of chats that have not come", "times of messages that have not come"),
	"custom-data=pairs": pairs,
	"empty-data=object": {"`customData` when empty": "`{}`"},
	"empty-data=null":   {"`customData` when empty": "`null`"},
	"empty-data=left-out": {
		"`customData` when empty": "left out",
		"properties of customers": "all that are known; sometimes without `customData`",
	},
	"totals=top": allOf("rows in `data`, the total in `total`", "envelope of agents", "envelope of departments",
		"envelope of applications", "envelope of chats", "envelope of a search of chats"),
	"totals=meta": allOf("rows in `data`, the total in `meta.total`", "envelope of applications", "envelope of customers",
		"envelope of messages", "envelope of a search of customers", "envelope of a search of chats"),
	"totals=twice": allOf("rows in `data`, the total both in `total` and in `meta.total`", "envelope of agents",
		"envelope of departments", "envelope of applications", "envelope of customers", "envelope of chats",
		"envelope of messages", "envelope of a search of customers"),
	"totals=nowhere": allOf("rows in `data`, no total", "envelope of agents", "envelope of departments", "envelope of customers",
		"envelope of chats", "envelope of messages", "envelope of a search of customers", "envelope of a search of chats"),
	"totals=oldest":          oldestTotals,
	"ok=text":                nil,
	"ok=text-called-json":    nil,
	"ok=json-called-text":    nil,
	"on-hold=space":          spacedHold,
	"on-hold=hyphen":         {"the status on hold in answers": "`on-hold`"},
	"events=with-customer":   nil,
	"events=without-id":      nil,
	"chat-created-is-200":    nil,
	"message-created-is-200": nil,
	"no-match-is-404": allOf("refused with 404", "a search of customers without a match", "a search of chats without a match").
		and(changes{"a search by an empty text": "404, specific: `entity_not_found`"}),
	"misspelt-not-found":         nil,
	"missing-chat-is-404":        nil,
	"batch-in-data":              nil,
	"batch-replaces":             nil,
	"batch-counts-items":         nil,
	"put-patches":                nil,
	"patch-adds-tags":            nil,
	"patch-replaces-custom-data": nil,
	"limit-above-100-is-400":     allOf("refused with 400", "`limit=101`", "a search with a limit of 101"),
	"newest-first": allOf("descending `id`", "order of chats without a sort",
		"order of a search of customers without a sort", "order of a search of chats without a sort").
		and(changes{"order of customers without a sort": "descending `id` and descending `firstSeen`"}),
	"messages-key":         messagesKey,
	"old-fields":           oldFields,
	"chat-notes":           {"properties of chats": "all that are known"},
	"short-agents":         shortAgents,
	"one-agent":            oneAgent,
	"null-location":        {"`location` of customers without one": "`null`"},
	"null-text-on-create":  nil,
	"rating-numbers":       nil,
	"application-optional": nil,
	"note-needs-agent":     nil,
	"no-status-notes": {
		"types of messages":        "`message`, `private`",
		"texts of `tech` messages": "cannot tell: there is none in the latest chats",
	},
	"webhook-data-as-string":      nil,
	"webhook-plain-chat-id":       nil,
	"webhook-nulls-left-out":      nil,
	"webhook-shared-ids":          nil,
	"auth=exact":                  nil,
	"auth=brackets":               nil,
	"nulls=first":                 {"customers without `lastSeen`, sorted by it, asc": "first"},
	"nulls=last":                  {"customers without `lastSeen`, sorted by it, desc": "last"},
	"numbers-for-strings-are-400": nil,
	"empty-arrays-are-400":        nil,
	"empty-strings-are-400":       {"a search by an empty text": "400, specific: the path of a property"},
	"create-updates":              nil,
	"device-as-string":            {"types in customers": "`device`: string"},
	"webhook-camel-chat-id":       nil,
	"webhook-numeric-ids":         nil,
	"webhook-null-updated-at":     nil,
	"oldest": mixedTimes.and(pairs, oldestTotals, messagesKey, oldFields, shortAgents, oneAgent, spacedHold,
		changes{"properties of chats": "all that are known but `readByAgent`, `readByCustomer`, `createdWith`, `applicationId`"}),
}

// changesTo has the findings that are not as usual, and "" for those that are missing.
func changesTo(usual, findings map[string]string) changes {
	changed := changes{}
	for point, text := range findings {
		if usual[point] != text {
			changed[point] = text
		}
	}
	for point := range usual {
		if _, ok := findings[point]; !ok {
			changed[point] = ""
		}
	}
	return changed
}

func TestEachDialectChangesItsOwnFindingsAndNoOthers(t *testing.T) {
	usual := findingsOf(t, helpcrunchtest.Dialect{})
	for i, name := range helpcrunchtest.DialectSwitches() {
		if raceDetector && i%4 != 0 {
			continue // it makes this six times slower; all are tried without it
		}
		t.Run(name, func(t *testing.T) {
			belonging, listed := switches[name]
			require.True(t, listed, "the table of this test has no row for it")
			dialect, err := helpcrunchtest.ParseDialect(name)
			require.NoError(t, err)
			if belonging == nil {
				belonging = changes{}
			}
			assert.Equal(t, belonging, changesTo(usual, findingsOf(t, dialect)))
		})
	}
	assert.Len(t, switches, len(helpcrunchtest.DialectSwitches()))
}
