package cli_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/cli"
)

func TestPrintTable(t *testing.T) {
	var b bytes.Buffer
	env := &cli.Env{Stdout: &b}
	rows := [][]string{{"1", "Zoë\x1b[31m", ""}, {"12345", "a\tb", "x"}}
	require.NoError(t, env.PrintTable([]string{"ID", "NAME", "ROLE"}, rows))
	assert.Equal(t, "ID     NAME         ROLE\n1      Zoë\\x1b[31m\n12345  a\\tb         x\n", b.String())
	b.Reset()
	env.Colour = true
	require.NoError(t, env.PrintTable([]string{"ID"}, nil))
	assert.Equal(t, "\x1b[1mID\x1b[0m\n", b.String())
}

func TestPrintJSON(t *testing.T) {
	var b bytes.Buffer
	name := "<Zoë>\x1b\u007f\u009b\u202e"
	require.NoError(t, (&cli.Env{Stdout: &b}).PrintJSON(map[string]string{"name": name}))
	assert.Equal(t, "{\n  \"name\": \"<Zoë>\\u001b\\u007f\\u009b\\u202e\"\n}\n", b.String())
	var back map[string]string
	require.NoError(t, json.Unmarshal(b.Bytes(), &back))
	assert.Equal(t, name, back["name"])
}
