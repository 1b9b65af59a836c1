package helpcrunch_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// documentedOperations is the service's documentation, page by page, below
// https://docs.helpcrunch.com/en/rest-api-v1/.
const documentedOperations = `
	GET    /customers                  get-customers-v1
	GET    /customers/{id}             get-customer-v1
	POST   /customers/search           search-customers-v1
	POST   /customers                  create-customer-v1
	PUT    /customers/{id}             update-customer-v1
	PATCH  /customers/{id}             update-customer-v1
	PUT    /customers/batch            batch-update-customers-v1
	DELETE /customers/{id}             delete-customer-v1
	PUT    /customers/{id}/tags        tag-customer-v1
	DELETE /customers/{id}/tags        untag-customer-v1
	POST   /events                     add-customer-event-v1
	GET    /chats                      get-chats-v1
	GET    /chats/{id}                 get-chat-v1
	POST   /chats/search               search-chats-v1
	POST   /chats                      create-chat-v1
	PUT    /chats/status               update-chat-status-v1
	PUT    /chats/assignee             update-chat-assignee-v1
	PUT    /chats/department           update-chat-department-v1
	PUT    /chats/snooze               snooze-chat-v1
	PUT    /chats/rate                 chat-rating-rest-api
	PUT    /chats/readByAgent          read-chat-rest-api-1
	PUT    /chats/readByCustomer       read-chat-rest-api-1
	GET    /chats/{id}/messages        get-messages-v1
	POST   /messages                   create-message-v1
	GET    /agents                     get-agents-v1
	GET    /agents/{id}/unsubscribe    unsubscribe-agent-v1
	GET    /departments                get-departments-v1
	GET    /applications               get-applications-v1
	GET    /organization               get-organization-v1
`

const vendorPages = "https://docs.helpcrunch.com/en/rest-api-v1/"

// classByRule is the rule by which an operation may be sent again: reads and searches
// change nothing, a PUT, PATCH or DELETE changes the same thing however often it comes,
// and so does the one GET that changes something. Rating a chat works once.
func classByRule(method, path string) string {
	switch {
	case path == "/chats/rate":
		return "once"
	case strings.HasSuffix(path, "/unsubscribe"):
		return "repeatable write"
	case method == "GET" || strings.HasSuffix(path, "/search"):
		return "read"
	case method == "POST":
		return "once"
	}
	return "repeatable write"
}

// TestTableOfOperationsIsWhatTheServiceDocuments compares the table row by row.
func TestTableOfOperationsIsWhatTheServiceDocuments(t *testing.T) {
	var want []helpcrunch.Operation
	for line := range strings.Lines(strings.TrimSpace(documentedOperations)) {
		words := strings.Fields(line)
		want = append(want, helpcrunch.Operation{
			Method: words[0], Path: words[1],
			Class: classByRule(words[0], words[1]),
			Page:  vendorPages + words[2],
		})
	}
	require.Len(t, want, 29)
	got := helpcrunch.Operations()
	for i := range got {
		got[i].Name = "" // the next test checks it
	}
	assert.Equal(t, want, got)
}

// TestEveryOperationIsNamedAfterAMethodThatSendsIt checks the names that errors and response
// hooks show.
func TestEveryOperationIsNamedAfterAMethodThatSendsIt(t *testing.T) {
	uses := make(map[string][]string)
	for _, c := range kit.OperationCases() {
		uses[c.Method] = c.Uses
	}
	for _, op := range helpcrunch.Operations() {
		assert.Equal(t, []string{op.Method + " " + op.Path}, uses[op.Name], "what %s sends", op.Name)
	}
}

// TestOnlyCreationsAndRatingsAreSentOnce lists the operations that are never repeated.
func TestOnlyCreationsAndRatingsAreSentOnce(t *testing.T) {
	var once []string
	for _, op := range helpcrunch.Operations() {
		if op.Class == "once" {
			once = append(once, op.Method+" "+op.Path)
		}
	}
	assert.Equal(t, []string{
		"POST /customers", "POST /events", "POST /chats", "PUT /chats/rate", "POST /messages",
	}, once)
}

// TestEveryMethodNamesTheVendorsPage reads the source: the comment of a method holds the
// page of its operation, and no other page. One that puts several operations together
// names one page or more of those.
func TestEveryMethodNamesTheVendorsPage(t *testing.T) {
	comments := methodComments(t)
	pages := regexp.MustCompile(regexp.QuoteMeta(vendorPages) + `[a-z0-9-]+`)
	page := make(map[string]string)
	for _, op := range helpcrunch.Operations() {
		page[op.Method+" "+op.Path] = op.Page
	}
	for _, c := range kit.OperationCases() {
		comment, ok := comments[c.Method]
		require.True(t, ok, "no comment for %s", c.Method)
		named := pages.FindAllString(comment, -1)
		if slices.Contains(kit.Composites, c.Method) {
			assert.NotEmpty(t, named, "the pages that the comment of %s names", c.Method)
			continue
		}
		assert.Equal(t, []string{page[c.Uses[0]]}, named, "the pages that the comment of %s names", c.Method)
	}
}

// methodComments returns the comment of each exported method of a service, by names
// such as "Customers.Get".
func methodComments(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	comments := make(map[string]string)
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		require.NoError(t, err)
		for _, declaration := range file.Decls {
			method, ok := declaration.(*ast.FuncDecl)
			if !ok || method.Recv == nil || !method.Name.IsExported() {
				continue
			}
			if service, ok := strings.CutSuffix(receiverName(method), "Service"); ok {
				comments[service+"."+method.Name.Name] = method.Doc.Text()
			}
		}
	}
	return comments
}

// receiverName is the name of the type on whose pointer a method is declared.
func receiverName(method *ast.FuncDecl) string {
	pointer, ok := method.Recv.List[0].Type.(*ast.StarExpr)
	if !ok {
		return ""
	}
	name, ok := pointer.X.(*ast.Ident)
	if !ok {
		return ""
	}
	return name.Name
}
