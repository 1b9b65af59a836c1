package sandbox

import (
	"fmt"
	"io"
	"time"

	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/cli"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

const (
	// maxLines bounds the lines that wait for a slow reader. Further ones are dropped.
	maxLines = 1000
	// maxLine bounds a line, in bytes.
	maxLine = 2000
	// patience is how long the end of the command waits for the reader of its output.
	patience = time.Second
)

// lineWriter writes lines in a goroutine of its own, so that no response waits for the reader
// of the output.
type lineWriter struct {
	lines chan string
	ended chan struct{} // closed once all lines are written
}

func newLineWriter(to io.Writer) *lineWriter {
	w := &lineWriter{lines: make(chan string, maxLines), ended: make(chan struct{})}
	go func() {
		defer close(w.ended)
		for line := range w.lines {
			if _, err := fmt.Fprintln(to, line); err != nil {
				break // the reader is gone
			}
		}
		for range w.lines { // drops the rest, so that line never blocks
		}
	}()
	return w
}

// close writes the lines that wait, unless the reader is stuck.
func (w *lineWriter) close() {
	close(w.lines)
	select {
	case <-w.ended:
	case <-time.After(patience):
	}
}

// line writes a line, or drops it when too many wait.
func (w *lineWriter) line(line string) {
	if len(line) > maxLine {
		line = line[:maxLine] + "..."
	}
	line = cli.Printable(line)
	select {
	case w.lines <- line:
	default:
	}
}

// request writes a line about a request.
func (w *lineWriter) request(r helpcrunchtest.Request) {
	line := fmt.Sprintf("%s %s %s", r.Time.Format("15:04:05.000"), r.Method, r.Path)
	if r.RawQuery != "" {
		line += "?" + r.RawQuery
	}
	if r.Status == 0 {
		line += " no response"
	} else {
		line += fmt.Sprintf(" %d", r.Status)
	}
	if r.Fault != "" {
		line += " (" + r.Fault + ")"
	}
	w.line(line)
}

// webhook writes a line about an attempt to deliver a webhook.
func (w *lineWriter) webhook(d helpcrunchtest.Delivery) {
	line := fmt.Sprintf("%s webhook %s to %s, attempt %d:", d.Time.Format("15:04:05.000"), d.Event, d.URL, d.Attempts+1)
	if d.Err != nil {
		w.line(fmt.Sprintf("%s no response (%v)", line, d.Err))
		return
	}
	w.line(fmt.Sprintf("%s %d", line, d.Status))
}
