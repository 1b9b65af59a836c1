package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"time"
)

// syncEvery is how long a row may wait to be safe from a crash. Those that are not are
// asked for again.
const syncEvery = time.Second

// header is the first line of a journal. It tells what is exported.
type header struct {
	Export   string    `json:"export"`
	Messages bool      `json:"messages"`
	Account  int64     `json:"account"`
	Begun    time.Time `json:"begun"`
}

// isFor reports whether a journal goes on with the same export.
func (h header) isFor(other header) bool {
	h.Begun, other.Begun = time.Time{}, time.Time{}
	return h == other
}

// journal is the file in which an export grows: a header, then a line of JSON for each row.
// It is the only record of what is done: whatever happens to the program, the lines that are
// whole hold rows, and one that is not is cut off.
type journal struct {
	header

	target  *target
	file    *os.File
	buffer  *bufio.Writer
	encoder *json.Encoder
	claimed map[int64]bool // ids of rows that are in it, or on their way
	length  int            // rows
	synced  time.Time
}

// openJournal opens the journal beside a target, or begins one with the header.
func openJournal(t *target, h header) (*journal, error) {
	name := t.name(journalSuffix)
	file, err := t.folder.OpenFile(name, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		if err = t.replace(journalSuffix, func(w io.Writer) error { return json.NewEncoder(w).Encode(h) }); err != nil {
			return nil, err
		}
		file, err = t.folder.OpenFile(name, os.O_RDWR, 0)
	}
	if err != nil {
		return nil, err
	}
	j := &journal{target: t, file: file, claimed: make(map[int64]bool), synced: time.Now()}
	if err := j.recover(h); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	j.buffer = bufio.NewWriterSize(file, bufferSize)
	j.encoder = json.NewEncoder(j.buffer)
	j.encoder.SetEscapeHTML(false)
	return j, nil
}

// path is where the journal lies.
func (j *journal) path() string { return j.target.path + journalSuffix }

// recover reads what the journal holds, and cuts off what is not whole.
func (j *journal) recover(h header) error {
	reader := bufio.NewReaderSize(j.file, bufferSize)
	first, err := reader.ReadBytes('\n')
	if err != nil || json.Unmarshal(first, &j.header) != nil || !j.isFor(h) {
		return fmt.Errorf("%s belongs to another export: finish that one, or delete the file (%w)", j.path(), errUsage)
	}
	end := int64(len(first))
	for {
		line, err := reader.ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		var row struct {
			ID int64 `json:"id"`
		}
		if err != nil || json.Unmarshal(line, &row) != nil || !j.claim(row.ID) {
			break
		}
		end += int64(len(line))
		j.length++
	}
	if err := j.file.Truncate(end); err != nil {
		return err
	}
	_, err = j.file.Seek(end, io.SeekStart)
	return err
}

// rows is how many rows the journal holds.
func (j *journal) rows() int { return j.length }

// has reports whether a row was claimed.
func (j *journal) has(id int64) bool { return j.claimed[id] }

// claim announces a row. It returns false when that was done before.
func (j *journal) claim(id int64) bool {
	if j.claimed[id] {
		return false
	}
	j.claimed[id] = true
	return true
}

// add appends a row that was claimed.
func (j *journal) add(value any) error {
	if err := j.encoder.Encode(value); err != nil {
		return err
	}
	j.length++
	if time.Since(j.synced) < syncEvery {
		return nil
	}
	return j.sync()
}

func (j *journal) sync() error {
	j.synced = time.Now()
	return errors.Join(j.buffer.Flush(), j.file.Sync())
}

// close makes all rows safe. A journal without any is removed.
func (j *journal) close() error {
	err := errors.Join(j.sync(), j.file.Close())
	if err == nil && j.length == 0 {
		return j.remove()
	}
	return err
}

func (j *journal) remove() error { return j.target.folder.Remove(j.target.name(journalSuffix)) }

// lines yields the rows of a journal that was closed, as JSON.
func (j *journal) lines() iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		if j.length == 0 {
			return
		}
		file, err := j.target.folder.Open(j.target.name(journalSuffix))
		if err != nil {
			yield(nil, err)
			return
		}
		defer func() { _ = file.Close() }()
		reader := bufio.NewReaderSize(file, bufferSize)
		if _, err := reader.ReadBytes('\n'); err != nil {
			yield(nil, err)
			return
		}
		for range j.length {
			line, err := reader.ReadBytes('\n')
			if !yield(bytes.TrimSuffix(line, []byte("\n")), err) || err != nil {
				return
			}
		}
	}
}
