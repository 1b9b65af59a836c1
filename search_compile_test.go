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

// Programs with a hole for an expression.
const (
	customerFilterProgram = "var _ = helpcrunch.CustomerSearch{Filters: []helpcrunch.CustomerFilter{%s}}"
	chatFilterProgram     = "var _ = helpcrunch.ChatSearch{Filters: []helpcrunch.ChatFilter{%s}}"
	customerSortProgram   = "var _ = helpcrunch.CustomerSearch{Sort: %s}"
	chatSortProgram       = "var _ = helpcrunch.ChatSearch{Sort: %s}"
	listSortProgram       = "var _ = helpcrunch.CustomerListOptions{Sort: %s}"
	orderProgram          = "var _ = helpcrunch.CustomerSearch{Order: %s}"
	searchProgram         = "func f(c *helpcrunch.Client) { _, _ = c.Customers.Search(nil, %s) }"
	patchFieldProgram     = "var _ = helpcrunch.CustomerPatch{Name: %s}"
)

// programTwins are two programs that differ in one expression.
type programTwins struct {
	name, program, right, wrong string
	complaint                   string // part of the compiler's error
}

var searchTwins = []programTwins{
	{"a chat filter in a customer search", customerFilterProgram,
		`helpcrunch.CustomerFieldID.Equals(7)`, `helpcrunch.ChatFieldCustomer.Equals(7)`, "ChatFilter"},
	{"a customer filter in a chat search", chatFilterProgram,
		`helpcrunch.ChatFieldCustomerEmail.Equals("a@example.com")`, `helpcrunch.CustomerFieldEmail.Equals("a@example.com")`, "CustomerFilter"},
	{"Contains on an integer", customerFilterProgram,
		`helpcrunch.CustomerFieldEmail.Contains("4")`, `helpcrunch.CustomerFieldID.Contains("4")`, "Contains"},
	{"After on a string", customerFilterProgram,
		`helpcrunch.CustomerFieldLastSeen.After(time.Now())`, `helpcrunch.CustomerFieldName.After(time.Now())`, "After"},
	{"GreaterThan on a string", customerFilterProgram,
		`helpcrunch.CustomerFieldID.GreaterThan(4)`, `helpcrunch.CustomerFieldName.GreaterThan(4)`, "GreaterThan"},
	{"Contains on a date", customerFilterProgram,
		`helpcrunch.CustomerFieldName.Contains("2024")`, `helpcrunch.CustomerFieldLastSeen.Contains("2024")`, "Contains"},
	{"a string for an integer", chatFilterProgram,
		`helpcrunch.ChatFieldDepartment.Equals(7)`, `helpcrunch.ChatFieldDepartment.Equals("7")`, `"7"`},
	{"an integer for a string", customerFilterProgram,
		`helpcrunch.CustomerFieldUserID.Equals("7")`, `helpcrunch.CustomerFieldUserID.Equals(7)`, "7"},
	{"a string for a date", customerFilterProgram,
		`helpcrunch.CustomerFieldLastSeen.After(time.Unix(1, 0))`, `helpcrunch.CustomerFieldLastSeen.After("2024-01-01")`, "2024"},
	{"HasAll on a string", customerFilterProgram,
		`helpcrunch.CustomerFieldTags.HasAll("Lead", "Paid")`, `helpcrunch.CustomerFieldName.HasAll("Lead", "Paid")`, "HasAll"},
	{"NotEquals on tags", customerFilterProgram,
		`helpcrunch.CustomerFieldName.NotEquals("Lead")`, `helpcrunch.CustomerFieldTags.NotEquals("Lead")`, "NotEquals"},
	{"a rating for a status", chatFilterProgram,
		`helpcrunch.ChatFieldStatus.Equals(helpcrunch.ChatStatusClosed)`, `helpcrunch.ChatFieldStatus.Equals(helpcrunch.RatingPoor)`, "RatingPoor"},
	{"a string variable for a status", chatFilterProgram,
		`helpcrunch.ChatFieldStatus.Equals(helpcrunch.ChatStatus(text))`, `helpcrunch.ChatFieldStatus.Equals(text)`, "text"},
	{"Contains on a status", chatFilterProgram,
		`helpcrunch.ChatFieldStatus.Equals("closed")`, `helpcrunch.ChatFieldStatus.Contains("closed")`, "Contains"},
	{"a field that is not searchable", customerFilterProgram,
		`helpcrunch.CustomerFieldLastSeen.Before(time.Now())`, `helpcrunch.CustomerFieldFirstSeen.Before(time.Now())`, "FirstSeen"},
	{"chats' sort of customers", customerSortProgram,
		`helpcrunch.CustomerSortLastSeen`, `helpcrunch.ChatSortCreatedAt`, "ChatSort"},
	{"customers' sort of chats", chatSortProgram,
		`helpcrunch.ChatSortClosedAt`, `helpcrunch.CustomerSortLastSeen`, "CustomerSort"},
	{"chats' sort in a list of customers", listSortProgram,
		`helpcrunch.CustomerSortFirstSeen`, `helpcrunch.ChatSortCreatedAt`, "ChatSort"},
	{"a match as an order", orderProgram,
		`helpcrunch.OrderDescending`, `helpcrunch.MatchAny`, "MatchAny"},
	{"a chat search of customers", searchProgram,
		`&helpcrunch.CustomerSearch{}`, `&helpcrunch.ChatSearch{}`, "ChatSearch"},
	{"a plain value in a patch", patchFieldProgram,
		`helpcrunch.Set("Ada")`, `"Ada"`, `"Ada"`},
	{"a value of another type in a patch", patchFieldProgram,
		`helpcrunch.Null[string]()`, `helpcrunch.Set(7)`, "Optional[int]"},
}

// TestWrongSearchesDoNotCompile type-checks pairs of small programs that differ in one
// expression: the one that is right must compile, the other must be rejected, with an
// error about that expression.
func TestWrongSearchesDoNotCompile(t *testing.T) {
	check := typeChecker(t)
	for _, c := range searchTwins {
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
