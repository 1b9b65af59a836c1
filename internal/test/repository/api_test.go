package repository_test

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
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// publicPackages are the folders of the packages that users import.
var publicPackages = []string{".", "helpcrunchtest", "redis/redisdedup", "redis/redislimit", "webhook"}

// TestTheExportedAPIIsRecorded compares what the packages export with the files in api/, so
// that nobody changes it unawares. To record it anew: go test -run API ./internal/test/repository -update
func TestTheExportedAPIIsRecorded(t *testing.T) {
	t.Chdir(root)
	var recorded []string
	for _, folder := range publicPackages {
		exported := loadPackage(t, folder)
		file := filepath.Join("api", exported.Name()+".txt")
		recorded = append(recorded, file)
		got := strings.Join(exportedAPI(exported), "\n") + "\n"
		if *kit.Update {
			require.NoError(t, os.WriteFile(file, []byte(got), 0o600))
		}
		want, err := os.ReadFile(file)
		require.NoError(t, err)
		if difference := lineDifference(string(want), got); difference != "" {
			t.Errorf("%s: the API changed: see Changing the API in CONTRIBUTING.md\n%s", file, difference)
		}
	}
	files, err := filepath.Glob(filepath.Join("api", "*"))
	require.NoError(t, err)
	assert.ElementsMatch(t, recorded, files, "one file for each public package")
}

// lineDifference lists the lines that are in one text alone. It is empty for equal texts.
func lineDifference(want, got string) string {
	var difference strings.Builder
	only := func(sign, in, notIn string) {
		others := make(map[string]bool)
		for line := range strings.Lines(notIn) {
			others[line] = true
		}
		for line := range strings.Lines(in) {
			if !others[line] {
				difference.WriteString(sign + " " + line)
			}
		}
	}
	only("-", want, got)
	only("+", got, want)
	if difference.Len() == 0 && want != got {
		return "the lines come in another order\n"
	}
	return difference.String()
}

// TestTheDifferenceOfAPIsIsShort: it has the changed lines and no others.
func TestTheDifferenceOfAPIsIsShort(t *testing.T) {
	assert.Empty(t, lineDifference("a\nb\n", "a\nb\n"))
	assert.Equal(t, "- b\n+ c\n+ d\n", lineDifference("a\nb\n", "a\nc\nd\n"))
	assert.Equal(t, "the lines come in another order\n", lineDifference("a\nb\n", "b\na\n"))
}

// TestEveryPublicPackageIsRecorded: a package is public unless it is a program or internal.
func TestEveryPublicPackageIsRecorded(t *testing.T) {
	t.Chdir(root)
	var public []string
	for folder, files := range sourcePackages(t) {
		inside := strings.Split(filepath.ToSlash(folder), "/")
		if files[0].Name.Name != "main" && !slices.Contains(inside, "internal") && inside[0] != "examples" {
			public = append(public, folder)
		}
	}
	assert.ElementsMatch(t, publicPackages, public)
}

// TestExportedAPIShowsWhatMatters has each kind of line.
func TestExportedAPIShowsWhatMatters(t *testing.T) {
	const source = `package p

const Limit, hidden = 7, 8

var Fields = struct{ Name, other string }{}

type Word string

const WordYes Word = "yes"

type Pair[T any] struct {
	Word
	First, Second T
	hidden        int
}

func (p *Pair[T]) Swap() error { return nil }
func (p *Pair[T]) Reset()      {}
func (p Pair[T]) hide()        {}

type Waiter interface {
	Wait(seconds int) error
	hide()
}

type quiet struct{}

func Make(words ...Word) *Pair[int] { return nil }
`
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, "p.go", source, 0)
	require.NoError(t, err)
	exported, err := new(types.Config).Check("example.org/p", files, []*ast.File{file}, nil)
	require.NoError(t, err)
	assert.Equal(t, []string{
		`package p // import "example.org/p"`,
		`var Fields struct{Name string; other string}`,
		`const Limit untyped int = 7`,
		`func Make(words ...Word) *Pair[int]`,
		`type Pair[T any] struct, with unexported fields`,
		`field Pair.Word Word, embedded`,
		`field Pair.First T`,
		`field Pair.Second T`,
		`method (*Pair[T]).Reset()`,
		`method (*Pair[T]).Swap() error`,
		`type Waiter interface, with unexported methods`,
		`method (Waiter).Wait(seconds int) error`,
		`type Word string`,
		`const WordYes Word = "yes"`,
	}, exportedAPI(exported))
}

