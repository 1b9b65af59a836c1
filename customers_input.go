package helpcrunch

import (
	"cmp"
	"reflect"
	"time"
)

// CustomerInput is a customer to create, or what a customer becomes with Replace. A
// zero field is left out, which on Replace clears it. At least one must be set. Notes and
// string values of custom data hold at most 255 characters, not bytes; tags and custom
// attributes need a name.
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
	Tags                  []Tag      // with a name each
	CustomData            CustomData // string values of at most 255 characters
	CreatedFrom           string
	IntegrationID         string
	// City, RegionCode and CountryCode are known from older documentation only.
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

// CustomerPatch changes a customer. A field is left alone unless it is given with [Set]
// or cleared with [Null]. At least one must be given. The bounds are those of
// [CustomerInput].
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
	Tags          Optional[[]Tag]      `json:"tags,omitzero"`       // with a name each
	CustomData    Optional[CustomData] `json:"customData,omitzero"` // string values of at most 255 characters
	CreatedFrom   Optional[string]     `json:"createdFrom,omitzero"`
	IntegrationID Optional[string]     `json:"integrationId,omitzero"`
	// City, RegionCode and CountryCode are known from older documentation only.
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

// check refuses a patch that changes nothing or holds what the service can't take.
func (p *CustomerPatch) check(what string) error {
	if p.isEmpty() {
		return invalid("%s: must have at least one field", what)
	}
	return cmp.Or(
		checkText(what+".Notes", p.Notes.value),
		checkTags(what+".Tags", p.Tags.value),
		checkCustomData(what+".CustomData", p.CustomData.value))
}

// isEmpty reports whether no field is set or cleared.
func (p *CustomerPatch) isEmpty() bool {
	return reflect.ValueOf(*p).IsZero()
}

// tagsInput is a body of tags, of which there must be one or more.
type tagsInput []Tag

func (t tagsInput) encode() (any, error) {
	if len(t) == 0 {
		return nil, invalid("tags: at least 1, got 0")
	}
	return map[string][]Tag{"tags": t}, checkTags("tags", t)
}
