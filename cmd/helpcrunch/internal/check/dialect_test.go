package check

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// linesOf returns the findings about the fake server of --demo in a dialect, a line each.
func linesOf(t *testing.T, dialect string) []string {
	t.Helper()
	forms, err := helpcrunchtest.ParseDialect(dialect)
	require.NoError(t, err)
	server := newAccount(forms)
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
		if !strings.HasPrefix(line, "responses of 429") {
			assert.NotContains(t, line, unknown, "the fake server of --demo has an example of every point")
		}
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
		if raceDetector && i%4 != 0 {
			continue // all are tried without it
		}
		changes = append(changes, fmt.Sprintf("[%s]", name))
		for _, line := range linesOf(t, name) {
			if !usual[line] {
				changes = append(changes, line)
			}
		}
	}
	if !raceDetector {
		assertGolden(t, "dialects.golden", changes)
	}
}
