package check

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/clitest"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// newRichAccount makes the fake server of --demo with an example of every point.
func newRichAccount(t *testing.T, dialect helpcrunchtest.Dialect) *helpcrunchtest.Server {
	server := newAccount(dialect)
	server.AddDepartment(helpcrunchtest.MakeDepartment(func(d *helpcrunch.Department) { d.Name = "Returns" }))
	customer := server.AddCustomer(helpcrunchtest.MakeCustomer(func(c *helpcrunch.Customer) {
		c.CustomData = helpcrunch.CustomData{"renewal": time.Date(2026, time.May, 6, 9, 15, 0, 0, time.UTC)}
	}))
	chat := func(status helpcrunch.ChatStatus, edits ...func(*helpcrunch.Chat)) helpcrunch.Chat {
		edits = append(edits, func(c *helpcrunch.Chat) {
			c.Status, c.CreatedAt.Time = status, time.Date(2026, time.April, 1, 8, 0, 0, 0, time.UTC)
		})
		return server.AddChat(helpcrunchtest.MakeChat(customer.ID, edits...))
	}
	chat(helpcrunch.ChatStatusNoCommunication)
	chat(helpcrunch.ChatStatusPending, func(c *helpcrunch.Chat) { c.SnoozedUntil.Time = time.Now().Add(24 * time.Hour) })
	talk := chat(helpcrunch.ChatStatusOpened)
	server.AddMessage(helpcrunchtest.MakeMessage(talk.ID, func(m *helpcrunch.Message) {
		m.Edited, m.UpdatedAt = true, helpcrunch.Timestamp{Time: m.CreatedAt.Add(time.Minute)}
	}))
	_, err := server.Client().Chats.SetStatus(t.Context(), talk.ID, helpcrunch.ChatStatusPending)
	require.NoError(t, err)
	return server
}

// linesOf returns the findings about the rich account in a dialect, a line each.
func linesOf(t *testing.T, dialect string) []string {
	t.Helper()
	forms, err := helpcrunchtest.ParseDialect(dialect)
	require.NoError(t, err)
	server := newRichAccount(t, forms)
	defer server.Close()
	var lines []string
	points := map[string]bool{}
	for _, f := range surveyed(t, server).Findings {
		require.False(t, points[f.Point], "two findings about %s", f.Point)
		points[f.Point] = true
		lines = append(lines, f.Point+": "+f.Finding)
	}
	return lines
}

// assertGolden compares lines with a file.
func assertGolden(t *testing.T, name string, lines []string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	text := strings.Join(lines, "\n") + "\n"
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), text)
}

func TestFindingsOfTheDefaultDialect(t *testing.T) {
	lines := linesOf(t, "")
	for _, line := range lines {
		assert.NotContains(t, line, unknown, "the rich account has an example of every point")
	}
	assertGolden(t, "default.golden", lines)
}

// TestFindingsOfEachDialect compares what each dialect changes with a file. What only writing
// shows changes nothing.
func TestFindingsOfEachDialect(t *testing.T) {
	usual := map[string]bool{}
	for _, line := range linesOf(t, "") {
		usual[line] = true
	}
	var changes []string
	names := helpcrunchtest.DialectSwitches()
	sort.Strings(names)
	for i, name := range names {
		if clitest.RaceDetector && i%4 != 0 {
			continue // all are tried without it
		}
		changes = append(changes, fmt.Sprintf("[%s]", name))
		for _, line := range linesOf(t, name) {
			if !usual[line] {
				changes = append(changes, line)
			}
		}
	}
	if !clitest.RaceDetector {
		assertGolden(t, "dialects.golden", changes)
	}
}
