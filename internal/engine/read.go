package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
)

// read is the step that reads the body up to a limit and closes it.
type read struct {
	next  step
	limit int64
}

// TooLargeError says that a response exceeded the limit.
type TooLargeError struct {
	Limit int64
}

// Error contains the limit.
func (e *TooLargeError) Error() string {
	return fmt.Sprintf("the response is larger than %d bytes", e.Limit)
}

// errorBodyLimit limits the body of a response with a status of 300 or above to 1 MiB. The read
// step ignores the rest, because error details come first.
const errorBodyLimit = 1 << 20

// errInformational is the error for statuses below 200. The body of a 101, which switches
// protocols, would never end.
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

// readAll reads a body of at most limit bytes. expected is its length, -1 if unknown.
func readAll(body io.Reader, expected, limit int64) ([]byte, error) {
	const defaultSize, maxSize = 4 << 10, 1 << 20 // initial capacities
	if expected < 0 {
		expected = defaultSize
	}
	data := make([]byte, 0, min(expected, maxSize)+1) // 1 more, to find the end without growing
	for {
		end := min(int64(cap(data)-1), limit) + 1 // one byte beyond the limit shows that it is exceeded
		n, err := body.Read(data[len(data):end])
		data = data[:len(data)+n]
		switch {
		case int64(len(data)) > limit:
			return data[:limit], &TooLargeError{Limit: limit}
		case errors.Is(err, io.EOF):
			return data, nil
		case err != nil:
			return data, err
		case len(data) == cap(data):
			data = slices.Grow(data, len(data))
		}
	}
}
