package limiter

import (
	"time"

	"golang.org/x/time/rate"
)

// bucket is a token bucket that can lend tokens and take them back. Calls wait in the queues
// and not in the bucket, because a reservation of rate.Limiter can't be overtaken.
type bucket struct {
	rate *rate.Limiter
}

func newBucket(perMinute int) bucket {
	return bucket{rate.NewLimiter(rate.Limit(float64(perMinute)/Period.Seconds()), fullBurst)}
}

// resize changes how many tokens the bucket holds.
func (b bucket) resize(now time.Time, size int) {
	if b.rate.Burst() != size {
		b.rate.SetBurstAt(now, size)
	}
}

// take takes a token and reports whether there was one.
func (b bucket) take(now time.Time) bool { return b.rate.AllowN(now, 1) }

// borrow takes a token even if none is left. Background work waits until it is repaid.
func (b bucket) borrow(now time.Time) { b.rate.ReserveN(now, 1) }

// giveBack returns tokens to the bucket. Tokens beyond its size are lost.
func (b bucket) giveBack(now time.Time, tokens int) { b.rate.ReserveN(now, -tokens) }

// forgive cancels the debt of borrowed tokens.
func (b bucket) forgive(now time.Time) { b.giveBack(now, max(0, -int(b.left(now)))) }

// left returns the number of tokens, which is negative while some are borrowed.
func (b bucket) left(now time.Time) float64 { return b.rate.TokensAt(now) }

// when returns the time at which the bucket holds the given number of tokens, if no call takes
// one. The time may be in the past.
func (b bucket) when(now time.Time, tokens int) time.Time {
	missing := float64(tokens) - b.left(now)
	return now.Add(time.Duration(missing / float64(b.rate.Limit()) * float64(time.Second)))
}
