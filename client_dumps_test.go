package helpcrunch_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// recordedT records what an assertion of testify prints.
type recordedT struct{ text string }

func (r *recordedT) Errorf(format string, args ...any) { r.text += fmt.Sprintf(format, args...) }

// TestS7DumpsByReflectionShowNoKey compares two clients, as a user's test may do, and prints
// them. testify prints differences with spew, which reads unexported fields.
func TestS7DumpsByReflectionShowNoKey(t *testing.T) {
	type app struct {
		Name   string
		client *helpcrunch.Client
		held   helpcrunch.Client
	}
	const token = "gateway-token-0123456789"
	one := kit.NewClient(t, kit.TransportFunc(func(r *http.Request) (*http.Response, error) { return kit.NewResponse(r, 200, `{"id":1}`), nil }),
		helpcrunch.WithHeader("X-Gateway-Token", token))
	other, err := helpcrunch.New(kit.APIKey + "-of-another-account") // a difference is what testify prints
	require.NoError(t, err)
	_, err = one.Customers.Get(t.Context(), 1) // a call leaves nothing behind
	require.NoError(t, err)
	var diff recordedT
	assert.Equal(&diff, one, other)
	assert.Equal(&diff, *one, *other)
	assert.Equal(&diff, one.Customers, other.Customers)
	assert.Equal(&diff, app{"one", one, *one}, app{"other", other, *other})
	assert.Nil(&diff, one)
	assert.NotEmpty(t, diff.text)
	for _, dump := range []string{
		diff.text,
		fmt.Sprintf("%#v %+v %v", one, one, one),
		fmt.Sprintf("%#v %+v %v", *one.Customers, one.Customers, *one.Messages),
		fmt.Sprintf("%#v %+v", app{"one", one, *one}, &app{"one", one, *one}),
		fmt.Sprintf("%#v %+v", helpcrunch.WithHeader("X-Gateway-Token", token), []helpcrunch.Option{helpcrunch.WithHeader("X-Gateway-Token", token)}),
	} {
		assert.False(t, strings.Contains(dump, kit.APIKey), "a dump shows the key")
		assert.False(t, strings.Contains(dump, token), "a dump shows the value of a header")
	}
}
