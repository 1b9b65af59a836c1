package export

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/cli"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/outfile"
)

// state is what --since last keeps in the folder of the file.
type state struct {
	path string

	Account string    `json:"account"`
	Start   time.Time `json:"start"` // of the last complete run
}

// readState reads the state of an account. Its Start is zero before the first run.
func (o *options) readState(account string) (*state, error) {
	s := &state{path: filepath.Join(filepath.Dir(o.out), ".helpcrunch-export-"+o.list+".json")}
	text, err := os.ReadFile(s.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		s.Account = account
		return s, nil
	case err != nil:
		return nil, cli.Usagef("--since last: %w", err)
	case json.Unmarshal(text, s) != nil || s.Start.IsZero():
		return nil, cli.Usagef("--since last: %s is damaged: give the time of the last export, or delete the file to export everything", s.path)
	case s.Account != account:
		return nil, cli.Usagef("--since last: %s belongs to another account: write to another folder", s.path)
	}
	return s, nil
}

// write stores the state for the next run.
func (s *state) write() error {
	file, err := outfile.Open("--since last", s.path, true)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	return file.Write(func(w io.Writer) error { return json.NewEncoder(w).Encode(s) })
}

// startClock finds when an export began: by this clock or by that of the service, whichever is
// behind. A later export since that time misses nothing.
type startClock struct {
	mu    sync.Mutex
	start time.Time
}

func newStartClock() *startClock {
	return &startClock{start: time.Now().UTC().Truncate(time.Second)}
}

// see learns the time of the service from a response.
func (c *startClock) see(_ context.Context, r helpcrunch.Response) {
	date, err := http.ParseTime(r.Header.Get("Date"))
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil && date.Before(c.start) {
		c.start = date.UTC()
	}
}

// Start returns the time.
func (c *startClock) Start() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.start
}

// continuation says how to export what changes later.
func (o *options) continuation(s *state, start time.Time) string {
	if s != nil {
		return fmt.Sprintf("The next run with --since last begins at %s (kept in %s).", start.Format(time.RFC3339), s.path)
	}
	return fmt.Sprintf("To export what changes later: --since %s", start.Format(time.RFC3339))
}
