package repository_test

import (
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestEveryExportedSymbolIsDocumented reads the source of all packages. A comment is due on
// every package, type, function, method, interface method, constant and variable; a group of
// constants or variables may share one. It is due on fields too whose names can't say it all:
// numbers, times, slices, maps and what may be nil have units, bounds or a meaning of nothing.
func TestEveryExportedSymbolIsDocumented(t *testing.T) {
	t.Chdir(root)
	packages := sourcePackages(t)
	for _, folder := range publicPackages {
		require.Contains(t, packages, folder)
	}
	for folder, files := range packages {
		assert.True(t, slices.ContainsFunc(files, func(file *ast.File) bool { return file.Doc != nil }),
			"package in %s: no package comment", folder)
		for _, file := range files {
			problems := documentationProblems(file)
			if slices.Contains(publicPackages, folder) {
				problems = append(problems, fieldProblems(file)...)
			}
			for _, problem := range problems {
				t.Errorf("%s: %s", folder, problem)
			}
		}
	}
}

// TestDocumentationProblemsAreFound shows that the test above can fail.
func TestDocumentationProblemsAreFound(t *testing.T) {
	const source = `package p

type Bare struct{}

// Makes something.
func Make() {}

// A Good type.
type Good interface {
	Undocumented()
}

const Lonely = 1

// Shared by both.
const (
	One = 1
	Two = 2
)

func (Good2) Method() {}

func (hidden) Method() {}

// String returns text.
func (*Good2) String() string { return "" }
`
	assert.Equal(t, []string{
		"Bare has no comment",
		`the comment on Make starts with "Makes something."`,
		"Good.Undocumented has no comment",
		"Lonely has no comment",
		"Good2.Method has no comment",
	}, documentationProblems(parseSource(t, source)))
}

// TestFieldsWithoutACommentAreFound shows that the test above can fail.
func TestFieldsWithoutACommentAreFound(t *testing.T) {
	const source = `package p

// Fields has some.
type Fields struct {
	ID    int64
	Name  string
	Count int
	// First and Last are when it began and ended.
	First time.Time
	Last  Timestamp
	Wait  time.Duration
	Tries int // after the first
	Next  *Fields
	Maybe Optional[[]string]
	Word  Optional[string]
	hidden int
}
`
	assert.Equal(t, []string{
		"Fields.Count has no comment",
		"Fields.Wait has no comment",
		"Fields.Next has no comment",
		"Fields.Maybe has no comment",
	}, fieldProblems(parseSource(t, source)))
}

// parseSource parses the text of a file.
func parseSource(t *testing.T, source string) *ast.File {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "p.go", source, parser.ParseComments)
	require.NoError(t, err)
	return file
}

// sourcePackages parses every file that is no test, by folder.
func sourcePackages(t *testing.T) map[string][]*ast.File {
	t.Helper()
	packages := make(map[string][]*ast.File)
	files := token.NewFileSet()
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != "." && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata"):
			return fs.SkipDir
		case entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(files, path, nil, parser.ParseComments)
		packages[filepath.Dir(path)] = append(packages[filepath.Dir(path)], file)
		return err
	})
	require.NoError(t, err)
	return packages
}

// documentationProblems finds the exported symbols of a file without a comment, or with
// one that does not start with their name.
func documentationProblems(file *ast.File) []string {
	var problems []string
	check := func(name, word string, comments ...*ast.CommentGroup) {
		if problem := commentProblem(name, word, comments); problem != "" {
			problems = append(problems, problem)
		}
	}
	for _, declaration := range file.Decls {
		switch declaration := declaration.(type) {
		case *ast.FuncDecl:
			receiver, exported := receiverOf(declaration)
			if exported && declaration.Name.IsExported() {
				check(receiver+declaration.Name.Name, declaration.Name.Name, declaration.Doc)
			}
		case *ast.GenDecl:
			for _, spec := range declaration.Specs {
				checkSpec(declaration, spec, check)
			}
		}
	}
	return problems
}

