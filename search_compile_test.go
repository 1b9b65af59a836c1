package helpcrunch_test

import (
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestWrongSearchesDoNotCompile type-checks pairs of small programs that differ in one
// expression: the one that is right must compile, the other must be refused, with an
// error about that expression.
func TestWrongSearchesDoNotCompile(t *testing.T) {
	check := typeChecker(t)
	const (
		customerFilter = "var _ = helpcrunch.CustomerSearch{Filters: []helpcrunch.CustomerFilter{%s}}"
		chatFilter     = "var _ = helpcrunch.ChatSearch{Filters: []helpcrunch.ChatFilter{%s}}"
		customerSort   = "var _ = helpcrunch.CustomerSearch{Sort: %s}"
		chatSort       = "var _ = helpcrunch.ChatSearch{Sort: %s}"
		listSort       = "var _ = helpcrunch.CustomerListOptions{Sort: %s}"
		order          = "var _ = helpcrunch.CustomerSearch{Order: %s}"
		search         = "func f(c *helpcrunch.Client) { _, _ = c.Customers.Search(nil, %s) }"
		patchField     = "var _ = helpcrunch.CustomerPatch{Name: %s}"
	)
	for _, c := range []struct {
		name, program, right, wrong string
		complaint                   string // part of the compiler's error
	}{
		{"a chat filter in a customer search", customerFilter,
			`helpcrunch.CustomerFields.ID.Equals(7)`, `helpcrunch.ChatFields.Customer.Equals(7)`, "ChatFilter"},
		{"a customer filter in a chat search", chatFilter,
			`helpcrunch.ChatFields.CustomerEmail.Equals("a@example.com")`, `helpcrunch.CustomerFields.Email.Equals("a@example.com")`, "CustomerFilter"},
		{"Contains on an integer", customerFilter,
			`helpcrunch.CustomerFields.Email.Contains("4")`, `helpcrunch.CustomerFields.ID.Contains("4")`, "Contains"},
		{"After on a string", customerFilter,
			`helpcrunch.CustomerFields.LastSeen.After(time.Now())`, `helpcrunch.CustomerFields.Name.After(time.Now())`, "After"},
		{"GreaterThan on a string", customerFilter,
			`helpcrunch.CustomerFields.ID.GreaterThan(4)`, `helpcrunch.CustomerFields.Name.GreaterThan(4)`, "GreaterThan"},
		{"Contains on a date", customerFilter,
			`helpcrunch.CustomerFields.Name.Contains("2024")`, `helpcrunch.CustomerFields.LastSeen.Contains("2024")`, "Contains"},
		{"a string for an integer", chatFilter,
			`helpcrunch.ChatFields.Department.Equals(7)`, `helpcrunch.ChatFields.Department.Equals("7")`, `"7"`},
		{"an integer for a string", customerFilter,
			`helpcrunch.CustomerFields.UserID.Equals("7")`, `helpcrunch.CustomerFields.UserID.Equals(7)`, "7"},
		{"a string for a date", customerFilter,
			`helpcrunch.CustomerFields.LastSeen.After(time.Unix(1, 0))`, `helpcrunch.CustomerFields.LastSeen.After("2024-01-01")`, "2024"},
		{"HasAll on a string", customerFilter,
			`helpcrunch.CustomerFields.Tags.HasAll("Lead", "Paid")`, `helpcrunch.CustomerFields.Name.HasAll("Lead", "Paid")`, "HasAll"},
		{"NotEquals on tags", customerFilter,
			`helpcrunch.CustomerFields.Name.NotEquals("Lead")`, `helpcrunch.CustomerFields.Tags.NotEquals("Lead")`, "NotEquals"},
		{"a rating for a status", chatFilter,
			`helpcrunch.ChatFields.Status.Equals(helpcrunch.ChatStatusClosed)`, `helpcrunch.ChatFields.Status.Equals(helpcrunch.RatingPoor)`, "RatingPoor"},
		{"a string variable for a status", chatFilter,
			`helpcrunch.ChatFields.Status.Equals(helpcrunch.ChatStatus(text))`, `helpcrunch.ChatFields.Status.Equals(text)`, "text"},
		{"Contains on a status", chatFilter,
			`helpcrunch.ChatFields.Status.Equals("closed")`, `helpcrunch.ChatFields.Status.Contains("closed")`, "Contains"},
		{"a field that is not searchable", customerFilter,
			`helpcrunch.CustomerFields.LastSeen.Before(time.Now())`, `helpcrunch.CustomerFields.FirstSeen.Before(time.Now())`, "FirstSeen"},
		{"chats' sort of customers", customerSort,
			`helpcrunch.CustomerSortLastSeen`, `helpcrunch.ChatSortCreatedAt`, "ChatSort"},
		{"customers' sort of chats", chatSort,
			`helpcrunch.ChatSortClosedAt`, `helpcrunch.CustomerSortLastSeen`, "CustomerSort"},
		{"chats' sort in a list of customers", listSort,
			`helpcrunch.CustomerSortFirstSeen`, `helpcrunch.ChatSortCreatedAt`, "ChatSort"},
		{"a match as an order", order,
			`helpcrunch.OrderDescending`, `helpcrunch.MatchAny`, "MatchAny"},
		{"a chat search of customers", search,
			`&helpcrunch.CustomerSearch{}`, `&helpcrunch.ChatSearch{}`, "ChatSearch"},
		{"a plain value in a patch", patchField,
			`helpcrunch.Set("Ada")`, `"Ada"`, `"Ada"`},
		{"a value of another type in a patch", patchField,
			`helpcrunch.Null[string]()`, `helpcrunch.Set(7)`, "Optional[int]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.NoError(t, check(fmt.Sprintf(c.program, c.right)), "the right twin must compile")
			assert.ErrorContains(t, check(fmt.Sprintf(c.program, c.wrong)), c.complaint, "the wrong twin must not compile")
		})
	}
}

// typeChecker returns a function that type-checks a program against this module as the
// go command last built it.
func typeChecker(t *testing.T) func(program string) error {
	t.Helper()
	out, err := exec.Command("go", "list", "-export", "-deps", "-f", "{{.ImportPath}}={{.Export}}", ".").Output()
	require.NoError(t, err)
	exports := make(map[string]string)
	for line := range strings.Lines(string(out)) {
		path, file, _ := strings.Cut(strings.TrimSpace(line), "=")
		exports[path] = file
	}
	files := token.NewFileSet()
	imports := importer.ForCompiler(files, "gc", func(path string) (io.ReadCloser, error) {
		return os.Open(exports[path])
	})
	return func(program string) error {
		const head = "package p\n\nimport (\n\"time\"\n\"github.com/helpcrunch-go/helpcrunch\"\n)\n\n" +
			"var text string\nvar _ time.Time\n"
		file, err := parser.ParseFile(files, "p.go", head+program, 0)
		require.NoError(t, err, program)
		config := types.Config{Importer: imports}
		_, err = config.Check("p", files, []*ast.File{file}, nil)
		return err
	}
}
