package main

import (
	"context"
	"fmt"
	"io"
	"iter"
	"sync/atomic"
	"time"

	"github.com/cheggaaa/pb/v3"

	"github.com/helpcrunch-go/helpcrunch"
)

// meter shows how far an export is, and how long the rest takes.
type meter struct {
	journal *journal
	bar     *pb.ProgressBar // nil for none
	total   int             // rows, -1 while unknown
	left    time.Duration   // as the client estimates, negative while unknown
	perRow  time.Duration   // how long the rate limit makes a row take that takes a request of its own
	began   time.Time
	held    int          // rows that the journal had then
	loaded  atomic.Int64 // rows since, of which some may wait for one before them
}

// newMeter makes a meter that draws a bar on a terminal, if there is one.
func newMeter(terminal io.Writer, what string, j *journal) *meter {
	m := &meter{journal: j, total: -1, left: -1, held: j.rows(), began: time.Now()}
	if terminal != nil {
		m.bar = pb.New(0).SetTemplateString(what+` {{counters .}} {{bar .}} {{percent .}} {{string . "left"}}`).
			SetMaxWidth(100).Set(pb.Terminal, true).Set(pb.Color, false).Set(pb.CleanOnFinish, true).SetWriter(terminal)
		m.show()
		m.bar.Start()
	}
	return m
}

// begin says how many rows there are, and how long each takes at least. The client knows
// that better when rows take no requests of their own: then it is 0.
func (m *meter) begin(total int, perRow time.Duration) {
	m.total, m.perRow = total, perRow
	m.show()
}

// counted counts the rows as they are loaded.
func (m *meter) counted(rows iter.Seq2[row, error]) iter.Seq2[row, error] {
	return func(yield func(row, error) bool) {
		for r, err := range rows {
			load := r.load
			r.load = func(ctx context.Context) (any, error) {
				defer m.loaded.Add(1)
				return load(ctx)
			}
			if !yield(r, err) {
				return
			}
		}
	}
}

// walked learns how far the walk is, all of whose rows are claimed.
func (m *meter) walked(p helpcrunch.Progress) {
	m.left, m.total = p.Remaining, -1
	if p.Total >= 0 {
		m.total = len(m.journal.claimed) + p.Total - p.Done
	}
	m.show()
}

// show brings the bar up to date.
func (m *meter) show() {
	if m.bar == nil {
		return
	}
	m.bar.SetTotal(int64(max(0, m.total))).SetCurrent(int64(m.journal.rows())).Set("left", m.timeLeft())
}

// timeLeft says how long the rest takes, if that is known.
func (m *meter) timeLeft() string {
	left := m.left
	if m.perRow > 0 {
		left = m.atThisPace()
	}
	if left < 0 {
		return ""
	}
	return fmt.Sprintf("%s left", left.Round(time.Second))
}

// atThisPace is how long the rest takes if it goes on as in this run, or as the rate limit
// allows; negative while the total is unknown.
func (m *meter) atThisPace() time.Duration {
	if m.total < 0 {
		return -1
	}
	loaded := int(m.loaded.Load())
	pace := time.Since(m.began) / time.Duration(max(1, loaded))
	return max(pace, m.perRow) * time.Duration(max(0, m.total-m.held-loaded))
}

// close takes the bar away.
func (m *meter) close() {
	if m.bar != nil {
		m.bar.Finish()
	}
}
