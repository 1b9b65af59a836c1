package engine

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
)

// read is the step that reads the body within a bound and closes it.
type read struct {
	next  step
	limit int64
}

// TooLargeError says that an answer was larger than its bound.
type TooLargeError struct {
	Limit int64
}

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("the answer is larger than %d bytes", e.Limit)
}

// errorBodyLimit bounds how much of an error answer is read: its status counts, and
// the details come first.
const errorBodyLimit = 1 << 20

func (s *read) do(c *call, r *http.Request) (*http.Response, error) {
	response, err := s.next.do(c, r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	limit := s.limit
	if response.StatusCode >= http.StatusMultipleChoices {
		limit = min(limit, errorBodyLimit)
	}
	body, err := readAll(response.Body, response.ContentLength, limit)
	response.Body = drained
	c.attempt.wire.body = body
	if err != nil && response.StatusCode < http.StatusMultipleChoices {
		return nil, err
	}
	return response, nil
}

// readAll reads at most limit bytes. expected is how many there should be, -1 when
// nobody knows.
func readAll(body io.Reader, expected, limit int64) ([]byte, error) {
	if expected > limit {
		return nil, &TooLargeError{Limit: limit}
	}
	var buffer bytes.Buffer
	if expected > 0 {
		buffer.Grow(int(expected) + bytes.MinRead)
	}
	_, err := buffer.ReadFrom(io.LimitReader(body, limit+1))
	if err == nil && int64(buffer.Len()) > limit {
		buffer.Truncate(int(limit))
		err = &TooLargeError{Limit: limit}
	}
	return buffer.Bytes(), err
}
