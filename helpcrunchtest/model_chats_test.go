package helpcrunchtest_test

import (
	"fmt"
	"slices"
	"strings"
)

func (p *player) status() move {
	status := pickOf(p, "new", "opened", "pending", "on hold", "no communication", "closed", "closed", "closed", "empty")
	return p.onChat("/chats/status", p.chatID(), object{"status": status}, func(chat *modelChat) int {
		if status == "empty" {
			return 400
		}
		p.model.setStatus(chat, strings.ReplaceAll(status, "on hold", "onhold"))
		p.model.say(chat, "tech", "chat_status_changed_by_public_api", 0)
		return 200
	})
}

func (p *player) assign() move {
	agent := pickOf[any](p, nil, 101.0, 102.0, 9.0)
	return p.onChat("/chats/assignee", p.chatID(), object{"assignee": agent}, func(chat *modelChat) int {
		if agent == 9.0 {
			return 400
		}
		chat.fields["assignee"] = nil
		if id, ok := agent.(float64); ok {
			chat.fields["assignee"] = modelAgents[id]
		}
		return 200
	})
}

func (p *player) moveDepartment() move {
	department := pickOf(p, 201.0, 9.0)
	return p.onChat("/chats/department", p.chatID(), object{"department": department}, func(chat *modelChat) int {
		if department == 9.0 {
			return 400
		}
		chat.fields["department"] = object{"id": department, "name": "Helpdesk"}
		return 200
	})
}

func (p *player) snooze() move {
	until := p.model.now + 1 + p.Int64N(600)
	value := pickOf[any](p, nil, until, fmt.Sprint(until))
	return p.onChat("/chats/snooze", p.chatID(), object{"snoozedUntil": value}, func(chat *modelChat) int {
		chat.snoozed, chat.fields["snoozedUntil"] = 0, nil
		if value != nil {
			chat.snoozed, chat.fields["snoozedUntil"] = until, fmt.Sprint(until)
		}
		return 200
	})
}

func (p *player) rate() move {
	rating := pickOf(p, "perfect", "great", "average", "poor", "very poor")
	return p.onChat("/chats/rate", p.chatID(), object{"rating": rating}, func(chat *modelChat) int {
		return p.model.rate(chat, rating)
	})
}

func (p *player) mark() move {
	path, side, other := "/chats/readByAgent", "readByAgent", "customer"
	if p.IntN(2) == 0 {
		path, side, other = "/chats/readByCustomer", "readByCustomer", "agent"
	}
	read := p.IntN(3) > 0
	return p.onChat(path, p.chatID(), object{"read": read}, func(chat *modelChat) int {
		p.model.markRead(chat, side, other, read)
		return 200
	})
}

func (p *player) write() move {
	id, agent, kind := p.chatID(), pickOf(p, 0.0, 0.0, 101.0, 102.0, 9.0), pickOf(p, "message", "message", "private")
	body := object{"chat": id, "text": fmt.Sprint("text ", p.IntN(100)), "type": kind}
	if agent != 0 {
		body["agent"] = agent
	}
	mv := move{method: "POST", path: "/messages", body: body, status: 400}
	chat := p.model.chat(id)
	switch {
	case chat == nil:
	case agent == 9:
		mv.status = 404
	default:
		mv.status, mv.want = 201, p.model.say(chat, kind, body["text"].(string), agent)
	}
	return mv
}

// page is the response to a list request.
func pageOf(rows []any, offset, limit int) object {
	from := min(offset, len(rows))
	return object{"data": slices.Clip(append([]any{}, rows[from:min(len(rows), from+limit)]...)), "total": float64(len(rows))}
}

func (p *player) list() move {
	offset, limit := p.IntN(5), 1+p.IntN(5)
	rows := make([]any, 0, len(p.model.customers))
	for _, c := range p.model.customers {
		rows = append(rows, shown(c))
	}
	path := fmt.Sprintf("/customers?offset=%d&limit=%d", offset, limit)
	if descending := p.IntN(3); descending > 0 {
		path += "&sort=customers.lastSeen&order=" + []string{"", "asc", "DESC"}[descending]
		slices.SortStableFunc(rows, func(a, b any) int { return compareSeen(a, b, descending == 2) })
	}
	return move{method: "GET", path: path, status: 200, want: pageOf(rows, offset, limit)}
}

// compareSeen orders by lastSeen, null last in ascending order.
func compareSeen(a, b any, descending bool) int {
	one, _ := a.(object)["lastSeen"].(string)
	two, _ := b.(object)["lastSeen"].(string)
	if one == "" {
		one = "null" // after all digits
	}
	if two == "" {
		two = "null"
	}
	if descending {
		one, two = two, one
	}
	return strings.Compare(one, two)
}

func (p *player) search() move {
	name, operator := pickOf(p, "ada", "BRUNO", "r", "nobody"), pickOf(p, "=", "!=", "~", "!~")
	tag := pickOf(p, "a", "b", "A")
	comparison := pickOf(p, "AND", "OR")
	var rows []any
	for _, c := range p.model.customers {
		have, isText := c["name"].(string)
		byName := isText && map[string]bool{
			"=":  strings.EqualFold(have, name),
			"!=": !strings.EqualFold(have, name),
			"~":  strings.Contains(strings.ToLower(have), strings.ToLower(name)),
			"!~": !strings.Contains(strings.ToLower(have), strings.ToLower(name)),
		}[operator]
		byTag := slices.ContainsFunc(c["tags"].([]any), func(t any) bool { return t.(object)["name"] == tag })
		if byName && byTag || comparison == "OR" && (byName || byTag) {
			rows = append(rows, shown(c))
		}
	}
	return move{method: "POST", path: "/customers/search", status: 200, want: pageOf(rows, 0, 100), body: object{
		"comparison": comparison, "filter": []any{
			object{"field": "customers.name", "operator": operator, "value": name},
			object{"field": "customers.tagsData", "operator": "=", "value": []any{object{"name": tag}}},
		},
	}}
}

func (p *player) searchChats() move {
	status, agent := pickOf(p, "new", "opened", "closed", "onhold"), pickOf(p, 101.0, 102.0)
	var rows []any
	for _, chat := range p.model.chats {
		assignee, _ := chat.fields["assignee"].(object)
		if chat.fields["status"] == status || assignee["id"] == agent {
			rows = append(rows, p.model.shownChat(chat))
		}
	}
	want := pageOf(rows, 0, 100)
	want["meta"] = object{"total": want["total"]}
	return move{method: "POST", path: "/chats/search", status: 200, want: want, body: object{
		"comparison": "OR", "filter": []any{
			object{"field": "chats.status", "operator": "=", "value": status},
			object{"field": "chats.assignee", "operator": "=", "value": agent},
		},
	}}
}
