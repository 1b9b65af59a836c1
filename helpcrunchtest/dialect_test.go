package helpcrunchtest_test

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// The SDK's calls give the same results in every dialect.
func TestSDKUnderEveryDialect(t *testing.T) {
	for _, name := range append([]string{"", "oldest,errors=generic", "oldest,totals=nowhere"}, helpcrunchtest.DialectSwitches()...) {
		t.Run("dialect "+name, func(t *testing.T) {
			t.Parallel()
			dialect, err := helpcrunchtest.ParseDialect(name)
			require.NoError(t, err)
			server := newServer(t, helpcrunchtest.WithoutListener(), helpcrunchtest.WithDialect(dialect), attributes)
			suite := sdkSuite{t, t.Context(), server, server.Client(), dialect}
			suite.customers()
			suite.batchAndEvents()
			suite.chats()
			suite.searches()
			suite.team()
			suite.failures()
		})
	}
}

func TestEveryFieldOfTheDialectHasItsSwitches(t *testing.T) {
	seen := map[string]map[any]bool{}
	for _, name := range helpcrunchtest.DialectSwitches() {
		if name == "oldest" {
			continue
		}
		dialect, err := helpcrunchtest.ParseDialect(name)
		require.NoError(t, err)
		value, changed := reflect.ValueOf(dialect), 0
		for i := range value.NumField() {
			if field := value.Field(i); !field.IsZero() {
				changed++
				name := value.Type().Field(i).Name
				if seen[name] == nil {
					seen[name] = map[any]bool{}
				}
				seen[name][field.Interface()] = true
			}
		}
		assert.Equal(t, 1, changed, "%s switches one point", name)
	}
	for field := range reflect.TypeFor[helpcrunchtest.Dialect]().Fields() {
		assert.NotEmpty(t, seen[field.Name], "no switch for %s", field.Name)
	}
	assert.Len(t, seen["Times"], 4)
	assert.Len(t, seen["Totals"], 5)
}

func TestUnknownDialectIsAnError(t *testing.T) {
	_, err := helpcrunchtest.ParseDialect("times=integers,klingon")
	require.ErrorContains(t, err, `unknown dialect "klingon": known are errors=generic, `)
	dialect, err := helpcrunchtest.ParseDialect(" oldest , ok=text-called-json ")
	require.NoError(t, err)
	want := helpcrunchtest.OldestDialect()
	want.OK = helpcrunchtest.OKAsTextCalledJSON
	assert.Equal(t, want, dialect)
}
