package benchmarks

import (
	"bytes"
	"fmt"
	"slices"
	"time"
)

// The measures of the drawing, in its own units.
const (
	left, right   = 46, 14
	top           = 62  // of the first panel's text
	panelText     = 46  // above each panel
	panelHeight   = 112 // of its bars
	panelGap      = 26  // below them
	columnWidth   = 4.6
	highest       = 33 // requests a second at the top of a panel
	unit          = float64(panelHeight) / highest
	drawingHeight = top + 3*(panelText+panelHeight+panelGap) + 12
)

const style = `
	text { font: 12px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #59636e }
	.title { font-size: 14px; font-weight: 600; fill: #1f2328 }
	.back { fill: #ffffff }
	.grid { stroke: #d1d9e0; stroke-width: 1; fill: none }
	.pace { stroke: #59636e; stroke-width: 1; stroke-dasharray: 3 3 }
	.bulk { fill: #4484c9 }
	.interactive { fill: #b35c00 }
	.rateLimited { fill: #cf222e }
	.cross { stroke: #cf222e; stroke-width: 1.2; fill: none }
	@media (prefers-color-scheme: dark) {
		text { fill: #9198a1 }
		.title { fill: #f0f6fc }
		.back { fill: #0d1117 }
		.grid { stroke: #3d444d }
		.pace { stroke: #9198a1 }
		.bulk { fill: #4f94dd }
		.interactive { fill: #f0a94a }
		.rateLimited { fill: #ff6b63 }
		.cross { stroke: #ff6b63 }
	}
`

// drawing shows each scene as a panel: requests a second over time, as the server saw them.
func drawing(played []*scene) []byte {
	var b bytes.Buffer
	width := left + right + int(columnWidth*pictured.Seconds())
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-labelledby="t d">`+"\n",
		width, drawingHeight, width, drawingHeight)
	fmt.Fprintf(&b, "<title id=\"t\">Requests a second under a limit of %d a minute</title>\n<desc id=\"d\">", perMinute)
	for _, s := range played {
		fmt.Fprintf(&b, "%s, %s: %s. ", s.title, s.subtitle, s.summary())
	}
	fmt.Fprintf(&b, "</desc>\n<style>%s</style>\n", style)
	fmt.Fprintf(&b, "<rect class=\"back\" width=\"%d\" height=\"%d\" rx=\"6\"/>\n", width, drawingHeight)
	drawLegend(&b)
	for i, s := range played {
		s.draw(&b, top+float64(i*(panelText+panelHeight+panelGap)), float64(width))
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

func drawLegend(b *bytes.Buffer) {
	fmt.Fprintf(b, "<text class=\"title\" x=\"%d\" y=\"28\">Requests a second, under a limit of %d in any minute</text>\n", left, perMinute)
	x := float64(left)
	for _, entry := range []struct{ class, text string }{
		{"bulk", "background call"}, {"interactive", "• interactive call"}, {"rateLimited", "× rate-limited (429)"},
	} {
		fmt.Fprintf(b, "<rect class=\"%s\" x=\"%.0f\" y=\"40\" width=\"10\" height=\"10\"/><text x=\"%.0f\" y=\"49\">%s</text>\n",
			entry.class, x, x+15, entry.text)
		x += 40 + 6.2*float64(len(entry.text))
	}
	fmt.Fprintf(b, "<path class=\"pace\" d=\"M%.0f 45h22\"/><text x=\"%.0f\" y=\"49\">the limit, spread evenly</text>\n", x, x+28)
}

// draw draws the panel whose text begins at y.
func (s *scene) draw(b *bytes.Buffer, y, width float64) {
	fmt.Fprintf(b, "<text class=\"title\" x=\"%d\" y=\"%.0f\">%s <tspan font-weight=\"400\">· %s</tspan></text>\n",
		left, y+20, s.title, s.subtitle)
	fmt.Fprintf(b, "<text x=\"%d\" y=\"%.0f\">%s</text>\n", left, y+37, s.summary())
	ground := y + panelText + panelHeight
	for n := 0; n <= highest; n += 10 {
		fmt.Fprintf(b, "<path class=\"grid\" d=\"M%d %.1fH%.0f\"/><text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%d</text>\n",
			left, ground-float64(n)*unit, width-right, left-6, ground-float64(n)*unit+4, n)
	}
	for minute := range int(pictured.Minutes()) + 1 {
		label, anchor := fmt.Sprint(minute, " min"), "middle"
		if minute == 0 {
			label, anchor = "0", "start"
		}
		if minute == int(pictured.Minutes()) {
			anchor = "end"
		}
		fmt.Fprintf(b, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>\n",
			left+columnWidth*60*float64(minute), ground+15, anchor, label)
	}
	s.drawBars(b, ground)
	s.drawMarks(b, ground)
	fmt.Fprintf(b, "<path class=\"pace\" d=\"M%d %.1fH%.0f\"/>\n", left, ground-unit*perMinute/60, width-right)
}

// drawBars draws a bar for every second: bulk calls, on them the interactive ones, and on top what
// was rate-limited.
func (s *scene) drawBars(b *bytes.Buffer, ground float64) {
	for _, kind := range []struct {
		class string
		count func(second) (below, own int)
	}{
		{"bulk", func(s second) (int, int) { return 0, s.bulk }},
		{"interactive", func(s second) (int, int) { return s.bulk, s.interactive }},
		{"rateLimited", func(s second) (int, int) { return s.bulk + s.interactive, s.rateLimited }},
	} {
		fmt.Fprintf(b, "<path class=\"%s\" d=\"", kind.class)
		for i, one := range s.seconds {
			below, own := kind.count(one)
			if own > 0 {
				fmt.Fprintf(b, "M%.1f %.1fh%.1fv%.1fh-%.1fz", left+columnWidth*float64(i), ground-unit*float64(below),
					columnWidth-1, -unit*float64(own), columnWidth-1)
			}
		}
		b.WriteString("\"/>\n")
	}
}

// drawMarks puts a cross above every second in which requests were rate-limited, and a dot above those with
// interactive calls, as they are small.
func (s *scene) drawMarks(b *bytes.Buffer, ground float64) {
	for i, one := range s.seconds {
		x := left + columnWidth*(float64(i)+0.5) - 0.5
		y := ground - unit*float64(one.bulk+one.interactive+one.rateLimited) - 5
		switch {
		case one.rateLimited > 0:
			fmt.Fprintf(b, "<path class=\"cross\" d=\"M%.1f %.1fl4 4m0 -4l-4 4\"/>\n", x-2, y-2)
		case one.interactive > 0:
			fmt.Fprintf(b, "<circle class=\"interactive\" cx=\"%.1f\" cy=\"%.1f\" r=\"1.8\"/>\n", x, y+1)
		}
	}
}

// summary says in words what the panel shows.
func (s *scene) summary() string {
	all := s.count()
	text := fmt.Sprintf("%d requests accepted, %d rate-limited (429)", all.bulk+all.interactive, all.rateLimited)
	if len(s.waits) == 0 {
		return text
	}
	slices.Sort(s.waits)
	at := func(share float64) float64 {
		return s.waits[int(float64(len(s.waits)-1)*share)].Round(100 * time.Millisecond).Seconds()
	}
	return text + fmt.Sprintf("; the %d calls waited for the limit %.1f s (median), %.1f s (90th percentile), %.1f s (longest)",
		len(s.waits), at(0.5), at(0.9), at(1))
}
