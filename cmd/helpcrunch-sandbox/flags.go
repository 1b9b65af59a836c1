package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// config is what the flags say.
type config struct {
	address   string
	key       string
	demo      bool
	volume    helpcrunchtest.DataSize
	seed      uint64
	limit     helpcrunchtest.RateLimit
	dialect   helpcrunchtest.Dialect
	faults    []helpcrunchtest.Fault
	latency   time.Duration
	now       time.Time
	quiet     bool
	dialectIn string

	webhookURLs []string
	signingKey  string
	schedule    []time.Duration // of webhooks
	scheduleIn  string
}

// defaultAddress is where the sandbox listens unless told otherwise.
const defaultAddress = "127.0.0.1:8420"

// The settings of webhooks unless told otherwise. The key is an invented one.
const (
	defaultSigningKey = "helpcrunchtest-signing-key"
	defaultSchedule   = "10s,1m"
)

// parseFlags reads the flags. It returns nil without an error when help was asked for,
// which it has written then.
func parseFlags(args []string, help io.Writer) (*config, error) {
	var c config
	flags := c.flagSet()
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		_, _ = fmt.Fprintln(help, "usage: helpcrunch-sandbox [flags]")
		flags.SetOutput(help)
		flags.PrintDefaults()
		return nil, nil
	case err != nil:
		return nil, err
	case flags.NArg() > 0:
		return nil, fmt.Errorf("unexpected argument %q: all settings are flags", flags.Arg(0))
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	flags.Visit(func(given *flag.Flag) {
		if len(c.webhookURLs) == 0 && (given.Name == "webhook-key" || given.Name == "webhook-schedule") {
			err = fmt.Errorf("-%s needs -webhook-url: without it no webhooks are sent", given.Name)
		}
	})
	return &c, err
}

