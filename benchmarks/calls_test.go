// Package benchmarks measures what the client costs, beside the same work written by hand and beside
// other SDKs. It is a module of its own, so that the core does not depend on what it is compared
// with. docs/performance.md shows the results, each with its command.
package benchmarks

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/go-retryablehttp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
)

const apiKey = "benchmarks-0123456789abcdef"

// canned answers every request with the same body, without a network.
type canned string

func (body canned) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode:    http.StatusOK,
		Header:        http.Header{"Content-Type": {"application/json"}},
		Body:          io.NopCloser(strings.NewReader(string(body))),
		ContentLength: int64(len(body)),
		Request:       r,
	}, nil
}

// answerSize is the length of every answer. Each has three fields, in the form that the SDK reads.
const answerSize = 64

// name is what every answer says.
const name = "Ada"

// path is a way to make a GET for one small JSON object.
type path struct {
	name   string
	answer canned
	// open sets the way up over an HTTP client, and returns a call, which gives the name
	// that the answer told.
	open func(client *http.Client) (call func(context.Context) (string, error), err error)
}

const customerAnswer = `{"id":7,"name":"Ada","email":"ada.at.the.book.shop@example.com"}`

// paths are all ways compared. What each does for its call is in docs/performance.md.
var paths = []path{
	{"net-http", customerAnswer, byHand},
	{"retryablehttp", customerAnswer, withRetryableHTTP},
	{"helpcrunch", customerAnswer, withHelpCrunch},
	{"go-github", customerAnswer, withGitHub},
	{"gitlab-client-go", customerAnswer, withGitLab},
	{"godo", `{"account":{"uuid":"u-7","name":"Ada","email":"ad@example.com"}}`, withDigitalOcean},
	{"hcloud-go", `{"location":{"id":7,"name":"Ada","description":"Example Books"}}`, withHetzner},
	{"openai-go", `{"id":"Ada","created":7,"owned_by":"none: this is only a demo."}`, withOpenAI},
	{"tailscale-client-go", `{"id":"7","displayName":"Ada","loginName":"ada@www.example.com"}`, withTailscale},
}

// BenchmarkCall makes one call after the other, in memory, so that only the way itself is measured.
func BenchmarkCall(b *testing.B) {
	for _, p := range paths {
		b.Run("way="+p.name, func(b *testing.B) {
			call, err := p.open(&http.Client{Transport: p.answer})
			if err != nil {
				b.Fatal(err)
			}
			ctx := context.Background()
			b.ReportAllocs()
			for b.Loop() {
				if got, err := call(ctx); err != nil || got != name {
					b.Fatal(got, err)
				}
			}
		})
	}
}

// TestCallsAreComparable checks that every way makes one GET with the key, and reads an answer of the
// same size.
func TestCallsAreComparable(t *testing.T) {
	for _, p := range paths {
		t.Run(p.name, func(t *testing.T) {
			assert.Len(t, string(p.answer), answerSize)
			var seen []*http.Request
			call, err := p.open(&http.Client{Transport: transport(func(r *http.Request) (*http.Response, error) {
				seen = append(seen, r)
				return p.answer.RoundTrip(r)
			})})
			require.NoError(t, err)
			for range 2 {
				got, err := call(t.Context())
				require.NoError(t, err)
				assert.Equal(t, name, got)
			}
			require.Len(t, seen, 2)
			for _, r := range seen {
				assert.Equal(t, http.MethodGet, r.Method)
				assert.NotEmpty(t, r.Header.Get("Authorization")+r.Header.Get("Private-Token"))
			}
		})
	}
}

// transport is a function as an http.RoundTripper.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// customer is what the ways by hand decode into.
type customer struct {
	ID    int64  `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email"`
}

func customerURL(id int64) string {
	return fmt.Sprintf("%s/customers/%d", helpcrunch.DefaultBaseURL, id)
}

func setHeaders(header http.Header) {
	header.Set("Authorization", "Bearer "+apiKey)
	header.Set("Accept", "application/json")
	header.Set("User-Agent", "benchmarks")
}

func readCustomer(response *http.Response) (*customer, error) {
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %d", response.StatusCode)
	}
	c := new(customer)
	return c, json.NewDecoder(response.Body).Decode(c)
}

func byHand(client *http.Client) (func(context.Context) (string, error), error) {
	get := func(ctx context.Context, id int64) (*customer, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, customerURL(id), nil)
		if err != nil {
			return nil, err
		}
		setHeaders(r.Header)
		response, err := client.Do(r)
		if err != nil {
			return nil, err
		}
		return readCustomer(response)
	}
	return nameOf(get), nil
}

func withRetryableHTTP(client *http.Client) (func(context.Context) (string, error), error) {
	retrying := retryablehttp.NewClient()
	retrying.HTTPClient = client
	retrying.Logger = nil
	get := func(ctx context.Context, id int64) (*customer, error) {
		r, err := retryablehttp.NewRequestWithContext(ctx, http.MethodGet, customerURL(id), nil)
		if err != nil {
			return nil, err
		}
		setHeaders(r.Header)
		response, err := retrying.Do(r)
		if err != nil {
			return nil, err
		}
		return readCustomer(response)
	}
	return nameOf(get), nil
}

// nameOf calls a function for customer 7.
func nameOf(get func(context.Context, int64) (*customer, error)) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		c, err := get(ctx, 7)
		if err != nil {
			return "", err
		}
		return c.Name, nil
	}
}

func withHelpCrunch(client *http.Client) (func(context.Context) (string, error), error) {
	own, err := helpcrunch.New(apiKey, helpcrunch.WithHTTPClient(client), helpcrunch.WithRateLimit(1<<30))
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) (string, error) {
		c, err := own.Customers.Get(ctx, 7)
		if err != nil {
			return "", err
		}
		return c.Name, nil
	}, nil
}
