package sandbox

import (
	"fmt"

	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/cli"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// lineWriter writes lines about requests and webhooks. No response waits for the reader.
type lineWriter struct{ *cli.LineWriter }

// request writes a line about a request.
func (w *lineWriter) request(r helpcrunchtest.Request) {
	line := fmt.Sprintf("%s %s %s", r.Time.Format("15:04:05.000"), r.Method, r.Path)
	if r.RawQuery != "" {
		line += "?" + r.RawQuery
	}
	if r.Status == 0 {
		line += " no response"
	} else {
		line += fmt.Sprintf(" %d", r.Status)
	}
	if r.Fault != "" {
		line += " (" + r.Fault + ")"
	}
	w.Printf("%s", line)
}

// webhook writes a line about an attempt to deliver a webhook.
func (w *lineWriter) webhook(d helpcrunchtest.Delivery) {
	line := fmt.Sprintf("%s webhook %s to %s, attempt %d:", d.Time.Format("15:04:05.000"), d.Event, d.URL, d.Attempts+1)
	if d.Err != nil {
		w.Printf("%s no response (%v)", line, d.Err)
		return
	}
	w.Printf("%s %d", line, d.Status)
}
