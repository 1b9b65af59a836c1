package engine

import (
	"math"
	"net/http"
	"strconv"
	"strings"
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
			"30s":                           30 * time.Second,
			"30 s":                          30 * time.Second,
			" 1.5 s ":                       1500 * time.Millisecond,
			"s":                             0,
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
			assert.Equal(t, want, retryAfter(http.Header{"Retry-After": {header}}), "%q", header)
		}
	})
}

// TestR19RetryAfterOfSeveralValues: the longest counts, and a date is measured against the
// service's own clock.
func TestR19RetryAfterOfSeveralValues(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, off := range []time.Duration{0, -10 * time.Minute, 10 * time.Minute} {
			service := time.Now().Add(off).UTC()
			date, in := service.Format(http.TimeFormat), service.Add(30*time.Second)
			for _, values := range [][]string{
				{in.Format(http.TimeFormat)},
				{in.Format(time.RFC850)},
				{in.Format(time.ANSIC)},
				{"3", "30"},
				{"30", "3"},
				{"30, 3"},
				{"3,30"},
				{"", "30"},
				{"soon", "30"},
				{"3, " + in.Format(http.TimeFormat)},
				{in.Format(http.TimeFormat) + ", 3"},
				{service.Add(-time.Hour).Format(http.TimeFormat) + ", " + in.Format(http.TimeFormat)},
			} {
				header := http.Header{"Date": {date}, "Retry-After": values}
				assert.Equal(t, 30*time.Second, retryAfter(header), "%q, a clock that differs by %s", values, off)
			}
		}
		for _, date := range []string{"", "yesterday"} {
			in := time.Now().Add(30 * time.Second).UTC().Format(http.TimeFormat)
			assert.Equal(t, 30*time.Second, retryAfter(http.Header{"Date": {date}, "Retry-After": {in}}), "%q", date)
		}
	})
}

// FuzzRetryAfter never panics and never gives a negative wait; whole seconds and dates mean
// what they say.
func FuzzRetryAfter(f *testing.F) {
	for _, header := range []string{
		"2", "1.5", " 7\t", "-0", "-1", "+3", "007", "1e3", "1e999", "9223372036", "9223372037", "0x10", "Inf", "soon", "",
		"Fri, 31 Dec 1999 23:59:59 GMT", "Friday, 31-Dec-99 23:59:59 GMT", "Fri Dec 31 23:59:59 1999", "Fri, 31 Dec 9999 23:59:59 GMT",
	} {
		f.Add(header)
	}
	f.Fuzz(func(t *testing.T, header string) {
		got := retryAfter(http.Header{"Retry-After": {header}})
		assert.GreaterOrEqual(t, got, time.Duration(0))
		text := strings.TrimSpace(header)
		if seconds, err := strconv.ParseUint(text, 10, 32); err == nil {
			assert.Equal(t, time.Duration(seconds)*time.Second, got)
		}
		if moment, err := http.ParseTime(text); err == nil {
			assert.InDelta(t, max(0, time.Until(moment)), got, float64(time.Minute))
		}
	})
}
