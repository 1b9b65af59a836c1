package repository_test

import (
	"encoding/json"
	"go/ast"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// listedPackage is what go list tells of a package.
type listedPackage struct {
	ImportPath string
	Standard   bool
	Module     *struct {
		Path string
		Main bool
	}
}

// dependencies lists all that packages link.
func dependencies(t *testing.T, packages ...string) []listedPackage {
	t.Helper()
	arguments := append([]string{"list", "-deps", "-json=ImportPath,Standard,Module"}, packages...)
	command := exec.CommandContext(t.Context(), "go", arguments...)
	output, err := command.Output()
	require.NoError(t, err)
	var all []listedPackage
	for decoder := json.NewDecoder(strings.NewReader(string(output))); ; {
		var one listedPackage
		err := decoder.Decode(&one)
		if err == io.EOF {
			return all
		}
		require.NoError(t, err)
		all = append(all, one)
	}
}

// TestTheCoreLinksThreeModules holds for users' programs and for their tests.
func TestTheCoreLinksThreeModules(t *testing.T) {
	t.Chdir(root)
	for _, name := range []string{".", "./helpcrunchtest", "./webhook"} {
		var modules []string
		for _, linked := range dependencies(t, name) {
			if linked.Module != nil && !linked.Module.Main && !slices.Contains(modules, linked.Module.Path) {
				modules = append(modules, linked.Module.Path)
			}
		}
		assert.ElementsMatch(t, []string{
			"github.com/hashicorp/go-cleanhttp",
			"github.com/hashicorp/go-retryablehttp",
			"golang.org/x/time",
		}, modules, name)
	}
}

// TestTheFakeServerImportsNoOtherModule: the fake server and the webhooks import the standard
// library and this module alone.
func TestTheFakeServerImportsNoOtherModule(t *testing.T) {
	t.Chdir(root)
	packages := sourcePackages(t)
	for _, folder := range []string{"helpcrunchtest", "webhook"} {
		require.Contains(t, packages, folder)
		for _, path := range importsOf(packages[folder]) {
			own := strings.HasPrefix(path, "github.com/helpcrunch-go/helpcrunch")
			assert.True(t, own || !strings.Contains(path, "."), path)
		}
	}
}

// TestT10PackagesAreQuiet reads the source: none of our packages imports testing, log or
// os/exec, ends the process or prints. Programs may end, print and log; the fake server and
// packages of test helpers may import what helps tests.
func TestT10PackagesAreQuiet(t *testing.T) {
	t.Chdir(root)
	packages := sourcePackages(t)
	for _, folder := range []string{".", "helpcrunchtest", "webhook", filepath.Join("internal", "engine")} {
		require.Contains(t, packages, folder)
	}
	for folder, files := range packages {
		isProgram := files[0].Name.Name == "main" || strings.HasPrefix(filepath.ToSlash(folder), "cmd/")
		isHelper := filepath.ToSlash(folder) == "cmd/helpcrunch/internal/clitest"
		for _, path := range importsOf(files) {
			forbidden := []string{"testing", "log", "os/exec"}
			switch {
			case isHelper:
				forbidden = nil
			case isProgram:
				forbidden = []string{"testing"}
			}
			if strings.HasPrefix(folder, "helpcrunchtest") || strings.HasPrefix(filepath.ToSlash(folder), "internal/test/") {
				forbidden = []string{"os/exec"}
			}
			assert.NotContains(t, forbidden, path, folder)
		}
		if !isProgram {
			for _, file := range files {
				assert.Empty(t, loudUses(file), folder)
			}
		}
	}
}

// TestT10LoudUsesAreFound shows that the test above can fail.
func TestT10LoudUsesAreFound(t *testing.T) {
	file := parseSource(t, `package p

import ("fmt"; "os")

func f(w io.Writer) {
	fmt.Println("x")
	fmt.Fprintln(w, "x")
	print("x")
	_ = os.Stderr
	os.Exit(1)
}
`)
	assert.Equal(t, []string{"fmt.Println", "print", "os.Stderr", "os.Exit"}, loudUses(file))
	assert.Equal(t, []string{"fmt", "os"}, importsOf([]*ast.File{file}))
}

// importsOf returns the paths that files import, sorted.
func importsOf(files []*ast.File) []string {
	var paths []string
	for _, file := range files {
		for _, spec := range file.Imports {
			if path, err := strconv.Unquote(spec.Path.Value); err == nil {
				paths = append(paths, path)
			}
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

// loudUses finds what prints or ends the process.
func loudUses(file *ast.File) []string {
	loud := []string{"os.Exit", "os.Stdout", "os.Stderr", "fmt.Print", "fmt.Printf", "fmt.Println"}
	var found []string
	ast.Inspect(file, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.SelectorExpr:
			if from, ok := node.X.(*ast.Ident); ok && slices.Contains(loud, from.Name+"."+node.Sel.Name) {
				found = append(found, from.Name+"."+node.Sel.Name)
			}
		case *ast.CallExpr:
			if name, ok := node.Fun.(*ast.Ident); ok && (name.Name == "print" || name.Name == "println") {
				found = append(found, name.Name)
			}
		}
		return true
	})
	return found
}
