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

	path    string
	file    *os.File
	buffer  *bufio.Writer
	encoder *json.Encoder
	claimed map[int64]bool // ids of rows that are in it, or on their way
	length  int            // rows
	synced  time.Time
}

// openJournal opens a journal, or begins one with the header.
func openJournal(path string, h header) (*journal, error) {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		if err = replaceFile(path, func(w io.Writer) error { return json.NewEncoder(w).Encode(h) }); err != nil {
			return nil, err
		}
		file, err = os.OpenFile(path, os.O_RDWR, 0)
	}
	if err != nil {
		return nil, err
	}
	j := &journal{path: path, file: file, claimed: make(map[int64]bool), synced: time.Now()}
	if err := j.recover(h); err != nil {
		file.Close()
		return nil, err
	}
	j.buffer = bufio.NewWriterSize(file, 1<<16)
	j.encoder = json.NewEncoder(j.buffer)
	j.encoder.SetEscapeHTML(false)
	return j, nil
}

// recover reads what the journal holds, and cuts off what is not whole.
func (j *journal) recover(h header) error {
	reader := bufio.NewReaderSize(j.file, 1<<16)
	first, err := reader.ReadBytes('\n')
	if err != nil || json.Unmarshal(first, &j.header) != nil || !j.isFor(h) {
		return fmt.Errorf("%s belongs to another export: finish that one, or delete the file (%w)", j.path, errUsage)
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
		return os.Remove(j.path)
	}
	return err
}

// lines yields the rows of a journal that was closed, as JSON.
func (j *journal) lines() iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		if j.length == 0 {
			return
		}
		file, err := os.Open(j.path)
		if err != nil {
			yield(nil, err)
			return
		}
		defer file.Close()
		reader := bufio.NewReaderSize(file, 1<<16)
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

// replaceFile writes a file in one piece: until all of it is on the disk, a file of that
// name stays as it was. Others on the machine can't read it.
func replaceFile(path string, write func(io.Writer) error) (err error) {
	unfinished := path + ".new"
	file, err := os.OpenFile(unfinished, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(unfinished))
		}
	}()
	buffer := bufio.NewWriterSize(file, 1<<16)
	err = write(buffer)
	if err == nil {
		err = errors.Join(buffer.Flush(), file.Sync())
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	return os.Rename(unfinished, path)
}
