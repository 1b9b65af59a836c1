package account

import (
	"cmp"
	"slices"
	"sort"
)

// Table holds the rows of one kind in the order of their ids, and in any further
// order that was asked for. Rows are never changed once they are in a table: a
// change puts a changed copy in their place. So a row that was read stays as it
// was, and a write that fails half-way has changed nothing.
type Table[Row any] struct {
	ID     func(*Row) int64
	Rows   []*Row
	orders map[string]*order[Row]
}

// order is a table's rows in another order than that of the ids, kept up to date.
// Walking a million rows page by page then costs one sort, not one for each page.
type order[Row any] struct {
	compare func(a, b *Row) int
	rows    []*Row
}

func newTable[Row any](id func(*Row) int64) *Table[Row] {
	return &Table[Row]{ID: id, orders: map[string]*order[Row]{}}
}

// find returns the place of a row, or the place where it would go.
func (t *Table[Row]) find(id int64) (int, bool) {
	if last := len(t.Rows) - 1; last >= 0 && t.ID(t.Rows[last]) < id {
		return last + 1, false
	}
	place := sort.Search(len(t.Rows), func(i int) bool { return t.ID(t.Rows[i]) >= id })
	return place, place < len(t.Rows) && t.ID(t.Rows[place]) == id
}

// Get returns the row with the id, or nil.
func (t *Table[Row]) Get(id int64) *Row {
	if place, ok := t.find(id); ok {
		return t.Rows[place]
	}
	return nil
}

// Put adds a row, or puts it in the place of the one with its id.
func (t *Table[Row]) Put(row *Row) {
	place, exists := t.find(t.ID(row))
	if !exists {
		t.Rows = slices.Insert(t.Rows, place, row)
		for _, order := range t.orders {
			order.insert(row)
		}
		return
	}
	old := t.Rows[place]
	t.Rows[place] = row
	for _, order := range t.orders {
		order.replace(old, row)
	}
}

// remove deletes the row with the id, if there is one.
func (t *Table[Row]) remove(id int64) {
	place, ok := t.find(id)
	if !ok {
		return
	}
	row := t.Rows[place]
	t.Rows = slices.Delete(t.Rows, place, place+1)
	for _, order := range t.orders {
		order.remove(row)
	}
}

// Ordered returns the rows in the order of compare. The name stands for it: the
// first call with a name sorts, later ones don't.
func (t *Table[Row]) Ordered(name string, compare func(a, b *Row) int) []*Row {
	if existing, ok := t.orders[name]; ok {
		return existing.rows
	}
	created := &order[Row]{rows: slices.Clone(t.Rows)}
	created.compare = func(a, b *Row) int {
		return cmp.Or(compare(a, b), cmp.Compare(t.ID(a), t.ID(b)))
	}
	slices.SortFunc(created.rows, created.compare)
	t.orders[name] = created
	return created.rows
}

func (o *order[Row]) insert(row *Row) {
	place, _ := slices.BinarySearchFunc(o.rows, row, o.compare)
	o.rows = slices.Insert(o.rows, place, row)
}

func (o *order[Row]) remove(row *Row) {
	if place, ok := slices.BinarySearchFunc(o.rows, row, o.compare); ok {
		o.rows = slices.Delete(o.rows, place, place+1)
	}
}

func (o *order[Row]) replace(old, row *Row) {
	if o.compare(old, row) != 0 {
		o.remove(old)
		o.insert(row)
		return
	}
	if place, ok := slices.BinarySearchFunc(o.rows, old, o.compare); ok {
		o.rows[place] = row
	}
}
