package helpcrunch

import (
	"time"

	"github.com/helpcrunch-go/helpcrunch/internal/limiter"
	"github.com/helpcrunch-go/helpcrunch/internal/pipeline"
)

// Progress reports how far an iteration or a bulk write has come.
type Progress struct {
	// Done is the number of finished rows or items.
	Done int
	// Total is the current number of rows or items, -1 while unknown. Iterators use the service's
	// latest total. BatchUpdate uses the number of items, [Each] its Total option. UpdateEach and
	// UpsertEach do not know it.
	Total int
	// Remaining is the estimated time for the rest. It accounts for the rate limit, the
	// latency and your own processing. It is negative while Total is unknown.
	Remaining time.Duration

	pace pipeline.Pace
}

// Estimate returns the estimated time for n more rows or items. Use it if only you know the total.
// The maximum is the longest [time.Duration], 292 years.
func (p Progress) Estimate(n int) time.Duration {
	return p.pace.Estimate(n)
}

// WithProgress returns a client that shares everything with c and reports progress. It does so for
// iterators (All and SearchAll), [Each] and bulk writes (BatchUpdate, UpdateEach and UpsertEach).
// It calls show after each page, outcome or batch, in the goroutine that ranges over the rows or
// outcomes. Nil reports nothing.
func (c *Client) WithProgress(show func(Progress)) *Client {
	return c.derive(func(m *mode) { m.progress = show })
}

// pipelineConfig returns the settings of a pipeline of the client's calls. With width 0 the
// pipeline chooses its width.
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
