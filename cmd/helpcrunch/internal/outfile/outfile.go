// Package outfile writes a file that is complete or not there at all. Beside the file it keeps
// a lock and a journal, so that a run that was interrupted can go on.
package outfile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/gofrs/flock"

	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/cli"
)

// Suffixes of the files beside the file.
const (
	JournalSuffix = ".partial"
	lockSuffix    = ".lock"
	newSuffix     = ".new"
)

// File is a file to write.
type File struct {
	flag   string
	path   string   // as the user wrote it
	folder *os.Root // of the file itself, also if path is a link
	name   string
	force  bool
}

// Open checks the path that a flag, such as "--out", names. A file of that name is an error
// unless force is set. A link is not replaced: the file that it points to is. Open writes
// nothing. The caller closes the file.
func Open(flag, path string, force bool) (*File, error) {
	if path == "" {
		return nil, cli.Usagef("%s must name a file", flag)
	}
	real, err := destination(flag, path, force)
	if err != nil {
		return nil, err
	}
	folder, err := os.OpenRoot(filepath.Dir(real))
	if err != nil {
		return nil, cli.Usagef("%s: %w", flag, err)
	}
	return &File{flag, path, folder, filepath.Base(real), force}, nil
}

// destination returns the path of the file without links.
func destination(flag, path string, force bool) (string, error) {
	_, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return path, nil
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return "", cli.Usagef("%s: %w", flag, err)
	case info.IsDir():
		return "", cli.Usagef("%s must name a file: %s is a folder", flag, path)
	case !info.Mode().IsRegular():
		return "", cli.Usagef("%s must name a regular file: %s is none", flag, path)
	case !force:
		return "", cli.Usagef("%s: %s exists: --force replaces it", flag, path)
	}
	// The file is replaced, which needs no right to write to it. Its owner may mean that nobody
	// shall.
	file, err := os.OpenFile(path, os.O_WRONLY, 0) //nolint:gosec // the user names the file
	if err != nil {
		return "", cli.Usagef("%s: %w", flag, err)
	}
	_ = file.Close() // nothing was written
	return filepath.EvalSymlinks(path)
}

// Path returns the path of the file with a suffix.
func (f *File) Path(suffix string) string {
	return filepath.Join(f.folder.Name(), f.name) + suffix
}

// Close frees the file. It does not remove anything.
func (f *File) Close() error { return f.folder.Close() }

// lockTries bounds how often Lock meets a lock that its holder removes at that moment.
const lockTries = 10

// Lock keeps other runs away from the file until release is called.
func (f *File) Lock() (release func(), err error) {
	for range lockTries {
		lock := flock.New(filepath.Join(f.folder.Name(), f.name+lockSuffix), flock.SetPermissions(0o600))
		free, err := lock.TryLock()
		if err != nil && !errors.Is(err, syscall.ENOSPC) {
			return nil, cli.Usagef("%s: %w", f.flag, err)
		}
		if err != nil {
			return nil, err
		}
		if !free {
			break
		}
		if f.isCurrent(lock) {
			return func() {
				_ = f.folder.Remove(f.name + lockSuffix) // a leftover is harmless
				_ = lock.Unlock()
			}, nil
		}
		_ = lock.Unlock()
	}
	return nil, fmt.Errorf("another run is writing %s", f.path)
}

// isCurrent reports whether the lock is on the file that other runs will find. The run before
// may have removed it after it was opened here.
func (f *File) isCurrent(lock *flock.Flock) bool {
	locked, err := lock.Stat()
	if err != nil {
		return false
	}
	found, err := f.folder.Stat(f.name + lockSuffix)
	return err == nil && os.SameFile(locked, found)
}

// Write writes the file. What was there before stays until the new contents are on the disk.
// The caller holds the lock.
func (f *File) Write(write func(io.Writer) error) error {
	mode := fs.FileMode(0o600) // data of an account is private unless the user changes that
	if info, err := f.folder.Stat(f.name); err == nil {
		if !f.force {
			return fmt.Errorf("%s was written by another program meanwhile: --force replaces it", f.path)
		}
		mode = info.Mode().Perm()
	}
	return f.replace(f.name, mode, write)
}

// replace writes a file in one piece.
func (f *File) replace(name string, mode fs.FileMode, write func(io.Writer) error) (err error) {
	unfinished := f.name + newSuffix
	// A run that was killed may have left one. O_EXCL follows no link.
	_ = f.folder.Remove(unfinished)
	file, err := f.folder.OpenFile(unfinished, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = f.folder.Remove(unfinished)
		}
	}()
	buffer := bufio.NewWriterSize(file, 1<<16)
	err = write(buffer)
	if err == nil {
		err = errors.Join(buffer.Flush(), file.Chmod(mode), file.Sync())
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	return f.folder.Rename(unfinished, name)
}
