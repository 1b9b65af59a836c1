package repository_test

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestTheRootStaysSmall: a visitor finds the README behind at most 30 Go files and 30 test files.
func TestTheRootStaysSmall(t *testing.T) {
	t.Chdir(root)
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	tests, err := filepath.Glob("*_test.go")
	require.NoError(t, err)
	assert.LessOrEqual(t, len(files)-len(tests), 30, "Go files at the root")
	assert.LessOrEqual(t, len(tests), 30, "test files at the root: see Where a test belongs in CONTRIBUTING.md")
}

// TestTestsAtTheRootCanUseTheKit: package kit imports the root package, so that only tests outside
// of it can import the kit.
func TestTestsAtTheRootCanUseTheKit(t *testing.T) {
	t.Chdir(root)
	tests, err := filepath.Glob("*_test.go")
	require.NoError(t, err)
	for _, name := range tests {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.PackageClauseOnly)
		require.NoError(t, err)
		want := "helpcrunch_test"
		if name == "export_test.go" {
			want = "helpcrunch"
		}
		assert.Equal(t, want, file.Name.Name, name)
	}
}

// TestThereIsOneHostedCI: GitHub has one workflow, which calls .ci/run, and there is no other CI.
func TestThereIsOneHostedCI(t *testing.T) {
	t.Chdir(root)
	entries, err := os.ReadDir(".")
	require.NoError(t, err)
	for _, entry := range entries {
		name := strings.ToLower(entry.Name())
		for _, other := range []string{"gitlab", "woodpecker", "travis", "circleci", "drone", "appveyor"} {
			assert.NotContains(t, name, other)
		}
	}
	workflows, err := filepath.Glob(filepath.Join(".github", "workflows", "*"))
	require.NoError(t, err)
	assert.Len(t, workflows, 1)
}
