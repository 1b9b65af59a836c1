package cli_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/cli"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// count makes a command that counts the customers of the account, or fails.
func count(fail error) cli.Command {
	return func(env *cli.Env) *cobra.Command {
		cmd := &cobra.Command{
			Use:  "count",
			Args: cli.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error {
				account, err := env.Account(cmd.Context(), cmd, func() *helpcrunchtest.Server {
					return helpcrunchtest.NewServer(helpcrunchtest.WithoutListener(), helpcrunchtest.WithDemoAccount())
				})
				if err != nil {
					return err
				}
				defer account.Close()
				if fail != nil {
					return fail
				}
				_, err = account.Client.Organization.Get(cmd.Context())
				return err
			},
		}
		env.AccountFlags(cmd)
		return cmd
	}
}

// run runs the program and returns its status and what it printed.
func run(ctx context.Context, key string, fail error, args ...string) (status int, stdout, stderr string) {
	var out, errs bytes.Buffer
	env := &cli.Env{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs, Getenv: func(string) string { return key }}
	status = cli.Run(ctx, env, args, cli.Group{Title: "Account:", Commands: []cli.Command{count(fail)}})
	return status, out.String(), errs.String()
}

func TestStatusesAndErrorsOfOneLine(t *testing.T) {
	folder := t.TempDir()
	empty := filepath.Join(folder, "empty")
	require.NoError(t, os.WriteFile(empty, []byte(" \n"), 0o600))
	two := filepath.Join(folder, "two")
	require.NoError(t, os.WriteFile(two, []byte("one\ntwo\n"), 0o600))
	odd := filepath.Join(folder, "odd")
	require.NoError(t, os.WriteFile(odd, []byte("ключ"), 0o600))
	ended, end := context.WithCancel(t.Context())
	end()

	for _, test := range []struct {
		name   string
		ctx    context.Context
		key    string
		fail   error
		args   []string
		status int
		text   string
	}{
		{"no key", nil, "", nil, []string{"count"}, 2, "helpcrunch count: no API key: set HELPCRUNCH_API_KEY, name a file with --key-file, or try --demo"},
		{"demo", nil, "", nil, []string{"count", "--demo"}, 0, ""},
		{"demo of a real account", nil, "", nil, []string{"count", "--demo", "--per-minute", "9"}, 2, "helpcrunch count: --per-minute is for a real account"},
		{"unknown command", nil, "", nil, []string{"cuont"}, 2, `helpcrunch: unknown command "cuont" for "helpcrunch"`},
		{"unknown flag", nil, "", nil, []string{"count", "--no"}, 2, "helpcrunch count: unknown flag: --no"},
		{"unexpected argument", nil, "", nil, []string{"count", "two"}, 2, `helpcrunch count: unexpected argument "two"`},
		{"no number", nil, "k", nil, []string{"count", "--per-minute", "x"}, 2, `helpcrunch count: --per-minute must be a whole number, got "x"`},
		{"no truth", nil, "k", nil, []string{"count", "--demo=x"}, 2, `helpcrunch count: --demo must be true or false, got "x"`},
		{"no requests", nil, "k", nil, []string{"count", "--per-minute", "0"}, 2, "helpcrunch count: --per-minute must be positive, got 0"},
		{"no file", nil, "", nil, []string{"count", "--key-file", filepath.Join(folder, "none")}, 2, "--key-file: open "},
		{"a folder", nil, "", nil, []string{"count", "--key-file", folder}, 2, "--key-file: "},
		{"an empty file", nil, "", nil, []string{"count", "--key-file", empty}, 2, "is empty"},
		{"two keys", nil, "", nil, []string{"count", "--key-file", two}, 2, "must contain one key"},
		{"no key file", nil, "k", nil, []string{"count", "--key-file", ""}, 2, "helpcrunch count: --key-file must name a file"},
		{"an odd key in a file", nil, "", nil, []string{"count", "--key-file", odd}, 2, "helpcrunch count: --key-file: the key in " + odd + " must be printable ASCII"},
		{"an odd key", nil, "k\xff", nil, []string{"count"}, 2, "helpcrunch count: HELPCRUNCH_API_KEY must be printable ASCII"},
		{"no Redis", nil, "k", nil, []string{"count", "--redis", ""}, 2, "helpcrunch count: --redis must be a Redis URL"},
		{"no name in Redis", nil, "k", nil, []string{"count", "--redis", "redis://127.0.0.1:1", "--redis-name", ""}, 2, "helpcrunch count: --redis-name must be a name"},
		{"a name without Redis", nil, "k", nil, []string{"count", "--redis-name", "x"}, 2, "helpcrunch count: --redis-name must be a name, and needs --redis"},
		{"Redis out of reach", nil, "k", nil, []string{"count", "--redis", "redis://127.0.0.1:1"}, 1, "helpcrunch count: redis: "},
		{"help", nil, "", nil, []string{"help", "cuont"}, 2, `helpcrunch help: unknown command "cuont"`},
		{"completion", nil, "", nil, []string{"completion", "csh"}, 2, "helpcrunch completion: name the shell: bash, zsh, fish or powershell"},
		{"completion of an argument", nil, "", nil, []string{"completion", "bash", "two"}, 2, "helpcrunch completion bash: "},
		{"help of an argument", nil, "", nil, []string{"help", "count", "two"}, 2, `helpcrunch help: unknown command "count two"`},
		{"no URL", nil, "k", nil, []string{"count", "--base-url", "nowhere"}, 2, "helpcrunch count: --base-url must contain a host"},
		{"plain HTTP", nil, "k", nil, []string{"count", "--base-url", "http://api.example.com/v1"}, 2, "helpcrunch count: --base-url must be https\n"},
		{"no Redis URL", nil, "k", nil, []string{"count", "--redis", "redis://user:secret@:x"}, 2, "--redis is not a Redis URL"},
		{"a failure", nil, "", errors.New("one\ntwo\x1b[2J"), []string{"count", "--demo"}, 1, `helpcrunch count: one two\x1b[2J`},
		{"a long failure", nil, "", errors.New(strings.Repeat("ä", 100_000)), []string{"count", "--demo"}, 1, "ä...\n"},
		{"printed before", nil, "", cli.Failed(), []string{"count", "--demo"}, 1, ""},
		{"interrupted", ended, "", context.Canceled, []string{"count", "--demo"}, 130, "helpcrunch count: context canceled"},
	} {
		t.Run(test.name, func(t *testing.T) {
			ctx := test.ctx
			if ctx == nil {
				ctx = t.Context()
			}
			status, stdout, stderr := run(ctx, test.key, test.fail, test.args...)
			assert.Equal(t, test.status, status, stderr)
			assert.Empty(t, stdout)
			assert.Contains(t, stderr, test.text)
			assert.NotContains(t, stderr, "secret")
			assert.Less(t, len(stderr), 2100)
			if test.text != "" {
				assert.Equal(t, 1, strings.Count(stderr, "\n"), stderr)
			} else {
				assert.Empty(t, stderr)
			}
		})
	}
}

