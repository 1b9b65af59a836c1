package listen

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"

	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/clitest"
)

func TestSpoolKeepsEventsAndTheirOrderAcrossRestarts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "spool")
	s := reopen(t, path)
	for _, id := range []string{"c", "a", "b"} {
		s.mustPut(t, recordOf(id))
	}
	require.NoError(t, s.db.Close())
	s = reopen(t, path)
	for _, id := range []string{"c", "a", "b"} {
		key, r, wait, err := s.next(time.Now())
		require.NoError(t, err)
		assert.LessOrEqual(t, wait, time.Duration(0))
		assert.Equal(t, id, r.ID)
		assert.Equal(t, bodyOf(id), string(r.Body))
		require.NoError(t, s.done(key, r, time.Now()))
	}
	_, r, _, err := s.next(time.Now())
	require.NoError(t, err)
	assert.Nil(t, r)
}

func TestSpoolKnowsDuplicates(t *testing.T) {
	path := filepath.Join(t.TempDir(), "spool")
	s := reopen(t, path)
	again := func(when string) {
		t.Helper()
		for range 2 { // before and after a restart
			added, err := s.put(recordOf("x"))
			require.NoError(t, err)
			assert.False(t, added, when)
			require.NoError(t, s.db.Close())
			s = reopen(t, path)
		}
	}
	s.mustPut(t, recordOf("x"))
	again("while it waits")
	key, r, _, err := s.next(time.Now())
	require.NoError(t, err)
	require.NoError(t, s.move(key, r, failedBucket, time.Now()))
	again("when it failed")
	require.NoError(t, s.clearFailed(true, time.Now()))
	again("when it is retried")
	key, r, _, err = s.next(time.Now())
	require.NoError(t, err)
	require.NoError(t, s.done(key, r, time.Now()))
	again("when it is done")
}

func TestSpoolTellsEventsApart(t *testing.T) {
	s := openTemp(t)
	for range 3 {
		s.mustPut(t, recordOf("")) // without an id, none is known to be a duplicate
	}
	for _, r := range []record{{Type: "a", ID: "x"}, {Type: "b", ID: "x"}, {Type: "a b", ID: "c"}, {Type: "a", ID: "b c"}, {Type: "a", ID: string(make([]byte, 50_000))}} {
		s.mustPut(t, &r)
	}
	waiting, _ := s.mustCount(t)
	assert.Equal(t, 8, waiting)
}

func TestSpoolForgetsDoneEvents(t *testing.T) {
	s := openTemp(t)
	done := time.Now()
	s.mustPut(t, recordOf("waits"))
	for i := range 100 {
		r := recordOf(fmt.Sprint(i))
		r.Accepted = done.Add(-time.Hour)
		s.mustPut(t, r)
	}
	for range 100 {
		key, r, _, err := s.next(done)
		require.NoError(t, err)
		require.NoError(t, s.done(key, r, done))
	}
	known := func() (n int) {
		require.NoError(t, s.db.View(func(tx *bbolt.Tx) error { n = bucket(tx, knownBucket).Stats().KeyN; return nil }))
		return n
	}
	require.NoError(t, s.forget(done.Add(-time.Second)))
	assert.Equal(t, 101, known())
	require.NoError(t, s.forget(done.Add(time.Second)))
	assert.Equal(t, 1, known(), "an event that waits is not forgotten")
}

func TestClearFailed(t *testing.T) {
	s := openTemp(t)
	fail := func() {
		key, r, _, err := s.next(time.Now())
		require.NoError(t, err)
		r.Failures, r.Error = 20, "no"
		require.NoError(t, s.move(key, r, failedBucket, time.Now()))
	}
	s.mustPut(t, recordOf("a"))
	s.mustPut(t, recordOf("b"))
	fail()
	fail()
	require.NoError(t, s.clearFailed(true, time.Now()))
	waiting, failed := s.mustCount(t)
	assert.Equal(t, []int{2, 0}, []int{waiting, failed})
	_, r, wait, err := s.next(time.Now())
	require.NoError(t, err)
	assert.Zero(t, r.Failures)
	assert.LessOrEqual(t, wait, time.Duration(0))
	fail()
	fail()
	require.NoError(t, s.clearFailed(false, time.Now()))
	waiting, failed = s.mustCount(t)
	assert.Equal(t, []int{0, 0}, []int{waiting, failed})
	added, err := s.put(recordOf("a"))
	require.NoError(t, err)
	assert.False(t, added, "a deleted event stays known")
}

// After the clock was set back, the times of the next attempts are far away.
func TestAClockThatIsSetBackHoldsUpNoEvent(t *testing.T) {
	s := openTemp(t)
	s.mustPut(t, recordOf("x"))
	_, r, wait, err := s.next(time.Now().Add(-365 * 24 * time.Hour))
	require.NoError(t, err)
	assert.Equal(t, "x", r.ID)
	assert.Zero(t, wait)
}

