package kit

import (
	"cmp"
	"context"
	"iter"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
)

// OutcomeErrors returns the error of each outcome.
func OutcomeErrors[In, Out any](outcomes iter.Seq[helpcrunch.Outcome[In, Out]]) (errs []error) {
	for outcome := range outcomes {
		errs = append(errs, outcome.Err)
	}
	return errs
}

// Sleep lets virtual time pass until the context ends.
func Sleep(ctx context.Context, span time.Duration) error {
	select {
	case <-time.After(span):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// APIKey is a key that New accepts.
const APIKey = "canary0123456789KEY+/=-"

// NewClient returns a client with a transport.
func NewClient(t testing.TB, transport http.RoundTripper, opts ...helpcrunch.Option) *helpcrunch.Client {
	t.Helper()
	opts = append([]helpcrunch.Option{
		helpcrunch.WithHTTPClient(&http.Client{Transport: transport}),
	}, opts...)
	client, err := helpcrunch.New(APIKey, opts...)
	require.NoError(t, err)
	return client
}

// Saturate keeps a number of callers busy until a time, and returns when all are done.
func Saturate(ctx context.Context, callers int, until time.Time, call func(context.Context) error) {
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			for time.Now().Before(until) && ctx.Err() == nil {
				_ = call(ctx) // the model server counts
			}
		})
	}
	all.Wait()
}

// Err returns the error of a call and drops its result.
func Err[T any](_ T, err error) error { return err }

// Drain iterates to the end and returns the error.
func Drain[T any](rows iter.Seq2[*T, error]) error {
	for _, err := range rows {
		if err != nil {
			return err
		}
	}
	return nil
}

// FirstError returns the first error of the outcomes.
func FirstError[In, Out any](outcomes iter.Seq[helpcrunch.Outcome[In, Out]]) error {
	return cmp.Or(OutcomeErrors(outcomes)...)
}

// Count iterates to the end and returns the number of rows.
func Count[T any](t *testing.T, rows iter.Seq2[T, error]) (n int) {
	t.Helper()
	for _, err := range rows {
		require.NoError(t, err)
		n++
	}
	return n
}

// Timed returns how long a call takes, and its error.
func Timed(call func() error) (time.Duration, error) {
	started := time.Now()
	err := call()
	return time.Since(started), err
}

// Get reads a customer.
func Get(ctx context.Context, client *helpcrunch.Client) error {
	return Err(client.Customers.Get(ctx, 7))
}

// Canaries are data that must not appear in errors and logs.
const (
	CanaryEmail = "canary-email@example.com"
	CanaryText  = "canary-message-text"
)

// Getter returns a function that calls Get.
func Getter(client *helpcrunch.Client) func(context.Context) error {
	return func(ctx context.Context) error {
		return Get(ctx, client)
	}
}

// CallAtOnce starts all calls at once and returns how long they took.
func CallAtOnce(t *testing.T, client *helpcrunch.Client, calls int) time.Duration {
	started := time.Now()
	var all sync.WaitGroup
	for range calls {
		all.Go(func() { assert.NoError(t, Getter(client)(t.Context())) })
	}
	all.Wait()
	return time.Since(started)
}
