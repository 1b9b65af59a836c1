package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
)

// result is what a run printed and returned.
type result struct {
	status         int
	stdout, stderr string
}

// program runs in virtual time.
func program(t *testing.T, args ...string) (got result) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var stdout, stderr bytes.Buffer
		status := run(t.Context(), args, &stdout, &stderr)
		got = result{status, stdout.String(), stderr.String()}
	})
	return got
}

const handled = `customer 100001: Nora Lindqvist <nora@example.com>, tagged "Web form"
chat 20000001 with customer 100001: opened
  message by Ada Ramos: Thank you, we have received your request and will write to you here. [R-17]
  private by Ada Ramos: Written into the form: My lamp arrived without a bulb. [R-17]
`

func TestRunWithoutFlags(t *testing.T) {
	assert.Equal(t, result{0, handled, ""}, program(t))
}

func TestRunWithALostAnswer(t *testing.T) {
	got := program(t, "-fault", "reset after-effect on messages.create once")
	assert.Equal(t, result{0, handled + "struck: messages.create by \"reset connection after effect\"\n", ""}, got)
}

func TestRunTakesTheRequestFromItsFlags(t *testing.T) {
	got := program(t, "-id", "R-9", "-user", "shop-9", "-name", "Jonas Weber", "-email", "jonas@example.org", "-text", "Where is my parcel?")
	assert.Zero(t, got.status)
	for _, text := range []string{"Jonas Weber <jonas@example.org>", "Where is my parcel? [R-9]"} {
		assert.Contains(t, got.stdout, text)
	}
}

func TestRunFailsWithOneSentence(t *testing.T) {
	for name, test := range map[string]struct {
		args     []string
		status   int
		sentence string
	}{
		"unknown flag":   {[]string{"-txet", "Hello?"}, exitUsage, "-txet (-h lists the flags)"},
		"not a flag":     {[]string{"Hello?"}, exitUsage, `"Hello?" is not a flag`},
		"no text":        {[]string{"-text", ""}, exitUsage, "the request is empty"},
		"no user":        {[]string{"-user", ""}, exitUsage, "the request does not say which user wrote it"},
		"no id":          {[]string{"-id", ""}, exitUsage, "the request has no id"},
		"bad fault":      {[]string{"-fault", "earthquake"}, exitUsage, "earthquake"},
		"service down":   {[]string{"-fault", "status 503"}, exitFailed, "request R-17: saving the customer"},
		"message lost":   {[]string{"-fault", "reset on messages.create"}, exitFailed, "request R-17: posting the answer"},
		"never answered": {[]string{"-fault", "slow-headers 1h on chats.create"}, exitFailed, "request R-17: opening the chat"},
	} {
		t.Run(name, func(t *testing.T) {
			got := program(t, test.args...)
			assert.Equal(t, test.status, got.status)
			assert.Empty(t, got.stdout)
			assert.Equal(t, 1, strings.Count(got.stderr, "\n"), "more than one line: %s", got.stderr)
			assert.True(t, strings.HasPrefix(got.stderr, "testing: "), got.stderr)
			assert.Contains(t, got.stderr, test.sentence)
		})
	}
}

func TestRunInterrupted(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	var stdout, stderr bytes.Buffer
	assert.Equal(t, exitFailed, run(ctx, nil, &stdout, &stderr))
	assert.Empty(t, stdout.String())
	assert.Equal(t, "testing: interrupted\n", stderr.String())
}

func TestHelp(t *testing.T) {
	got := program(t, "-h")
	assert.Zero(t, got.status)
	assert.Empty(t, got.stderr)
	for _, flag := range []string{"-id", "-user", "-name", "-email", "-text", "-fault"} {
		assert.Contains(t, got.stdout, flag)
	}
}
