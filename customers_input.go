package helpcrunch

import (
	"cmp"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"
)

// CustomerInput contains the fields of a customer for Create, Replace and Upsert. Zero fields are
// not sent; Replace clears them. At least one field must be set. Notes and string values of custom
// data have at most 255 characters, not bytes. Tags and custom attributes need a name.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/create-customer-v1.
type CustomerInput struct {
	Name    string
	Email   string
	UserID  string // your own id, unique within the account
	Company string
	Phone   string
	// FirstSeen and LastSeen are written as whole seconds.
	FirstSeen, LastSeen   time.Time
	Unsubscribed, Blocked bool
	Source                string
	Referer               string
	LastPage              string
	Locale                string     // a language in ISO 639-1
	Notes                 string     // at most 255 characters
	Tags                  []Tag      // each needs a name
	CustomData            CustomData // string values of at most 255 characters
	CreatedFrom           string
	IntegrationID         string
	// City, RegionCode and CountryCode appear only in older documentation.
	City, RegionCode, CountryCode string
}

// patch returns the fields that are not zero as a patch. The two structs have fields of the
// same names.
func (in *CustomerInput) patch() (p CustomerPatch) {
	to := reflect.ValueOf(&p).Elem()
	for field, value := range reflect.ValueOf(*in).Fields() {
		to.FieldByName(field.Name).Addr().Interface().(interface{ setNonZero(any) }).setNonZero(value.Interface())
	}
	return p
}

func (in *CustomerInput) encode() (any, error) {
	if in == nil {
		return nil, invalid("input: must not be nil")
	}
	patch := in.patch()
	return patch, patch.check("input")
}

// Input returns the customer as an input for Replace, which clears the fields that are zero.
//
// It returns [ErrInvalidArgument] if [Customer.Unreadable] names a field of the input: Replace
// would lose its value.
func (c *Customer) Input() (*CustomerInput, error) {
	if c == nil {
		return nil, inMethod("Customer.Input", invalid("customer: must not be nil"))
	}
	for field := range reflect.TypeFor[CustomerInput]().Fields() {
		if c.isUnreadable(field.Name) {
			return nil, inMethod("Customer.Input", invalid("customer.%s: could not be read, and Replace would clear it", field.Name))
		}
	}
	input := c.fields()
	input.Tags, input.CustomData = slices.Clone(input.Tags), maps.Clone(input.CustomData)
	return &input, nil
}

// isUnreadable reports whether a field of the input, or a part of it, could not be read.
func (c *Customer) isUnreadable(field string) bool {
	for _, path := range c.Unreadable {
		path = strings.TrimPrefix(path, "location.")
		name := path[:strings.IndexAny(path+".", ".[")]
		_, isOfLocation := reflect.TypeFor[Location]().FieldByName(field)
		if strings.EqualFold(name, field) || isOfLocation && name == "location" {
			return true
		}
	}
	return false
}

// changes returns the fields of the input that are set and differ from the customer found by its
// key.
func (in *CustomerInput) changes(found *Customer) CustomerPatch {
	patch, stored := in.patch(), found.fields()
	if in.key().byEmail {
		patch.Email = Optional[string]{} // its key matches; only the case may differ
	}
	wanted, has, fields := reflect.ValueOf(*in), reflect.ValueOf(stored), reflect.ValueOf(&patch).Elem()
	for field, value := range fields.Fields() {
		a, b := wanted.FieldByName(field.Name).Interface(), has.FieldByName(field.Name).Interface()
		if storesSame(a, b) && !found.isUnreadable(field.Name) {
			value.SetZero()
		}
	}
	return patch
}

// fields returns the writable fields of a customer.
func (c *Customer) fields() (in CustomerInput) {
	location := Location{}
	if c.Location != nil {
		location = *c.Location
	}
	for field, to := range reflect.ValueOf(&in).Elem().Fields() {
		from := reflect.ValueOf(*c).FieldByName(field.Name)
		if !from.IsValid() {
			from = reflect.ValueOf(location).FieldByName(field.Name)
		}
		if moment, ok := from.Interface().(Timestamp); ok {
			from = reflect.ValueOf(moment.Time)
		}
		to.Set(from)
	}
	return in
}

