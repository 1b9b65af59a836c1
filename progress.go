package helpcrunch

import (
	"time"

	"github.com/helpcrunch-go/helpcrunch/internal/limiter"
	"github.com/helpcrunch-go/helpcrunch/internal/pipeline"
)

// Progress reports how far an iteration or a bulk write has come.
type Progress struct {
	// Done is the number of rows or items that are over.
	Done int
	// Total is the number of rows or items at present, -1 while unknown. Iterators use the
	// service's latest total. Bulk writes know it when they are given a slice.
	Total int
	// Remaining is the estimated time for the rest. It accounts for the rate limit, the
	// latency and your own processing. It is negative while Total is unknown.
	Remaining time.Duration

	pace pipeline.Pace
}

// Estimate returns how long n more rows or items take, for a total that only you know. The
// longest estimate is the longest [time.Duration], 292 years.
func (p Progress) Estimate(n int) time.Duration {
	return p.pace.Estimate(n)
}

// WithProgress returns a client that shares everything with c and reports the progress of
// iterators (All and SearchAll) and bulk writes (BatchUpdate, UpdateEach and UpsertEach). It
// calls show after each page and each request of a bulk write, in the goroutine that ranges
// over the rows or outcomes. Nil reports nothing.
func (c *Client) WithProgress(show func(Progress)) *Client {
	return c.derive(func(m *mode) { m.progress = show })
}

// pipelineConfig returns the settings of a pipeline of the client's calls. Width 0 means as
// many calls as help.
func (c *Client) pipelineConfig(width int) pipeline.Config {
	config := pipeline.Config{Width: width}
	config.Limiter, _ = c.core.settings.Limiter.(*limiter.Limiter) // nil if it is one of the caller's
	if show := c.mode.progress; show != nil {
		config.Progress = func(done, total int, pace pipeline.Pace) {
			p := Progress{Done: done, Total: total, Remaining: -1, pace: pace}
			if total >= 0 {
				p.Remaining = pace.Estimate(total - done)
			}
			show(p)
		}
	}
	return config
}
