package report

import (
	"encoding/json"
	"time"
)

// jsonDay contains the chats that were created on a day.
type jsonDay struct {
	Day      string         `json:"day"`
	Chats    int            `json:"chats"`
	Statuses map[string]int `json:"statuses"`
}

// MarshalJSON returns the figures as --json prints them.
func (f *figures) MarshalJSON() ([]byte, error) {
	days := make([]jsonDay, len(f.days))
	for i, counts := range f.days {
		days[i] = jsonDay{f.span.day(i).Format(dayForm), total(counts), named(counts, statuses)}
	}
	return json.Marshal(struct {
		Account        string         `json:"account"`
		From           string         `json:"from"`
		To             string         `json:"to"`
		TimeZone       string         `json:"timeZone"`
		Made           time.Time      `json:"made"`
		ExcludedAgents []int64        `json:"excludedAgents"`
		Chats          int            `json:"chats"`
		CustomerWrote  int            `json:"customerWrote"` // chats
		Days           []jsonDay      `json:"days"`
		Ratings        map[string]int `json:"ratings"`
		First          times          `json:"firstResponse"`
		FollowUp       times          `json:"followUpResponse"`
	}{
		f.account, f.span.first.Format(dayForm), f.span.last.Format(dayForm), f.span.zoneName(), f.made.UTC().Truncate(time.Second),
		append([]int64{}, f.excluded...), f.chats, f.asked, days, named(f.ratings, ratings), f.first, f.followUp,
	})
}

// MarshalJSON returns the summary with its percentiles in seconds, null without responses.
func (s summary) MarshalJSON() ([]byte, error) {
	seconds := func(d time.Duration) any {
		if s.count == 0 {
			return nil
		}
		return d.Seconds()
	}
	return json.Marshal(struct {
		ID        int64          `json:"id"` // 0 for everyone, and for chats without a department
		Name      string         `json:"name"`
		Responses int            `json:"responses"`
		P50       any            `json:"p50Seconds"`
		P90       any            `json:"p90Seconds"`
		Took      map[string]int `json:"took"`
	}{s.id, s.name, s.count, seconds(s.p50), seconds(s.p90), named(s.classes, durations)})
}
