package cli_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/cli"
)

func TestLinesAreWrittenBeforeTheEnd(t *testing.T) {
	var out bytes.Buffer
	w := cli.NewLineWriter(&out)
	w.Printf("one %s", "\x1b[2J")
	w.Printf("%s", strings.Repeat("x", 5000))
	w.Close()
	w.Close()
	w.Printf("too late")
	first, second, _ := strings.Cut(out.String(), "\n")
	assert.Equal(t, `one \x1b[2J`, first)
	assert.Equal(t, strings.Repeat("x", 2000)+"...\n", second)
}

// A reader that is stuck or gone holds up nobody.
func TestLinesWaitForNoReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stuck, end := io.Pipe()
		broken := &brokenWriter{}
		for _, w := range []*cli.LineWriter{cli.NewLineWriter(end), cli.NewLineWriter(broken)} {
			for range 5000 {
				w.Printf("line")
			}
			began := time.Now()
			w.Close()
			assert.LessOrEqual(t, time.Since(began), time.Second)
		}
		assert.EqualValues(t, 1, broken.calls.Load())
		_ = stuck.Close()
	})
}

type brokenWriter struct{ calls atomic.Int64 }

func (w *brokenWriter) Write([]byte) (int, error) {
	w.calls.Add(1)
	return 0, errors.New("broken pipe")
}
