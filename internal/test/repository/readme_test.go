package repository_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// readme is the text of README.md.
func readme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("README.md")
	require.NoError(t, err)
	return string(text)
}

// TestReadmeNamesEveryOperationWithItsMethods compares the README's table with the table
// of operations, row by row and both ways.
func TestReadmeNamesEveryOperationWithItsMethods(t *testing.T) {
	row := regexp.MustCompile("(?m)^\\| [^|]+ \\| `([A-Z]+ /[^`]+)` \\| ([^|]+) \\|$")
	var operations, methods []string
	for _, match := range row.FindAllStringSubmatch(readme(t), -1) {
		operations = append(operations, match[1])
		for method := range strings.SplitSeq(match[2], ", ") {
			methods = append(methods, strings.Trim(method, "`")+" "+match[1])
		}
	}
	var wantOperations []string
	for _, op := range kit.Operations() {
		wantOperations = append(wantOperations, op.Endpoint)
	}
	assert.Equal(t, wantOperations, operations)

	var wantMethods []string
	for _, c := range kit.OperationCases() {
		if name := c.Method + " " + c.Uses[0]; !slices.Contains(kit.Composites, c.Method) && !slices.Contains(wantMethods, name) {
			wantMethods = append(wantMethods, name)
		}
	}
	assert.ElementsMatch(t, wantMethods, methods)
}

// TestReadmeStatesTheNumberOfOperations compares it with the table of operations.
func TestReadmeStatesTheNumberOfOperations(t *testing.T) {
	number := regexp.MustCompile(`\| operations \| all (\d+) \|`).FindStringSubmatch(readme(t))
	require.NotNil(t, number)
	assert.Equal(t, fmt.Sprint(len(kit.Operations())), number[1])
}

// TestReadmeNamesTheMethodsThatCombineOperations looks for those that the table has not.
func TestReadmeNamesTheMethodsThatCombineOperations(t *testing.T) {
	for _, method := range kit.Composites {
		assert.Contains(t, readme(t), "`"+method+"`")
	}
}

// TestProgramsOfTheReadmeAreOnesThatRun finds each Go program of the README, character by
// character, in the examples, which are compiled and run by tests.
func TestProgramsOfTheReadmeAreOnesThatRun(t *testing.T) {
	var sources []string
	for _, pattern := range []string{"example*_test.go", "examples/*/*.go", "redis/redislimit/example*_test.go"} {
		names, err := filepath.Glob(pattern)
		require.NoError(t, err)
		for _, name := range names {
			source, err := os.ReadFile(name)
			require.NoError(t, err)
			sources = append(sources, "\n"+string(source))
		}
	}
	programs := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(readme(t), -1)
	require.NotEmpty(t, programs)
	for _, program := range programs {
		found := slices.ContainsFunc(sources, func(source string) bool { return strings.Contains(source, "\n"+program[1]) })
		assert.True(t, found, "no example holds this program:\n%s", program[1])
	}
}

// TestLinksBetweenDocumentsLeadSomewhere follows the relative links of every document.
func TestLinksBetweenDocumentsLeadSomewhere(t *testing.T) {
	var documents []string
	for _, pattern := range []string{"*.md", "*/*.md", "*/*/*.md"} {
		names, err := filepath.Glob(pattern)
		require.NoError(t, err)
		documents = append(documents, names...)
	}
	code := regexp.MustCompile("(?s)```.*?```")
	link := regexp.MustCompile(`\[[^\]]+\]\(([^):#]+)\)`)
	for _, document := range documents {
		text, err := os.ReadFile(document)
		require.NoError(t, err)
		for _, match := range link.FindAllStringSubmatch(code.ReplaceAllString(string(text), ""), -1) {
			assert.FileExists(t, filepath.Join(filepath.Dir(document), match[1]), "a link in %s", document)
		}
	}
}

// TestCIRunsTheTestsAsTheReadmeSays compares the test command of README.md with that of
// .ci/run.
func TestCIRunsTheTestsAsTheReadmeSays(t *testing.T) {
	script, err := os.ReadFile(filepath.Join(".ci", "run"))
	require.NoError(t, err)
	command := regexp.MustCompile("(?m)^go test .*$").FindString(readme(t))
	require.NotEmpty(t, command)
	assert.Equal(t, command, regexp.MustCompile("(?m)^go test .*$").FindString(string(script)))
}

// TestX2CITimesTheSuite: .ci/run fails when the tests take more processor time under the race
// detector than two cores have in a minute.
func TestX2CITimesTheSuite(t *testing.T) {
	script, err := os.ReadFile(filepath.Join(".ci", "run"))
	require.NoError(t, err)
	timed := regexp.MustCompile(`(?m)^\{ time go test -race -count=1 work [\s\S]*\(\(took >= 2 \* 60\)\)`)
	assert.Regexp(t, timed, string(script))
}