func (c *config) flagSet() *flag.FlagSet {
	flags := flag.NewFlagSet("helpcrunch-sandbox", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // errors are told in one sentence, by run
	flags.StringVar(&c.address, "addr", defaultAddress, "`address` to listen on; port 0 picks a free one")
	flags.StringVar(&c.key, "key", "", "API `key` to accept: 16 characters or more of A-Z a-z 0-9 + / = -")
	flags.BoolVar(&c.demo, "demo", true, "hold the demo account")
	flags.IntVar(&c.volume.Customers, "customers", 0, "`number` of customers to make up")
	flags.IntVar(&c.volume.Chats, "chats", 0, "`number` of chats to make up")
	flags.IntVar(&c.volume.Messages, "messages", 0, "`number` of messages to make up, spread over these chats")
	flags.Uint64Var(&c.seed, "seed", 1, "`number` that the made-up data follows from")
	flags.IntVar(&c.limit.Requests, "rate-limit", 0, "`requests` per window before 429; 0 is no limit")
	flags.DurationVar(&c.limit.Window, "rate-window", time.Minute, "`length` of a window of the rate limit")
	flags.BoolVar(&c.limit.Fixed, "rate-fixed", false, "windows follow each other, in place of a rolling one")
	flags.BoolVar(&c.limit.RetryAfter, "retry-after", false, "send Retry-After with 429")
	flags.StringVar(&c.dialectIn, "dialect", "", "`names` of ways to speak, with commas: "+
		strings.Join(helpcrunchtest.DialectSwitches(), ", "))
	flags.Func("fault", "`words` such as \"status 503 on customers.create times 2\"; may be given again", func(text string) error {
		fault, err := helpcrunchtest.ParseFault(text)
		c.faults = append(c.faults, fault)
		return err
	})
	flags.DurationVar(&c.latency, "latency", 0, "`time` by which every answer comes late")
	flags.Func("now", "start the clock at a `time` such as 2026-03-05T12:00:00Z; it runs from there", func(text string) (err error) {
		c.now, err = time.Parse(time.RFC3339, text)
		return err
	})
	flags.BoolVar(&c.quiet, "quiet", false, "write no line for each request and webhook")
	flags.Func("webhook-url", "`URL` to send webhooks to; may be given again", func(text string) error {
		c.webhookURLs = append(c.webhookURLs, text)
		return nil
	})
	flags.StringVar(&c.signingKey, "webhook-key", defaultSigningKey, "`key` that webhooks are signed with")
	flags.StringVar(&c.scheduleIn, "webhook-schedule", defaultSchedule,
		"`times`, with commas, after which a webhook that failed is sent again; none for \"\"")
	return flags
}

// check finds values that can't be.
func (c *config) check() error {
	var err error
	if c.dialect, err = helpcrunchtest.ParseDialect(c.dialectIn); err != nil {
		return err
	}
	if c.schedule, err = parseSchedule(c.scheduleIn); err != nil {
		return err
	}
	least := min(c.volume.Customers, c.volume.Chats, c.volume.Messages, c.limit.Requests)
	switch {
	case least < 0:
		return fmt.Errorf("-customers, -chats, -messages and -rate-limit must be 0 or more, not %d", least)
	case !isAddress(c.address):
		return fmt.Errorf("-addr must be host:port, not %q", c.address)
	case c.latency < 0:
		return fmt.Errorf("-latency must be 0 or more, not %v", c.latency)
	case c.limit.Window <= 0:
		return fmt.Errorf("-rate-window must be more than 0, not %v", c.limit.Window)
	case c.key != "" && !helpcrunchtest.ValidAPIKey(c.key):
		return errors.New("-key must have 16 characters or more of A-Z a-z 0-9 + / = -")
	case !helpcrunchtest.ValidSigningKey(c.signingKey):
		return errors.New("-webhook-key must not be empty, nor have spaces around it")
	}
	for _, url := range c.webhookURLs {
		if !helpcrunchtest.ValidWebhookURL(url) {
			return fmt.Errorf("-webhook-url must begin with http:// or https:// and name a host, not %q", url)
		}
	}
	return nil
}

// parseSchedule reads times with commas between them; the empty text has none.
func parseSchedule(text string) ([]time.Duration, error) {
	if text == "" {
		return nil, nil
	}
	var schedule []time.Duration
	for part := range strings.SplitSeq(text, ",") {
		delay, err := time.ParseDuration(strings.TrimSpace(part))
		if err != nil || delay < 0 {
			return nil, fmt.Errorf("-webhook-schedule must be times such as 10s,1m, not %q", text)
		}
		schedule = append(schedule, delay)
	}
	return schedule, nil
}

// isAddress reports whether an address has the form host:port. Whether it can be
// listened on shows later.
func isAddress(address string) bool {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil
}

// options are the server's, as the flags say.
func (c *config) options(lines *lineWriter) []helpcrunchtest.Option {
	options := []helpcrunchtest.Option{
		helpcrunchtest.WithDialect(c.dialect),
		helpcrunchtest.WithRequestLog(0),
		helpcrunchtest.WithWebhookSchedule(c.schedule...),
	}
	for _, url := range c.webhookURLs {
		options = append(options, helpcrunchtest.WithWebhook(url, c.signingKey))
	}
	if c.key != "" {
		options = append(options, helpcrunchtest.WithAPIKey(c.key))
	}
	if c.demo {
		options = append(options, helpcrunchtest.WithDemoAccount())
	}
	if c.volume != (helpcrunchtest.DataSize{}) {
		options = append(options, helpcrunchtest.WithGenerated(c.volume, c.seed))
	}
	if c.limit.Requests > 0 {
		options = append(options, helpcrunchtest.WithRateLimit(c.limit))
	}
	if c.latency > 0 {
		options = append(options, helpcrunchtest.WithLatency(c.latency))
	}
	if !c.now.IsZero() {
		options = append(options, helpcrunchtest.WithClock(clockFrom(c.now)))
	}
	if !c.quiet {
		options = append(options, helpcrunchtest.WithObserver(lines.request), helpcrunchtest.WithWebhookObserver(lines.webhook))
	}
	return options
}

// clockFrom is a clock that shows a time now and runs from there.
func clockFrom(begin time.Time) func() time.Time {
	started := time.Now()
	return func() time.Time { return begin.Add(time.Since(started)) }
}
