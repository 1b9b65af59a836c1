package helpcrunch_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
)

// fault is how one attempt goes wrong.
type fault struct {
	name string
	// effect says that the service carries the request out all the same.
	effect bool
	strike func(r *http.Request) (*http.Response, error)
}

func statusFault(status int, effect bool) fault {
	return fault{fmt.Sprint(status), effect, func(r *http.Request) (*http.Response, error) {
		return answer(r, status, `{"errors":[{"code":"made_up","message":"Made up"}]}`), nil
	}}
}

// errCut is what reading a body that was cut off gives.
var errCut = &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}

// faults are the ways in which an attempt may fail.
var faults = []fault{
	statusFault(http.StatusInternalServerError, true),
	statusFault(http.StatusBadGateway, true),
	statusFault(http.StatusServiceUnavailable, true),
	statusFault(http.StatusTooManyRequests, false),
	{"dial error", false, func(*http.Request) (*http.Response, error) {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}},
	{"reset before the answer", true, func(*http.Request) (*http.Response, error) {
		return nil, errCut
	}},
	{"reset inside the answer", true, func(r *http.Request) (*http.Response, error) {
		cut := newBodyOf(io.MultiReader(strings.NewReader(`{"id":`), failingReader{errCut}))
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: cut, ContentLength: 100, Request: r}, nil
	}},
	{"attempt timeout", true, func(r *http.Request) (*http.Response, error) {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}},
}

type failingReader struct{ err error }

func (r failingReader) Read([]byte) (int, error) { return 0, r.err }

// faultyTransport strikes the first requests with faults and answers the rest, counting
// requests and effects.
type faultyTransport struct {
	faults []fault
	reply  func(r *http.Request) (*http.Response, error)

	mu       sync.Mutex
	requests []recordedRequest
	effects  int
}

func (ft *faultyTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	recorded := recordedRequest{Method: r.Method, Path: r.URL.Path}
	if r.Body != nil {
		recorded.Body, _ = io.ReadAll(r.Body)
		r.Body.Close()
	}
	ft.mu.Lock()
	turn := len(ft.requests)
	ft.requests = append(ft.requests, recorded)
	struck := turn < len(ft.faults)
	if !struck || ft.faults[turn].effect {
		ft.effects++
	}
	ft.mu.Unlock()
	if struck {
		return ft.faults[turn].strike(r)
	}
	return ft.reply(r)
}

func (ft *faultyTransport) count() int {
	ft.mu.Lock()
	defer ft.mu.Unlock()
	return len(ft.requests)
}

// always answers with a status and a JSON body.
func always(status int, body string) func(*http.Request) (*http.Response, error) {
	return func(r *http.Request) (*http.Response, error) { return answer(r, status, body), nil }
}

// singleOperation are the cases of methods that make one request.
func singleOperation() []operationCase {
	var single []operationCase
	for _, c := range operationCases() {
		if len(c.uses) == 1 && len(c.replies) == 1 {
			single = append(single, c)
		}
	}
	return single
}

// TestR1NothingSentIsNotMaybeApplied: a once operation that never got through failed for
// certain, however often it was tried.
func TestR1NothingSentIsNotMaybeApplied(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dial := faults[4]
		transport := &faultyTransport{faults: []fault{dial, dial, dial, dial, dial}}
		_, err := newClient(t, transport).Messages.Create(t.Context(), &helpcrunch.MessageInput{Chat: 1, Text: "hello"})
		require.ErrorIs(t, err, syscall.ECONNREFUSED)
		assert.NotErrorIs(t, err, helpcrunch.ErrMaybeApplied)
		assert.Equal(t, 5, transport.count(), "four retries, as nothing was sent")
	})
}

// TestR1EndedContextWhileUnderWay: a caller who gives up on a once operation under way
// learns that it may have been applied.
func TestR1EndedContextWhileUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		transport := &faultyTransport{faults: []fault{faults[7]}}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go func() {
			synctest.Wait()
			cancel()
		}()
		_, err := newClient(t, transport).Messages.Create(ctx, &helpcrunch.MessageInput{Chat: 1, Text: "hello"})
		require.ErrorIs(t, err, context.Canceled)
		require.ErrorIs(t, err, helpcrunch.ErrMaybeApplied)
	})
}
