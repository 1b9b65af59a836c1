package sandbox

import (
	"io"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/cli"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// transcript is a command of the README and what it shows to come out.
type transcript struct {
	command, output string
}

// firstMinute matches the times of the sandbox's first minute, as its clock runs.
var firstMinute = regexp.MustCompile(`\b17727876[0-5]\d\b`)

func TestReadmeTranscripts(t *testing.T) {
	readme, err := os.ReadFile("../../docs/sandbox.md")
	require.NoError(t, err)
	sandbox := startSandbox(t, append(readmeFlags(t, string(readme)), "--quiet")...)
	transcripts := readTranscripts(string(readme))
	require.Greater(t, len(transcripts), 10)
	for _, transcript := range transcripts {
		request := parseCurl(t, transcript.command, map[string]string{"URL": sandbox.url, "KEY": sandbox.key})
		got := firstMinute.ReplaceAllString(request.do(t), "1772787600")
		assert.Equal(t, transcript.output, strings.TrimSuffix(got, "\n"), "$ "+transcript.command)
	}
}

// readmeFlags are the flags with which the README says that the transcripts were made.
func readmeFlags(t *testing.T, readme string) []string {
	t.Helper()
	_, section, ok := strings.Cut(readme, "## Transcripts")
	require.True(t, ok)
	_, after, ok := strings.Cut(section, "helpcrunch sandbox ")
	require.True(t, ok)
	line, _, _ := strings.Cut(after, "\n")
	return strings.Fields(line)
}

func TestReadmeNamesAllFlagsAndOperations(t *testing.T) {
	readme, err := os.ReadFile("../../docs/sandbox.md")
	require.NoError(t, err)
	Command(&cli.Env{}).LocalFlags().VisitAll(func(flag *pflag.Flag) {
		assert.Contains(t, string(readme), "`--"+flag.Name+"`")
	})
	for _, operation := range helpcrunchtest.Operations() {
		assert.Contains(t, string(readme), "`"+string(operation)+"`")
	}
}

// readTranscripts finds the console blocks.
func readTranscripts(readme string) []transcript {
	var found []transcript
	for i, block := range strings.Split(readme, "```console\n") {
		if i == 0 {
			continue
		}
		block, _, _ = strings.Cut(block, "```")
		block = strings.ReplaceAll(block, "\\\n", "")
		for line := range strings.Lines(block) {
			line = strings.TrimSuffix(line, "\n")
			if command, ok := strings.CutPrefix(line, "$ "); ok {
				found = append(found, transcript{command: command})
				continue
			}
			last := &found[len(found)-1]
			last.output = strings.TrimPrefix(last.output+"\n"+line, "\n")
		}
	}
	return found
}

// curl is the part of the curl command that the README uses.
type curl struct {
	method, url, body, write string
	header                   http.Header
	discard                  bool
}

func parseCurl(t *testing.T, command string, variables map[string]string) curl {
	t.Helper()
	words := shellWords(command, variables)
	require.Equal(t, "curl", words[0], command)
	c := curl{method: http.MethodGet, header: http.Header{}}
	for i := 1; i < len(words); i++ {
		value := func() string { i++; return words[i] }
		switch words[i] {
		case "-s":
		case "-X":
			c.method = value()
		case "-H":
			name, text, _ := strings.Cut(value(), ": ")
			c.header.Set(name, text)
		case "-d":
			c.body = value()
			if c.method == http.MethodGet {
				c.method = http.MethodPost
			}
		case "-o":
			c.discard = value() == "/dev/null"
		case "-w":
			c.write = value()
		default:
			require.Empty(t, c.url, "unknown curl option %s", words[i])
			c.url = words[i]
		}
	}
	return c
}

// do makes the request as curl would, and returns what curl would print.
func (c curl) do(t *testing.T) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), c.method, c.url, strings.NewReader(c.body))
	require.NoError(t, err)
	request.Header = c.header
	if c.body != "" {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded") // curl's own
	}
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	if c.discard {
		body = nil
	}
	status := strconv.Itoa(response.StatusCode)
	return string(body) + strings.NewReplacer("%{http_code}", status, `\n`, "\n").Replace(c.write)
}

// shellWords splits a command as a shell does, with quotes and variables.
func shellWords(command string, variables map[string]string) []string {
	expand := func(text string) string { return os.Expand(text, func(name string) string { return variables[name] }) }
	var words []string
	for command = strings.TrimLeft(command, " "); command != ""; command = strings.TrimLeft(command, " ") {
		if quote := command[:1]; quote == `'` || quote == `"` {
			text, rest, _ := strings.Cut(command[1:], quote)
			if quote == `"` {
				text = expand(text)
			}
			words, command = append(words, text), rest
			continue
		}
		word, rest, _ := strings.Cut(command, " ")
		words, command = append(words, expand(word)), rest
	}
	return words
}
