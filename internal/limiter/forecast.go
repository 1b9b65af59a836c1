package limiter

import "time"

// maxSimulated is the largest limit for which slots are looked at one by one.
const maxSimulated = 10_000

// Load is what a Limiter has had to do.
type Load struct {
	Turns  int // granted, ever
	Pauses int // ever
}

// Load returns what the limiter has had to do so far.
func (l *Limiter) Load() Load {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.load
}

// Forecast returns how long it takes until so many further background turns have been granted, one
// after the other, while each holds its slot for Period and the latency of a request, and
// others take so many turns a minute.
func (l *Limiter) Forecast(turns int, latency time.Duration, others float64) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if turns <= 0 || l.isGate() {
		return 0
	}
	if l.limit > maxSimulated { // the pace of the background decides
		return l.tokens.when(now, turns).Sub(now)
	}
	slots := l.freeMoments(now, latency)
	take := func(moment time.Time) time.Time {
		moment = later(moment, slots[0])
		slots = append(slots[1:], moment.Add(Period+latency))
		return moment
	}
	// What comes after three rounds goes on like the last of them.
	simulated := min(turns, 3*l.limit)
	moment, round := later(now, l.pause.until), now
	owed := 0.0 // turns that others take meanwhile
	for n := range simulated {
		if n == simulated-l.limit {
			round = moment
		}
		next := take(later(moment, l.tokens.when(now, n+1)))
		for owed += others * next.Sub(moment).Minutes(); owed >= 1; owed-- {
			take(next)
		}
		moment = next
	}
	rest := float64(turns-simulated) / float64(min(l.limit, simulated))
	return moment.Sub(now) + time.Duration(rest*float64(moment.Sub(round)))
}

// freeMoments is when each slot is free, earliest first.
func (l *Limiter) freeMoments(now time.Time, latency time.Duration) []time.Time {
	moments := make([]time.Time, 0, l.limit)
	for range l.free(now) {
		moments = append(moments, now)
	}
	for i := range l.used.length() {
		moments = append(moments, l.used.at(i))
	}
	for len(moments) < l.limit {
		moments = append(moments, now.Add(Period+latency))
	}
	return moments
}
