package report

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	location, err := time.LoadLocation(name)
	require.NoError(t, err)
	return location
}

func TestSpanOfTheFlags(t *testing.T) {
	now := time.Date(2026, time.March, 5, 23, 30, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		days           int
		from, to, zone string
		want           string
		wantDays       int
	}{
		"the last days":            {30, "", "", "UTC", "4 February 2026 to 5 March 2026", 30},
		"today":                    {1, "", "", "UTC", "5 March 2026", 1},
		"today elsewhere":          {1, "", "", "Asia/Tokyo", "6 March 2026", 1},
		"days up to one":           {3, "", "2026-01-01", "UTC", "30 December 2025 to 1 January 2026", 3},
		"from a day on":            {30, "2026-03-01", "", "UTC", "1 March 2026 to 5 March 2026", 5},
		"from a day to another":    {30, "2024-02-28", "2024-03-01", "UTC", "28 February 2024 to 1 March 2024", 3},
		"days when clocks changed": {30, "2025-10-25", "2025-10-27", "Europe/Berlin", "25 October 2025 to 27 October 2025", 3},
		"the longest":              {maxDays, "", "", "UTC", "4 March 2023 to 5 March 2026", maxDays},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := newSpan(test.days, test.from, test.to, test.zone, now)
			require.NoError(t, err)
			assert.Equal(t, test.want, s.String())
			assert.Equal(t, test.wantDays, s.days())
		})
	}
}

// TestEveryMomentIsOnOneDay goes through days on which clocks are changed, at midnight too, and
// compares with the calendar.
func TestEveryMomentIsOnOneDay(t *testing.T) {
	for name, around := range map[string]time.Time{
		"Europe/Berlin":       time.Date(2025, time.March, 30, 0, 0, 0, 0, time.UTC), // 2:00 becomes 3:00
		"America/New_York":    time.Date(2025, time.November, 2, 0, 0, 0, 0, time.UTC),
		"America/Sao_Paulo":   time.Date(2018, time.November, 4, 0, 0, 0, 0, time.UTC), // 0:00 becomes 1:00
		"America/Havana":      time.Date(2025, time.November, 2, 0, 0, 0, 0, time.UTC), // 1:00 becomes 0:00
		"Asia/Amman":          time.Date(2021, time.October, 29, 0, 0, 0, 0, time.UTC), // the same, east of Greenwich
		"Asia/Beirut":         time.Date(2022, time.March, 27, 0, 0, 0, 0, time.UTC),
		"Australia/Lord_Howe": time.Date(2025, time.April, 6, 0, 0, 0, 0, time.UTC),     // by half an hour
		"Pacific/Apia":        time.Date(2011, time.December, 30, 0, 0, 0, 0, time.UTC), // there was no such day
		"Asia/Kathmandu":      time.Date(2025, time.April, 6, 0, 0, 0, 0, time.UTC),
	} {
		t.Run(name, func(t *testing.T) {
			for shift := -1; shift <= 1; shift++ {
				day := around.AddDate(0, 0, shift)
				requireCalendar(t, span{day, day.AddDate(0, 0, 1), zone(t, name)})
			}
		})
	}
}

// requireCalendar compares a span with the calendar, each quarter of an hour.
func requireCalendar(t *testing.T, s span) {
	t.Helper()
	for at := s.first.Add(-48 * time.Hour); at.Before(s.last.Add(72 * time.Hour)); at = at.Add(15 * time.Minute) {
		day := at.In(s.zone).Format(dayForm)
		inside := day >= s.first.Format(dayForm) && day <= s.last.Format(dayForm)
		i, ok := s.index(at)
		require.Equal(t, inside, ok, "%v", at)
		require.Equal(t, inside, !at.Before(s.begin()) && at.Before(s.end()), "%v", at)
		if ok {
			require.Equal(t, day, s.day(i).Format(dayForm))
		}
	}
}

func TestDaysWhenClocksChangeAreShorterOrLonger(t *testing.T) {
	berlin := zone(t, "Europe/Berlin")
	for day, hours := range map[string]int{"2025-03-30": 23, "2025-03-31": 24, "2025-10-26": 25} {
		date, err := parseDay("--from", day)
		require.NoError(t, err)
		s := span{date, date, berlin}
		assert.Equal(t, time.Duration(hours)*time.Hour, s.end().Sub(s.begin()), day)
	}
}

func TestZoneName(t *testing.T) {
	assert.Equal(t, "Asia/Tokyo", span{zone: zone(t, "Asia/Tokyo")}.zoneName())
	assert.Contains(t, span{first: today, last: today, zone: time.Local}.zoneName(), "local time, UTC")
}
