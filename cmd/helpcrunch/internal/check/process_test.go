package check

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/cli"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/clitest"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

func TestMain(m *testing.M) { clitest.Main(m) }

func TestTheBuiltProgram(t *testing.T) {
	server := helpcrunchtest.NewServer(helpcrunchtest.WithDemoAccount())
	defer server.Close()
	got := clitest.Start(t, "", server.APIKey, "check", "--base-url", server.URL).Result()
	assert.Zero(t, got.Status, got.Stderr)
	assert.Contains(t, got.Stdout, "acme-demo")
	assert.NotContains(t, got.Stdout, "\x1b", "the output is no terminal")

	got = clitest.Start(t, "", "0123456789abcdef", "check", "--base-url", server.URL).Result()
	assert.Equal(t, cli.ExitFailed, got.Status)
	assert.Empty(t, got.Stdout)
	assert.Regexp(t, `^helpcrunch check: the API key is not accepted \(401\): .*\n$`, got.Stderr)
}

func TestTheBuiltProgramInterrupted(t *testing.T) {
	server := helpcrunchtest.NewServer(helpcrunchtest.WithDemoAccount())
	defer server.Close()
	p := clitest.Start(t, "", server.APIKey, "check", "--full", "--per-minute", "5", "--base-url", server.URL)
	require.Eventually(t, func() bool { return server.Count() > 0 }, 20*time.Second, time.Millisecond)
	require.NoError(t, p.Process.Signal(os.Interrupt))
	assert.Equal(t, clitest.Result{Status: cli.ExitInterrupted, Stderr: "helpcrunch check: interrupted; nothing was changed\n"}, p.Result())
}
