package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
)

// column is a column of the file that is written to customers.
type column struct {
	name string
	// read takes the value of a cell, which is not empty.
	read func(in *helpcrunch.CustomerInput, cell string) error
	// change sets in change what in has and the customer has not, and reports whether that is anything.
	change func(in, change *helpcrunch.CustomerInput, c *helpcrunch.Customer) bool
}

const (
	userIDColumn    = "userId"
	attributePrefix = "customData."
)

// columns are those that every account has. Their names are the service's own.
var columns = []column{
	textColumn(userIDColumn, func(in *helpcrunch.CustomerInput) *string { return &in.UserID }, func(c *helpcrunch.Customer) string { return c.UserID }),
	textColumn("name", func(in *helpcrunch.CustomerInput) *string { return &in.Name }, func(c *helpcrunch.Customer) string { return c.Name }),
	textColumn("email", func(in *helpcrunch.CustomerInput) *string { return &in.Email }, func(c *helpcrunch.Customer) string { return c.Email }),
	textColumn("phone", func(in *helpcrunch.CustomerInput) *string { return &in.Phone }, func(c *helpcrunch.Customer) string { return c.Phone }),
	textColumn("company", func(in *helpcrunch.CustomerInput) *string { return &in.Company }, func(c *helpcrunch.Customer) string { return c.Company }),
	newColumn("firstSeen", parseTime, func(in *helpcrunch.CustomerInput) *time.Time { return &in.FirstSeen },
		func(c *helpcrunch.Customer) time.Time { return c.FirstSeen.Truncate(time.Second) }),
	newColumn("lastSeen", parseTime, func(in *helpcrunch.CustomerInput) *time.Time { return &in.LastSeen },
		func(c *helpcrunch.Customer) time.Time { return c.LastSeen.Truncate(time.Second) }),
	textColumn("countryCode", func(in *helpcrunch.CustomerInput) *string { return &in.CountryCode }, func(c *helpcrunch.Customer) string { return location(c).CountryCode }),
	textColumn("regionCode", func(in *helpcrunch.CustomerInput) *string { return &in.RegionCode }, func(c *helpcrunch.Customer) string { return location(c).RegionCode }),
	textColumn("city", func(in *helpcrunch.CustomerInput) *string { return &in.City }, func(c *helpcrunch.Customer) string { return location(c).City }),
	textColumn("locale", func(in *helpcrunch.CustomerInput) *string { return &in.Locale }, func(c *helpcrunch.Customer) string { return c.Locale }),
	newColumn("unsubscribed", parseBool, func(in *helpcrunch.CustomerInput) *bool { return &in.Unsubscribed }, func(c *helpcrunch.Customer) bool { return c.Unsubscribed }),
	newColumn("blocked", parseBool, func(in *helpcrunch.CustomerInput) *bool { return &in.Blocked }, func(c *helpcrunch.Customer) bool { return c.Blocked }),
	textColumn("source", func(in *helpcrunch.CustomerInput) *string { return &in.Source }, func(c *helpcrunch.Customer) string { return c.Source }),
	textColumn("referer", func(in *helpcrunch.CustomerInput) *string { return &in.Referer }, func(c *helpcrunch.Customer) string { return c.Referer }),
	textColumn("lastPage", func(in *helpcrunch.CustomerInput) *string { return &in.LastPage }, func(c *helpcrunch.Customer) string { return c.LastPage }),
	textColumn("createdFrom", func(in *helpcrunch.CustomerInput) *string { return &in.CreatedFrom }, func(c *helpcrunch.Customer) string { return c.CreatedFrom }),
	textColumn("integrationId", func(in *helpcrunch.CustomerInput) *string { return &in.IntegrationID }, func(c *helpcrunch.Customer) string { return c.IntegrationID }),
	{"tags", readTags, addTags},
	textColumn("notes", func(in *helpcrunch.CustomerInput) *string { return &in.Notes }, func(c *helpcrunch.Customer) string { return c.Notes }),
}

// readOnly are further columns of an export. They can't be written, and are left out.
var readOnly = []string{"id", "device.platform", "device.timezone", "device.ip", "device.userAgent"}

func columnNames() []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.name
	}
	return names
}

// findColumn returns the column of a name, which may be that of a custom attribute.
func (c *config) findColumn(name string) (column, bool) {
	if attribute, ok := strings.CutPrefix(name, attributePrefix); ok && attribute != "" {
		return attributeColumn(attribute, c.kinds), true
	}
	i := slices.IndexFunc(columns, func(c column) bool { return c.name == name })
	if i < 0 {
		return column{}, false
	}
	return columns[i], true
}

// newColumn makes a column of a field, in what is written and in what is read.
func newColumn[V comparable](name string, parse func(string) (V, error),
	written func(*helpcrunch.CustomerInput) *V, is func(*helpcrunch.Customer) V,
) column {
	return column{
		name: name,
		read: func(in *helpcrunch.CustomerInput, cell string) (err error) {
			*written(in), err = parse(cell)
			return err
		},
		change: func(in, change *helpcrunch.CustomerInput, c *helpcrunch.Customer) bool {
			var none V
			if value := *written(in); value != none && value != is(c) {
				*written(change) = value
				return true
			}
			return false
		},
	}
}

func textColumn(name string, written func(*helpcrunch.CustomerInput) *string, is func(*helpcrunch.Customer) string) column {
	return newColumn(name, func(cell string) (string, error) { return cell, nil }, written, is)
}

func location(c *helpcrunch.Customer) helpcrunch.Location {
	if c.Location == nil {
		return helpcrunch.Location{}
	}
	return *c.Location
}

// parseTime reads a time or a day, which is the same without one in UTC.
func parseTime(cell string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, time.DateTime, time.DateOnly} {
		if moment, err := time.Parse(layout, cell); err == nil {
			return moment.UTC().Truncate(time.Second), nil
		}
	}
	return time.Time{}, errors.New("must be a time such as 2026-01-31T09:00:00Z or a day such as 2026-01-31")
}

func parseBool(cell string) (bool, error) {
	value, err := strconv.ParseBool(strings.ToLower(cell))
	if err != nil {
		return false, errors.New("must be true or false")
	}
	return value, nil
}

// readTags reads the names of tags from one cell, which is a record of CSV itself.
func readTags(in *helpcrunch.CustomerInput, cell string) error {
	reader := csv.NewReader(strings.NewReader(cell))
	names, err := reader.Read()
	if err == nil {
		_, err = reader.Read()
	}
	if !errors.Is(err, io.EOF) || slices.Contains(names, "") {
		return errors.New("must be names separated by commas, those with a comma in double quotes")
	}
	for _, name := range names {
		in.Tags = append(in.Tags, helpcrunch.Tag{Name: name})
	}
	return nil
}

// addTags adds to a customer's tags those that are new. It sends all, as it is not documented
// whether the service adds or replaces.
func addTags(in, change *helpcrunch.CustomerInput, c *helpcrunch.Customer) bool {
	tags := slices.Clone(c.Tags)
	for _, tag := range in.Tags {
		if !slices.ContainsFunc(tags, func(t helpcrunch.Tag) bool { return t.Name == tag.Name }) {
			tags = append(tags, tag)
		}
	}
	if len(tags) == len(c.Tags) {
		return false
	}
	change.Tags = tags
	return true
}

// formatValue writes a custom attribute, to compare it.
func formatValue(value any) string {
	switch value := value.(type) {
	case nil:
		return ""
	case float64:
		return strconv.FormatFloat(value, 'f', -1, 64)
	}
	return fmt.Sprint(value)
}
