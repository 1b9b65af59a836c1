package faults_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
)

// transportFunc is a transport made of a function.
type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// respond makes a response with a body and pairs of header names and values.
func respond(status int, body string, header ...string) *http.Response {
	response := &http.Response{
		StatusCode: status, Header: http.Header{}, ContentLength: int64(len(body)),
		Body: io.NopCloser(strings.NewReader(body)),
	}
	for i := 0; i+1 < len(header); i += 2 {
		response.Header.Add(header[i], header[i+1])
	}
	return response
}

// newClient makes a client over a transport. Its rate limit is out of the way.
func newClient(t *testing.T, transport http.RoundTripper, opts ...helpcrunch.Option) *helpcrunch.Client {
	t.Helper()
	client, err := helpcrunch.New("0123456789abcdef", append([]helpcrunch.Option{
		helpcrunch.WithHTTPClient(&http.Client{Transport: transport}),
		helpcrunch.WithRateLimit(1 << 30),
	}, opts...)...)
	require.NoError(t, err)
	return client
}

// statuses responds with one status after another.
func statuses(status ...int) transportFunc {
	return func(*http.Request) (*http.Response, error) {
		next := status[0]
		status = status[1:]
		return respond(next, `{"errors":[{"code":"made_up","message":"Made up"}]}`), nil
	}
}

// TestR1AWriteOfUnknownOutcomeMatchesErrMaybeApplied has both classes of writes: the error
// says which of them may be repeated.
func TestR1AWriteOfUnknownOutcomeMatchesErrMaybeApplied(t *testing.T) {
	update := func(t *testing.T, c *helpcrunch.Client) error {
		_, err := c.Customers.Update(t.Context(), 7, &helpcrunch.CustomerPatch{Name: helpcrunch.Set("Nora")})
		return err
	}
	create := func(t *testing.T, c *helpcrunch.Client) error {
		_, err := c.Customers.Create(t.Context(), &helpcrunch.CustomerInput{Name: "Nora"})
		return err
	}
	for _, c := range []struct {
		name     string
		call     func(*testing.T, *helpcrunch.Client) error
		statuses []int
		kind     error
		maybe    bool
		safe     bool
	}{
		{"update, 503 then 400", update, []int{503, 400}, helpcrunch.ErrBadRequest, true, true},
		{"update, 503 then 404", update, []int{503, 404}, helpcrunch.ErrNotFound, true, true},
		{"update, 503, 429, then 400", update, []int{503, 429, 400}, helpcrunch.ErrBadRequest, true, true},
		{"update, 400", update, []int{400}, helpcrunch.ErrBadRequest, false, false},
		{"update, unreadable", update, []int{200}, nil, true, true},
		{"create, 503", create, []int{503}, helpcrunch.ErrServer, true, false},
		{"create, 429 then 400", create, []int{429, 400}, helpcrunch.ErrBadRequest, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				err := c.call(t, newClient(t, statuses(c.statuses...)))
				require.Error(t, err)
				if c.kind != nil {
					require.ErrorIs(t, err, c.kind)
				}
				if c.maybe {
					require.ErrorIs(t, err, helpcrunch.ErrMaybeApplied)
				} else {
					require.NotErrorIs(t, err, helpcrunch.ErrMaybeApplied)
				}
				assert.Equal(t, c.safe, strings.HasSuffix(err.Error(), "repeating it is safe"), err)
			})
		})
	}
}

// TestR16ADeletionThatWantsAResultFailsWithoutOne: a 404 after a 503 has nothing to decode.
func TestR16ADeletionThatWantsAResultFailsWithoutOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out struct{}
		err := newClient(t, statuses(503, 404)).Do(t.Context(), http.MethodDelete, "/customers/7", nil, nil, &out)
		require.ErrorIs(t, err, helpcrunch.ErrNotFound)
		require.NoError(t, newClient(t, statuses(503, 404)).Do(t.Context(), http.MethodDelete, "/customers/7", nil, nil, nil))
	})
}