// storesSame reports whether the stored value equals the value to write.
func storesSame(value, stored any) bool {
	switch value := value.(type) {
	case time.Time:
		return value.Unix() == stored.(time.Time).Unix()
	case []Tag:
		return sameTags(value, stored.([]Tag))
	case CustomData:
		for name := range value {
			if !value.sameValue(stored.(CustomData), name) {
				return false
			}
		}
		return true
	}
	return value == stored
}

// sameTags compares tags as sets of names, and the colors that are set.
func sameTags(tags, stored []Tag) bool {
	names, colors := make(map[string]bool), make(map[string]string)
	for _, tag := range stored {
		colors[tag.Name] = tag.Color
	}
	for _, tag := range tags {
		color, ok := colors[tag.Name]
		if !ok || tag.Color != "" && !strings.EqualFold(tag.Color, color) {
			return false
		}
		names[tag.Name] = true
	}
	return len(names) == len(colors)
}

// CustomerPatch changes a customer. A field changes only if it is set with [Set] or cleared with
// [Null]. At least one field must be set or cleared. The bounds are those of [CustomerInput].
//
// See https://docs.helpcrunch.com/en/rest-api-v1/update-customer-v1.
type CustomerPatch struct {
	Name          Optional[string]     `json:"name,omitzero"`
	Email         Optional[string]     `json:"email,omitzero"`
	UserID        Optional[string]     `json:"userId,omitzero"` // your own id, unique within the account
	Company       Optional[string]     `json:"company,omitzero"`
	Phone         Optional[string]     `json:"phone,omitzero"`
	FirstSeen     Optional[time.Time]  `json:"firstSeen,omitzero"` // written as whole seconds
	LastSeen      Optional[time.Time]  `json:"lastSeen,omitzero"`  // written as whole seconds
	Unsubscribed  Optional[bool]       `json:"unsubscribed,omitzero"`
	Blocked       Optional[bool]       `json:"blocked,omitzero"`
	Source        Optional[string]     `json:"source,omitzero"`
	Referer       Optional[string]     `json:"referer,omitzero"`
	LastPage      Optional[string]     `json:"lastPage,omitzero"`
	Locale        Optional[string]     `json:"locale,omitzero"`     // a language in ISO 639-1
	Notes         Optional[string]     `json:"notes,omitzero"`      // at most 255 characters
	Tags          Optional[[]Tag]      `json:"tags,omitzero"`       // each needs a name
	CustomData    Optional[CustomData] `json:"customData,omitzero"` // string values of at most 255 characters
	CreatedFrom   Optional[string]     `json:"createdFrom,omitzero"`
	IntegrationID Optional[string]     `json:"integrationId,omitzero"`
	// City, RegionCode and CountryCode appear only in older documentation.
	City        Optional[string] `json:"city,omitzero"`
	RegionCode  Optional[string] `json:"regionCode,omitzero"`
	CountryCode Optional[string] `json:"countryCode,omitzero"`
}

func (p *CustomerPatch) encode() (any, error) {
	if p == nil {
		return nil, invalid("patch: must not be nil")
	}
	return p, p.check("patch")
}

// check rejects a patch that changes nothing or contains an invalid value.
func (p *CustomerPatch) check(what string) error {
	return cmp.Or(
		invalidIf(p.isEmpty(), "%s: must have at least one field", what),
		checkUTF8(what, *p),
		checkUserID(what+".UserID", p.UserID.value),
		checkText(what+".Notes", p.Notes.value),
		checkTags(what+".Tags", p.Tags.value),
		checkCustomData(what+".CustomData", p.CustomData.value))
}

// isEmpty reports whether no field is set or cleared.
func (p *CustomerPatch) isEmpty() bool {
	return reflect.ValueOf(*p).IsZero()
}

// tagsInput is a body of at least one tag.
type tagsInput []Tag

func (t tagsInput) encode() (any, error) {
	return map[string][]Tag{"tags": t}, cmp.Or(invalidIf(len(t) == 0, "tags: at least 1, got 0"), checkTags("tags", t), checkUTF8("tags", []Tag(t)))
}
