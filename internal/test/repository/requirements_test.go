package repository_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// requirementIDs are the ids that must have a test.
var requirementIDs = strings.Fields(`
	R1 R2 R3 R4 R5 R6 R7 R8 R10 R12 R13 R14 R15 R16 R17 R18 R19
	L1 L2 L3 L4 L5 L6 L7 L8 L9 L11 L12 L13 L14 L15 L16
	T1 T2 T3 T4 T5 T6 T7 T8 T9 T10 T11
	E1 E2 E4 E5 E6 E7 E8 E9 E10 E11 E12 E13 P1 P2 P3 P4 P5
	S1 S2 S4 S5 S6 S7 O1 X1 X2 X3 D1 W1 C1 C2 C3 C4
`)

// TestEveryRequirementHasATestThatNamesIt compares docs/requirements.md with the tests.
func TestEveryRequirementHasATestThatNamesIt(t *testing.T) {
	t.Chdir(root)
	text, err := os.ReadFile(filepath.Join("docs", "requirements.md"))
	require.NoError(t, err)
	row := regexp.MustCompile("(?m)^\\| ([A-Z][0-9]+) \\| [^|]+ \\| (`(?:Test|Fuzz).*`) \\|$")
	tests := testFunctions(t)
	var covered []string
	for _, match := range row.FindAllStringSubmatch(string(text), -1) {
		id := match[1]
		covered = append(covered, id)
		for test := range strings.SplitSeq(strings.ReplaceAll(match[2], "`", ""), ", ") {
			comment, exists := tests[test]
			assert.True(t, exists, "%s: there is no %s", id, test)
			assert.True(t, namesRequirement(test, comment, id), "%s does not name %s", test, id)
		}
	}
	for _, id := range requirementIDs {
		assert.True(t, slices.Contains(covered, id), "%s has no row", id)
	}
	assert.Subset(t, requirementIDs, covered, "ids that are unknown")
}

// TestRequirementsAreRecognised shows what counts as naming an id.
func TestRequirementsAreRecognised(t *testing.T) {
	for _, yes := range []string{"TestE1Bodies", "TestE4E1Bodies", "TestE1", "FuzzE1Bodies"} {
		assert.True(t, namesRequirement(yes, "", "E1"), yes)
	}
	for _, no := range []string{"TestE10Bodies", "TestBodies", "TestTheE1Bodies"} {
		assert.False(t, namesRequirement(no, "", "E1"), no)
	}
	assert.True(t, namesRequirement("TestBodies", "TestBodies also holds E1: every status is kept.", "E1"))
	assert.False(t, namesRequirement("TestBodies", "TestBodies holds.\nAnd E1.", "E1"), "not in the first line")
	assert.False(t, namesRequirement("TestBodies", "TestBodies holds E10.", "E1"))
}

// namesRequirement reports whether a test has the id in its name or in the first line of
// its comment.
func namesRequirement(test, comment, id string) bool {
	inName := regexp.MustCompile(`^(Test|Fuzz)([A-Z][0-9]+)*` + id + `([^0-9]|$)`)
	inComment := regexp.MustCompile(`\b` + id + `\b`)
	first, _, _ := strings.Cut(comment, "\n")
	return inName.MatchString(test) || inComment.MatchString(first)
}

// testFunctions returns the comments of all tests and fuzz targets of the module, by name.
func testFunctions(t *testing.T) map[string]string {
	t.Helper()
	comments := make(map[string]string)
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		for _, declaration := range file.Decls {
			if function, ok := declaration.(*ast.FuncDecl); ok && function.Recv == nil {
				comments[function.Name.Name] = function.Doc.Text()
			}
		}
		return nil
	})
	require.NoError(t, err)
	return comments
}
