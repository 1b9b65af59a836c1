package limiter

import "time"

// maxSimulated is the largest limit for which slots are looked at one by one.
const maxSimulated = 1000

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
// others take so many turns a minute. Of these it counts no more than leave the background
// its share.
func (l *Limiter) Forecast(turns int, latency time.Duration, others float64) time.Duration {
	if turns <= 0 || l.isGate() {
		return 0
	}
	held := Period + latency
	perMinute := float64(l.limit) * float64(Period) / float64(held)
	others = min(others, perMinute*(backgroundShare-1)/backgroundShare)
	if l.limit > maxSimulated {
		return time.Duration(float64(turns) / (perMinute - others) * float64(Period))
	}
	f := l.forecast(held)
	// What comes after three rounds goes on like the last of them.
	simulated := min(turns, 3*l.limit)
	var round time.Duration
	for n := range simulated {
		if n == simulated-l.limit {
			round = f.now
		}
		f.turn(others)
	}
	rest := float64(turns-simulated) / float64(min(l.limit, simulated))
	return f.now + time.Duration(rest*float64(f.now-round))
}

// forecast is a limiter at work in times to come, counted from the present.
type forecast struct {
	now    time.Duration
	free   []time.Duration // when each slot is free, earliest first
	held   time.Duration   // how long a turn holds its slot
	token  time.Duration   // when there is a token
	refill time.Duration   // from then to the next
	owed   float64         // turns that others take meanwhile
}

func (l *Limiter) forecast(held time.Duration) *forecast {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	f := &forecast{held: held, refill: Period / time.Duration(l.limit)}
	f.now = max(0, l.pause.until.Sub(now))
	f.token = time.Duration((1 - l.tokens.left(now)) * float64(f.refill)) // in the past if there is one
	f.free = make([]time.Duration, max(0, l.free(now)), 4*l.limit)
	for _, group := range l.used.groups {
		free := l.used.moment(group).Sub(now)
		for range group.count {
			f.free = append(f.free, free)
		}
	}
	for len(f.free) < l.limit {
		f.free = append(f.free, held) // of requests under way
	}
	return f
}

// turn grants the next turn, and those that others take up to then.
func (f *forecast) turn(others float64) {
	before := f.now
	moment := max(f.now, f.token)
	if others > 0 && len(f.free) >= reserveFrom {
		moment = max(moment, f.free[1]) // one is left free for them
	}
	f.now = f.take(moment)
	f.token = max(f.token+f.refill, f.now-(fullBurst-1)*f.refill)
	for f.owed += others * (f.now - before).Minutes(); f.owed >= 1; f.owed-- {
		f.take(f.now)
		f.token += f.refill
	}
}

// take takes the slot that is free first, not before a moment, and returns when it is.
func (f *forecast) take(moment time.Duration) time.Duration {
	moment = max(moment, f.free[0])
	f.free = append(f.free[1:], moment+f.held)
	return moment
}
