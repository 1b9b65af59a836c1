package limiter

import (
	"time"

	"golang.org/x/time/rate"
)

// bucket is a token bucket that also lends tokens and takes them back. Nobody waits in it: a
// call that holds a reservation can't be overtaken.
type bucket struct {
	rate *rate.Limiter
}

func newBucket(perMinute int) bucket {
	return bucket{rate.NewLimiter(rate.Limit(float64(perMinute)/Period.Seconds()), fullBurst)}
}

// resize changes how many tokens the bucket holds.
func (b bucket) resize(now time.Time, size int) { b.rate.SetBurstAt(now, size) }

// take takes a token if there is one.
func (b bucket) take(now time.Time) bool { return b.rate.AllowN(now, 1) }

// borrow takes a token even if there is none. Background work waits until it is repaid.
func (b bucket) borrow(now time.Time) { b.rate.ReserveN(now, 1) }

// giveBack returns tokens. Those that exceed the size of the bucket are lost.
func (b bucket) giveBack(now time.Time, tokens int) { b.rate.ReserveN(now, -tokens) }

// forgive cancels the debt of borrowed tokens.
func (b bucket) forgive(now time.Time) { b.giveBack(now, max(0, -int(b.left(now)))) }

// left returns the number of tokens, which is negative while some are borrowed.
func (b bucket) left(now time.Time) float64 { return b.rate.TokensAt(now) }

// when returns when there are so many tokens if none is taken before. That may be in the past.
func (b bucket) when(now time.Time, tokens int) time.Time {
	missing := float64(tokens) - b.left(now)
	return now.Add(time.Duration(missing / float64(b.rate.Limit()) * float64(time.Second)))
}
