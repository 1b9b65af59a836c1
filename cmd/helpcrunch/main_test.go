package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/cli"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/clitest"
)

func TestMain(m *testing.M) { clitest.Main(m) }

// TestWithoutAKeyAccountCommandsNameDemo: a job that lost its key must not work with invented
// data.
func TestWithoutAKeyAccountCommandsNameDemo(t *testing.T) {
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "customers.csv"), []byte("userId\n1\n"), 0o600))
	for _, args := range [][]string{
		{"check"}, {"export", "customers"}, {"export", "customers", "--out", "out.csv"}, {"export", "chats"},
		{"export", "messages", "--out", "out.csv"}, {"import", "customers.csv"}, {"report"},
	} {
		got := clitest.Start(t, folder, "", args...).Result()
		assert.Equal(t, cli.ExitUsage, got.Status, args)
		assert.Empty(t, got.Stdout, args)
		assert.Equal(t, 1, strings.Count(got.Stderr, "\n"), got.Stderr)
		assert.True(t, strings.HasPrefix(got.Stderr, "helpcrunch "+args[0]), got.Stderr)
		assert.Contains(t, got.Stderr, "--demo")
	}
	files, err := os.ReadDir(folder)
	require.NoError(t, err)
	assert.Len(t, files, 1, "nothing is written")
}

func TestHelpNamesAllCommands(t *testing.T) {
	got := clitest.Start(t, "", "").Result()
	assert.Zero(t, got.Status)
	for _, name := range []string{"check", "export", "import", "report", "sandbox", "listen", "trigger", "completion", "version"} {
		assert.Contains(t, got.Stdout, "\n  "+name+" ")
		if help := clitest.Start(t, "", "", name, "--help").Result(); name != "completion" && name != "version" {
			assert.Contains(t, help.Stdout, "Examples:", name)
		}
	}
	got = clitest.Start(t, "", "", "completion", "bash").Result()
	assert.Zero(t, got.Status)
	assert.Contains(t, got.Stdout, "__start_helpcrunch")
}
