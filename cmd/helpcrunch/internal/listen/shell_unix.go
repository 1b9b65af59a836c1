//go:build !windows

package listen

import (
	"context"
	"os/exec"
	"syscall"
)

// shell returns a command that the shell runs in a process group of its own. Ctrl-C on the
// terminal does not reach it, and a kill reaches its children.
func shell(ctx context.Context, command string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", command) //nolint:gosec // G204: the user's own command
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	return cmd
}
