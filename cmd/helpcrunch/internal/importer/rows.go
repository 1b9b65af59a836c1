package importer

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/cli"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/csvsafe"
)

// row is a row of the file and its outcome.
type row struct {
	line    int
	lines   string // such as "lines 4 to 9"
	id      int64  // HelpCrunch's id, if the row is matched by it
	input   helpcrunch.CustomerInput
	key     string // the cell that identifies the customer
	warning string

	customer int64                    // the id of the customer to update
	patch    helpcrunch.CustomerPatch // what to update
	outcome  outcome
	details  string
	stop     error // why there are no further rows; the row is none then
}

// fail records why the row is invalid or could not be written.
func (r *row) fail(format string, args ...any) {
	r.outcome, r.details = failed, fmt.Sprintf(format, args...)
}

// table makes rows of the cells of a file.
type table struct {
	columns []column
	by      string // the column that identifies customers
	kindOf  map[string]string
	client  *helpcrunch.Client

	seed maphash.Seed
	seen map[uint64]int32 // the line of each key, by a hash of 64 bits: a million keys take 30 MB
}

// newTable finds the columns. An empty by is the first of id, userId and email that the file has.
func newTable(header []string, by string, kindOf map[string]string) (*table, error) {
	found, err := findColumns(header)
	if err != nil {
		return nil, err
	}
	t := &table{columns: found, by: by, kindOf: kindOf, seen: make(map[uint64]int32), seed: maphash.MakeSeed()}
	for _, name := range []string{idColumn, userIDColumn, emailColumn} {
		if t.by == "" && t.index(name) >= 0 {
			t.by = name
		}
	}
	switch {
	case t.by == "":
		return nil, cli.Usagef("the file needs a column %s, %s or %s", idColumn, userIDColumn, emailColumn)
	case t.index(t.by) < 0:
		return nil, cli.Usagef("the file has no column %s", by)
	}
	return t, nil
}

// index returns the index of a column, -1 if the file has none of the name.
func (t *table) index(name string) int {
	return slices.IndexFunc(t.columns, func(c column) bool { return c.name == name })
}

// ignored returns the columns that are neither written nor used to find customers.
func (t *table) ignored() (names []string) {
	for _, c := range t.columns {
		if c.field == "" && c.name != t.by {
			names = append(names, c.name)
		}
	}
	return names
}

// newRow reads a row of the file. It has failed if it is invalid.
func (t *table) newRow(from csvsafe.Row) *row {
	r := &row{line: from.First, lines: from.Lines()}
	cells := from.Cells[:min(len(from.Cells), len(t.columns))]
	if i := t.index(t.by); i < len(cells) {
		r.key = cells[i]
	}
	if from.Err != nil {
		r.fail("%v", from.Err)
		return r
	}
	for i, cell := range cells {
		if cell == "" {
			continue
		}
		if err := t.readCell(r, &t.columns[i], cell); err != nil {
			r.fail("%s %v", t.columns[i].name, err)
			return r
		}
	}
	if r.key == "" {
		r.fail("%s is empty", t.by)
	} else if line, isThere := t.remember(r); isThere {
		r.fail("the %s is in line %d already", t.by, line)
	}
	return r
}

// shortened matches what spreadsheets make of long numbers.
var shortened = regexp.MustCompile(`^[0-9]([.,][0-9]+)?[Ee]\+[0-9]+$`)

// readCell reads a cell that is not empty.
func (t *table) readCell(r *row, c *column, cell string) (err error) {
	if c.name == t.by && strings.TrimSpace(cell) != cell {
		return errSpace
	}
	if i := strings.IndexFunc(cell, isInvisible); c.name == t.by && i >= 0 {
		found, _ := utf8.DecodeRuneInString(cell[i:])
		r.warning = fmt.Sprintf("warning: %s contains the invisible character %U", c.name, found)
	}
	if c.name == idColumn && t.by == idColumn {
		if r.id, err = strconv.ParseInt(cell, 10, 64); err != nil || r.id < 1 {
			return fmt.Errorf("must be a whole number above 0, got %q", cell)
		}
	}
	if c.field == "" {
		return nil
	}
	switch c.name {
	case userIDColumn, "phone", "integrationId":
		if shortened.MatchString(cell) {
			r.warning = fmt.Sprintf("warning: %s %s looks like a number that a spreadsheet has shortened", c.name, cell)
		}
	}
	return c.read(&r.input, cell, t.kindOf)
}

