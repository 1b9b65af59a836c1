package main

import (
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/webhook"
)

// spool keeps accepted events in a directory until they are done, so that none is lost
// when the program ends, in whatever way. One process at a time may use a directory.
//
//	new/      what was accepted and is not done
//	done/     an empty file for each event that was done in the last days, against duplicates
//	failed/   what was given up, until somebody deletes it
//	writing/  what is being written
type spool struct {
	dir  string
	sync func(dir string) error // syncDir, but for tests
}

const (
	waitingDir = "new"
	doneDir    = "done"
	failedDir  = "failed"
	writingDir = "writing"
	// doneAge is for how long duplicates are told.
	doneAge = 14 * 24 * time.Hour
)

// openSpool opens a spool, and makes the directory if it is not there. What a killed process
// had not written to its end is removed.
func openSpool(dir string) (*spool, error) {
	s := &spool{dir: dir, sync: syncDir}
	err := os.RemoveAll(filepath.Join(dir, writingDir))
	for _, below := range []string{waitingDir, doneDir, failedDir, writingDir} {
		err = cmp.Or(err, os.MkdirAll(filepath.Join(dir, below), 0o700))
	}
	if err != nil {
		return nil, fmt.Errorf("the spool can't be used: %w", err)
	}
	return s, s.forget(time.Now().Add(-doneAge))
}

func (s *spool) path(below, name string) string {
	return filepath.Join(s.dir, below, name)
}

// nameOf names the file of an event after its type and id, whose characters may be any.
func nameOf(event *webhook.Event) string {
	id := event.ID
	if id == "" {
		id = rand.Text() // it can't be told from others
	}
	sum := sha256.Sum256([]byte(string(event.Type) + " " + id))
	return hex.EncodeToString(sum[:16])
}

// put stores an event. Once it returns nil, the event survives a crash of the machine. It
// returns the name to get the event by, or "" when the event is known already.
func (s *spool) put(event *webhook.Event) (string, error) {
	name := nameOf(event)
	for _, below := range []string{waitingDir, doneDir, failedDir} {
		if there, err := exists(s.path(below, name)); err != nil || there {
			return "", err
		}
	}
	data, err := json.Marshal(event)
	if err != nil {
		return "", err
	}
	return name, s.write(waitingDir, name, data)
}

// write makes a file that is there in whole, and survives a crash, or not at all.
func (s *spool) write(below, name string, data []byte) error {
	file, err := os.CreateTemp(filepath.Join(s.dir, writingDir), "*")
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	err = cmp.Or(err, file.Sync())
	err = cmp.Or(err, file.Close())
	if err == nil {
		err = os.Rename(file.Name(), s.path(below, name))
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	if err := s.sync(filepath.Join(s.dir, below)); err != nil {
		return errors.Join(err, os.Remove(s.path(below, name)))
	}
	return nil
}

// waiting returns the names of the events that are not done, the oldest first.
func (s *spool) waiting() ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(s.dir, waitingDir))
	if err != nil {
		return nil, err
	}
	accepted := map[string]time.Time{}
	var names []string
	for _, entry := range entries {
		if !entry.Type().IsRegular() {
			continue
		}
		done, err := exists(s.path(doneDir, entry.Name()))
		if err == nil && done { // a crash came between the two steps of finish
			err = os.Remove(s.path(waitingDir, entry.Name()))
		}
		if err != nil {
			return nil, err
		}
		if done {
			continue
		}
		info, err := entry.Info()
		if err != nil {
			return nil, err
		}
		accepted[entry.Name()] = info.ModTime()
		names = append(names, entry.Name())
	}
	slices.SortStableFunc(names, func(a, b string) int { return accepted[a].Compare(accepted[b]) })
	return names, nil
}

// get reads an event. It is an invalid argument when the file holds none.
func (s *spool) get(name string) (*webhook.Event, error) {
	data, err := os.ReadFile(s.path(waitingDir, name))
	if err != nil {
		return nil, err
	}
	event, err := webhook.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("the file holds no event: %w (%w)", err, helpcrunch.ErrInvalidArgument)
	}
	return event, nil
}

// finish marks an event as done. What it held is gone then.
func (s *spool) finish(name string) error {
	if err := s.write(doneDir, name, nil); err != nil {
		return err
	}
	return os.Remove(s.path(waitingDir, name))
}

// giveUp puts an event aside. After a crash of the machine it may have to be done again.
func (s *spool) giveUp(name string) error {
	return os.Rename(s.path(waitingDir, name), s.path(failedDir, name))
}

// forget removes the marks of what was done before a time.
func (s *spool) forget(before time.Time) error {
	entries, err := os.ReadDir(filepath.Join(s.dir, doneDir))
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if info, err := entry.Info(); err == nil && info.ModTime().Before(before) {
			err = os.Remove(s.path(doneDir, entry.Name()))
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func exists(path string) (bool, error) {
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// syncDir makes changes of a directory survive a crash of the machine. Windows has no such
// thing.
func syncDir(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	dir, err := os.Open(path) //nolint:gosec // G304: a directory of the spool
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
