package report

import (
	"time"
	_ "time/tzdata" // for machines without time zones

	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/cli"
)

const (
	defaultDays = 30
	maxDays     = 3 * 366
	dayForm     = "2006-01-02"
)

// span contains the days that the report shows.
type span struct {
	// first and last are days, as midnights in UTC in any zone.
	first, last time.Time
	zone        *time.Location
}

// newSpan returns the span that the flags name. A day that is not given is empty.
func newSpan(days int, from, to, zone string, now time.Time) (span, error) {
	location, err := time.LoadLocation(zone)
	if err != nil || zone == "" {
		return span{}, cli.Usagef("--tz must name a time zone such as Europe/Lisbon, got %q", zone)
	}
	today := dayOf(now, location)
	s := span{last: today, zone: location}
	if to != "" {
		if s.last, err = parseDay("--to", to); err != nil {
			return span{}, err
		}
	}
	if s.last.After(today) {
		return span{}, cli.Usagef("--to must not be after today, %s", today.Format(dayForm))
	}
	if days < 1 || days > maxDays {
		return span{}, cli.Usagef("--days must be 1 to %d, got %d", maxDays, days)
	}
	s.first = s.last.AddDate(0, 0, 1-days)
	if from == "" {
		return s, nil
	}
	if s.first, err = parseDay("--from", from); err != nil {
		return span{}, err
	}
	switch {
	case s.first.After(s.last):
		return span{}, cli.Usagef("--from must not be after the last day, %s", s.last.Format(dayForm))
	case s.days() > maxDays:
		return span{}, cli.Usagef("--from must be at most %d days before the last day, %s", maxDays-1, s.last.Format(dayForm))
	}
	return s, nil
}

func parseDay(flag, text string) (time.Time, error) {
	day, err := time.Parse(dayForm, text)
	if err != nil {
		return time.Time{}, cli.Usagef("%s must be a day such as 2026-03-01, got %q", flag, text)
	}
	return day, nil
}

// dayOf returns the day of a time in a zone.
func dayOf(t time.Time, zone *time.Location) time.Time {
	year, month, day := t.In(zone).Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// days returns the number of days.
func (s span) days() int {
	return int(s.last.Sub(s.first)/(24*time.Hour)) + 1
}

// day returns one of the days, counted from 0.
func (s span) day(i int) time.Time {
	return s.first.AddDate(0, 0, i)
}

// index returns the day of a time, counted from 0, and false if it is on none.
func (s span) index(t time.Time) (int, bool) {
	i := int(dayOf(t, s.zone).Sub(s.first) / (24 * time.Hour))
	return i, i >= 0 && i < s.days()
}

// begin returns the first instant of the span, end the first instant after it.
func (s span) begin() time.Time { return startOf(s.first, s.zone) }
func (s span) end() time.Time   { return startOf(s.last.AddDate(0, 0, 1), s.zone) }

// startOf returns the first instant of a day. It is not always midnight: a change of clocks may
// skip or repeat midnight.
func startOf(day time.Time, zone *time.Location) time.Time {
	const step = 15 * time.Minute // all changes of clocks since 1972 are multiples of it
	year, month, date := day.Date()
	start := time.Date(year, month, date, 0, 0, 0, 0, zone)
	for dayOf(start, zone).Before(day) {
		start = start.Add(step)
	}
	for !dayOf(start.Add(-step), zone).Before(day) {
		start = start.Add(-step)
	}
	return start
}

// String returns the span in words.
func (s span) String() string {
	const form = "2 January 2006"
	if s.days() == 1 {
		return s.last.Format(form)
	}
	return s.first.Format(form) + " to " + s.last.Format(form)
}

// zoneName returns the zone in words. Go has no name for the local one.
func (s span) zoneName() string {
	if s.zone == time.Local {
		return "local time, " + s.end().Add(-time.Second).Format("UTC-07:00")
	}
	return s.zone.String()
}
