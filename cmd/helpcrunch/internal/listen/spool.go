package listen

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	bbolterrors "go.etcd.io/bbolt/errors"

	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/cli"
	"github.com/helpcrunch-go/helpcrunch/webhook"
)

// The buckets of a spool, all within the first.
var (
	spoolBucket   = []byte("helpcrunch listen 1")
	waitingBucket = []byte("waiting") // records by the time of their next attempt
	failedBucket  = []byte("failed")  // records that were set aside
	knownBucket   = []byte("known")   // for each event notDone, or the time when it was done
)

// notDone is stored for a known event that waits or failed.
var notDone = []byte{0}

const (
	// lockTimeout is how long a spool waits for another process to let go of the file.
	lockTimeout = time.Second
	// doneAge is how long an event that was done is known.
	doneAge = 14 * 24 * time.Hour
)

// record is one accepted event.
type record struct {
	Type      webhook.EventType
	ID        string // empty if the service omits it
	Body      []byte // as it arrived
	Signature string
	Accepted  time.Time
	Failures  int    // failed attempts
	Error     string // of the last failed attempt
}

// spool keeps accepted events on disk until they are done. One process at a time may use it.
type spool struct {
	db *bbolt.DB
}

var (
	errNotSpool = cli.Usagef("the file is not a spool of helpcrunch listen")
	errDamaged  = errors.New("the file is damaged")
)

// openSpool opens the spool in a file, which it creates if there is none.
func openSpool(path string) (*spool, error) {
	info, err := os.Stat(path)
	created := errors.Is(err, fs.ErrNotExist)
	if err == nil && !info.Mode().IsRegular() {
		return nil, cli.Usagef("--spool: %s is not a regular file", path)
	}
	db, err := openDB(path)
	if err == nil && created {
		err = syncFolder(filepath.Dir(path))
	}
	opening, isPathError := errors.AsType[*fs.PathError](err)
	switch {
	case err == nil:
		return &spool{db}, nil
	case errors.Is(err, bbolterrors.ErrTimeout):
		return nil, fmt.Errorf("spool %s is used by another process", path)
	case errors.Is(err, bbolterrors.ErrInvalid), errors.Is(err, bbolterrors.ErrVersionMismatch):
		err = errNotSpool
	case errors.Is(err, bbolterrors.ErrChecksum):
		err = errDamaged
	case isPathError && opening.Op == "open" && !errors.Is(err, syscall.ENOSPC):
		return nil, cli.Usagef("--spool: %w", err)
	}
	if created { // a file that is half written can't be opened again
		_ = os.Remove(path)
	}
	return nil, fmt.Errorf("spool %s: %w", path, err)
}

// openDB opens a database and makes the buckets. It rejects the database of another program.
func openDB(path string) (db *bbolt.DB, err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if recover() != nil { // bbolt panics at a truncated file
			err = errDamaged
		}
	}()
	if db, err = bbolt.Open(path, 0o600, &bbolt.Options{Timeout: lockTimeout}); err != nil {
		return nil, err
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		if first, _ := tx.Cursor().First(); first != nil && !bytes.Equal(first, spoolBucket) {
			return errNotSpool
		}
		root, err := tx.CreateBucketIfNotExists(spoolBucket)
		for _, name := range [][]byte{waitingBucket, failedBucket, knownBucket} {
			if err == nil {
				_, err = root.CreateBucketIfNotExists(name)
			}
		}
		return err
	})
	if err != nil {
		_ = db.Close()
	}
	return db, err
}

// syncFolder makes a new file in a folder survive a crash of the machine.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	folder, err := os.Open(path) //nolint:gosec // G304: the folder of the spool
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// bucket returns one of the buckets.
func bucket(tx *bbolt.Tx, name []byte) *bbolt.Bucket { return tx.Bucket(spoolBucket).Bucket(name) }

// put stores a record unless its event is known. Once it returns nil, the record survives a
// crash of the machine.
func (s *spool) put(r *record) (added bool, err error) {
	err = s.db.Batch(func(tx *bbolt.Tx) error {
		added = false
		if key := eventKey(r); key != nil {
			known := bucket(tx, knownBucket)
			if known.Get(key) != nil {
				return nil
			}
			if err := known.Put(key, notDone); err != nil {
				return err
			}
		}
		added = true
		return insert(bucket(tx, waitingBucket), r, r.Accepted)
	})
	return added, err
}