func TestFilesThatCanNotBeASpool(t *testing.T) {
	folder := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(folder, name)
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		return path
	}
	full := filepath.Join(folder, "full")
	s := reopen(t, full)
	for i := range 200 {
		r := recordOf(fmt.Sprint(i))
		r.Body = make([]byte, 2000)
		s.mustPut(t, r)
	}
	require.NoError(t, s.db.Close())
	content, err := os.ReadFile(full)
	require.NoError(t, err)
	damaged := append([]byte(nil), content...)
	for i := range damaged[:16_384] {
		damaged[i] ^= 0x55
	}
	other := filepath.Join(folder, "other")
	db, err := bbolt.Open(other, 0o600, nil)
	require.NoError(t, err)
	require.NoError(t, db.Update(func(tx *bbolt.Tx) error { _, err := tx.CreateBucket([]byte("accounts")); return err }))
	require.NoError(t, db.Close())
	used := filepath.Join(folder, "used")
	reopen(t, used)

	for _, test := range []struct {
		name, path string
		status     int
		text       string
	}{
		{"a text", file("text", "id,name\n"), 2, "the file is not a spool of helpcrunch listen"},
		{"a long text", file("long", string(make([]byte, 100_000))), 2, "the file is not a spool of helpcrunch listen"},
		{"a database of another program", other, 2, "the file is not a spool of helpcrunch listen"},
		{"a damaged spool", file("damaged", string(damaged)), 2, "the file is not a spool of helpcrunch listen"},
		{"a truncated spool", file("cut", string(content[:20_480])), 1, "the file is damaged"},
		{"a folder", folder, 2, "is not a regular file"},
		{"a device", os.DevNull, 2, "is not a regular file"},
		{"a folder that is missing", filepath.Join(folder, "none", "spool"), 2, "no such file or directory"},
		{"a spool in use", used, 1, "is used by another process"},
	} {
		t.Run(test.name, func(t *testing.T) {
			before, _ := os.ReadFile(test.path)
			status, stdout, stderr := run(t.Context(), testKey, "listen", "--addr", "127.0.0.1:0", "--spool", test.path)
			assert.Equal(t, test.status, status)
			assert.Empty(t, stdout)
			assert.Contains(t, stderr, test.text)
			assertOneLine(t, stderr)
			after, _ := os.ReadFile(test.path)
			assert.Equal(t, before, after, "the file was changed")
		})
	}
}

func TestASpoolBehindALinkIsUsedInItsPlace(t *testing.T) {
	folder := t.TempDir()
	link := filepath.Join(folder, "link")
	require.NoError(t, os.Symlink(filepath.Join(folder, "target"), link))
	reopen(t, link).mustPut(t, recordOf("x"))
	info, err := os.Lstat(link)
	require.NoError(t, err)
	assert.NotZero(t, info.Mode()&os.ModeSymlink)
	assert.FileExists(t, filepath.Join(folder, "target"))
}

// Other users of the machine must not read what customers wrote.
func TestASpoolIsPrivate(t *testing.T) {
	s := openTemp(t)
	info, err := os.Stat(s.db.Path())
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

// A disk fills up and is cleared again and again, and the program is restarted in between.
func TestASpoolOnADiskThatFillsLosesNothing(t *testing.T) {
	folder := clitest.SmallDisk(t, "1m")
	path, ballast := filepath.Join(folder, "spool"), filepath.Join(folder, "ballast")
	s := reopen(t, path)
	chance := rand.New(rand.NewPCG(1, 17))
	accepted, done, rejected := map[string]bool{}, map[string]bool{}, 0
	for step := range 1500 {
		switch choice := chance.IntN(24); {
		case choice < 2:
			_ = os.WriteFile(ballast, make([]byte, chance.IntN(1<<20)), 0o600) // as much as fits
		case choice < 4:
			_ = os.Remove(ballast)
		case choice < 14:
			r := recordOf(fmt.Sprint(step))
			r.Body = make([]byte, chance.IntN(20_000))
			if _, err := s.put(r); err == nil {
				accepted[r.ID] = true
			} else {
				rejected++
			}
		case choice < 22:
			key, r, _, err := s.next(time.Now())
			require.NoError(t, err)
			if r != nil && s.done(key, r, time.Now()) == nil {
				require.True(t, accepted[r.ID])
				done[r.ID] = true
			}
		case choice == 22:
			require.NoError(t, s.db.Close())
			s = reopen(t, path)
		default:
			require.NoError(t, s.db.View(func(tx *bbolt.Tx) error {
				for err := range tx.Check() {
					return err
				}
				return nil
			}))
		}
	}
	waiting, _ := s.mustCount(t)
	assert.Equal(t, len(accepted)-len(done), waiting)
	assert.NotZero(t, rejected)
	t.Logf("%d events accepted, %d rejected as the disk was full, %d done, %d waiting", len(accepted), rejected, len(done), waiting)
}
