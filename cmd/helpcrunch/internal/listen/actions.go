package listen

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"

	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/cli"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/delivery"
	"github.com/helpcrunch-go/helpcrunch/webhook"
)

// killDelay is how long the output of a killed command is waited for.
const killDelay = time.Second

// printer prints each event on a line.
func printer(env *cli.Env, asJSON bool) func(context.Context, *record) error {
	return func(_ context.Context, r *record) error {
		event, err := webhook.Parse(r.Body)
		if err != nil {
			return err
		}
		if asJSON {
			err = env.PrintJSONLine(event)
		} else {
			_, err = fmt.Fprintln(env.Stdout, eventLine(event))
		}
		if err != nil {
			return outputError{err}
		}
		return nil
	}
}

// forwarder posts each event to a URL, as it arrived.
func forwarder(target string, timeout time.Duration, lines *cli.LineWriter) func(context.Context, *record) error {
	return func(ctx context.Context, r *record) error {
		response, err := delivery.Post(ctx, timeout, target, r.Body, r.Signature)
		switch {
		case err != nil:
			return err
		case !response.OK():
			return fmt.Errorf("the target responded with %s", response)
		}
		lines.Printf("%s %s forwarded: %s", r.Type, r.ID, response)
		return nil
	}
}

// runner runs a command for each event, with the event's JSON on standard input.
func runner(command string, timeout time.Duration, env *cli.Env) func(context.Context, *record) error {
	return func(ctx context.Context, r *record) error {
		event, err := webhook.Parse(r.Body)
		if err != nil {
			return err
		}
		input, err := json.Marshal(event)
		if err != nil {
			return err
		}
		limited, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		cmd := shell(limited, command)
		cmd.Stdin = bytes.NewReader(append(input, '\n'))
		cmd.Stdout, cmd.Stderr = env.Stdout, env.Stderr
		cmd.WaitDelay = killDelay
		cmd.Env = append(os.Environ(),
			"HELPCRUNCH_EVENT_TYPE="+variable(string(r.Type)),
			"HELPCRUNCH_EVENT_ID="+variable(r.ID),
			fmt.Sprintf("HELPCRUNCH_EVENT_ATTEMPT=%d", r.Failures+1))
		err = cmd.Run()
		switch {
		case err == nil, errors.Is(err, exec.ErrWaitDelay): // the latter: it left a process in the background
			return nil
		case limited.Err() != nil:
			return cmp.Or(ctx.Err(), fmt.Errorf("the command did not end within %s", timeout))
		}
		return fmt.Errorf("the command failed: %w", err)
	}
}

// maxVariable bounds the value of an environment variable, in bytes. Systems have limits.
const maxVariable = 4096

// variable returns a text as the value of an environment variable, which holds no NUL.
func variable(text string) string {
	text = cli.Printable(text)
	return text[:min(len(text), maxVariable)]
}
