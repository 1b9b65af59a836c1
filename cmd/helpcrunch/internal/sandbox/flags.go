package sandbox

import (
	"errors"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/cli"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
	"github.com/helpcrunch-go/helpcrunch/webhook"
)

// config holds the values of the flags.
type config struct {
	address                           string
	key                               string
	empty                             bool
	volume                            helpcrunchtest.DataSize
	seed                              uint64
	applications, agents, departments []int64
	limit                             helpcrunchtest.RateLimit
	latency                           time.Duration
	now                               time.Time
	quiet                             bool
	signingKey                        string
	tls                               bool
	authority                         string // the file of the CA
	tlsHosts                          []string

	// Texts of flags, and what check reads from them.
	dialectIn  string
	dialect    helpcrunchtest.Dialect
	faultsIn   []string
	faults     []helpcrunchtest.Fault
	webhooksIn []string
	webhooks   []receiver
	scheduleIn string
	schedule   []time.Duration
}

// receiver is a URL that webhooks are sent to.
type receiver struct {
	shown  string // as it was given
	url    string
	events []webhook.EventType // none for all
}

// addFlags adds the flags of the command.
func (c *config) addFlags(flags *pflag.FlagSet) {
	flags.SortFlags = false
	flags.StringVar(&c.address, "addr", "127.0.0.1:8420", "`address` to listen on; port 0 picks a free one")
	flags.StringVar(&c.key, "key", "", "API `key` to accept: 16 characters or more of A-Z a-z 0-9 + / = - (default a fixed one)")
	flags.BoolVar(&c.empty, "empty", false, "start without customers and chats; a small team stays")
	flags.IntVar(&c.volume.Customers, "customers", 0, "`number` of customers to generate, at most 1,000,000")
	flags.IntVar(&c.volume.Chats, "chats", 0, "`number` of chats to generate, at most 1,000,000")
	flags.IntVar(&c.volume.Messages, "messages", 0, "`number` of messages to generate, spread over these chats, at most 1,000,000")
	flags.Uint64Var(&c.seed, "seed", 1, "`number` that the generated data follows from")
	flags.Int64SliceVar(&c.applications, "application", nil, "`ids` of applications to add, with commas")
	flags.Int64SliceVar(&c.agents, "agent", nil, "`ids` of agents to add, with commas")
	flags.Int64SliceVar(&c.departments, "department", nil, "`ids` of departments to add, with commas")
	flags.IntVar(&c.limit.Requests, "rate-limit", 0, "`requests` per window, then 429; 0 is no limit")
	flags.DurationVar(&c.limit.Window, "rate-window", time.Minute, "`length` of a window of the rate limit")
	flags.BoolVar(&c.limit.Fixed, "rate-fixed", false, "let windows follow each other, in place of a rolling one")
	flags.BoolVar(&c.limit.RetryAfter, "retry-after", false, "send Retry-After with 429")
	flags.StringVar(&c.dialectIn, "dialect", "", "`names` of other known forms of the API, with commas, such as oldest; help lists them")
	flags.StringArrayVar(&c.faultsIn, "fault", nil, "`words` such as \"status 503 on customers.create times 2\"; may be given again")
	flags.DurationVar(&c.latency, "latency", 0, "`delay` of every response")
	flags.Func("now", "start the clock at a `time` such as 2026-03-05T12:00:00Z; it runs from there", func(text string) (err error) {
		if c.now, err = time.Parse(time.RFC3339, text); err != nil {
			err = errors.New("it must be a time such as 2026-03-05T12:00:00Z")
		}
		return err
	})
	flags.BoolVar(&c.quiet, "quiet", false, "print no line for each request and webhook")
	flags.BoolVar(&c.tls, "tls", false, "serve HTTPS with a certificate made for this run, and print the path of its CA")
	flags.StringVar(&c.authority, "tls-ca", "", "`file` to write the CA to, with --tls (default a temporary one)")
	flags.StringSliceVar(&c.tlsHosts, "tls-hosts", nil, "further `hosts` that the certificate is for, with commas")
	flags.StringArrayVar(&c.webhooksIn, "webhook-url", nil, "`URL` to send webhooks to, or URL#EVENT,EVENT for some events alone; may be given again")
	flags.StringVar(&c.signingKey, "webhook-key", "helpcrunchtest-signing-key", "`key` that webhooks are signed with")
	flags.StringVar(&c.scheduleIn, "webhook-schedule", "10s,1m", "`delays`, with commas, after which a failed webhook is retried; \"\" for no retry")
	for _, name := range []string{"application", "agent", "department"} {
		flags.Lookup(name).DefValue = "" // the help text would say "default []"
	}
}

