package helpcrunchtest

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// instant is a moment in milliseconds since 1970, the precision of the service.
type instant int64

// never is the instant of something that has not happened; on the wire it is null.
const never instant = math.MinInt64

// maxSeconds is the last second of the year 9999.
const maxSeconds = 253402300799

func instantOf(moment time.Time) instant {
	if moment.IsZero() {
		return never
	}
	return instant(moment.UnixMilli())
}

// seconds is the whole second in which the instant lies.
func (i instant) seconds() int64 {
	if i < 0 {
		return (int64(i) - 999) / 1000
	}
	return int64(i) / 1000
}

// time is the zero time for never.
func (i instant) time() time.Time {
	if i == never {
		return time.Time{}
	}
	return time.UnixMilli(int64(i)).UTC()
}

// parseInstant reads seconds since 1970, whole or with a fraction.
func parseInstant(text string) (instant, bool) {
	whole, fraction, hasFraction := strings.Cut(text, ".")
	if !isDigits(whole) || hasFraction && !isDigits(fraction) {
		return never, false
	}
	seconds, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || seconds > maxSeconds {
		return never, false
	}
	milliseconds, _ := strconv.ParseInt((fraction + "000")[:3], 10, 64)
	return instant(seconds*1000 + milliseconds), true
}

// isDigits reports whether text is one decimal digit or more and nothing else.
func isDigits(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}