// loadPackage returns the types of the package in a folder, as the compiler exports them.
func loadPackage(t *testing.T, folder string) *types.Package {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", "list", "-export", "-deps", "-f", "{{.ImportPath}} {{.Export}}", ".")
	command.Dir = folder
	workspace, err := filepath.Abs("go.work")
	require.NoError(t, err)
	command.Env = append(os.Environ(), "GOWORK="+workspace) // even where the tests run without it
	command.Stderr = t.Output()
	output, err := command.Output()
	require.NoError(t, err)
	compiled := make(map[string]string)
	var path string // in the end the package itself, which comes after all it imports
	for line := range strings.Lines(string(output)) {
		var file string
		path, file, _ = strings.Cut(strings.TrimSpace(line), " ")
		compiled[path] = file
	}
	open := func(path string) (io.ReadCloser, error) { return os.Open(compiled[path]) }
	exported, err := importer.ForCompiler(token.NewFileSet(), "gc", open).Import(path)
	require.NoError(t, err)
	return exported
}

// exportedAPI describes all that a package exports, a line each.
func exportedAPI(p *types.Package) []string {
	short := func(other *types.Package) string {
		if other == p {
			return ""
		}
		return other.Name()
	}
	lines := []string{fmt.Sprintf("package %s // import %q", p.Name(), p.Path())}
	for _, name := range p.Scope().Names() {
		object := p.Scope().Lookup(name)
		if !object.Exported() {
			continue
		}
		switch object := object.(type) {
		case *types.TypeName:
			lines = append(lines, exportedType(object, short)...)
		case *types.Const:
			lines = append(lines, types.ObjectString(object, short)+" = "+object.Val().ExactString())
		default:
			lines = append(lines, types.ObjectString(object, short))
		}
	}
	return lines
}

// exportedType describes a type, its fields in their order and its methods. Methods that
// come with an embedded field are left to the field's type.
func exportedType(name *types.TypeName, short types.Qualifier) []string {
	var fields, methods []string
	kind := types.TypeString(name.Type().Underlying(), short)
	switch underlying := name.Type().Underlying().(type) {
	case *types.Struct:
		kind = "struct"
		for field := range underlying.Fields() {
			switch {
			case !field.Exported():
				kind = "struct, with unexported fields"
			case field.Embedded():
				fields = append(fields, fieldLine(name, field, short)+", embedded")
			default:
				fields = append(fields, fieldLine(name, field, short))
			}
		}
	case *types.Interface:
		kind = "interface"
		for method := range underlying.Methods() {
			if method.Exported() {
				methods = append(methods, methodLine(method, short))
			} else {
				kind = "interface, with unexported methods"
			}
		}
	}
	if named, ok := name.Type().(*types.Named); ok {
		for method := range named.Methods() {
			if method.Exported() {
				methods = append(methods, methodLine(method, short))
			}
		}
	}
	slices.Sort(methods)
	return slices.Concat([]string{"type " + types.TypeString(name.Type(), short) + " " + kind}, fields, methods)
}

func fieldLine(of *types.TypeName, field *types.Var, short types.Qualifier) string {
	return fmt.Sprintf("field %s.%s %s", of.Name(), field.Name(), types.TypeString(field.Type(), short))
}

func methodLine(method *types.Func, short types.Qualifier) string {
	return strings.Replace(types.ObjectString(method, short), "func ", "method ", 1)
}