// check finds invalid values, and reads the flags that hold more than one value.
func (c *config) check(flags *pflag.FlagSet) error {
	if flags.Changed("key") && c.key == "" {
		return cli.Usagef("--key must not be empty: leave it out for the fixed one")
	}
	for _, check := range []func() error{c.checkNumbers, c.checkNames, c.checkFaults, c.checkWebhooks} {
		if err := check(); err != nil {
			return err
		}
	}
	for _, need := range []struct {
		given   bool
		needed  string
		without string
		names   []string
	}{
		{c.tls, "tls", "there is no certificate", []string{"tls-ca", "tls-hosts"}},
		{len(c.webhooks) > 0, "webhook-url", "no webhooks are sent", []string{"webhook-key", "webhook-schedule"}},
	} {
		for _, name := range need.names {
			if !need.given && flags.Changed(name) {
				return cli.Usagef("--%s needs --%s: without it %s", name, need.needed, need.without)
			}
		}
	}
	return nil
}

// maxGenerated bounds the generated customers, chats and messages, all of which are in memory.
const maxGenerated = 1_000_000

// checkNumbers finds numbers and durations out of range.
func (c *config) checkNumbers() error {
	for _, number := range []struct {
		name  string
		value int
	}{
		{"customers", c.volume.Customers}, {"chats", c.volume.Chats}, {"messages", c.volume.Messages}, {"rate-limit", c.limit.Requests},
	} {
		if number.value < 0 {
			return cli.Usagef("--%s must be 0 or more, got %d", number.name, number.value)
		}
		if number.name != "rate-limit" && number.value > maxGenerated {
			return cli.Usagef("--%s must be at most %d, got %d", number.name, maxGenerated, number.value)
		}
	}
	for name, ids := range map[string][]int64{"application": c.applications, "agent": c.agents, "department": c.departments} {
		if i := slices.IndexFunc(ids, func(id int64) bool { return id < 1 }); i >= 0 {
			return cli.Usagef("--%s: ids must be 1 or more, got %d", name, ids[i])
		}
	}
	switch {
	case c.latency < 0:
		return cli.Usagef("--latency must be 0 or more, got %v", c.latency)
	case c.limit.Window <= 0:
		return cli.Usagef("--rate-window must be more than 0, got %v", c.limit.Window)
	}
	return nil
}

// checkNames finds an invalid address, key or dialect.
func (c *config) checkNames() (err error) {
	switch {
	case !isAddress(c.address):
		return cli.Usagef("--addr must be host:port, got %q", c.address)
	case c.key != "" && !helpcrunchtest.ValidAPIKey(c.key):
		return cli.Usagef("--key must have 16 characters or more of A-Z a-z 0-9 + / = -")
	case !helpcrunchtest.ValidSigningKey(c.signingKey):
		return cli.Usagef("--webhook-key must not be empty, nor have spaces around it")
	}
	if c.dialect, err = helpcrunchtest.ParseDialect(c.dialectIn); err != nil {
		return cli.Usagef("--dialect: %w", err)
	}
	return nil
}

// checkFaults reads the faults.
func (c *config) checkFaults() error {
	for _, text := range c.faultsIn {
		fault, err := helpcrunchtest.ParseFault(text)
		if err != nil {
			return cli.Usagef("--fault: %w", err)
		}
		c.faults = append(c.faults, fault)
	}
	return nil
}

// checkWebhooks reads the URLs of webhooks, with their events, and the schedule of retries.
func (c *config) checkWebhooks() error {
	for _, text := range c.webhooksIn {
		url, events, _ := strings.Cut(text, "#")
		to := receiver{shown: text, url: url}
		if !helpcrunchtest.ValidWebhookURL(url) {
			return cli.Usagef("--webhook-url must begin with http:// or https:// and name a host, got %q", url)
		}
		for _, name := range list(events) {
			event := webhook.EventType(name)
			if !slices.Contains(helpcrunchtest.WebhookEvents(), event) {
				return cli.Usagef("--webhook-url: unknown event %q: known are %s", event, joined(helpcrunchtest.WebhookEvents()))
			}
			to.events = append(to.events, event)
		}
		c.webhooks = append(c.webhooks, to)
	}
	for _, text := range list(c.scheduleIn) {
		delay, err := time.ParseDuration(strings.TrimSpace(text))
		if err != nil || delay < 0 {
			return cli.Usagef("--webhook-schedule must be times such as 10s,1m, got %q", c.scheduleIn)
		}
		c.schedule = append(c.schedule, delay)
	}
	return nil
}

// list splits a text at its commas. The empty text has no parts.
func list(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}

func joined(events []webhook.EventType) string {
	names := make([]string, len(events))
	for i, event := range events {
		names[i] = string(event)
	}
	return strings.Join(names, ", ")
}

// isAddress reports whether an address has the form host:port.
func isAddress(address string) bool {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil
}
