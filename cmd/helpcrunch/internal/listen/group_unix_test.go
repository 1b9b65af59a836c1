//go:build !windows

package listen

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func init() { ownGroup = &syscall.SysProcAttr{Setpgid: true} }

// Ctrl-C on a terminal goes to the whole process group. The command of --exec continues.
func TestCtrlCDoesNotReachTheCommand(t *testing.T) {
	folder := t.TempDir()
	begun, done := filepath.Join(folder, "begun"), filepath.Join(folder, "done")
	spool := filepath.Join(folder, "spool")
	p := start(t, io.Discard, "--spool", spool, "--exec", "touch "+begun+"; sleep 0.5; touch "+done)
	require.Equal(t, http.StatusOK, deliver(t, p.url, "a"))
	require.Eventually(t, func() bool { _, err := os.Stat(begun); return err == nil }, 10*time.Second, 5*time.Millisecond)
	require.NoError(t, syscall.Kill(-p.Process.Pid, syscall.SIGINT))
	<-p.ended
	require.NoError(t, p.Wait())
	assert.FileExists(t, done)
	assert.Contains(t, p.stderr.String(), "stopped; spool "+spool+": 0 waiting, 0 failed")
}
