package helpcrunchtest

import (
	"net/http"
	"strconv"
	"time"
)

// RateLimit is how many requests the server takes in any window of time. A request that
// it answers with 429 is not counted, nor is one with a wrong key.
type RateLimit struct {
	// Requests is how many requests a window takes, 1 or more. The service's
	// documented limit is 120.
	Requests int
	// Window is how long a window is; 0 means a minute.
	Window time.Duration
	// Fixed makes windows follow each other, beginning with each full minute for the
	// default Window, in place of a rolling window that ends now.
	Fixed bool
	// RetryAfter sends with a 429 the whole seconds until such a request will be taken,
	// or until the window is empty when it never will.
	RetryAfter bool
	// Headers sends X-RateLimit-Limit and X-RateLimit-Remaining with every answer but a
	// 401, which is not counted, and those that a fault gives.
	Headers bool
}

// rateLimit counts the requests that were taken. The server's lock guards it.
type rateLimit struct {
	RateLimit
	taken   []time.Time   // in the present window, oldest first
	skipped time.Duration // how far the limit's clock is ahead of the server's
}

// skip lets time pass for the rate limit alone.
func (s *Server) skip(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rateLimit != nil {
		s.rateLimit.skipped += d
	}
}

// countRequest counts a request, or reports that it is one too many. The headers go
// with the answer.
func (s *Server) countRequest(c *call) (header http.Header, limited bool) {
	if s.rateLimit == nil {
		return nil, false
	}
	return s.rateLimit.take(c.at.Add(s.rateLimit.skipped), s.cost(c))
}

// cost is how many requests a call counts for.
func (s *Server) cost(c *call) int {
	if c.operation != BatchUpdateCustomers || !s.dialect.BatchCountsItems {
		return 1
	}
	items, trouble := s.dialect.readItems(c.body)
	if trouble != nil {
		return 1
	}
	return len(items)
}

func (l *rateLimit) take(now time.Time, cost int) (http.Header, bool) {
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
	limited := len(l.taken)+cost > l.Requests
	if !limited {
		for range cost {
			l.taken = append(l.taken, now)
		}
	}
	return l.header(now, window, cost, limited), limited
}

// header tells the client about the limit, as far as the limit wants.
func (l *rateLimit) header(now time.Time, window time.Duration, cost int, limited bool) http.Header {
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

// freeAt is when the window has room for a refused request. One that no window has room
// for is told when the present one is empty, a whole window from now when it is already.
func (l *rateLimit) freeAt(now time.Time, window time.Duration, cost int) time.Time {
	if l.Fixed {
		return now.Truncate(window).Add(window)
	}
	tooMany := len(l.taken) + min(cost, l.Requests) - l.Requests
	if tooMany == 0 {
		return now.Add(window)
	}
	return l.taken[tooMany-1].Add(window)
}
