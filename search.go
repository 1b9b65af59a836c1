package helpcrunch

// Match says how many of a search's filters must match. It is sent with two filters or
// more only.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/search-customers-v1 and
// https://docs.helpcrunch.com/en/rest-api-v1/search-chats-v1.
type Match string

// How many filters must match. The zero Match is MatchAll.
const (
	MatchAll Match = "AND"
	MatchAny Match = "OR"
)

// CustomerSearch chooses customers. Nil and the zero value match all.
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

// ChatSearch chooses chats. Nil and the zero value match all.
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

func (s *CustomerSearch) query() (query, error) {
	if s == nil {
		return query{}, nil
	}
	p := part{argument: "search", offset: s.Offset, limit: s.Limit, sort: string(s.Sort), order: s.Order}
	return newQuery(s.Match, s.Filters, p)
}

func (s *ChatSearch) query() (query, error) {
	if s == nil {
		return query{}, nil
	}
	p := part{argument: "search", offset: s.Offset, limit: s.Limit, sort: string(s.Sort), order: s.Order}
	return newQuery(s.Match, s.Filters, p)
}

// query is a search without its type.
type query struct {
	part       part
	conditions []condition
	match      Match
}

// newQuery checks a search.
func newQuery[F filter](match Match, filters []F, p part) (query, error) {
	q := query{part: p, match: match}
	switch match {
	case "":
		q.match = MatchAll
	case MatchAll, MatchAny:
	default:
		return q, invalid("search.Match: must be MatchAll or MatchAny, got %q", match)
	}
	for i, f := range filters {
		c := condition(f)
		if c.field == "" {
			return q, invalid("search.Filters[%d]: must come from a field, such as CustomerFieldEmail", i)
		}
		if c.problem != "" {
			return q, invalid("search.Filters[%d]: value for %s: %s", i, c.field, c.problem)
		}
		q.conditions = append(q.conditions, c)
	}
	return q, nil
}

// searchBody is a search as it is written.
type searchBody struct {
	Filter     []filterBody `json:"filter,omitempty"`
	Comparison Match        `json:"comparison,omitempty"`
	Sort       string       `json:"sort,omitempty"`
	Order      Order        `json:"order,omitempty"`
	Offset     int          `json:"offset"`
	Limit      int          `json:"limit"`
}

type filterBody struct {
	Field    string `json:"field"`
	Operator string `json:"operator"`
	Value    any    `json:"value"`
}

func (q query) body(p part) searchBody {
	body := searchBody{Sort: p.sort, Order: p.order, Offset: p.offset, Limit: p.limit}
	for _, c := range q.conditions {
		body.Filter = append(body.Filter, filterBody{c.field, c.operator, c.value})
	}
	if len(q.conditions) > 1 {
		body.Comparison = q.match
	}
	return body
}
