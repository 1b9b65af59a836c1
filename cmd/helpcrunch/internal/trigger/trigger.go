// Package trigger is the command "helpcrunch trigger". It sends signed test webhooks.
package trigger

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/cli"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/delivery"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
	"github.com/helpcrunch-go/helpcrunch/webhook"
)

const (
	maxRepeat    = 10_000
	maxBodyBytes = 16 << 20
)

// config holds the flags and arguments.
type config struct {
	event        webhook.EventType
	url          string
	data, id     string
	repeat       int
	badSignature bool
	timeout      time.Duration
}

// Command makes the command.
func Command(env *cli.Env) *cobra.Command {
	var c config
	cmd := &cobra.Command{
		Use:   "trigger EVENT URL",
		Short: "Send a signed test webhook of any event type to a URL",
		Long: "trigger sends a webhook to a URL, signed with the key in HELPCRUNCH_SIGNING_KEY or a file. It\n" +
			"needs no API key. The body is that of the in-memory fake server: an example customer, chat\n" +
			"or message. With --data the body is a file, byte for byte, and EVENT is left out.\n\n" +
			"It prints the status and the time of each response. The exit status is 1 unless all are\n" +
			"2xx. Redirects are not followed. A receiver should respond with 401 to --bad-signature.\n\n" +
			"Event types: " + strings.Join(names(helpcrunchtest.WebhookEvents()), ", "),
		Example: "  HELPCRUNCH_SIGNING_KEY=test helpcrunch trigger message.chat.customer http://127.0.0.1:8421/helpcrunch\n" +
			"  helpcrunch trigger chat.closed http://127.0.0.1:3000/webhooks --signing-key-file key --repeat 2\n" +
			"  helpcrunch trigger chat.new http://127.0.0.1:3000/webhooks --signing-key-file key --bad-signature\n" +
			"  helpcrunch trigger --data body.json http://127.0.0.1:3000/webhooks --signing-key-file key",
		Args: c.setArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := c.check(cmd); err != nil {
				return err
			}
			key, err := env.SigningKey(cmd)
			if err != nil {
				return err
			}
			return c.send(cmd.Context(), env, key)
		},
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return names(helpcrunchtest.WebhookEvents()), cobra.ShellCompDirectiveNoFileComp
		},
	}
	f := cmd.Flags()
	f.StringVar(&c.data, "data", "", "send this `file` as the body; - is standard input")
	f.StringVar(&c.id, "id", "", "`id` of the event; a random UUID by default")
	f.IntVar(&c.repeat, "repeat", 1, "send the same delivery `N` times, one after the other")
	f.BoolVar(&c.badSignature, "bad-signature", false, "sign with another key")
	f.DurationVar(&c.timeout, "timeout", 15*time.Second, "`time` to wait for each response")
	env.SigningKeyFlag(cmd)
	return cmd
}

// names returns event types as strings.
func names(events []webhook.EventType) []string {
	all := make([]string, len(events))
	for i, event := range events {
		all[i] = string(event)
	}
	return all
}

// setArgs takes the arguments.
func (c *config) setArgs(cmd *cobra.Command, args []string) error {
	if !cmd.Flags().Changed("data") {
		if len(args) == 0 {
			return cli.Usagef("EVENT is missing: %s", cmd.UseLine())
		}
		c.event, args = webhook.EventType(args[0]), args[1:]
		if events := helpcrunchtest.WebhookEvents(); !slices.Contains(events, c.event) {
			return cli.Usagef("unknown event type %q: known are %s", c.event, strings.Join(names(events), ", "))
		}
	}
	if len(args) == 0 {
		return cli.Usagef("URL is missing: %s", cmd.UseLine())
	}
	c.url = args[0]
	return cli.NoArgs(cmd, args[1:])
}

// check finds invalid flags.
func (c *config) check(cmd *cobra.Command) error {
	switch {
	case !helpcrunchtest.ValidWebhookURL(c.url):
		return cli.Usagef("URL must begin with http:// or https:// and name a host, got %q", c.url)
	case c.repeat < 1 || c.repeat > maxRepeat:
		return cli.Usagef("--repeat must be from 1 to %d, got %d", maxRepeat, c.repeat)
	case c.timeout <= 0:
		return cli.Usagef("--timeout must be positive, got %s", c.timeout)
	case cmd.Flags().Changed("id") && cmd.Flags().Changed("data"):
		return cli.Usagef("--id and --data exclude each other: the file contains the id")
	case cmd.Flags().Changed("data") && c.data == "":
		return cli.Usagef("--data must name a file, or be - for standard input")
	case cmd.Flags().Changed("id") && c.id == "":
		return cli.Usagef("--id must not be empty")
	}
	return nil
}

// send sends the deliveries.
func (c *config) send(ctx context.Context, env *cli.Env, key string) error {
	body, err := c.body(env)
	if err != nil {
		return err
	}
	if c.badSignature {
		key += " and more"
	}
	about := "delivery"
	if event, err := webhook.Parse(body); err == nil {
		about = fmt.Sprintf("%s %s", event.Type, event.ID)
	}
	failed := false
	for range c.repeat {
		response, err := delivery.Post(ctx, c.timeout, c.url, body, webhook.Sign(key, body))
		if err != nil {
			return err
		}
		failed = failed || !response.OK()
		if _, err := fmt.Fprintln(env.Stdout, cli.Printable(about+": "+response.String())); err != nil {
			return err
		}
	}
	if failed {
		return cli.Failed()
	}
	return nil
}

// body returns the body to send.
func (c *config) body(env *cli.Env) ([]byte, error) {
	if c.event != "" {
		return makeBody(c.event, c.id), nil
	}
	from := env.Stdin
	if c.data != "-" {
		file, err := os.Open(c.data)
		if err != nil {
			return nil, cli.Usagef("--data: %w", err)
		}
		defer func() { _ = file.Close() }()
		from = file
	}
	body, err := io.ReadAll(io.LimitReader(from, maxBodyBytes+1))
	if err == nil && len(body) > maxBodyBytes {
		err = fmt.Errorf("%s is larger than %d bytes", c.data, maxBodyBytes)
	}
	if err != nil {
		return nil, cli.Usagef("--data: %w", err)
	}
	return body, nil
}
