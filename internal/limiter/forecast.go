package limiter

import "time"

// Load counts the permits and pauses since the limiter was made.
type Load struct {
	Permits int
	Pauses  int
}

// Load returns the current counts.
func (l *Limiter) Load() Load {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.load
}

// Forecast estimates how long it takes to grant the given number of background permits. A permit
// occupies its slot for Period plus latency. others is the rate of other work, in permits per
// minute. Forecast caps it so that background work keeps its share.
func (l *Limiter) Forecast(permits int, latency time.Duration, others float64) time.Duration {
	if permits <= 0 {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	held := Period + latency
	perMinute := float64(l.limit) * Period.Minutes() / held.Minutes()
	others = min(others, perMinute*(backgroundShare-1)/backgroundShare)
	// The longer the wait, the more permits other work takes: repeat until the total is stable.
	var at time.Duration
	for total := -1; total < permits+int(others*at.Minutes()); {
		total = permits + int(others*at.Minutes())
		slots := total
		if others > 0 {
			slots++ // background work leaves one free
		}
		at = max(l.slotAt(slots, max(0, l.free(now)), held, now), l.tokenAt(total, latency, now))
	}
	return at
}

// slotAt returns how long the window takes to provide the given number of slots. The first slots,
// as many as free, are free now. Each slot is reused after held.
func (l *Limiter) slotAt(slots, free int, held time.Duration, now time.Time) time.Duration {
	wait := time.Duration((slots-1)/l.limit) * held
	switch index := (slots - 1) % l.limit; {
	case index < free:
		return wait
	case index < free+l.used.count:
		return wait + l.used.at(index-free).Sub(now)
	}
	return wait + held // the slot belongs to a request in flight
}

// tokenAt returns how long the bucket takes to provide tokens for the given number of permits.
// Each round of the window takes Period plus latency.
func (l *Limiter) tokenAt(permits int, latency time.Duration, now time.Time) time.Duration {
	paused := max(0, l.pause.until.Sub(now))
	tokens := l.tokens.left(now)
	if paused > 0 {
		tokens = pausedBurst
	}
	minutes := (float64(permits) - tokens) / float64(l.limit)
	rounds := time.Duration((permits - 1) / l.limit)
	return paused + time.Duration(minutes*float64(Period)) + rounds*latency
}
