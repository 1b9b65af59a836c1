package engine

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxRetryAfter replaces a Retry-After that overflows a duration.
const maxRetryAfter = time.Duration(math.MaxInt64)

// retryAfter returns the longest Retry-After value of a response. A value is a number of seconds,
// possibly with a fraction, or a date in any of HTTP's three formats. The result is 0 if no value
// is valid and in the future.
func retryAfter(header http.Header) time.Duration {
	now := time.Now()
	if date, err := http.ParseTime(header.Get("Date")); err == nil {
		now = date // by the service's clock, as in its Retry-After
	}
	var longest time.Duration
	for _, value := range header.Values("Retry-After") {
		parts := strings.Split(value, ",")
		for i, part := range parts {
			longest = max(longest, retrySeconds(part), retryDate(part, now))
			if i > 0 { // the comma may belong to a date
				longest = max(longest, retryDate(parts[i-1]+","+part, now))
			}
		}
	}
	return longest
}

func retrySeconds(text string) time.Duration {
	// Some servers add the unit, as "30s" or "30 s".
	text = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(text), "s"))
	isNumber := strings.Trim(text, "0123456789.eE+-") == "" // no "Inf", no "0x10"
	seconds, err := strconv.ParseFloat(text, 64)
	switch {
	case !isNumber || err != nil && !math.IsInf(seconds, 0) || seconds <= 0:
		return 0
	case seconds >= maxRetryAfter.Seconds():
		return maxRetryAfter
	}
	return time.Duration(math.Ceil(seconds * float64(time.Second)))
}

func retryDate(text string, now time.Time) time.Duration {
	date, err := http.ParseTime(strings.TrimSpace(text))
	if err != nil {
		return 0
	}
	return date.Sub(now)
}
