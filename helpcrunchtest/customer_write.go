package helpcrunchtest

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
)

// defaultColor is the colour of a tag that was given none.
const defaultColor = "#c377e0"

// changeCustomer applies a request body to row, which no one else holds.
func (s *Server) changeCustomer(row *customer, data []byte, how merging) (*customer, *problem) {
	b, trouble := s.dialect.readObject(data)
	if trouble != nil {
		return nil, trouble
	}
	s.applyCustomer(row, b, how)
	if trouble := b.problem(); trouble != nil {
		return nil, trouble
	}
	return row, s.checkUserID(row, s.store.byUserID, "userId")
}

// applyCustomer writes the properties of b to row, and leaves what is wrong with them
// in b.
func (s *Server) applyCustomer(row *customer, b *body, how merging) {
	texts := row.texts()
	for field, name := range textFieldNames {
		if b.has(name) {
			text, ok := b.textOrNumber(name)
			texts[field] = nullableText{text, ok}
		}
	}
	if isLong(texts[notesField].text) && b.has("notes") {
		b.violate("notes", isTooLong)
	}
	row.pack(&texts)
	b.writeMoment("firstSeen", &row.firstSeen)
	b.writeMoment("lastSeen", &row.lastSeen)
	b.writeFlag("unsubscribed", &row.unsubscribed)
	b.writeFlag("blocked", &row.blocked)
	if b.has("tags") {
		tags := b.tags("tags")
		if how.tags {
			tags = addTags(row.tags, tags)
		}
		row.tags = withColors(tags)
	}
	if b.has("customData") {
		s.applyCustomData(row, b, how.customData)
	}
}

// writeMoment sets target to a time that was sent; null clears it.
func (b *body) writeMoment(name string, target *instant) {
	if b.has(name) {
		*target = b.moment(name)
	}
}

// writeFlag sets target to a boolean that was sent; null clears it.
func (b *body) writeFlag(name string, target *bool) {
	if b.has(name) {
		*target = b.flag(name)
	}
}

// checkUserID refuses a userId that another customer holds. path is where it was given.
func (s *Server) checkUserID(row *customer, holders map[string]int64, path string) *problem {
	userID, ok := row.text(userIDField)
	if !ok || userID == "" {
		return nil
	}
	if holder, taken := holders[userID]; taken && holder != row.id {
		return badValue("invalid_userId_value", "userId value is already used", path)
	}
	return nil
}

// tags reads an array of tags; a colour that was not given is empty.
func (b *body) tags(name string) []tag {
	var tags []tag
	for i, raw := range b.list(name) {
		inner := b.nested(raw, b.place(name, i))
		if inner == nil {
			continue
		}
		color, _ := inner.text("color")
		tags = addTags(tags, []tag{{inner.requiredText("name"), color}})
	}
	return tags
}

// addTags appends tags to those there are. One that is there keeps its colour unless a
// new one is given.
func addTags(tags, more []tag) []tag {
	result := slices.Clone(tags)
	for _, added := range more {
		place := slices.IndexFunc(result, func(tag tag) bool { return tag.name == added.name })
		switch {
		case place < 0:
			result = append(result, added)
		case added.color != "":
			result[place].color = added.color
		}
	}
	return result
}

// withColors gives tags without a colour the default.
func withColors(tags []tag) []tag {
	for i := range tags {
		if tags[i].color == "" {
			tags[i].color = defaultColor
		}
	}
	return tags
}

// applyCustomData writes the custom attributes of b to row.
func (s *Server) applyCustomData(row *customer, b *body, merge bool) {
	var properties []property
	if merge && !isNull(b.properties["customData"]) {
		properties = slices.Clone(row.custom.list())
	}
	for i, raw := range b.pairs("customData") {
		pair := b.nested(raw, b.place("customData", i))
		if pair == nil {
			continue
		}
		name := pair.requiredText("property")
		value := s.customValue(name, pair)
		properties = slices.DeleteFunc(properties, func(p property) bool { return p.name == name && value == nil })
		properties = setProperty(properties, name, value)
	}
	row.custom = nil
	if len(properties) > 0 {
		row.custom = &customData{properties}
	}
}

// setProperty gives a property a value, in its old place if it has one. A null value
// sets nothing.
func setProperty(properties []property, name string, value any) []property {
	if value == nil {
		return properties
	}
	for i := range properties {
		if properties[i].name == name {
			properties[i].value = value
			return properties
		}
	}
	return append(properties, property{name, value})
}

// customValue reads the value of a pair and checks it against the attribute.
func (s *Server) customValue(name string, pair *body) any {
	raw, ok := pair.properties["value"]
	if !ok {
		raw = json.RawMessage("null")
	}
	value, ok := readScalar(raw)
	if !ok {
		pair.violate("value", shouldBeScalar)
		return nil
	}
	if text, ok := value.(string); ok && isLong(text) {
		pair.violate("value", isTooLong)
		return nil
	}
	if s.attributes == nil || value == nil {
		return value
	}
	kind, defined := s.attributes[name]
	if !defined {
		pair.violate("property", "This attribute is not defined.")
		return nil
	}
	value, ok = kind.accept(value)
	if !ok {
		pair.violate("value", "This value is not valid for an attribute of type "+kind.String()+".")
	}
	return value
}

// maxBatch is the most items that a batch takes.
const maxBatch = 10

// readItems splits the body of a batch.
func (d *Dialect) readItems(data []byte) ([]json.RawMessage, *problem) {
	if !json.Valid(data) {
		_, trouble := d.readObject(data)
		return nil, trouble
	}
	var items []json.RawMessage
	if !bytes.HasPrefix(bytes.TrimLeft(data, " \t\r\n"), []byte("[")) || json.Unmarshal(data, &items) != nil {
		return nil, badRequest([]violation{{"body", shouldBeArray}})
	}
	if len(items) < 1 || len(items) > maxBatch {
		return nil, badRequest([]violation{{
			"body", "This collection should contain from 1 to " + strconv.Itoa(maxBatch) + " elements.",
		}})
	}
	return items, nil
}
