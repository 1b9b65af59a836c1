package engine

import (
	"math"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestRetryAfterInEveryForm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := time.Now().Add(90 * time.Second).UTC()
		for header, want := range map[string]time.Duration{
			"":                              0,
			"2":                             2 * time.Second,
			" 2 ":                           2 * time.Second,
			"1.5":                           1500 * time.Millisecond,
			"0":                             0,
			"-1":                            0,
			"NaN":                           0,
			"soon":                          0,
			"Inf":                           0,
			"0x1p40":                        0,
			"-Inf":                          0,
			"9999999999999":                 math.MaxInt64,
			"1e400":                         math.MaxInt64,
			in.Format(http.TimeFormat):      90 * time.Second,
			in.Format(time.ANSIC):           90 * time.Second,
			"Mon, 01 Jan 1990 00:00:00 GMT": 0,
		} {
			assert.Equal(t, want, retryAfter(header), "%q", header)
		}
	})
}

func FuzzRetryAfter(f *testing.F) {
	for _, header := range []string{"2", "1.5", "Fri, 31 Dec 1999 23:59:59 GMT", "1e999", "-0"} {
		f.Add(header)
	}
	f.Fuzz(func(t *testing.T, header string) {
		assert.GreaterOrEqual(t, retryAfter(header), time.Duration(0))
	})
}
