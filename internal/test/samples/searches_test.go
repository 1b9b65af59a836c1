package samples_test

import (
	"context"
	"encoding/json"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

func customerSearchSenders() map[string][]requestSample {
	search := func(s helpcrunch.CustomerSearch) requestSample {
		return requestSample{send: func(ctx context.Context, c *helpcrunch.Client) error {
			return kit.Err(c.Customers.Search(ctx, &s))
		}}
	}
	reason := func(s requestSample, reason string, change func(map[string]any)) requestSample {
		return requestSample{s.send, reason, change}
	}
	reader := helpcrunch.CustomerFieldTags.HasAll("reader")
	example := helpcrunch.CustomerFieldEmail.Contains("example.org")
	return map[string][]requestSample{"customers.search": {
		reason(search(helpcrunch.CustomerSearch{
			Filters: []helpcrunch.CustomerFilter{example},
			Sort:    helpcrunch.CustomerSortFirstSeen, Order: "DESC", Limit: 5,
		}), ordersInLower, adds(map[string]any{"order": "desc"})),
		reason(search(helpcrunch.CustomerSearch{
			Match: helpcrunch.MatchAny, Filters: []helpcrunch.CustomerFilter{example, reader},
			Sort: helpcrunch.CustomerSortLastSeen, Order: "ASC", Limit: 10,
		}), ordersInLower, adds(map[string]any{"order": "asc"})),
		search(helpcrunch.CustomerSearch{
			Match: helpcrunch.MatchAll,
			Filters: []helpcrunch.CustomerFilter{
				helpcrunch.CustomerFieldName.Equals("Marta"),
				helpcrunch.CustomerFieldID.GreaterThan(1000),
				helpcrunch.CustomerFieldLastSeen.AtOrAfter(time.Unix(1700000000, 0)),
				reader,
			},
			Sort: helpcrunch.CustomerSortFirstSeen, Order: helpcrunch.OrderDescending,
		}),
		search(helpcrunch.CustomerSearch{}),
		reason(search(helpcrunch.CustomerSearch{Filters: []helpcrunch.CustomerFilter{helpcrunch.CustomerFieldEmail.Equals("marta@example.org")}}),
			pageIsExplicit, adds(map[string]any{"limit": json.Number("100"), "offset": json.Number("0")})),
		reason(search(helpcrunch.CustomerSearch{
			Filters: []helpcrunch.CustomerFilter{helpcrunch.CustomerFieldUserID.Equals("crm-4411")}, Limit: 1, Order: "DESC",
		}), ordersInLower+"; "+pageIsExplicit, adds(map[string]any{"order": "desc", "offset": json.Number("0")})),
	}}
}

func chatSearchSenders() map[string][]requestSample {
	search := func(s helpcrunch.ChatSearch) requestSample {
		return requestSample{send: func(ctx context.Context, c *helpcrunch.Client) error {
			return kit.Err(c.Chats.Search(ctx, &s))
		}}
	}
	reason := func(s requestSample, reason string, change func(map[string]any)) requestSample {
		return requestSample{s.send, reason, change}
	}
	newest := helpcrunch.ChatSearch{Sort: helpcrunch.ChatSortCreatedAt, Order: helpcrunch.OrderDescending}
	filtered := func(s helpcrunch.ChatSearch, limit int, filters ...helpcrunch.ChatFilter) requestSample {
		s.Limit, s.Filters = limit, filters
		return search(s)
	}
	descending := adds(map[string]any{"order": "desc"})
	return map[string][]requestSample{"chats.search": {
		reason(filtered(newest, 5, helpcrunch.ChatFieldStatus.Equals(helpcrunch.ChatStatusPending)),
			statusesInWords+"; "+ordersInLower, both(filterValue("pending"), descending)),
		reason(search(helpcrunch.ChatSearch{
			Match:   helpcrunch.MatchAny,
			Filters: []helpcrunch.ChatFilter{helpcrunch.ChatFieldStatus.Equals(helpcrunch.ChatStatusClosed), helpcrunch.ChatFieldCustomerTags.HasAll("Vip")},
			Sort:    helpcrunch.ChatSortLastCustomerMessageAt, Order: helpcrunch.OrderAscending, Limit: 10,
		}), statusesInWords+"; "+ordersInLower+"; "+sortsHavePrefix,
			both(filterValue("closed"), adds(map[string]any{"order": "asc", "sort": "chats.lastCustomerMessageAt"}))),
		filtered(newest, 100,
			helpcrunch.ChatFieldCustomerEmail.Equals("lee@example.org"),
			helpcrunch.ChatFieldAssignee.GreaterThan(18),
			helpcrunch.ChatFieldCreatedAt.AtOrAfter(time.Unix(1705000000, 0)),
			helpcrunch.ChatFieldStatus.Equals(helpcrunch.ChatStatusOpened),
			helpcrunch.ChatFieldRating.Equals(helpcrunch.RatingPoor),
			helpcrunch.ChatFieldCustomerTags.HasAll("Lead")),
		reason(filtered(newest, 100, helpcrunch.ChatFieldCreatedAt.After(time.Unix(1705000000, 0)), helpcrunch.ChatFieldCustomerTags.HasAll("bug")),
			datesAsIntegers+"; "+ordersInLower, both(filterValue(json.Number("1705000000")), descending)),
		filtered(newest, 100, helpcrunch.ChatFieldCustomerUserID.Equals("crm_771")),
		search(helpcrunch.ChatSearch{}),
		reason(search(helpcrunch.ChatSearch{
			Filters: []helpcrunch.ChatFilter{helpcrunch.ChatFieldCustomerEmail.Contains("@example.org")},
			Sort:    helpcrunch.ChatSortLastMessageAt, Order: helpcrunch.OrderDescending, Limit: 20,
		}), oneNeedsNoMatch+"; "+ordersInLower, both(drops("comparison"), descending)),
	}}
}
