package importer

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
)

// kinds are the types of custom attributes by the names that --type knows. A kind parses a
// cell.
var kinds = map[string]func(cell string) (any, error){
	"text":    func(cell string) (any, error) { return cell, nil },
	"number":  parseNumber,
	"boolean": func(cell string) (any, error) { return parseBool(cell) },
	"date":    func(cell string) (any, error) { return parseTime(cell) },
}

// parseKinds reads the values of --type, which are name=type.
func parseKinds(flags []string) (map[string]string, error) {
	kindOf := make(map[string]string)
	for _, flag := range flags {
		at := strings.LastIndex(flag, "=")
		if at < 1 {
			return nil, fmt.Errorf("must be an attribute and its type such as seats=number, got %q", flag)
		}
		name, kind := flag[:at], flag[at+1:]
		if kinds[kind] == nil {
			return nil, fmt.Errorf("must be text, number, boolean or date, got %q", kind)
		}
		kindOf[name] = kind
	}
	return kindOf, nil
}

// decimal matches a number; ParseFloat takes 0x1p4 and 1_000 too.
var decimal = regexp.MustCompile(`^[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

func parseNumber(cell string) (any, error) {
	if whole, err := strconv.ParseInt(cell, 10, 64); err == nil {
		return whole, nil
	}
	number, err := strconv.ParseFloat(cell, 64)
	// A whole number beyond 64 bits would lose digits.
	if err != nil || !decimal.MatchString(cell) || strings.Trim(cell, "+-0123456789") == "" {
		return nil, errors.New("must be a number such as 12 or 49.5")
	}
	return number, nil
}

// parseTime reads a time, or a day, which is its beginning in UTC.
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

// stores reports whether custom data have a value, or one that reads the same in a file.
func stores(data helpcrunch.CustomData, name string, value any) bool {
	if moment, ok := value.(time.Time); ok {
		stored, ok := data.Time(name)
		return ok && stored.Unix() == moment.Unix()
	}
	return formatValue(data[name]) == formatValue(value)
}

// formatValue writes a value as the export does.
func formatValue(value any) string {
	switch value := value.(type) {
	case nil:
		return ""
	case float64:
		return strconv.FormatFloat(value, 'f', -1, 64)
	}
	return fmt.Sprint(value)
}

// withAttribute returns the custom data of a patch with another value. All values of the
// customer are sent: it is not documented whether the service keeps those that are not. Dates
// are known from --type only.
func withAttribute(patch *helpcrunch.CustomerPatch, of *helpcrunch.Customer, kindOf map[string]string, name string, value any) helpcrunch.CustomData {
	data, ok := patch.CustomData.Get()
	if !ok {
		data = make(helpcrunch.CustomData)
		for name, value := range of.CustomData {
			if moment, ok := of.CustomData.Time(name); ok && kindOf[name] == "date" {
				value = moment
			}
			if value != nil {
				data[name] = value
			}
		}
	}
	data[name] = value
	return data
}
