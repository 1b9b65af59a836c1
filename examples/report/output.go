package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// file is a file in the making. Under its name there is what was there before, or nothing,
// until it is complete.
type file struct {
	path string
	temp *os.File
}

// createFile begins a file, so that a path which can't be written is known before the work.
func createFile(path string) (*file, error) {
	if path == "" {
		return nil, errors.New("-o must name a file")
	}
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return nil, fmt.Errorf("-o must name a file, and %q is a directory", path)
	case err == nil && !info.Mode().IsRegular():
		return nil, fmt.Errorf("-o must name a regular file, which %q is not", path)
	}
	temp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if reason, ok := errors.AsType[*fs.PathError](err); ok {
		err = reason.Err // without the name, which nobody knows
	}
	if err != nil {
		return nil, fmt.Errorf("-o %q can't be written: %w", path, err)
	}
	return &file{path, temp}, nil
}

// finish writes the contents and puts the file in its place.
func (f *file) finish(write func(io.Writer) error) error {
	buffer := bufio.NewWriter(f.temp)
	if err := write(buffer); err != nil {
		return err
	}
	if err := buffer.Flush(); err != nil {
		return err
	}
	if err := f.temp.Sync(); err != nil {
		return err
	}
	if err := f.temp.Close(); err != nil {
		return err
	}
	return os.Rename(f.temp.Name(), f.path)
}

// discard removes what is not finished. After finish it does nothing.
func (f *file) discard() {
	_ = f.temp.Close()
	_ = os.Remove(f.temp.Name())
}
