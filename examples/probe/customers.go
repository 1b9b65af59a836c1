package main

import "context"

// sample reads the latest and the oldest rows of a kind.
func (p *probe) sample(ctx context.Context, k kind, sort string) []object {
	var rows []object
	seen := map[string]bool{}
	for _, order := range []string{"desc", "asc"} {
		for _, row := range p.get(ctx, "/"+k.plural, "sort", k.plural+"."+sort, "order", order).page().rows {
			if !seen[row.id()] {
				seen[row.id()] = true
				rows = append(rows, row)
			}
		}
	}
	return rows
}

// customerPoints looks at what customers hold.
func (p *probe) customerPoints(ctx context.Context) {
	p.customers = p.sample(ctx, customerKind, "firstSeen")
	p.describe(customerKind, p.customers)
	p.single(ctx, customerKind, p.customers)
	p.times(customerKind, p.customers, "firstSeen", "lastSeen")
	p.locations()
	p.customData()
}

// locations looks at customers who are nowhere.
func (p *probe) locations() {
	var forms tally
	for _, row := range p.customers {
		place := readObject(row["location"])
		known := false
		for _, value := range place {
			known = known || formOf(value) != null
		}
		switch {
		case known:
		case place == nil:
			forms.add(formOf(row["location"]))
		default:
			forms.add("object of `null`")
		}
	}
	p.found("`location` of customers without one", forms.finding("all have one"), forms.total)
}

// customData looks at custom attributes.
func (p *probe) customData() {
	var full, empty, values tally
	for _, row := range p.customers {
		form, isEmpty := dataForm(row["customData"])
		if isEmpty {
			empty.add(form)
			continue
		}
		full.add(form)
		for _, value := range dataValues(row["customData"]) {
			form := formOf(value)
			if timed, _ := timeForm(value); timed == dateText {
				form = dateText
			}
			values.add(form)
		}
	}
	p.found("`customData`", full.finding("all are empty"), full.total)
	p.found("`customData` when empty", empty.finding("none is empty"), empty.total)
	p.found("values in `customData`", values.set("all are empty"), values.total)
}

// customerPages looks at pages of customers: bounds, order, sort.
func (p *probe) customerPages(ctx context.Context) {
	const path = "/customers"
	usual := p.get(ctx, path).page()
	p.found("envelope of customers", usual.envelope(), 1)
	p.found("order of customers without a sort", orderOf(usual, "id", "firstSeen", "lastSeen"), len(usual.rows))
	p.found("rows of a page without `limit`", usualLimit(usual), len(usual.rows))
	p.found("`limit=101`", tooLarge(p.get(ctx, path, "limit", "101")), 1)
	few := p.get(ctx, path, "limit", "10").page()
	p.found("`limit=0`", outcome(p.get(ctx, path, "limit", "0"), usual), 1)
	p.found("`limit=-1`", outcome(p.get(ctx, path, "limit", "-1"), usual), 1)
	for _, offset := range []string{"-1", "ten", "1000000000"} {
		p.found("`offset="+offset+"`", outcome(p.get(ctx, path, "offset", offset, "limit", "10"), few), 1)
	}
	p.found("an unknown parameter", outcome(p.get(ctx, path, "nosuchparameter", "1", "limit", "10"), few), 1)
	p.found("an unknown `sort`", outcome(p.get(ctx, path, "sort", "customers.nosuchfield", "limit", "10"), few), 1)
	reversed := p.get(ctx, path, "order", "desc", "limit", "10").page()
	p.found("`order=desc` without a sort", orderOf(reversed, "id", "firstSeen", "lastSeen"), len(reversed.rows))
	p.customerSorts(ctx, few)
}

// customerSorts looks at customers sorted by a property. usual is the page without.
func (p *probe) customerSorts(ctx context.Context, usual page) {
	by := func(sort, order string) *answer {
		return p.get(ctx, "/customers", "sort", sort, "order", order, "limit", "10")
	}
	sorted := by("customers.firstSeen", "desc").page()
	p.found("`sort=customers.firstSeen&order=desc`", orderOf(sorted, "firstSeen"), len(sorted.rows))
	p.alike("`order` in capitals", by("customers.firstSeen", "DESC"), sorted, usual)
	p.alike("`sort` without `customers.`", by("firstSeen", "desc"), sorted, usual)
	for _, order := range []string{"asc", "desc"} {
		sorted := p.get(ctx, "/customers", "sort", "customers.lastSeen", "order", order).page()
		p.found("customers without `lastSeen`, sorted by it, "+order, nullsIn(sorted, "lastSeen"), len(sorted.rows))
	}
}

// alike adds whether another spelling of a sort does the same as the usual one.
func (p *probe) alike(point string, a *answer, sorted, usual page) {
	text := outcome(a, usual)
	switch same := a.page().ids() == sorted.ids(); {
	case len(sorted.rows) < 2:
		text = cannotTell + "fewer than 2 rows"
	case same && sorted.ids() == usual.ids():
		text = cannotTell + "that is the usual order anyway"
	case same:
		text = "understood"
	}
	p.found(point, text, 1)
}
