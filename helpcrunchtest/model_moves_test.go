package helpcrunchtest_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
)

// move is a request and what the model expects of its response. A nil want is not compared.
type move struct {
	method, path string
	body         any
	status       int
	want         any
}

// player makes random moves.
type player struct {
	*rand.Rand

	model *model
}

func pickOf[T any](p *player, values ...T) T { return values[p.IntN(len(values))] }

// moves are all kinds of moves. Each applies the expected changes to the model.
var moves = []func(*player) move{
	(*player).create, (*player).create, (*player).replace, (*player).patch, (*player).patch, (*player).remove, (*player).tag,
	(*player).untag, (*player).batch, (*player).event, (*player).open, (*player).open, (*player).status, (*player).status,
	(*player).assign, (*player).moveDepartment, (*player).snooze, (*player).rate, (*player).rate, (*player).mark,
	(*player).write, (*player).write, (*player).write, (*player).search, (*player).list, (*player).searchChats,
}

// customerID is the id of a customer, sometimes an unknown one.
func (p *player) customerID() float64 {
	if len(p.model.customers) == 0 || p.IntN(15) == 0 {
		return 7
	}
	return p.model.customers[p.IntN(len(p.model.customers))]["id"].(float64)
}

func (p *player) chatID() float64 {
	if len(p.model.chats) == 0 || p.IntN(15) == 0 {
		return 7
	}
	return p.model.chats[p.IntN(len(p.model.chats))].fields["id"].(float64)
}

// body is a random valid customer body. Its userId may be taken.
func (p *player) body() object {
	fields := map[string]func() any{
		"name":    func() any { return pickOf[any](p, "Ada", "ada", "Bruno", nil) },
		"email":   func() any { return pickOf[any](p, "ada@example.com", "b@example.org", nil) },
		"userId":  func() any { return pickOf[any](p, "u1", "u2", "u3", "u4", nil) },
		"phone":   func() any { return pickOf[any](p, "1", "", nil) },
		"notes":   func() any { return strings.Repeat("ї", p.IntN(256)) },
		"blocked": func() any { return pickOf[any](p, true, false, nil) },
		"lastSeen": func() any {
			return pickOf[any](p, "1600000000", "1600000001", nil)
		},
		"tags": func() any {
			return pickOf(p, []any{}, []any{object{"name": "a"}, object{"name": "b", "color": "red"}}, []any{object{"name": "c"}})
		},
		"customData": func() any {
			value := pickOf[any](p, "x", 7.0, 2.5, true, nil)
			return []any{object{"property": pickOf(p, "p", "q", "r"), "value": value}}
		},
	}
	body := object{}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if p.IntN(3) == 0 {
			body[name] = fields[name]()
		}
	}
	return body
}

func (p *player) create() move {
	m, body := p.model, p.body()
	mv := move{method: "POST", path: "/customers", body: body, status: 400}
	if p.model.taken(body, 0) {
		return mv
	}
	m.customerID++
	c := blankCustomer(m.customerID)
	c["firstSeen"] = m.time()
	write(c, body, false)
	m.customers = append(m.customers, c)
	mv.status, mv.want = 201, shown(c)
	return mv
}

func (p *player) change(method string, merge bool) move {
	id, body := p.customerID(), p.body()
	mv := move{method: method, path: fmt.Sprintf("/customers/%.0f", id), body: body, status: 404}
	c := p.model.customer(id)
	if c == nil {
		return mv
	}
	if mv.status = 400; p.model.taken(body, id) {
		return mv
	}
	if !merge {
		maps.Copy(c, blankCustomer(id))
	}
	write(c, body, merge)
	mv.status, mv.want = 200, shown(c)
	return mv
}

func (p *player) replace() move { return p.change("PUT", false) }
func (p *player) patch() move   { return p.change("PATCH", true) }

func (p *player) remove() move {
	if p.IntN(3) > 0 {
		return p.create() // so that the account does not stay empty
	}
	m, id := p.model, p.customerID()
	mv := move{method: "DELETE", path: fmt.Sprintf("/customers/%.0f", id), status: 404}
	if m.customer(id) == nil {
		return mv
	}
	m.customers = slices.DeleteFunc(m.customers, func(c object) bool { return c["id"] == id })
	m.chats = slices.DeleteFunc(m.chats, func(c *modelChat) bool { return c.customer == id })
	mv.status, mv.want = 200, "Ok"
	return mv
}

func (p *player) tag() move {
	tags := []any{object{"name": pickOf(p, "a", "b", "c", "A")}}
	if p.IntN(2) == 0 {
		tags[0].(object)["color"] = pickOf(p, "red", "blue")
	}
	return p.retag("PUT", tags, func(have []any) []any { return withTags(have, tags) })
}

func (p *player) untag() move {
	name := pickOf(p, "a", "b", "c", "A")
	return p.retag("DELETE", []any{object{"name": name}}, func(have []any) []any {
		return slices.DeleteFunc(slices.Clone(have), func(tag any) bool { return tag.(object)["name"] == name })
	})
}

func (p *player) retag(method string, tags []any, change func([]any) []any) move {
	id := p.customerID()
	mv := move{method: method, path: fmt.Sprintf("/customers/%.0f/tags", id), body: object{"tags": tags}, status: 404}
	if c := p.model.customer(id); c != nil {
		c["tags"] = change(c["tags"].([]any))
		mv.status, mv.want = 200, shown(c)
	}
	return mv
}

func (p *player) batch() move {
	var items []any
	next := slices.Clone(p.model.customers)
	for i := range next {
		next[i] = maps.Clone(next[i])
	}
	after := &model{customers: next}
	mv := move{method: "PUT", path: "/customers/batch", status: 200}
	for range 1 + p.IntN(3) {
		body := p.body()
		body["customer"] = p.customerID()
		items = append(items, body)
		if c := after.customer(body["customer"].(float64)); c != nil {
			write(c, body, true)
		} else {
			mv.status = 400
		}
	}
	mv.body = items
	for _, c := range next {
		if after.taken(c, c["id"].(float64)) {
			mv.status = 400
		}
	}
	if mv.status == 200 {
		p.model.customers = next
	}
	return mv
}

func (p *player) event() move {
	id := p.customerID()
	mv := move{method: "POST", path: "/events", body: object{"name": "Seen", "customer": id, "data": object{"n": 1.0}}, status: 404}
	if p.model.customer(id) != nil {
		p.model.eventID++
		mv.status = 200
		mv.want = object{"id": p.model.eventID, "name": "Seen", "data": object{"n": 1.0}, "createdAt": p.model.time()}
	}
	return mv
}

func (p *player) open() move {
	id, assignee := p.customerID(), pickOf[any](p, nil, 101.0, 102.0, 9.0)
	department := pickOf[any](p, nil, nil, 201.0, 9.0)
	mv := move{method: "POST", path: "/chats", status: 400, body: object{
		"customer": id, "application": 301, "assignee": assignee, "department": department,
	}}
	switch {
	case p.model.customer(id) == nil:
		mv.status = 404
	case assignee != 9.0 && department != 9.0:
		mv.status = 201
		mv.want = p.model.shownChat(p.model.newChat(id, assignee, department))
	}
	return mv
}

// onChat is a move on a chat. change returns the expected status for an existing chat.
func (p *player) onChat(path string, id float64, body object, change func(*modelChat) int) move {
	body["id"] = id
	mv := move{method: "PUT", path: path, body: body, status: 404}
	chat := p.model.chat(id)
	if chat == nil {
		return mv
	}
	if mv.status = change(chat); mv.status == 200 {
		mv.want = p.model.shownChat(chat)
	}
	return mv
}