// eventKey returns the key of an event among the known ones, nil for one without an id. Two
// events of one action may have the same id.
func eventKey(r *record) []byte {
	if r.ID == "" {
		return nil
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q", r.Type, r.ID))
	return sum[:]
}

// insert adds a record that is due at a time. Its key sorts by that time.
func insert(b *bbolt.Bucket, r *record, due time.Time) error {
	sequence, err := b.NextSequence()
	if err != nil {
		return err
	}
	value, err := json.Marshal(r)
	if err != nil {
		return err
	}
	key := binary.BigEndian.AppendUint64(nil, uint64(due.UnixNano()))
	return b.Put(binary.BigEndian.AppendUint64(key, sequence), value)
}

// next returns the record that is due first, and how long to wait for it. It returns nil when
// no event waits.
func (s *spool) next(now time.Time) (key []byte, r *record, wait time.Duration, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		k, value := bucket(tx, waitingBucket).Cursor().First()
		if k == nil {
			return nil
		}
		key, r = append(key, k...), new(record)
		wait = time.Unix(0, int64(binary.BigEndian.Uint64(k))).Sub(now)
		if wait > lastPause { // the clock was set back
			wait = 0
		}
		return json.Unmarshal(value, r)
	})
	return key, r, wait, err
}

// done deletes a waiting record. Its event stays known for doneAge.
func (s *spool) done(key []byte, r *record, now time.Time) error {
	return s.db.Update(func(tx *bbolt.Tx) error {
		if err := markDone(tx, r, now); err != nil {
			return err
		}
		return bucket(tx, waitingBucket).Delete(key)
	})
}

func markDone(tx *bbolt.Tx, r *record, now time.Time) error {
	event := eventKey(r)
	if event == nil {
		return nil
	}
	return bucket(tx, knownBucket).Put(event, binary.BigEndian.AppendUint64(nil, uint64(now.Unix())))
}

// move moves a waiting record to a bucket, where it is due at a time.
func (s *spool) move(key []byte, r *record, to []byte, due time.Time) error {
	return s.db.Update(func(tx *bbolt.Tx) error {
		if err := bucket(tx, waitingBucket).Delete(key); err != nil {
			return err
		}
		return insert(bucket(tx, to), r, due)
	})
}

// count returns how many records wait, and how many failed.
func (s *spool) count() (waiting, failed int, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		waiting = bucket(tx, waitingBucket).Stats().KeyN
		failed = bucket(tx, failedBucket).Stats().KeyN
		return nil
	})
	return waiting, failed, err
}

// eachFailed calls f with each failed record, oldest failure first.
func (s *spool) eachFailed(f func(*record) error) error {
	return s.db.View(func(tx *bbolt.Tx) error {
		return bucket(tx, failedBucket).ForEach(func(_, value []byte) error {
			var r record
			if err := json.Unmarshal(value, &r); err != nil {
				return err
			}
			return f(&r)
		})
	})
}

// clearFailed deletes the failed records, or makes them wait for another attempt.
func (s *spool) clearFailed(retry bool, now time.Time) error {
	return s.db.Update(func(tx *bbolt.Tx) error {
		err := bucket(tx, failedBucket).ForEach(func(_, value []byte) error {
			var r record
			if err := json.Unmarshal(value, &r); err != nil || !retry {
				return errors.Join(err, markDone(tx, &r, now))
			}
			r.Failures = 0
			return insert(bucket(tx, waitingBucket), &r, now)
		})
		if err != nil {
			return err
		}
		root := tx.Bucket(spoolBucket)
		if err := root.DeleteBucket(failedBucket); err != nil {
			return err
		}
		_, err = root.CreateBucket(failedBucket)
		return err
	})
}

// forget forgets the events that were done before a time.
func (s *spool) forget(before time.Time) error {
	return s.db.Update(func(tx *bbolt.Tx) error {
		cursor := bucket(tx, knownBucket).Cursor()
		for key, at := cursor.First(); key != nil; key, at = cursor.Next() {
			if len(at) == 8 && int64(binary.BigEndian.Uint64(at)) < before.Unix() {
				if err := cursor.Delete(); err != nil {
					return err
				}
			}
		}
		return nil
	})
}
