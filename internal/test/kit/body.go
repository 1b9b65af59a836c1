package kit

import (
	"io"
	"strings"
	"sync/atomic"
)

// OpenBodies counts the bodies that were made and not yet closed.
var OpenBodies atomic.Int64

// Body is a response body that records whether it was closed.
type Body struct {
	io.Reader
	closed atomic.Bool
}

// NewBody returns a body with a text.
func NewBody(text string) io.ReadCloser {
	return NewBodyOf(strings.NewReader(text))
}

// NewBodyOf returns a body that reads from r.
func NewBodyOf(r io.Reader) *Body {
	OpenBodies.Add(1)
	return &Body{Reader: r}
}

// Close closes the body. Only the first call counts.
func (b *Body) Close() error {
	if !b.closed.Swap(true) {
		OpenBodies.Add(-1)
	}
	return nil
}
