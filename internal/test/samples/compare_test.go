package samples_test

import (
	"encoding/json"
	"fmt"
	"math/big"
	"reflect"
	"slices"
	"strings"

	"github.com/helpcrunch-go/helpcrunch"
)

// differences looks for every leaf of a JSON document in a decoded value, and returns the
// missing ones. The normalisations it allows are the documented ones: a time in
// any form, custom data as an array of pairs or as an object, any spelling of on hold,
// null for the zero value, and the envelopes of lists and of the organization.
func differences(document, decoded any) []string {
	var c comparison
	value := reflect.ValueOf(decoded)
	members, _ := document.(map[string]any)
	if value.Kind() == reflect.Pointer {
		value = value.Elem()
	}
	switch {
	case value.Type() == reflect.TypeFor[helpcrunch.Organization]():
		c.compare("data", members["data"], value)
	case strings.HasPrefix(value.Type().Name(), "Page["):
		c.comparePage(members, value)
	default:
		c.compare("", document, value)
	}
	return c.found
}

// comparison collects differences.
type comparison struct {
	found []string
}

func (c *comparison) differs(path string, want any, got reflect.Value) {
	c.found = append(c.found, fmt.Sprintf("%s: want %v, got %#v", path, want, got))
}

func (c *comparison) comparePage(members map[string]any, page reflect.Value) {
	c.compare("data", members["data"], page.FieldByName("Items"))
	total, ok := members["total"]
	if meta, hasMeta := members["meta"].(map[string]any); hasMeta {
		total, ok = meta["total"]
	}
	if !ok {
		total = json.Number("-1") // the service did not say
		if rows, unpaged := page.FieldByName("Items").Interface().([]helpcrunch.Application); unpaged {
			total = json.Number(fmt.Sprint(len(rows)))
		}
	}
	c.compare("total", total, page.FieldByName("Total"))
}

func (c *comparison) compare(path string, want any, got reflect.Value) {
	if want == nil {
		if !got.IsZero() {
			c.differs(path, "null", got)
		}
		return
	}
	if got.Kind() == reflect.Pointer {
		if got.IsNil() {
			c.differs(path, want, got)
			return
		}
		got = got.Elem()
	}
	switch value := got.Interface().(type) {
	case helpcrunch.Timestamp:
		if milliseconds(want) != value.UnixMilli() || value.Location().String() != "UTC" {
			c.differs(path, want, got)
		}
	case helpcrunch.CustomData:
		c.compareCustomData(path, want, value)
	case helpcrunch.ChatStatus:
		if slices.Contains([]any{"onhold", "on-hold", "on hold"}, want) {
			want = "on hold"
		}
		c.compareLeaf(path, want, got)
	default:
		c.compareTree(path, want, got)
	}
}

func (c *comparison) compareTree(path string, want any, got reflect.Value) {
	switch want := want.(type) {
	case map[string]any:
		for name, member := range want {
			field := fieldOfWire(got, name)
			if !field.IsValid() {
				c.differs(path+"."+name, "a field", got)
				continue
			}
			c.compare(path+"."+name, member, field)
		}
	case []any:
		if got.Kind() != reflect.Slice || got.Len() != len(want) {
			c.differs(path, want, got)
			return
		}
		for i, element := range want {
			c.compare(fmt.Sprintf("%s[%d]", path, i), element, got.Index(i))
		}
	default:
		c.compareLeaf(path, want, got)
	}
}

// compareLeaf compares by kind: a string is found in a string, a whole number in an
// integer, a boolean in a boolean.
func (c *comparison) compareLeaf(path string, want any, got reflect.Value) {
	same := false
	switch want := want.(type) {
	case string:
		same = got.Kind() == reflect.String && got.String() == want
	case bool:
		same = got.Kind() == reflect.Bool && got.Bool() == want
	case json.Number:
		same = got.CanInt() && fmt.Sprint(got.Int()) == want.String()
	}
	if !same {
		c.differs(path, want, got)
	}
}

func (c *comparison) compareCustomData(path string, want any, got helpcrunch.CustomData) {
	values := make(map[string]any)
	switch want := want.(type) {
	case map[string]any:
		values = want
	case []any:
		for _, element := range want {
			pair := element.(map[string]any)
			values[pair["property"].(string)] = pair["value"]
		}
	}
	if len(got) != len(values) {
		c.differs(path, want, reflect.ValueOf(got))
		return
	}
	for name, value := range values {
		if number, ok := value.(json.Number); ok {
			if whole, err := number.Int64(); err == nil {
				value = whole
			} else {
				value, _ = number.Float64()
			}
		}
		if found, ok := got[name]; !ok || found != value {
			c.differs(path+"."+name, value, reflect.ValueOf(found))
		}
	}
}

// fieldOfWire returns the field of a struct that has the name on the wire.
func fieldOfWire(value reflect.Value, name string) reflect.Value {
	if value.Kind() != reflect.Struct {
		return reflect.Value{}
	}
	for field, content := range value.Fields() {
		if tag, _, _ := strings.Cut(field.Tag.Get("json"), ","); tag == name {
			return content
		}
	}
	return reflect.Value{}
}

// milliseconds reads a time of the service, -1 if it is none.
func milliseconds(value any) int64 {
	seconds, ok := new(big.Rat).SetString(fmt.Sprint(value))
	if !ok {
		return -1
	}
	seconds.Mul(seconds, big.NewRat(1000, 1))
	if !seconds.IsInt() {
		return -1
	}
	return seconds.Num().Int64()
}

// leafChange is a document that differs from another one in the leaf at a path.
type leafChange struct {
	path     string
	document any
}

// changedLeaves returns a copy of the document for every leaf, with that leaf changed.
func changedLeaves(document any) []leafChange {
	var all []leafChange
	switch document := document.(type) {
	case map[string]any:
		for name, member := range document {
			for _, change := range changedLeaves(member) {
				copied := make(map[string]any, len(document))
				for other, value := range document {
					copied[other] = value
				}
				copied[name] = change.document
				all = append(all, leafChange{"." + name + change.path, copied})
			}
		}
	case []any:
		for i, element := range document {
			for _, change := range changedLeaves(element) {
				copied := slices.Clone(document)
				copied[i] = change.document
				all = append(all, leafChange{fmt.Sprintf("[%d]%s", i, change.path), copied})
			}
		}
	case string:
		all = append(all, leafChange{"", "9" + document})
	case bool:
		all = append(all, leafChange{"", !document})
	case json.Number:
		all = append(all, leafChange{"", "9" + document})
	case nil:
		all = append(all, leafChange{"", json.Number("1")})
	}
	return all
}