// checkSpec checks a type, or the names of a constant or variable.
func checkSpec(group *ast.GenDecl, spec ast.Spec, check func(name, word string, comments ...*ast.CommentGroup)) {
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		if !spec.Name.IsExported() {
			return
		}
		check(spec.Name.Name, spec.Name.Name, spec.Doc, group.Doc)
		methods, ok := spec.Type.(*ast.InterfaceType)
		if !ok || (methods.Methods.NumFields() == 1 && mentions(group.Doc, methods.Methods.List[0])) {
			return // what an interface's only method does is often said in the comment of the type
		}
		for _, method := range methods.Methods.List {
			for _, name := range method.Names {
				if name.IsExported() {
					check(spec.Name.Name+"."+name.Name, name.Name, method.Doc)
				}
			}
		}
	case *ast.ValueSpec:
		for _, name := range spec.Names {
			if !name.IsExported() {
				continue
			}
			if group.Lparen.IsValid() {
				check(name.Name, "", spec.Doc, spec.Comment, group.Doc)
			} else {
				check(name.Name, name.Name, spec.Doc, group.Doc)
			}
		}
	}
}

// fieldProblems finds the exported fields of a file that leave questions without a comment. One
// comment may speak of several by their names.
func fieldProblems(file *ast.File) []string {
	var problems []string
	ast.Inspect(file, func(node ast.Node) bool {
		spec, ok := node.(*ast.TypeSpec)
		if !ok {
			return true
		}
		structure, ok := spec.Type.(*ast.StructType)
		if !ok || !spec.Name.IsExported() {
			return false
		}
		var latest *ast.CommentGroup
		for _, field := range structure.Fields.List {
			latest = cmp.Or(field.Doc, latest)
			for _, name := range field.Names {
				if name.IsExported() && name.Name != "ID" && leavesQuestions(field.Type) &&
					field.Doc == nil && field.Comment == nil && !mentions(latest, field) {
					problems = append(problems, spec.Name.Name+"."+name.Name+" has no comment")
				}
			}
		}
		return false
	})
	return problems
}

// leavesQuestions reports whether a type has units, bounds, or a meaning of nothing. The services
// of a client have none.
func leavesQuestions(expression ast.Expr) bool {
	switch e := expression.(type) {
	case *ast.ArrayType, *ast.MapType:
		return true
	case *ast.StarExpr:
		service, ok := e.X.(*ast.Ident)
		return !ok || !strings.HasSuffix(service.Name, "Service")
	case *ast.IndexExpr: // an Optional
		return leavesQuestions(e.Index)
	case *ast.SelectorExpr:
		return leavesQuestions(e.Sel)
	case *ast.Ident:
		return slices.Contains([]string{"int", "int64", "float64", "Time", "Duration", "Timestamp"}, e.Name)
	}
	return false
}

// mentions reports whether a comment tells of a method or a field by its name.
func mentions(comment *ast.CommentGroup, field *ast.Field) bool {
	return comment != nil && len(field.Names) == 1 &&
		slices.Contains(strings.FieldsFunc(comment.Text(), isNoLetter), field.Names[0].Name)
}

func isNoLetter(c rune) bool { return (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') }

// commentProblem says what is wrong with the first of the comments that is there. A word
// that it must start with may follow an article.
func commentProblem(name, word string, comments []*ast.CommentGroup) string {
	for _, comment := range comments {
		if comment == nil || strings.TrimSpace(comment.Text()) == "" {
			continue
		}
		text := comment.Text()
		for _, article := range []string{"A ", "An ", "The "} {
			text = strings.TrimPrefix(text, article)
		}
		rest, ok := strings.CutPrefix(text, word)
		if word == "" || ok && (rest == "" || isNoLetter(rune(rest[0]))) {
			return ""
		}
		first, _, _ := strings.Cut(comment.Text(), "\n")
		return "the comment on " + name + ` starts with "` + first + `"`
	}
	return name + " has no comment"
}

// receiverOf returns the type of a method with a dot, nothing for a function, and whether
// the symbol can be seen from outside.
func receiverOf(function *ast.FuncDecl) (string, bool) {
	if function.Recv == nil {
		return "", true
	}
	expression := function.Recv.List[0].Type
	for {
		switch e := expression.(type) {
		case *ast.StarExpr:
			expression = e.X
		case *ast.IndexExpr:
			expression = e.X
		case *ast.IndexListExpr:
			expression = e.X
		case *ast.Ident:
			return e.Name + ".", e.IsExported()
		default:
			return "", true
		}
	}
}
