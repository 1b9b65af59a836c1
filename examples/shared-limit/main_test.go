package main

import (
	"bytes"
	"os/exec"
	"regexp"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestThreeClientsShareTheLimit runs the example as a user does.
func TestThreeClientsShareTheLimit(t *testing.T) {
	program := exec.CommandContext(t.Context(), "go", "run", "-buildvcs=false", ".")
	program.Env = append(program.Environ(), "HELPCRUNCH_API_KEY=")
	program.Stderr = t.Output()
	output, err := program.Output()
	require.NoError(t, err)
	found := regexp.MustCompile(`together: (\d+) requests in a second, (\d+) in a minute at most`).FindStringSubmatch(string(output))
	require.Len(t, found, 3, "%s", output)
	sent, err := strconv.Atoi(found[1])
	require.NoError(t, err)
	assert.Positive(t, sent)
	assert.LessOrEqual(t, sent, 120, "the limit of one client")
	assert.Equal(t, 5, bytes.Count(output, []byte("\n")), "%s", output)
}