// TestAByteOrderMarkIsNoPartOfAKey: editors write one.
func TestAByteOrderMarkIsNoPartOfAKey(t *testing.T) {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	path := filepath.Join(t.TempDir(), "key")
	require.NoError(t, os.WriteFile(path, []byte("\ufeff"+server.APIKey+"\r\n"), 0o600))
	status, _, stderr := run(t.Context(), "", nil, "count", "--key-file", path, "--base-url", server.URL)
	assert.Zero(t, status, stderr)
}

func TestCompletion(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		status, stdout, stderr := run(t.Context(), "", nil, "completion", shell)
		assert.Zero(t, status, stderr)
		assert.Contains(t, stdout, "helpcrunch")
	}
}

func TestHelpOfACommand(t *testing.T) {
	for _, args := range [][]string{{"help"}, {"help", "count"}, {"help", "help"}} {
		status, stdout, stderr := run(t.Context(), "", nil, args...)
		assert.Zero(t, status, stderr)
		assert.Contains(t, stdout, "Usage:")
	}
}

func TestPrintable(t *testing.T) {
	for text, want := range map[string]string{
		"Zoë 李":        "Zoë 李",
		"a\x1b[31mred": `a\x1b[31mred`,
		"a\rb\a":       `a\rb\a`,
		"a\u202eb":     `a\u202eb`,
		"bad \xff":     `bad \ufffd`,
		"\u009b31m":    `\u009b31m`,
	} {
		assert.Equal(t, want, cli.Printable(text))
	}
	var b bytes.Buffer
	_, err := cli.PrintableWriter(&b).Write([]byte("a\tb\x1b\nc"))
	require.NoError(t, err)
	assert.Equal(t, "a\tb\\x1b\nc", b.String())
}
