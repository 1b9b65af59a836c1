package report

import "time"

// jsonReport is what --json prints.
type jsonReport struct {
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
	First          jsonTimes      `json:"firstResponse"`
	FollowUp       jsonTimes      `json:"followUpResponse"`
}

type jsonDay struct {
	Day      string         `json:"day"`
	Chats    int            `json:"chats"`
	Statuses map[string]int `json:"statuses"`
}

type jsonTimes struct {
	All         jsonSummary   `json:"all"`
	Agents      []jsonSummary `json:"agents"`
	Departments []jsonSummary `json:"departments"`
}

// jsonSummary contains percentiles in seconds, null without responses.
type jsonSummary struct {
	ID        int64          `json:"id,omitempty"` // 0 for all, and for chats without a department
	Name      string         `json:"name"`
	Responses int            `json:"responses"`
	P50       *float64       `json:"p50Seconds"`
	P90       *float64       `json:"p90Seconds"`
	Took      map[string]int `json:"took"`
}

// json returns the figures as --json prints them.
func (f *figures) json(made time.Time) jsonReport {
	r := jsonReport{
		Account: f.account, From: f.span.first.Format(dayForm), To: f.span.last.Format(dayForm),
		TimeZone: f.span.zoneName(), Made: made.UTC().Truncate(time.Second),
		ExcludedAgents: append([]int64{}, f.excluded...),
		Chats:          f.chats, CustomerWrote: f.asked,
		Days: make([]jsonDay, len(f.days)), Ratings: named(f.ratings, ratings),
		First: f.first.json(), FollowUp: f.followUp.json(),
	}
	for i, counts := range f.days {
		r.Days[i] = jsonDay{f.span.day(i).Format(dayForm), total(counts), named(counts, statuses)}
	}
	return r
}

func (t times) json() jsonTimes {
	list := func(all []summary) []jsonSummary {
		out := make([]jsonSummary, len(all))
		for i, s := range all {
			out[i] = s.json()
		}
		return out
	}
	return jsonTimes{t.all.json(), list(t.agents), list(t.departments)}
}

func (s summary) json() jsonSummary {
	out := jsonSummary{ID: s.id, Name: s.name, Responses: s.count, Took: named(s.classes, durations)}
	if s.count > 0 {
		p50, p90 := s.p50.Seconds(), s.p90.Seconds()
		out.P50, out.P90 = &p50, &p90
	}
	return out
}
