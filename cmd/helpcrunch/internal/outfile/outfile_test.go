package outfile_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/outfile"
)

// open opens a file that the test closes.
func open(t *testing.T, path string, force bool) *outfile.File {
	t.Helper()
	f, err := outfile.Open("--out", path, force)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, f.Close()) })
	return f
}

// names lists a folder.
func names(t *testing.T, folder string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

func read(t *testing.T, path string) string {
	t.Helper()
	contents, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(contents)
}

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	}
}

func TestOpenRejectsPathsThatCanNotBeWritten(t *testing.T) {
	t.Chdir(t.TempDir())
	require.NoError(t, os.WriteFile("old", []byte("old"), 0o600))
	require.NoError(t, os.Symlink("nowhere", "dangling"))
	require.NoError(t, os.Symlink(".", "folder"))
	require.NoError(t, os.Symlink("old", "link"))
	for name, test := range map[string]struct {
		path  string
		force bool
		text  string
	}{
		"no name":          {"", false, "--out must name a file"},
		"a folder":         {".", true, "--out must name a file: . is a folder"},
		"a link to one":    {"folder", true, "--out must name a file: folder is a folder"},
		"no regular file":  {os.DevNull, true, "must name a regular file"},
		"no folder":        {filepath.Join("missing", "new"), false, "--out: "},
		"below a file":     {filepath.Join("old", "new"), false, "--out: "},
		"a file":           {"old", false, "--out: old exists: --force replaces it"},
		"a link to a file": {"link", false, "--out: link exists: --force replaces it"},
		"a dangling link":  {"dangling", true, "--out: "},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := outfile.Open("--out", test.path, test.force)
			assert.ErrorContains(t, err, test.text)
		})
	}
	assert.Equal(t, []string{"dangling", "folder", "link", "old"}, names(t, "."))
}

func TestFileIsReplacedWhenItIsComplete(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "report.html")
	require.NoError(t, os.WriteFile(path, []byte("old"), 0o640))
	require.NoError(t, open(t, path, true).Write(func(w io.Writer) error {
		assert.Equal(t, "old", read(t, path))
		return text("new")(w)
	}))
	assert.Equal(t, "new", read(t, path))
	info, err := os.Stat(path)
	require.NoError(t, err)
	if runtime.GOOS != "windows" {
		assert.Equal(t, os.FileMode(0o640), info.Mode(), "the file keeps its mode")
	}
	assert.Equal(t, []string{"report.html"}, names(t, folder))
}

func TestFileStaysWhenWritingFails(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "report.html")
	require.NoError(t, os.WriteFile(path, []byte("old"), 0o600))
	failure := errors.New("no more paper")
	require.ErrorIs(t, open(t, path, true).Write(func(w io.Writer) error {
		return errors.Join(text("half a")(w), failure)
	}), failure)
	assert.Equal(t, "old", read(t, path))
	assert.Equal(t, []string{"report.html"}, names(t, folder))
}

func TestALinkStaysAndItsFileIsReplaced(t *testing.T) {
	folder, other := t.TempDir(), t.TempDir()
	real, link := filepath.Join(other, "real"), filepath.Join(folder, "link")
	require.NoError(t, os.WriteFile(real, []byte("old"), 0o600))
	require.NoError(t, os.Symlink(real, link))
	require.NoError(t, open(t, link, true).Write(text("new")))
	assert.Equal(t, "new", read(t, real))
	target, err := os.Readlink(link)
	require.NoError(t, err)
	assert.Equal(t, real, target)
	assert.Equal(t, []string{"real"}, names(t, other))
}

func TestAPlantedLinkIsNotFollowed(t *testing.T) {
	folder := t.TempDir()
	victim, path := filepath.Join(folder, "victim"), filepath.Join(folder, "out")
	require.NoError(t, os.WriteFile(victim, []byte("old"), 0o600))
	require.NoError(t, os.Symlink(victim, path+".new"))
	require.NoError(t, open(t, path, false).Write(text("new")))
	assert.Equal(t, "old", read(t, victim))
	assert.Equal(t, "new", read(t, path))
}

func TestAFileThatCameMeanwhileStays(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out")
	f := open(t, path, false)
	require.NoError(t, os.WriteFile(path, []byte("theirs"), 0o600))
	require.ErrorContains(t, f.Write(text("ours")), "was written by another program meanwhile")
	assert.Equal(t, "theirs", read(t, path))
}

