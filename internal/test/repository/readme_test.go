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

// document is the text of a document.
func document(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(text)
}

// TestOperationsAreListedWithTheirMethods compares the table of docs/operations.md with that of
// operations, row by row and both ways.
func TestOperationsAreListedWithTheirMethods(t *testing.T) {
	t.Chdir(root)
	text := document(t, "docs/operations.md")
	row := regexp.MustCompile("(?m)^\\| [^|]+ \\| `([A-Z]+ /[^`]+)` \\| ([^|]+) \\|$")
	var operations, methods []string
	for _, match := range row.FindAllStringSubmatch(text, -1) {
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

// TestTheComparisonStatesTheNumberOfOperations compares it with the table of operations.
func TestTheComparisonStatesTheNumberOfOperations(t *testing.T) {
	t.Chdir(root)
	number := regexp.MustCompile(`\| operations \| all (\d+) \|`).FindStringSubmatch(document(t, "docs/comparison.md"))
	require.NotNil(t, number)
	assert.Equal(t, fmt.Sprint(len(kit.Operations())), number[1])
}

// TestMethodsThatCombineOperationsAreListed looks for those that the table of operations lacks.
func TestMethodsThatCombineOperationsAreListed(t *testing.T) {
	t.Chdir(root)
	for _, method := range kit.Composites {
		assert.Contains(t, document(t, "docs/operations.md"), "`"+method+"`")
	}
}

// TestSnippetsAreCompiledAndRun finds each Go snippet of README.md and the guides, character by
// character, in the examples, which are compiled and run by tests.
func TestSnippetsAreCompiledAndRun(t *testing.T) {
	t.Chdir(root)
	var sources []string
	for _, pattern := range []string{
		"example*_test.go", "examples/*/*.go", "internal/test/readme/*.go",
		"redis/*/example*_test.go", "webhook/example*_test.go", "helpcrunchtest/example*_test.go",
	} {
		for _, name := range glob(t, pattern) {
			sources = append(sources, "\n"+document(t, name))
		}
	}
	for _, name := range append(glob(t, "docs/*.md"), "README.md") {
		for _, snippet := range regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(document(t, name), -1) {
			found := slices.ContainsFunc(sources, func(source string) bool { return strings.Contains(source, "\n"+snippet[1]) })
			assert.True(t, found, "%s: no example contains this snippet:\n%s", name, snippet[1])
		}
	}
}

// glob returns the files that match a pattern.
func glob(t *testing.T, pattern string) []string {
	t.Helper()
	names, err := filepath.Glob(pattern)
	require.NoError(t, err)
	return names
}

// TestTheFrontPageStaysShort: README.md and doc.go are read whole, or not at all.
func TestTheFrontPageStaysShort(t *testing.T) {
	t.Chdir(root)
	assert.LessOrEqual(t, strings.Count(readme(t), "\n"), 220, "lines of README.md")
	assert.LessOrEqual(t, strings.Count(document(t, "doc.go"), "\n"), 160, "lines of doc.go")
}

// TestTheFieldsWordsAreFound: who searches for the usual word finds it.
func TestTheFieldsWordsAreFound(t *testing.T) {
	t.Chdir(root)
	for _, name := range []string{"README.md", "doc.go"} {
		text := strings.ToLower(strings.Join(strings.Fields(strings.ReplaceAll(document(t, name), "\n//", "\n")), " "))
		for _, word := range []string{
			"pagination", "idempotent", "backoff", "jitter", "iterator", "mock", "fake", "rate limit", "webhook signature", "retry",
		} {
			assert.Contains(t, text, word, name)
		}
	}
}

// TestLinksBetweenDocumentsLeadSomewhere follows the relative links of every document.
func TestLinksBetweenDocumentsLeadSomewhere(t *testing.T) {
	t.Chdir(root)
	var documents []string
	for _, pattern := range []string{"*.md", "*/*.md", "*/*/*.md", "*/*/*/*.md"} {
		documents = append(documents, glob(t, pattern)...)
	}
	code := regexp.MustCompile("(?s)```.*?```|`[^`\n]*`")
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
	t.Chdir(root)
	script, err := os.ReadFile(filepath.Join(".ci", "run"))
	require.NoError(t, err)
	command := regexp.MustCompile("(?m)^go test .*$").FindString(readme(t))
	require.NotEmpty(t, command)
	assert.Equal(t, command, regexp.MustCompile("(?m)^go test .*$").FindString(string(script)))
}

// TestX2CITimesTheSuite: .ci/run fails when the tests take more processor time under the race
// detector than two cores have in a minute.
func TestX2CITimesTheSuite(t *testing.T) {
	t.Chdir(root)
	script, err := os.ReadFile(filepath.Join(".ci", "run"))
	require.NoError(t, err)
	timed := regexp.MustCompile(`(?m)^\{ time go test -race -count=1 work [\s\S]*\(\(took >= 2 \* 60\)\)`)
	assert.Regexp(t, timed, string(script))
}
