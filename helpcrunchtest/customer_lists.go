package helpcrunchtest

import (
	"bytes"
	"encoding/json"
	"slices"
)

func (s *Server) tagCustomer(c *call) (answer, *problem) {
	return s.changeTags(c, func(tags, named []tag) []tag { return withColors(addTags(tags, named)) })
}

func (s *Server) untagCustomer(c *call) (answer, *problem) {
	return s.changeTags(c, func(tags, named []tag) []tag {
		return slices.DeleteFunc(slices.Clone(tags), func(t tag) bool {
			return slices.ContainsFunc(named, func(n tag) bool { return n.name == t.name })
		})
	})
}

// changeTags applies a change to a customer's tags, given those that the body names.
func (s *Server) changeTags(c *call, change func(tags, named []tag) []tag) (answer, *problem) {
	row := s.store.customers.get(c.id)
	if row == nil {
		return answer{}, notFound("Customer")
	}
	b, trouble := s.dialect.readObject(c.body)
	if trouble != nil {
		return answer{}, trouble
	}
	b.require("tags")
	named := b.tags("tags")
	if trouble := b.problem(); trouble != nil {
		return answer{}, trouble
	}
	row = copyOf(row)
	row.tags = change(row.tags, named)
	s.saveCustomer(row, c.now)
	return s.customerAnswer(0, row), nil
}

func (s *Server) batchUpdateCustomers(c *call) (answer, *problem) {
	items, trouble := s.dialect.readItems(c.body)
	if trouble != nil {
		return answer{}, trouble
	}
	batch := batch{
		server: s, changed: map[int64]*customer{}, userIDPaths: map[int64]string{}, violations: new([]violation),
	}
	for i, item := range items {
		batch.apply(i, item)
	}
	if len(*batch.violations) > 0 {
		return answer{}, badRequest(*batch.violations)
	}
	if trouble := batch.checkUserIDs(); trouble != nil {
		return answer{}, trouble
	}
	for _, id := range batch.order {
		s.saveCustomer(batch.changed[id], c.now)
	}
	return s.batchAnswer(batch.order), nil
}

// batch gathers changes, so that one bad item leaves everything as it was.
type batch struct {
	server      *Server
	changed     map[int64]*customer
	order       []int64          // of the items
	userIDPaths map[int64]string // where the userId of a customer was given
	violations  *[]violation
}

// apply changes the customer of one item.
func (t *batch) apply(index int, raw json.RawMessage) {
	whole := &body{dialect: &t.server.dialect, violations: t.violations}
	b := whole.nested(raw, whole.place("", index))
	if b == nil {
		return
	}
	before := len(*t.violations)
	id := b.requiredReference("customer")
	if len(*t.violations) > before {
		return
	}
	row := t.changed[id]
	if row == nil {
		row = t.server.store.customers.get(id)
	}
	if row == nil {
		b.violate("customer", "Customer not found")
		return
	}
	if t.server.dialect.BatchReplaces {
		row = blank(row)
		t.server.applyCustomer(row, b, merging{})
	} else {
		row = copyOf(row)
		t.server.applyCustomer(row, b, t.server.patching())
	}
	if b.has("userId") {
		t.userIDPaths[id] = b.path + "userId"
	}
	t.changed[id] = row
	t.order = append(t.order, id)
}

// checkUserIDs refuses a userId that two customers would hold once all is changed.
func (t *batch) checkUserIDs() *problem {
	holders := map[string]int64{}
	for _, id := range t.order {
		row := t.changed[id]
		userID, ok := row.text(userIDField)
		if !ok || userID == "" {
			continue
		}
		holder, taken := t.server.store.byUserID[userID]
		if _, isChanged := t.changed[holder]; taken && !isChanged {
			holders[userID] = holder
		}
		path, given := t.userIDPaths[id]
		if !given {
			path = t.userIDPaths[holders[userID]]
		}
		if trouble := t.server.checkUserID(row, holders, path); trouble != nil {
			return trouble
		}
		holders[userID] = id
	}
	return nil
}

func (s *Server) batchAnswer(ids []int64) answer {
	e := encoder{dialect: &s.dialect}
	if s.dialect.BatchInData {
		e.begin('{')
		e.key("data")
	}
	e.begin('[')
	for _, id := range ids {
		e.customer(s.store.customers.get(id))
	}
	e.end(']')
	if s.dialect.BatchInData {
		e.end('}')
	}
	return answer{body: e.buffer}
}

func (s *Server) addEvent(c *call) (answer, *problem) {
	b, trouble := s.dialect.readObject(c.body)
	if trouble != nil {
		return answer{}, trouble
	}
	row := &event{
		id: int64(s.store.eventIDs), customer: b.requiredReference("customer"), name: b.requiredText("name"),
		data: b.eventData("data"), createdAt: c.now,
	}
	if trouble := b.problem(); trouble != nil {
		return answer{}, trouble
	}
	if s.store.customers.get(row.customer) == nil {
		return answer{}, notFound("Customer")
	}
	s.store.eventIDs.next()
	s.store.events.put(row)
	e := encoder{dialect: &s.dialect}
	e.event(row)
	return answer{body: e.buffer}, nil
}

// eventData reads an object of scalars, in the order in which they were sent; an empty
// array is empty data.
func (b *body) eventData(name string) *customData {
	raw, ok := b.value(name)
	if !ok || isEmptyArray(raw) {
		return nil
	}
	inner := b.nested(raw, b.path+name)
	if inner == nil {
		return nil
	}
	data := &customData{}
	for _, name := range keysInOrder(raw) {
		value, ok := readScalar(inner.properties[name])
		if !ok {
			inner.violate(name, shouldBeScalar)
		}
		data.properties = append(data.properties, property{name, value})
	}
	return data
}

// keysInOrder returns the keys of a JSON object as they were sent.
func keysInOrder(object json.RawMessage) []string {
	decoder := json.NewDecoder(bytes.NewReader(object))
	_, _ = decoder.Token()
	var keys []string
	for decoder.More() {
		key, _ := decoder.Token()
		name, _ := key.(string)
		if !slices.Contains(keys, name) {
			keys = append(keys, name)
		}
		var value json.RawMessage
		if decoder.Decode(&value) != nil {
			break
		}
	}
	return keys
}
