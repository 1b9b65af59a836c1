package outfile

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"iter"
	"os"
	"sync"
	"time"

	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/cli"
)

// syncEvery is the longest time for which a line may be lost when the machine crashes. A
// killed process loses none.
const syncEvery = time.Second

// Journal records finished work beside a File, so that the next run does not repeat it: a
// header that says whose work it is, then a line of JSON per piece of work. It is safe for
// concurrent use.
type Journal struct {
	File *File

	mu     sync.Mutex
	file   *os.File
	size   int64 // of the complete lines, in bytes
	lines  int   // without the header
	synced time.Time
}

// OpenJournal opens the journal of the file, or begins one. It passes the recorded lines to
// read. The first line that is incomplete or that read rejects is dropped, with all after it.
// A journal with another header is an error. The caller holds the lock of the file.
func (f *File) OpenJournal(header any, read func(line []byte) error) (*Journal, error) {
	first, err := json.Marshal(header)
	if err != nil {
		return nil, err
	}
	first = append(first, '\n')
	name := f.name + JournalSuffix
	if !f.isPlain(name) {
		return nil, cli.Usagef("%s: %s is not a regular file: move it away", f.flag, f.Path(JournalSuffix))
	}
	file, err := f.folder.OpenFile(name, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		err = f.replace(name, 0o600, func(w io.Writer) error {
			_, err := w.Write(first)
			return err
		})
		if err != nil {
			return nil, err
		}
		file, err = f.folder.OpenFile(name, os.O_RDWR, 0)
	}
	if err != nil {
		return nil, err
	}
	j := &Journal{File: f, file: file, synced: time.Now()}
	if err := j.recover(first, read); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return j, nil
}

// longestHeader bounds what is read of the file of another program.
const longestHeader = 64 << 10

// JournalHeader reads the header of the journal beside the file. It reports whether there is one
// with the fields of header. The caller holds the lock of the file.
func (f *File) JournalHeader(header any) bool {
	if !f.isPlain(f.name + JournalSuffix) {
		return false
	}
	file, err := f.folder.Open(f.name + JournalSuffix)
	if err != nil {
		return false
	}
	defer func() { _ = file.Close() }()
	decoder := json.NewDecoder(io.LimitReader(file, longestHeader))
	decoder.DisallowUnknownFields()
	return decoder.Decode(header) == nil
}

// RemoveJournal removes the journal beside the file, if there is one. The caller holds the lock
// of the file.
func (f *File) RemoveJournal() error {
	err := f.folder.Remove(f.name + JournalSuffix)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// isPlain reports whether a name in the folder is free or a regular file. Reading from a pipe
// would never end.
func (f *File) isPlain(name string) bool {
	info, err := f.folder.Lstat(name)
	return err != nil || info.Mode().IsRegular()
}

// Path returns the path of the journal.
func (j *Journal) Path() string { return j.File.Path(JournalSuffix) }

// Len returns the number of lines without the header.
func (j *Journal) Len() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.lines
}

// recover reads what the journal holds and drops what is incomplete.
func (j *Journal) recover(header []byte, read func(line []byte) error) error {
	reader := bufio.NewReaderSize(j.file, 1<<16)
	// The header of another program's file may be endless.
	start := make([]byte, len(header))
	if _, err := io.ReadFull(reader, start); err != nil || !bytes.Equal(start, header) {
		return cli.Usagef("%s was begun for another account or with other flags: repeat that command, or delete the file", j.Path())
	}
	for j.size = int64(len(header)); ; j.lines++ {
		line, err := reader.ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if err != nil || !json.Valid(line) || read(bytes.TrimSuffix(line, []byte("\n"))) != nil {
			return j.cut()
		}
		j.size += int64(len(line))
	}
}

// cut removes what is after the complete lines.
func (j *Journal) cut() error {
	_, err := j.file.Seek(j.size, io.SeekStart)
	return errors.Join(err, j.file.Truncate(j.size))
}

// Add appends a line.
func (j *Journal) Add(value any) error {
	var line bytes.Buffer
	encoder := json.NewEncoder(&line)
	encoder.SetEscapeHTML(false) // texts of an account stay readable
	if err := encoder.Encode(value); err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	// One write per line, unbuffered: a killed process loses no line.
	if _, err := j.file.Write(line.Bytes()); err != nil {
		return errors.Join(err, j.cut())
	}
	j.size += int64(line.Len())
	j.lines++
	if time.Since(j.synced) < syncEvery {
		return nil
	}
	j.synced = time.Now()
	return j.file.Sync()
}

// Lines iterates over the recorded lines, without the header. No line may be added meanwhile.
func (j *Journal) Lines() iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		reader := bufio.NewReaderSize(io.NewSectionReader(j.file, 0, j.size), 1<<16)
		_, err := reader.ReadBytes('\n') // the header
		for range j.Len() {
			var line []byte
			if err == nil {
				line, err = reader.ReadBytes('\n')
			}
			if !yield(bytes.TrimSuffix(line, []byte("\n")), err) || err != nil {
				return
			}
		}
	}
}

// Close makes the lines safe. It removes a journal without lines.
func (j *Journal) Close() error {
	err := errors.Join(j.file.Sync(), j.file.Close())
	if err == nil && j.Len() == 0 {
		return j.Remove()
	}
	return err
}

// Remove removes the journal after Close: the work is complete.
func (j *Journal) Remove() error { return j.File.RemoveJournal() }
