package helpcrunch_test

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// vendorPages is where the pages of the service's documentation are.
const vendorPages = "https://docs.helpcrunch.com/en/rest-api-v1/"

// TestTheTableOfOperationsIsThatOfTheTests compares the two row by row.
func TestTheTableOfOperationsIsThatOfTheTests(t *testing.T) {
	var want []helpcrunch.Operation
	for _, op := range kit.Operations() {
		method, path, _ := strings.Cut(op.Endpoint, " ")
		want = append(want, helpcrunch.Operation{
			Name: op.Name, Method: method, Path: path, Class: string(op.Class), Page: vendorPages + op.Page,
		})
	}
	assert.Equal(t, want, helpcrunch.Operations())
}

// exportedMethods finds every exported method of every service that a Client has.
func exportedMethods() []string {
	var methods []string
	for field := range reflect.TypeFor[helpcrunch.Client]().Fields() {
		if !field.IsExported() {
			continue
		}
		for method := range field.Type.Methods() {
			methods = append(methods, field.Name+"."+method.Name)
		}
	}
	return methods
}

// TestEveryMethodHasACase fails for a method of a service without a case, and for a case without
// a method.
func TestEveryMethodHasACase(t *testing.T) {
	methods := exportedMethods()
	require.Greater(t, len(methods), len(kit.Operations()))
	var covered []string
	for _, c := range kit.OperationCases() {
		if !slices.Contains(covered, c.Method) {
			covered = append(covered, c.Method)
		}
	}
	assert.ElementsMatch(t, methods, covered)
}

// TestEveryMethodSendsItsOperationsAndNoOthers calls every method, and compares what was
// sent with the table of operations and with the golden file of the case.
func TestEveryMethodSendsItsOperationsAndNoOthers(t *testing.T) {
	var goldens []string
	for _, c := range kit.OperationCases() {
		goldens = append(goldens, c.Golden())
		t.Run(c.Golden(), func(t *testing.T) {
			client, transport := kit.RespondingClient(t, c.Responses...)
			require.NoError(t, c.Call(context.Background(), client))

			var used []string
			for _, r := range transport.Requests() {
				used = append(used, operationOf(t, r))
			}
			assert.Equal(t, c.Uses, used)
			kit.AssertGolden(t, "operations/"+c.Golden()+".json", transport.Requests())
		})
	}
	kit.AssertNoStrayGolden(t, "operations", goldens)
}

// TestServicesOfAZeroClientReturnAClearError: a Client that New did not make has nil
// services. Their methods return the error that the client's own methods return.
func TestServicesOfAZeroClientReturnAClearError(t *testing.T) {
	var zero helpcrunch.Client
	want := zero.Do(t.Context(), "GET", "/customers/1", nil, nil, nil)
	require.ErrorContains(t, want, "the client was not made by New")
	for _, c := range kit.OperationCases() {
		for name, client := range map[string]*helpcrunch.Client{"zero": &zero, "copy": new(zero), "derived": zero.InBackground()} {
			err := c.Call(t.Context(), client)
			require.ErrorIs(t, err, helpcrunch.ErrInvalidArgument, "%s of a %s client", c.Golden(), name)
			require.ErrorContains(t, err, "the client was not made by New", "%s of a %s client", c.Golden(), name)
		}
	}
}

// TestEveryOperationHasAMethod fails for an operation that only composite methods use.
func TestEveryOperationHasAMethod(t *testing.T) {
	used := make(map[string]bool)
	for _, c := range kit.OperationCases() {
		if !slices.Contains(kit.Composites, c.Method) {
			require.Len(t, c.Uses, 1, "%s is not composite", c.Method)
			used[c.Uses[0]] = true
		}
	}
	for _, op := range helpcrunch.Operations() {
		assert.True(t, used[op.Method+" "+op.Path], "no method for %s %s", op.Method, op.Path)
	}
}

var idInPath = regexp.MustCompile(`/\d+`)

// operationOf finds the row of the table to which a request belongs.
func operationOf(t *testing.T, r kit.RecordedRequest) string {
	t.Helper()
	path, ok := strings.CutPrefix(r.Path, "/v1")
	require.True(t, ok, "%s is not below the base URL", r.Path)
	path = idInPath.ReplaceAllString(path, "/{id}")
	for _, op := range helpcrunch.Operations() {
		if op.Method == r.Method && op.Path == path {
			return op.Method + " " + op.Path
		}
	}
	require.Failf(t, "not in the table of operations", "%s %s", r.Method, path)
	return ""
}

// TestEveryMethodNamesTheVendorsPage reads the source: the comment of a method has the page of
// its operation, and no other page. A composite method names at least one page.
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
