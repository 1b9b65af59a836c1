package serve

import (
	"net/http"
	"strconv"
	"time"
)

// Limit is a rate limit and the requests that it has taken.
type Limit struct {
	Requests   int
	Window     time.Duration // 0 means a minute
	Fixed      bool
	RetryAfter bool
	Headers    bool

	taken   []time.Time   // in the present window, oldest first
	skipped time.Duration // how far the limit's clock is ahead of the server's
}

// Skip lets time pass for the rate limit alone.
func (s *Core) Skip(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.limit != nil {
		s.limit.skipped += d
	}
}

// take counts a request, or reports that it is one too many. The headers go with the
// response.
func (l *Limit) take(now time.Time, cost int) (header http.Header, limited bool) {
	if l == nil {
		return nil, false
	}
	now = now.Add(l.skipped)
	window := l.Window
	if window == 0 {
		window = time.Minute
	}
	begin := now.Add(-window)
	if l.Fixed {
		begin = now.Truncate(window).Add(-time.Nanosecond)
	}
	for len(l.taken) > 0 && !l.taken[0].After(begin) {
		l.taken = l.taken[1:]
	}
	limited = len(l.taken)+cost > l.Requests
	if !limited {
		for range cost {
			l.taken = append(l.taken, now)
		}
	}
	return l.header(now, window, cost, limited), limited
}

// header tells the client about the limit, as far as the limit wants.
func (l *Limit) header(now time.Time, window time.Duration, cost int, limited bool) http.Header {
	if !l.Headers && !(l.RetryAfter && limited) {
		return nil
	}
	header := http.Header{}
	if l.Headers {
		header.Set("X-RateLimit-Limit", strconv.Itoa(l.Requests))
		header.Set("X-RateLimit-Remaining", strconv.Itoa(l.Requests-len(l.taken)))
	}
	if l.RetryAfter && limited {
		wait := l.freeAt(now, window, cost).Sub(now)
		header.Set("Retry-After", strconv.FormatInt(int64((wait+time.Second-1)/time.Second), 10))
	}
	return header
}

// freeAt is when the window has room for a rejected request. One that no window has room
// for is told when the present one is empty, a whole window from now when it is already.
func (l *Limit) freeAt(now time.Time, window time.Duration, cost int) time.Time {
	if l.Fixed {
		return now.Truncate(window).Add(window)
	}
	tooMany := len(l.taken) + min(cost, l.Requests) - l.Requests
	if tooMany == 0 {
		return now.Add(window)
	}
	return l.taken[tooMany-1].Add(window)
}
