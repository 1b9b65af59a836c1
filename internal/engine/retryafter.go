package engine

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxRetryAfter stands for a Retry-After that no duration can hold.
const maxRetryAfter = time.Duration(math.MaxInt64)

// retryAfter reads a Retry-After header: seconds with or without a fraction, or a date
// in any of HTTP's three forms. It is 0 for one that is absent, past or unreadable.
func retryAfter(header string) time.Duration {
	header = strings.TrimSpace(header)
	isNumber := strings.Trim(header, "0123456789.eE+-") == "" // no "Inf", no "0x10"
	if seconds, err := strconv.ParseFloat(header, 64); isNumber && (err == nil || math.IsInf(seconds, 0)) {
		switch {
		case seconds <= 0:
			return 0
		case seconds >= maxRetryAfter.Seconds():
			return maxRetryAfter
		}
		return time.Duration(math.Ceil(seconds * float64(time.Second)))
	}
	if moment, err := http.ParseTime(header); err == nil {
		return max(0, time.Until(moment))
	}
	return 0
}
