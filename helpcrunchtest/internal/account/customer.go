package account

import "slices"

// defaultColor is the colour of a tag that was given none.
const defaultColor = "#c377e0"

// AddTags appends tags to those there are. One that is there keeps its colour unless a
// new one is given.
func AddTags(tags, more []Tag) []Tag {
	result := slices.Clone(tags)
	for _, added := range more {
		place := slices.IndexFunc(result, func(tag Tag) bool { return tag.Name == added.Name })
		switch {
		case place < 0:
			result = append(result, added)
		case added.Color != "":
			result[place].Color = added.Color
		}
	}
	return result
}

// WithColors gives tags without a colour the default.
func WithColors(tags []Tag) []Tag {
	for i := range tags {
		if tags[i].Color == "" {
			tags[i].Color = defaultColor
		}
	}
	return tags
}

// SetProperty gives a property a value, in its old place if it has one. A null value
// sets nothing.
func SetProperty(properties []Property, name string, value any) []Property {
	if value == nil {
		return properties
	}
	for i := range properties {
		if properties[i].Name == name {
			properties[i].Value = value
			return properties
		}
	}
	return append(properties, Property{name, value})
}

// CopyOf is the base of a patch: the customer as it is.
func CopyOf(row *Customer) *Customer {
	copied := *row
	return &copied
}

// Blank is the base of a replacement: what can't be written stays, all else is empty.
func Blank(row *Customer) *Customer {
	texts := row.Texts()
	for field := range RegionCodeField {
		texts[field] = NullableText{}
	}
	emptied := &Customer{ID: row.ID, FirstSeen: Never, LastSeen: Never, Device: row.Device}
	emptied.Pack(&texts)
	return emptied
}
