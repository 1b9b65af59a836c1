package account

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// Instant is a moment in milliseconds since 1970, the precision of the service.
type Instant int64

// Never is the instant of something that has not happened; on the wire it is null.
const Never Instant = math.MinInt64

// maxSeconds is the last second of the year 9999.
const maxSeconds = 253402300799

// InstantOf is the instant of a time, Never for the zero time.
func InstantOf(moment time.Time) Instant {
	if moment.IsZero() {
		return Never
	}
	return Instant(moment.UnixMilli())
}

// Seconds is the whole second in which the instant lies.
func (i Instant) Seconds() int64 {
	if i < 0 {
		return (int64(i) - 999) / 1000
	}
	return int64(i) / 1000
}

// Time is the zero time for never.
func (i Instant) Time() time.Time {
	if i == Never {
		return time.Time{}
	}
	return time.UnixMilli(int64(i)).UTC()
}

// ParseInstant reads seconds since 1970, whole or with a fraction.
func ParseInstant(text string) (Instant, bool) {
	whole, fraction, hasFraction := strings.Cut(text, ".")
	if !IsDigits(whole) || hasFraction && !IsDigits(fraction) {
		return Never, false
	}
	seconds, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || seconds > maxSeconds {
		return Never, false
	}
	milliseconds, _ := strconv.ParseInt((fraction + "000")[:3], 10, 64)
	return Instant(seconds*1000 + milliseconds), true
}

// IsDigits reports whether text is one decimal digit or more and nothing else.
func IsDigits(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}
