package helpcrunch_test

import (
	"io"
	"strings"
	"sync/atomic"
)

// openBodies counts the bodies that were made and not closed.
var openBodies atomic.Int64

// trackedBody is a body that knows whether it was closed.
type trackedBody struct {
	io.Reader
	closed atomic.Bool
}

func newBody(text string) io.ReadCloser {
	return newBodyOf(strings.NewReader(text))
}

func newBodyOf(r io.Reader) *trackedBody {
	openBodies.Add(1)
	return &trackedBody{Reader: r}
}

func (b *trackedBody) Close() error {
	if !b.closed.Swap(true) {
		openBodies.Add(-1)
	}
	return nil
}
