package check

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// page holds the rows of a response. A single object is one row.
type page struct {
	where  string // where the rows and their total are, "" if there are none
	single bool
	total  string // as it was sent
	rows   []object
}

// readPage reads a page in any of its envelopes.
func readPage(body []byte) page {
	if bytes.HasPrefix(bytes.TrimSpace(body), []byte("[")) {
		return page{where: "in a bare array", rows: decode[[]object](body)}
	}
	whole := decode[object](body)
	if inner := decode[object](whole["data"]); inner != nil {
		return page{where: "object in data", single: true, rows: []object{inner}}
	}
	for _, key := range []string{"data", "messages"} {
		if rows := decode[[]object](whole[key]); rows != nil {
			p := page{where: "in " + key, rows: rows}
			if top := whole["total"]; top != nil {
				p.where, p.total = p.where+", total", string(top)
			}
			if meta := decode[object](whole["meta"])["total"]; meta != nil {
				p.where, p.total = p.where+", meta.total", string(meta)
			}
			return p
		}
	}
	if whole["id"] == nil {
		return page{}
	}
	return page{where: "bare object", single: true, rows: []object{whole}}
}

// shape describes where the rows are and how they are sorted.
func (p page) shape() string {
	parts := []string{p.where}
	for _, name := range []string{"id", "createdAt", "firstSeen", "lastSeen", "lastMessageAt"} {
		if order := orderOf(p.rows, name); order != "" {
			parts = append(parts, order)
		}
	}
	return strings.Join(parts, ", ")
}

// orderOf tells whether the rows are sorted by a property, and where those without it are.
func orderOf(rows []object, name string) string {
	var values []float64
	var unset []int
	for i, row := range rows {
		value, err := strconv.ParseFloat(strings.Trim(string(row[name]), `"`), 64)
		if err == nil {
			values = append(values, value)
		} else {
			unset = append(unset, i)
		}
	}
	rises := slices.IsSorted(values)
	slices.Reverse(values)
	falls := slices.IsSorted(values)
	if rises == falls {
		return ""
	}
	order := map[bool]string{true: "ascending ", false: "descending "}[rises] + name
	switch n := len(unset); {
	case n == 0:
		return order
	case unset[n-1] == n-1:
		return order + " (unset first)"
	case unset[0] == len(rows)-n:
		return order + " (unset last)"
	}
	return order + " (unset among the others)"
}

// describe describes a response. usual is the response to a request without what is tried,
// nil if there is none.
func (r *response) describe(usual *response) string {
	switch n := len(r.page.rows); {
	case r.problem() != "":
		return unknown + r.problem()
	case r.status >= 300:
		return fmt.Sprintf("%d, %s", r.status, errorForm(r.body))
	case r.page.single:
		return r.page.where
	case usual != nil && n > 0 && slices.EqualFunc(r.page.rows, usual.page.rows, object.is):
		return fmt.Sprintf("as without it: %d rows", n)
	case n == 0:
		return "no rows"
	case n == 1:
		return "1 row " + r.page.where
	default:
		return fmt.Sprintf("%d rows %s", n, r.page.shape())
	}
}
