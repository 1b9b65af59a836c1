package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
)

// finding is what was found out about one point.
type finding struct {
	point  string
	text   string
	looked int // at how many values or answers
}

// probe finds out one point after the other.
type probe struct {
	*asker

	findings  []finding
	customers []object // the latest and the oldest
	chats     []object
	messages  []object
}

// found adds a finding.
func (p *probe) found(point, text string, looked int) {
	p.findings = append(p.findings, finding{point, text, looked})
}

// unreadable is what reading can't answer, and stays open.
var unreadable = []string{
	"the form of `Ok`", "the statuses of what is created", "what PUT and PATCH leave alone", "batches", "events",
	"what an undefined custom attribute does", "notes without an agent", "the window and the scope of the rate limit", "webhooks",
}

// print writes the table as Markdown.
func (p *probe) print(to io.Writer, now time.Time) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Probe of the HelpCrunch REST API v1 on %s: %d requests by helpcrunch-go %s, which changed nothing.\n\n",
		now.UTC().Format(time.DateOnly), p.transport.requests, helpcrunch.Version)
	b.WriteString("| point | finding | looked at |\n| --- | --- | ---: |\n")
	for _, f := range p.findings {
		fmt.Fprintf(&b, "| %s | %s | %d |\n", f.point, f.text, f.looked)
	}
	fmt.Fprintf(&b, "\nReading can't answer: %s.\n", strings.Join(unreadable, ", "))
	_, err := io.WriteString(to, b.String())
	return err
}
