package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// read is the step that reads the body within a bound and closes it.
type read struct {
	next  step
	limit int64
}

// TooLargeError says that a response was larger than its bound.
type TooLargeError struct {
	Limit int64
}

// Error returns the bound.
func (e *TooLargeError) Error() string {
	return fmt.Sprintf("the response is larger than %d bytes", e.Limit)
}

// errorBodyLimit bounds how much is read of a response of 300 or above. Its status counts,
// and the details come first.
const errorBodyLimit = 1 << 20

// errInformational is a response such as 101, which hands the connection over to another
// protocol. Its body would never end.
var errInformational = errors.New("a status below 200 is no response")

func (s *read) do(ctx context.Context, a *attempt, r *http.Request) (*http.Response, error) {
	response, err := s.next.do(ctx, a, r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode < http.StatusOK {
		return nil, errInformational
	}
	isError := response.StatusCode >= http.StatusMultipleChoices
	limit := s.limit
	if isError {
		limit = min(limit, errorBodyLimit)
	}
	a.wire.body, err = readAll(response.Body, response.ContentLength, limit)
	a.wire.complete = err == nil
	response.Body = http.NoBody
	if err != nil && !isError {
		return nil, err
	}
	return response, nil
}

// readAll reads to the end, or at most limit bytes. expected is how many there should be,
// -1 if that is unknown.
func readAll(body io.Reader, expected, limit int64) ([]byte, error) {
	const unknown, most = 4 << 10, 1 << 20 // to begin with
	if expected < 0 {
		expected = unknown
	}
	buffer := bytes.NewBuffer(make([]byte, 0, min(expected, limit, most)+bytes.MinRead))
	_, err := buffer.ReadFrom(io.LimitReader(body, max(limit, limit+1))) // the largest limit has no successor
	if data := buffer.Bytes(); int64(len(data)) > limit {
		return data[:limit], &TooLargeError{Limit: limit}
	}
	return buffer.Bytes(), err
}