// TestTheLockIsHeldByOne acquires and releases it concurrently. A lock on a file that its
// holder removes at that moment must not count.
func TestTheLockIsHeldByOne(t *testing.T) {
	f := open(t, filepath.Join(t.TempDir(), "out"), false)
	var holders, taken atomic.Int32
	var running sync.WaitGroup
	for range 8 {
		running.Go(func() {
			for range 1000 {
				release, err := f.Lock()
				if err != nil {
					assert.ErrorContains(t, err, "another run is writing ")
					continue
				}
				taken.Add(1)
				assert.Equal(t, int32(1), holders.Add(1), "it is held twice")
				runtime.Gosched()
				holders.Add(-1)
				release()
			}
		})
	}
	running.Wait()
	assert.Positive(t, taken.Load())
}

type header struct{ Account string }

// journal opens the journal of a file and returns the lines that it had.
func journal(t *testing.T, f *outfile.File, account string) (*outfile.Journal, []int, error) {
	t.Helper()
	var lines []int
	j, err := f.OpenJournal(header{account}, func(line []byte) error {
		var n int
		err := json.Unmarshal(line, &n)
		lines = append(lines, n)
		return err
	})
	return j, lines, err
}

// TestAKilledJournalKeepsItsCompleteLines ends the journal at every byte, with and without
// rubbish behind it.
func TestAKilledJournalKeepsItsCompleteLines(t *testing.T) {
	f := open(t, filepath.Join(t.TempDir(), "out"), false)
	j, _, err := journal(t, f, "one")
	require.NoError(t, err)
	require.NoError(t, j.Add(11))
	require.NoError(t, j.Add(22))
	whole := read(t, j.Path())
	require.NoError(t, j.Close())
	first := strings.Index(whole, "\n") + 1
	for end := first; end <= len(whole); end++ {
		for _, tail := range []string{"", "\x00\x00\x00", "{\n3\n"} {
			require.NoError(t, os.WriteFile(j.Path(), []byte(whole[:end]+tail), 0o600))
			j, lines, err := journal(t, f, "one")
			require.NoError(t, err)
			complete := strings.Count(whole[first:end], "\n")
			require.Equal(t, []int{11, 22}[:complete], append([]int{}, lines...), "%q", whole[:end]+tail)
			require.Equal(t, complete, j.Len())
			require.NoError(t, j.Add(33))
			require.NoError(t, j.Close())
			require.Equal(t, whole[:strings.LastIndex(whole[:end], "\n")+1]+"33\n", read(t, j.Path()))
		}
	}
}

func TestAJournalBelongsToItsHeader(t *testing.T) {
	f := open(t, filepath.Join(t.TempDir(), "out"), false)
	for _, contents := range []string{"", "dear diary\n", `{"Account":"two"}` + "\n1\n", `{"Account":"one"}`} {
		require.NoError(t, os.WriteFile(f.Path(outfile.JournalSuffix), []byte(contents), 0o600))
		_, _, err := journal(t, f, "one")
		require.ErrorContains(t, err, "was begun for another account or with other flags")
		assert.Equal(t, contents, read(t, f.Path(outfile.JournalSuffix)))
	}
}

// TestAJournalIsARegularFile: a pipe would be read forever, and a link leads elsewhere.
func TestAJournalIsARegularFile(t *testing.T) {
	for name, plant := range map[string]func(path string) error{
		"a folder": func(path string) error { return os.Mkdir(path, 0o700) },
		"a link":   func(path string) error { return os.Symlink("elsewhere", path) },
		"a pipe":   func(path string) error { return exec.Command("mkfifo", path).Run() },
	} {
		t.Run(name, func(t *testing.T) {
			f := open(t, filepath.Join(t.TempDir(), "out"), false)
			require.NoError(t, plant(f.Path(outfile.JournalSuffix)))
			assert.False(t, f.JournalHeader(&header{}))
			_, _, err := journal(t, f, "one")
			assert.ErrorContains(t, err, "out.partial is not a regular file: move it away")
		})
	}
}

func TestAJournalWithoutLinesIsRemoved(t *testing.T) {
	folder := t.TempDir()
	j, _, err := journal(t, open(t, filepath.Join(folder, "out"), false), "one")
	require.NoError(t, err)
	require.NoError(t, j.Close())
	assert.Empty(t, names(t, folder))
}

func TestLinesAreAddedConcurrently(t *testing.T) {
	f := open(t, filepath.Join(t.TempDir(), "out"), false)
	j, _, err := journal(t, f, "one")
	require.NoError(t, err)
	var running sync.WaitGroup
	for i := range 50 {
		running.Go(func() { assert.NoError(t, j.Add(i)) })
	}
	running.Wait()
	require.NoError(t, j.Close())
	j, lines, err := journal(t, f, "one")
	require.NoError(t, err)
	assert.Len(t, lines, 50, fmt.Sprint(lines))
	require.NoError(t, j.Close())
	require.NoError(t, j.Remove())
}
