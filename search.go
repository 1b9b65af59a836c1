package helpcrunch

import "cmp"

// Match says how many of a search's filters must match. It is sent only with two or more filters.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/search-customers-v1 and
// https://docs.helpcrunch.com/en/rest-api-v1/search-chats-v1.
type Match string

// How many filters must match. The zero Match is MatchAll.
const (
	MatchAll Match = "AND"
	MatchAny Match = "OR"
)

// CustomerSearch selects customers. Nil and the zero value match all.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/search-customers-v1.
type CustomerSearch struct {
	// Match says how many of the filters must hold, by default all.
	Match Match
	// Filters come from fields, as in CustomerFieldEmail.Contains("gmail").
	Filters []CustomerFilter
	// Sort and Order default to the service's own in Search, and to FirstSeen ascending
	// in SearchAll.
	Sort  CustomerSort
	Order Order
	// Offset is how many rows to skip, 0 or more.
	Offset int
	// Limit is how many rows to return, 1 to 100; 0 means 100. In SearchAll it is the
	// size of a page.
	Limit int
}

// ChatSearch selects chats. Nil and the zero value match all.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/search-chats-v1.
type ChatSearch struct {
	// Match says how many of the filters must hold, by default all.
	Match Match
	// Filters come from fields, as in ChatFieldStatus.Equals(ChatStatusOpened).
	Filters []ChatFilter
	// Sort and Order default to the service's own in Search, and to CreatedAt ascending
	// in SearchAll.
	Sort  ChatSort
	Order Order
	// Offset is how many rows to skip, 0 or more.
	Offset int
	// Limit is how many rows to return, 1 to 100; 0 means 100. In SearchAll it is the
	// size of a page.
	Limit int
}

func (s *CustomerSearch) pageRequest() pageRequest {
	s = cmp.Or(s, new(CustomerSearch))
	p := pageRequest{Offset: s.Offset, Limit: s.Limit, Sort: string(s.Sort), Order: s.Order}
	return filtered(p, s.Match, s.Filters)
}

func (s *ChatSearch) pageRequest() pageRequest {
	s = cmp.Or(s, new(ChatSearch))
	p := pageRequest{Offset: s.Offset, Limit: s.Limit, Sort: string(s.Sort), Order: s.Order}
	return filtered(p, s.Match, s.Filters)
}

// filtered returns p with the filters of a search.
func filtered[F filter](p pageRequest, match Match, filters []F) pageRequest {
	p.argument = "search"
	if match != "" && match != MatchAll && match != MatchAny {
		p.err = invalid("search.Match: must be MatchAll or MatchAny, got %q", match)
	}
	if len(filters) > 1 {
		p.Comparison = cmp.Or(match, MatchAll)
	}
	for i, f := range filters {
		c := condition(f)
		p.Filters = append(p.Filters, c.body)
		switch {
		case p.err != nil:
		case c.body.Field == "":
			p.err = invalid("search.Filters[%d]: must come from a field, such as CustomerFieldEmail", i)
		case c.problem != "":
			p.err = invalid("search.Filters[%d]: value for %s: %s", i, c.body.Field, c.problem)
		}
	}
	return p
}

// filterBody is the JSON of a filter.
type filterBody struct {
	Field    string `json:"field"`
	Operator string `json:"operator"`
	Value    any    `json:"value"`
}
