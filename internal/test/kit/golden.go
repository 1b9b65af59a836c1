package kit

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Update makes the tests write their golden files in place of comparing them:
// go test -run Golden -update .
var Update = flag.Bool("update", false, "rewrite the golden files")

// AssertGolden compares a value, as JSON, with a file below testdata/golden, or writes
// the file.
func AssertGolden(t *testing.T, name string, got any) {
	t.Helper()
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	require.NoError(t, encoder.Encode(got))
	path := filepath.Join("testdata", "golden", filepath.FromSlash(name))
	if *Update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, text.Bytes(), 0o644))
		return
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err, "run with -update to write it, and read what it wrote")
	assert.Equal(t, string(want), text.String(), "%s", path)
}

// AssertNoStrayGolden fails for a golden file that no case writes.
func AssertNoStrayGolden(t *testing.T, folder string, names []string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join("testdata", "golden", folder))
	require.NoError(t, err)
	var files []string
	for _, entry := range entries {
		files = append(files, strings.TrimSuffix(entry.Name(), ".json"))
	}
	assert.ElementsMatch(t, names, files, "the golden files in %s", folder)
}

// DecodeJSON decodes JSON for comparison, without losing digits of numbers.
func DecodeJSON(t testing.TB, data []byte) any {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var value any
	require.NoError(t, decoder.Decode(&value))
	return value
}
