package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// names lists a directory.
func names(t *testing.T, directory string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(directory)
	require.NoError(t, err)
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

func TestFileIsReplacedWhenItIsComplete(t *testing.T) {
	directory := t.TempDir()
	path := filepath.Join(directory, "report.html")
	require.NoError(t, os.WriteFile(path, []byte("old"), 0o600))
	f, err := createFile(path)
	require.NoError(t, err)
	defer f.discard()
	require.NoError(t, f.finish(func(w io.Writer) error {
		_, err := io.WriteString(w, "new")
		during, readErr := os.ReadFile(path)
		require.NoError(t, readErr)
		assert.Equal(t, "old", string(during))
		return err
	}))
	f.discard()
	contents, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, "new", string(contents))
	assert.Equal(t, []string{"report.html"}, names(t, directory))
}

func TestFileStaysWhenWritingFails(t *testing.T) {
	directory := t.TempDir()
	path := filepath.Join(directory, "report.html")
	require.NoError(t, os.WriteFile(path, []byte("old"), 0o600))
	f, err := createFile(path)
	require.NoError(t, err)
	failure := errors.New("no more paper")
	require.ErrorIs(t, f.finish(func(w io.Writer) error {
		_, err := io.WriteString(w, "half a")
		return errors.Join(err, failure)
	}), failure)
	f.discard()
	contents, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, "old", string(contents))
	assert.Equal(t, []string{"report.html"}, names(t, directory))
}
