package repository_test

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
)

// TestModulesHaveTheNumberOfTheNextRelease compares Version, and what the released modules require
// of each other, with the number in CHANGELOG.md.
func TestModulesHaveTheNumberOfTheNextRelease(t *testing.T) {
	t.Chdir(root)
	number := regexp.MustCompile(`(?m)^(?:To be released as |## \[)(\d+\.\d+\.\d+)`).FindStringSubmatch(document(t, "CHANGELOG.md"))
	require.NotNil(t, number, "CHANGELOG.md has no number")
	assert.Equal(t, number[1], helpcrunch.Version)
	ours := regexp.MustCompile(`(?m)^\s+github\.com/helpcrunch-go/helpcrunch\S* v(\S+)$`)
	for _, name := range []string{"redis/go.mod", "cmd/helpcrunch/go.mod"} {
		required := ours.FindAllStringSubmatch(document(t, name), -1)
		require.NotEmpty(t, required, name)
		for _, match := range required {
			assert.Equal(t, number[1], match[1], "%s:%s", name, match[0])
		}
	}
}
