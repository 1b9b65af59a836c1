package sandbox

import (
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestPythonSuite runs the test suite in Python that the README names, twice: it isolates its
// tests without a restart.
func TestPythonSuite(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("there is no python3")
	}
	s := startSandbox(t, "--quiet")
	for range 2 {
		command := exec.CommandContext(t.Context(), python, "-m", "unittest", "python_test.py")
		command.Env = append(os.Environ(), "URL="+s.url, "KEY="+s.key, "PYTHONDONTWRITEBYTECODE=1")
		output, err := command.CombinedOutput()
		require.NoError(t, err, "%s", output)
	}
}
