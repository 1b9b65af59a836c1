package main

import (
	"errors"
	"math"
	"strconv"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
)

// kind is a type of custom attributes.
type kind struct {
	parse func(cell string) (any, error)
	// same reports whether a customer has the value.
	same func(data helpcrunch.CustomData, name string, value any) bool
}

// kinds are the types by the names that -type knows.
var kinds = map[string]*kind{
	"text":    {func(cell string) (any, error) { return cell, nil }, sameText},
	"number":  {parseNumber, sameText},
	"boolean": {func(cell string) (any, error) { return parseBool(cell) }, sameText},
	"date":    {func(cell string) (any, error) { return parseTime(cell) }, sameTime},
}

func parseNumber(cell string) (any, error) {
	if whole, err := strconv.ParseInt(cell, 10, 64); err == nil {
		return whole, nil
	}
	number, err := strconv.ParseFloat(cell, 64)
	if err != nil || math.IsInf(number, 0) || math.IsNaN(number) {
		return nil, errors.New("must be a number such as 12 or 49.5")
	}
	return number, nil
}

func sameText(data helpcrunch.CustomData, name string, value any) bool {
	return formatValue(data[name]) == formatValue(value)
}

func sameTime(data helpcrunch.CustomData, name string, value any) bool {
	is, ok := data.Time(name)
	wanted, _ := value.(time.Time)
	return ok && is.Truncate(time.Second).Equal(wanted)
}

// attributeColumn is the column of a custom attribute.
func attributeColumn(name string, kindOf map[string]*kind) column {
	k := kindOf[name]
	if k == nil {
		k = kinds["text"]
	}
	return column{
		name: attributePrefix + name,
		read: func(in *helpcrunch.CustomerInput, cell string) error {
			value, err := k.parse(cell)
			if in.CustomData == nil {
				in.CustomData = make(helpcrunch.CustomData)
			}
			in.CustomData[name] = value
			return err
		},
		change: func(in, change *helpcrunch.CustomerInput, c *helpcrunch.Customer) bool {
			value, ok := in.CustomData[name]
			if !ok || k.same(c.CustomData, name, value) {
				return false
			}
			if change.CustomData == nil {
				change.CustomData = kept(c.CustomData, kindOf)
			}
			change.CustomData[name] = value
			return true
		},
	}
}

// kept is a customer's custom data as it can be sent again: it is not documented whether
// the service keeps attributes that are not sent. Dates are known by -type alone.
func kept(data helpcrunch.CustomData, kindOf map[string]*kind) helpcrunch.CustomData {
	all := make(helpcrunch.CustomData, len(data))
	for name, value := range data {
		if moment, ok := data.Time(name); ok && kindOf[name] == kinds["date"] {
			value = moment
		}
		if value != nil {
			all[name] = value
		}
	}
	return all
}
