package cli

import (
	"bytes"
	"fmt"
	"io"
	"sync"
	"time"
)

const (
	// maxLines bounds the lines that wait for a slow reader. Further ones are dropped.
	maxLines = 1000
	// maxLine bounds a line, in bytes.
	maxLine = 2000
	// linePatience is how long Close waits for the reader.
	linePatience = time.Second
)

// LineWriter writes lines in a goroutine of its own, so that a server never waits for the
// reader of its output. It drops lines while 1000 wait.
type LineWriter struct {
	lines   chan string
	closing chan struct{}
	close   func()        // closes closing once
	ended   chan struct{} // closed once all lines are written
}

// NewLineWriter returns a writer of lines. The caller closes it.
func NewLineWriter(to io.Writer) *LineWriter {
	w := &LineWriter{lines: make(chan string, maxLines), closing: make(chan struct{}), ended: make(chan struct{})}
	w.close = sync.OnceFunc(func() { close(w.closing) })
	go w.write(to)
	return w
}

// write writes lines until Close, or until the reader is gone.
func (w *LineWriter) write(to io.Writer) {
	defer close(w.ended)
	for {
		var line string
		select {
		case line = <-w.lines:
		default:
			select {
			case line = <-w.lines:
			case <-w.closing:
				return
			}
		}
		if _, err := fmt.Fprintln(to, line); err != nil {
			return
		}
	}
}

// Printf writes a line without control characters.
func (w *LineWriter) Printf(format string, args ...any) {
	line := fmt.Sprintf(format, args...)
	if len(line) > maxLine {
		line = line[:maxLine] + "..."
	}
	select {
	case w.lines <- Printable(line):
	default:
	}
}

// Close writes the lines that wait. It gives up after 1 s. Later lines are dropped.
func (w *LineWriter) Close() {
	w.close()
	select {
	case <-w.ended:
	case <-time.After(linePatience):
	}
}

// Write writes a line, for package log.
func (w *LineWriter) Write(line []byte) (int, error) {
	w.Printf("%s", bytes.TrimSpace(line))
	return len(line), nil
}