// remember records the key of a row, or returns the line that has the key already.
func (t *table) remember(r *row) (line int, isThere bool) {
	key := r.key
	switch t.by {
	case idColumn:
		key = strconv.FormatInt(r.id, 10)
	case emailColumn:
		key = strings.ToLower(key)
	}
	hash := maphash.String(t.seed, key)
	if earlier, isThere := t.seen[hash]; isThere {
		return int(earlier), true
	}
	t.seen[hash] = int32(r.line)
	return 0, false
}

// plan finds what to write for a row, given the customers that its group's search has found.
func (t *table) plan(r *row, found customers) {
	customer, err := found.find(r, t.by)
	switch {
	case r.outcome == failed:
		return
	case err == nil && customer == nil:
		r.outcome = toCreate
		err = t.planCreate(r)
	case err == nil:
		r.outcome, r.customer = toUpdate, customer.ID
		err = t.planUpdate(r, customer)
	}
	if err != nil {
		r.fail("%v", err)
	}
}

// planCreate checks a row whose customer is to be created.
func (t *table) planCreate(r *row) error {
	for _, c := range t.columns {
		if err := c.check(r); err != nil {
			return err
		}
	}
	_, err := t.client.Customers.Create(ended, &r.input)
	return invalid(err)
}

// planUpdate finds what differs from the customer. Texts that do not differ are not checked:
// the service has them.
func (t *table) planUpdate(r *row, customer *helpcrunch.Customer) error {
	var names []string
	for _, c := range t.columns {
		if c.field == "" || c.name == t.by || !c.change(&r.input, &r.patch, customer, t.kindOf) {
			continue
		}
		names = append(names, c.name)
		if err := c.check(r); err != nil {
			return err
		}
		if path, isLost := c.unreadable(customer); isLost {
			return fmt.Errorf("%s of the customer can not be read: writing %s would lose it", path, c.name)
		}
	}
	r.details = strings.Join(names, ", ")
	if len(names) == 0 {
		r.outcome, r.warning = unchanged, "" // the service has the value
		return nil
	}
	_, err := t.client.Customers.Update(ended, customer.ID, &r.patch)
	return invalid(err)
}

// ended is a context with which the SDK checks its arguments and sends nothing.
var ended = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

// invalid returns the SDK's error about an argument, without the names of method and argument.
func invalid(err error) error {
	if !errors.Is(err, helpcrunch.ErrInvalidArgument) {
		return nil
	}
	text := err.Error()
	for _, argument := range []string{"input.", "patch."} {
		if _, after, ok := strings.Cut(text, ": "+argument); ok {
			text = after
		}
	}
	return errors.New(text)
}

// filters match the customer of a row. The service may compare e-mails with their case.
func (t *table) filters(r *row) []helpcrunch.CustomerFilter {
	switch t.by {
	case idColumn:
		return []helpcrunch.CustomerFilter{helpcrunch.CustomerFieldID.Equals(r.id)}
	case userIDColumn:
		return []helpcrunch.CustomerFilter{helpcrunch.CustomerFieldUserID.Equals(r.input.UserID)}
	}
	filters := []helpcrunch.CustomerFilter{helpcrunch.CustomerFieldEmail.Equals(r.input.Email)}
	if lower := strings.ToLower(r.input.Email); lower != r.input.Email {
		filters = append(filters, helpcrunch.CustomerFieldEmail.Equals(lower))
	}
	if r.input.UserID != "" {
		filters = append(filters, helpcrunch.CustomerFieldUserID.Equals(r.input.UserID))
	}
	return filters
}
