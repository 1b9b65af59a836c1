package cli

import (
	"fmt"
	"sync"
	"time"

	"github.com/cheggaaa/pb/v3"

	"github.com/helpcrunch-go/helpcrunch"
)

// quietInterval is how often progress is printed where standard error is no terminal.
const quietInterval = 30 * time.Second

// Meter shows how far a command is: a bar with the rate and the time left on a terminal, a
// line every 30 s elsewhere. It may be used by several goroutines.
type Meter struct {
	env  *Env
	what string // such as "customers"
	bar  *pb.ProgressBar

	mu    sync.Mutex
	last  time.Time // of the last line
	began time.Time
	first int // rows done when it began
}

// NewMeter returns a meter of what is counted, such as "customers". The caller closes it.
func (e *Env) NewMeter(what string) *Meter {
	now := time.Now()
	m := &Meter{env: e, what: what, last: now, began: now, first: -1}
	if e.Terminal {
		m.bar = pb.New(0).SetTemplateString(what+` {{counters .}} {{bar .}} {{percent .}} {{string . "rate"}} {{string . "left"}}`).
			SetMaxWidth(100).Set(pb.Terminal, true).Set(pb.Color, false).Set(pb.CleanOnFinish, true).SetWriter(e.Stderr)
	}
	return m
}

// Show shows how much is done. A total below 0 and a remaining time below 0 are unknown.
func (m *Meter) Show(p helpcrunch.Progress) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.first < 0 {
		m.first = p.Done
	}
	rate, left := m.rate(p.Done), ""
	if p.Remaining >= 0 && p.Total >= 0 {
		left = p.Remaining.Round(time.Second).String() + " left"
	}
	if m.bar != nil {
		m.bar.SetTotal(int64(max(0, p.Total))).SetCurrent(int64(p.Done)).Set("rate", rate).Set("left", left)
		if !m.bar.IsStarted() {
			m.bar.Start()
		}
		return
	}
	if time.Since(m.last) < quietInterval {
		return
	}
	m.last = time.Now()
	line := fmt.Sprintf("%d %s", p.Done, m.what)
	if p.Total >= 0 {
		line = fmt.Sprintf("%d of %d %s", p.Done, p.Total, m.what)
	}
	for _, part := range []string{rate, left} {
		if part != "" {
			line += ", " + part
		}
	}
	fmt.Fprintln(m.env.Stderr, line)
}

// rate returns how many rows a minute were done since the meter began.
func (m *Meter) rate(done int) string {
	took := time.Since(m.began)
	if took < time.Second || done <= m.first {
		return ""
	}
	return fmt.Sprintf("%.0f/min", float64(done-m.first)/took.Minutes())
}

// Close removes the bar.
func (m *Meter) Close() {
	if m.bar != nil && m.bar.IsStarted() {
		m.bar.Finish()
	}
}
