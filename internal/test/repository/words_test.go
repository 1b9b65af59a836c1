package repository_test

import (
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

// retiredPhrases are phrases for which the field has a usual word.
var retiredPhrases = []string{
	"account in memory", "accounts in memory", "walks over", "walk over", "walked over", "asked ahead", "pages under way",
	"for which somebody waits", "for whom somebody waits", "gives way", "give way to", "goes ahead of", "is tried again", "are tried again",
	"must happen once", "cut off", "cut answer", "lost answer", "answer was lost", "answers of 429", "answered with 429",
	"wait that grows", "side by side", "can't be right", "cannot be right", "what nobody knows", "nobody knows of", "nothing is known of",
	"half-hour of work", "programs to copy", "program to copy", "what it costs", "beside others", "first answers",
	"one word too many", "in no window", "which others then wait for", "takes a turn", "take a turn", "its turn", "two lanes",
}

// TestRetiredPhrasesStayAway looks for them in all prose, comments and texts of the repository.
func TestRetiredPhrasesStayAway(t *testing.T) {
	t.Chdir(root)
	for name, text := range prose(t) {
		for _, phrase := range retiredPhrases {
			assert.NotContains(t, text, phrase, name)
		}
	}
}

func TestPhrasesAreFoundAcrossLines(t *testing.T) {
	assert.Contains(t, normalised("// It runs against an Account\n\t// in\n// memory."), "account in memory")
	assert.Contains(t, normalised("two words"), "two words")
}

// prose returns the texts of all files that people read, normalised, by name.
func prose(t *testing.T) map[string]string {
	t.Helper()
	kinds := []string{".go", ".md", ".yml", ".html", ".lua", ".py", ".sh", ".svg", ".css"}
	found := make(map[string]string)
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && entry.Name() == ".git":
			return fs.SkipDir
		case entry.IsDir(), filepath.Base(path) == "words_test.go":
			return nil
		case slices.Contains(kinds, filepath.Ext(path)), filepath.Dir(path) == ".ci":
			text, err := os.ReadFile(path)
			found[path] = normalised(string(text))
			return err
		}
		return nil
	})
	require.NoError(t, err)
	require.Greater(t, len(found), 100)
	return found
}

// lineStart is what begins a line of a comment or a quotation.
var lineStart = regexp.MustCompile(`(?m)^[ \t]*(//|#|--|>)?`)

// normalised puts a text on one line of lower case, without marks of comments.
func normalised(text string) string {
	return strings.Join(strings.Fields(lineStart.ReplaceAllString(strings.ToLower(text), "")), " ")
}
