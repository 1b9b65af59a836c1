// Package clitest builds the program and runs it as a process, for tests of commands.
package clitest

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/cli"
)

// folder holds the program; it is empty before the first test that needs the program.
var folder string

// Main runs the tests of a package and removes the program after them. It is for TestMain.
func Main(m *testing.M) {
	status := m.Run()
	if folder != "" {
		_ = os.RemoveAll(folder)
	}
	os.Exit(status)
}

// build builds the program once. It does without version control, which fails in a checkout
// that another user owns.
var build = sync.OnceValues(func() (program string, err error) {
	if folder, err = os.MkdirTemp("", "helpcrunch-test-*"); err != nil {
		return "", err
	}
	program = filepath.Join(folder, "helpcrunch")
	output, err := exec.Command("go", "build", "-buildvcs=false", "-o", program, "github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, output)
	}
	return program, nil
})

// OtherProcesses skips a test under the race detector, which sees nothing of other processes.
func OtherProcesses(t testing.TB) {
	t.Helper()
	if RaceDetector {
		t.Skip("the race detector sees nothing of other processes: run it without -race")
	}
}

// Program returns the path of the built program. It skips the test on Windows, which has no
// signals, and under the race detector.
func Program(t testing.TB) string {
	t.Helper()
	OtherProcesses(t)
	if runtime.GOOS == "windows" {
		t.Skip("windows has no signals to send")
	}
	program, err := build()
	require.NoError(t, err)
	return program
}

// Process is the program at work.
type Process struct {
	*exec.Cmd

	stdout, stderr bytes.Buffer
}

// Start starts the program in a folder, with an API key if it is not empty. It ends with the
// test.
func Start(t testing.TB, folder, key string, args ...string) *Process {
	t.Helper()
	p := &Process{Cmd: exec.CommandContext(t.Context(), Program(t), args...)}
	p.Dir = folder
	p.Env = append(os.Environ(), cli.KeyVariable+"="+key)
	p.Stdout, p.Stderr = &p.stdout, &p.stderr
	require.NoError(t, p.Cmd.Start())
	return p
}

// Result is what a run printed and returned.
type Result struct {
	Status         int // -1 after a kill
	Stdout, Stderr string
}

// Run runs a command in this process, with an API key if it is not empty.
func Run(ctx context.Context, command cli.Command, key string, args ...string) Result {
	var stdout, stderr bytes.Buffer
	env := &cli.Env{Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr, Getenv: func(name string) string {
		return map[string]string{cli.KeyVariable: key}[name]
	}}
	status := cli.Run(ctx, env, args, cli.Group{Title: "Account:", Commands: []cli.Command{command}})
	return Result{status, stdout.String(), stderr.String()}
}

// AssertFails checks that a run ended with a status and one line, which names the command.
func (r Result) AssertFails(t testing.TB, command string, status int, text string) {
	t.Helper()
	assert.Equal(t, status, r.Status, r.Stderr)
	assert.Equal(t, 1, strings.Count(r.Stderr, "\n"), "more than one line: %s", r.Stderr)
	assert.True(t, strings.HasPrefix(r.Stderr, "helpcrunch "+command), r.Stderr)
	assert.Contains(t, r.Stderr, text)
}

// Result waits for the end of the program.
func (p *Process) Result() Result {
	_ = p.Wait() // the status says it
	return Result{p.ProcessState.ExitCode(), p.stdout.String(), p.stderr.String()}
}

// SmallDisk mounts a file system of a size such as "64k" and returns its folder. It skips the
// test if that needs more rights.
func SmallDisk(t testing.TB, size string) string {
	t.Helper()
	folder := t.TempDir()
	if output, err := exec.Command("mount", "-t", "tmpfs", "-o", "size="+size, "tmpfs", folder).CombinedOutput(); err != nil {
		t.Skipf("a small file system can't be mounted: %s", output)
	}
	t.Cleanup(func() { require.NoError(t, exec.Command("umount", "-l", folder).Run()) })
	return folder
}

// Grow enlarges the file system of SmallDisk.
func Grow(t testing.TB, folder, size string) {
	t.Helper()
	require.NoError(t, exec.Command("mount", "-o", "remount,size="+size, folder).Run())
}
