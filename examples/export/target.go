package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

// Suffixes of the files that lie beside the target until it is written.
const (
	journalSuffix = ".partial"
	lockSuffix    = ".lock"
	newSuffix     = ".new"
)

// target is the file to write.
type target struct {
	folder *os.Root
	path   string // as the user calls it
}

func openTarget(path string) (*target, error) {
	folder, err := os.OpenRoot(filepath.Dir(path))
	return &target{folder, path}, err
}

// name is the name of a file beside the target, or of the target itself for no suffix.
func (t *target) name(suffix string) string { return filepath.Base(t.path) + suffix }

// lockTries is how often a lock is tried for whose file the run before removes meanwhile.
const lockTries = 10

// lock keeps other runs away from the same target.
func (t *target) lock() (release func(), err error) {
	for range lockTries {
		lock := flock.New(t.path+lockSuffix, flock.SetPermissions(0o600))
		free, err := lock.TryLock()
		if err != nil {
			return nil, err
		}
		if !free {
			break
		}
		if t.stillThere(lock) {
			return func() {
				_ = t.folder.Remove(t.name(lockSuffix)) // what may stay of it does no harm
				_ = lock.Unlock()
			}, nil
		}
		_ = lock.Unlock()
	}
	return nil, fmt.Errorf("another export to %s is under way", t.path)
}

// stillThere reports whether a lock is on the file that others will find, and not on one
// that was removed after it was opened.
func (t *target) stillThere(lock *flock.Flock) bool {
	locked, err := lock.Stat()
	if err != nil {
		return false
	}
	found, err := t.folder.Stat(t.name(lockSuffix))
	return err == nil && os.SameFile(locked, found)
}

// exists reports whether there is a file of the target's name.
func (t *target) exists() bool {
	_, err := t.folder.Lstat(t.name(""))
	return !errors.Is(err, fs.ErrNotExist)
}

// replace writes a file in one piece: until all of it is on the disk, a file of that name
// stays as it was. Others on the machine can't read it.
func (t *target) replace(suffix string, write func(io.Writer) error) (err error) {
	unfinished := t.name(newSuffix)
	file, err := t.folder.OpenFile(unfinished, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, t.folder.Remove(unfinished))
		}
	}()
	buffer := bufio.NewWriterSize(file, bufferSize)
	err = write(buffer)
	if err == nil {
		err = errors.Join(buffer.Flush(), file.Sync())
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	return t.folder.Rename(unfinished, t.name(suffix))
}

// bufferSize is how many bytes are read or written at once.
const bufferSize = 1 << 16
