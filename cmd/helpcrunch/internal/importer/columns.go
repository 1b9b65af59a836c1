package importer

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/cli"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/csvsafe"
)

// column is a column of the file.
type column struct {
	// name is the service's own, such as "userId" and "customData.plan".
	name string
	// field is the name of the field in CustomerInput, CustomerPatch, and Customer or Location.
	// Columns that can not be written have none.
	field string
	// attribute is the name of the custom attribute, if the column is one.
	attribute string
}

// Columns that identify a customer.
const (
	idColumn     = "id"
	userIDColumn = "userId"
	emailColumn  = "email"
)

const attributePrefix = "customData."

// columns are the columns of every account: the fields of a patch, and others of an export.
var columns = func() []column {
	all := []column{{name: idColumn}, {name: "device.platform"}, {name: "device.timezone"}, {name: "device.ip"}, {name: "device.userAgent"}}
	for field := range reflect.TypeFor[helpcrunch.CustomerPatch]().Fields() {
		if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); field.Name != "CustomData" {
			all = append(all, column{name: name, field: field.Name})
		}
	}
	return all
}()

// columnNames returns the names of the columns that can be written.
func columnNames() (names []string) {
	for _, c := range columns {
		if c.field != "" {
			names = append(names, c.name)
		}
	}
	return names
}

// findColumns returns the columns that a header names.
func findColumns(header []string) ([]column, error) {
	found := make([]column, 0, len(header))
	for i, name := range header {
		c, ok := findColumn(name)
		switch {
		case strings.TrimSpace(name) == "":
			return nil, cli.Usagef("column %d has no name", i+1)
		case !ok:
			return nil, cli.Usagef("the column %q is unknown: --help lists the columns", name)
		case slices.Contains(found, c):
			return nil, cli.Usagef("the column %q is there twice", c.name)
		}
		found = append(found, c)
	}
	return found, nil
}

// findColumn returns the column of a name as people write it, such as "User ID". Names of
// custom attributes stay as they are.
func findColumn(name string) (column, bool) {
	trimmed := strings.TrimLeftFunc(name, unicode.IsSpace)
	if n := len(attributePrefix); len(trimmed) > n && strings.EqualFold(trimmed[:n], attributePrefix) {
		return column{attributePrefix + trimmed[n:], "CustomData", trimmed[n:]}, true
	}
	i := slices.IndexFunc(columns, func(c column) bool { return fold(c.name) == fold(name) })
	if i < 0 {
		return column{}, false
	}
	return columns[i], true
}

// fold returns a name without case, white space, hyphens and underscores.
func fold(name string) string {
	return strings.ToLower(strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '-' || r == '_' {
			return -1
		}
		return r
	}, name))
}

// isInvisible reports whether nobody sees a character that makes an id differ from another. A line
// break is an error of its own.
func isInvisible(r rune) bool {
	return r != '\r' && r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r))
}

var errSpace = errors.New("must not begin or end with white space")

// check rejects a text to write that probably comes from a broken file.
func (c *column) check(r *row) error {
	if c.field == "" {
		return nil
	}
	text, ok := fieldOf(&r.input, c.field).Interface().(string)
	switch {
	case ok && c.name != "notes" && strings.ContainsAny(text, "\r\n"):
		return fmt.Errorf("%s has a line break: %s are read as one row", c.name, r.lines)
	case strings.TrimSpace(text) != text && slices.Contains([]string{userIDColumn, emailColumn, "integrationId"}, c.name):
		return fmt.Errorf("%s %w", c.name, errSpace)
	}
	return nil
}

// read sets the field of an input to the value of a cell, which is not empty.
func (c *column) read(in *helpcrunch.CustomerInput, cell string, kindOf map[string]string) (err error) {
	switch field := fieldOf(in, c.field).Addr().Interface().(type) {
	case *string:
		*field = cell
	case *bool:
		*field, err = parseBool(cell)
	case *time.Time:
		*field, err = parseTime(cell)
	case *[]helpcrunch.Tag:
		names, ok := csvsafe.SplitList(cell)
		if !ok {
			return errors.New("must be names separated by commas, those with a comma in double quotes")
		}
		for _, name := range names {
			*field = append(*field, helpcrunch.Tag{Name: name})
		}
	case *helpcrunch.CustomData:
		parse := kinds["text"]
		if kind := kindOf[c.attribute]; kind != "" {
			parse = kinds[kind]
		}
		if *field == nil {
			*field = make(helpcrunch.CustomData)
		}
		(*field)[c.attribute], err = parse(cell)
	}
	return err
}

// change sets the field of a patch if the input's value is set and the customer has another
// one. It reports whether it did.
func (c *column) change(in *helpcrunch.CustomerInput, patch *helpcrunch.CustomerPatch, of *helpcrunch.Customer, kindOf map[string]string) bool {
	stored := fieldOf(of, c.field)
	switch value := fieldOf(in, c.field).Interface().(type) {
	case string:
		return value != "" && value != stored.Interface() && set(patch, c.field, value)
	case bool:
		return value && !stored.Bool() && set(patch, c.field, value)
	case time.Time:
		return !value.IsZero() && value.Unix() != stored.Interface().(helpcrunch.Timestamp).Unix() && set(patch, c.field, value)
	case []helpcrunch.Tag:
		tags := withTags(of.Tags, value)
		return len(tags) > len(of.Tags) && set(patch, c.field, tags)
	case helpcrunch.CustomData:
		wanted, ok := value[c.attribute]
		return ok && !stores(of.CustomData, c.attribute, wanted) && set(patch, c.field, withAttribute(patch, of, kindOf, c.attribute, wanted))
	}
	return false
}

// withTags adds tags to those of a customer. All are sent: it is not documented whether the
// service adds tags or replaces them.
func withTags(tags, more []helpcrunch.Tag) []helpcrunch.Tag {
	tags = slices.Clone(tags)
	for _, tag := range more {
		if !slices.ContainsFunc(tags, func(t helpcrunch.Tag) bool { return t.Name == tag.Name }) {
			tags = append(tags, tag)
		}
	}
	return tags
}

// fieldOf returns a field of the struct that a pointer points to. Those of a location are
// empty if the location is unknown.
func fieldOf(pointer any, name string) reflect.Value {
	field := reflect.ValueOf(pointer).Elem().FieldByName(name)
	if customer, ok := pointer.(*helpcrunch.Customer); ok && !field.IsValid() {
		location := helpcrunch.Location{}
		if customer.Location != nil {
			location = *customer.Location
		}
		return reflect.ValueOf(location).FieldByName(name)
	}
	return field
}

// set sets a field of a patch. It returns true.
func set[V any](patch *helpcrunch.CustomerPatch, field string, value V) bool {
	fieldOf(patch, field).Set(reflect.ValueOf(helpcrunch.Set(value)))
	return true
}

// unreadable returns the path of a field that writing the column would lose, as its list is
// sent in full.
func (c *column) unreadable(of *helpcrunch.Customer) (path string, found bool) {
	if c.field != "Tags" && c.field != "CustomData" {
		return "", false
	}
	i := slices.IndexFunc(of.Unreadable, func(path string) bool {
		return strings.EqualFold(path[:strings.IndexAny(path+".", ".[")], c.field)
	})
	if i < 0 {
		return "", false
	}
	return of.Unreadable[i], true
}
