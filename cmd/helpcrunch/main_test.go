package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// program is the path of the built program.
var program string

func TestMain(m *testing.M) { os.Exit(testMain(m)) }

// testMain builds the program and runs the tests. It builds without version control, which
// fails in a checkout that another user owns.
func testMain(m *testing.M) int {
	folder, err := os.MkdirTemp("", "helpcrunch-test-*")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(folder) }()
	program = filepath.Join(folder, "helpcrunch")
	if output, err := exec.Command("go", "build", "-buildvcs=false", "-o", program, ".").CombinedOutput(); err != nil {
		panic(string(output))
	}
	return m.Run()
}

// command prepares a run of the program with an API key, which may be empty.
func command(t *testing.T, key string, args ...string) (cmd *exec.Cmd, stdout, stderr *bytes.Buffer) {
	t.Helper()
	cmd = exec.CommandContext(t.Context(), program, args...)
	cmd.Env = append(os.Environ(), "HELPCRUNCH_API_KEY="+key)
	stdout, stderr = &bytes.Buffer{}, &bytes.Buffer{}
	cmd.Stdout, cmd.Stderr = stdout, stderr
	return cmd, stdout, stderr
}

// run runs the program and returns its status and what it printed.
func run(t *testing.T, key string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	cmd, out, errs := command(t, key, args...)
	return statusOf(t, cmd.Run()), out.String(), errs.String()
}

// statusOf returns the exit status that an error of a command is about.
func statusOf(t *testing.T, err error) int {
	t.Helper()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	require.NoError(t, err)
	return 0
}

func TestWithoutAKeyEachAccountCommandNamesDemo(t *testing.T) {
	for _, args := range [][]string{{"check"}} {
		status, stdout, stderr := run(t, "", args...)
		assert.Equal(t, 2, status, args)
		assert.Empty(t, stdout)
		assert.Equal(t, 1, strings.Count(stderr, "\n"), stderr)
		assert.Contains(t, stderr, "--demo")
	}
}

func TestCheck(t *testing.T) {
	server := helpcrunchtest.NewServer(helpcrunchtest.WithDemoAccount())
	defer server.Close()
	status, stdout, stderr := run(t, server.APIKey, "check", "--base-url", server.URL)
	assert.Zero(t, status, stderr)
	assert.Contains(t, stdout, "acme-demo")
	assert.NotContains(t, stdout, "\x1b", "the output is no terminal")

	status, stdout, stderr = run(t, "0123456789abcdef", "check", "--base-url", server.URL)
	assert.Equal(t, 1, status)
	assert.Empty(t, stdout)
	assert.Regexp(t, `^helpcrunch check: the API key is not accepted \(401\): .*\n$`, stderr)
}

func TestCheckInterrupted(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("windows has no signals to send")
	}
	server := helpcrunchtest.NewServer(helpcrunchtest.WithDemoAccount())
	defer server.Close()
	cmd, stdout, stderr := command(t, server.APIKey, "check", "--full", "--per-minute", "5", "--base-url", server.URL)
	require.NoError(t, cmd.Start())
	require.Eventually(t, func() bool { return server.Count() > 0 }, 20*time.Second, time.Millisecond)
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	assert.Equal(t, 130, statusOf(t, cmd.Wait()))
	assert.Empty(t, stdout.String())
	assert.Regexp(t, `^helpcrunch check: interrupted; nothing was changed\n$`, stderr.String())
}

func TestCheckOnAFullDisk(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("there is no /dev/full")
	}
	defer func() { _ = full.Close() }()
	for _, args := range [][]string{{"check", "--demo"}, {"check", "--demo", "--json"}} {
		cmd, _, stderr := command(t, "", args...)
		cmd.Stdout = full
		assert.Equal(t, 1, statusOf(t, cmd.Run()))
		assert.Regexp(t, `^helpcrunch check: .*no space left on device\n$`, stderr.String())
	}
}
