package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
	"github.com/helpcrunch-go/helpcrunch/webhook"
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

	tls          bool
	authority    string // the file of the CA
	tlsHosts     string
	applications []int64
	agents       []int64
	departments  []int64
	started      <-chan struct{} // closed once the first lines are out

	webhooks   []receiver
	signingKey string
	schedule   []time.Duration // of webhooks
	scheduleIn string
}

// receiver is where webhooks go.
type receiver struct {
	shown  string // as it was given
	url    string
	events []webhook.EventType // none for all
}

// remembered is how many requests and webhooks can be read back.
const remembered = 10_000

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
	case err == nil && c.dialectIn == "help":
		for _, name := range helpcrunchtest.DialectSwitches() {
			_, _ = fmt.Fprintf(help, "%s: %s\n", name, helpcrunchtest.DialectSwitchDoc(name))
		}
		return nil, nil
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
		if len(c.webhooks) == 0 && (given.Name == "webhook-key" || given.Name == "webhook-schedule") {
			err = fmt.Errorf("-%s needs -webhook-url: without it no webhooks are sent", given.Name)
		}
	})
	return &c, err
}

func (c *config) flagSet() *flag.FlagSet {
	flags := flag.NewFlagSet("helpcrunch-sandbox", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // run writes errors in one sentence
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
	flags.StringVar(&c.dialectIn, "dialect", "", "`names` of forms, with commas; \"help\" explains them: "+
		strings.Join(helpcrunchtest.DialectSwitches(), ", "))
	flags.Func("fault", "`words` such as \"status 503 on customers.create times 2\"; may be given again", func(text string) error {
		fault, err := helpcrunchtest.ParseFault(text)
		c.faults = append(c.faults, fault)
		return err
	})
	flags.DurationVar(&c.latency, "latency", 0, "`delay` of every response")
	flags.Func("now", "start the clock at a `time` such as 2026-03-05T12:00:00Z; it runs from there", func(text string) (err error) {
		c.now, err = time.Parse(time.RFC3339, text)
		return err
	})
	flags.BoolVar(&c.quiet, "quiet", false, "write no line for each request and webhook")
	flags.BoolVar(&c.tls, "tls", false, "serve HTTPS with a certificate made for this run, and print the path of its CA")
	flags.StringVar(&c.authority, "tls-ca", "", "`file` to write the CA to, with -tls; a temporary one by default")
	flags.StringVar(&c.tlsHosts, "tls-hosts", "", "further `hosts` that the certificate is for, with commas")
	flags.Func("application", "`id` of an application to add; may be given again", idsInto(&c.applications))
	flags.Func("agent", "`id` of an agent to add; may be given again", idsInto(&c.agents))
	flags.Func("department", "`id` of a department to add; may be given again", idsInto(&c.departments))
	flags.Func("webhook-url", "`URL` to send webhooks to, or URL#EVENT,EVENT for some events alone; may be given again", func(text string) error {
		url, events, _ := strings.Cut(text, "#")
		to := receiver{shown: text, url: url}
		for event := range strings.SplitSeq(events, ",") {
			if event != "" {
				to.events = append(to.events, webhook.EventType(event))
			}
		}
		c.webhooks = append(c.webhooks, to)
		return nil
	})
	flags.StringVar(&c.signingKey, "webhook-key", defaultSigningKey, "`key` that webhooks are signed with")
	flags.StringVar(&c.scheduleIn, "webhook-schedule", defaultSchedule,
		"`delays`, with commas, after which a failed webhook is retried; none for \"\"")
	return flags
}

// check finds invalid values.
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
	if !c.tls && (c.authority != "" || c.tlsHosts != "") {
		return errors.New("-tls-ca and -tls-hosts need -tls")
	}
	return c.checkWebhooks()
}

// checkWebhooks finds invalid URLs and events of webhooks.
func (c *config) checkWebhooks() error {
	for _, webhook := range c.webhooks {
		if !helpcrunchtest.ValidWebhookURL(webhook.url) {
			return fmt.Errorf("-webhook-url must begin with http:// or https:// and name a host, not %q", webhook.url)
		}
		for _, event := range webhook.events {
			if !slices.Contains(helpcrunchtest.WebhookEvents(), event) {
				return fmt.Errorf("-webhook-url: unknown event %q: known are %s", event, joined(helpcrunchtest.WebhookEvents()))
			}
		}
	}
	return nil
}

func joined(events []webhook.EventType) string {
	names := make([]string, len(events))
	for i, event := range events {
		names[i] = string(event)
	}
	return strings.Join(names, ", ")
}

// idsInto adds the ids of a flag.
func idsInto(ids *[]int64) func(string) error {
	return func(text string) error {
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil || id < 1 {
			return errors.New("must be a number of 1 or more")
		}
		*ids = append(*ids, id)
		return nil
	}
}

// withTLS adds the option for HTTPS. remove deletes the file of the CA if it is a temporary one.
func (c *config) withTLS(options []helpcrunchtest.Option) (_ []helpcrunchtest.Option, remove func(), err error) {
	hosts := []string{"localhost", "127.0.0.1", "::1"}
	if host, _, _ := net.SplitHostPort(c.address); host != "" {
		hosts = append(hosts, host)
	}
	if c.tlsHosts != "" {
		hosts = append(hosts, strings.Split(c.tlsHosts, ",")...)
	}
	certificate, authority, err := makeCertificate(hosts)
	if err != nil {
		return nil, nil, err
	}
	temporary := c.authority == ""
	c.authority, err = writeAuthority(c.authority, authority)
	remove = func() {
		if temporary {
			_ = os.Remove(c.authority) //nolint:gosec // it made the file
		}
	}
	return append(options, helpcrunchtest.WithTLS(certificate)), remove, err
}

// addTeam adds the agents, departments and applications whose ids were given.
func (c *config) addTeam(server *helpcrunchtest.Server) {
	for _, id := range c.agents {
		server.AddAgent(helpcrunchtest.MakeAgent(func(a *helpcrunch.Agent) { a.ID, a.Name = id, fmt.Sprint("Agent ", id) }))
	}
	for _, id := range c.departments {
		server.AddDepartment(helpcrunch.Department{ID: id, Name: fmt.Sprint("Department ", id), Agents: server.Agents()})
	}
	for _, id := range c.applications {
		server.AddApplication(helpcrunchtest.MakeApplication(func(a *helpcrunch.Application) { a.ID = id }))
	}
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
		helpcrunchtest.WithRequestLog(remembered),
		helpcrunchtest.WithWebhookSchedule(c.schedule...),
	}
	for _, webhook := range c.webhooks {
		options = append(options, helpcrunchtest.WithWebhook(webhook.url, c.signingKey, webhook.events...))
	}
	if c.key != "" {
		options = append(options, helpcrunchtest.WithAPIKey(c.key))
	}
	if c.demo {
		options = append(options, helpcrunchtest.WithDemoAccount())
	}
	options = append(options, helpcrunchtest.WithSeed(c.addTeam))
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
		options = append(options, helpcrunchtest.WithWebhookObserver(lines.webhook), helpcrunchtest.WithObserver(func(r helpcrunchtest.Request) {
			<-c.started
			lines.request(r)
		}))
	}
	return options
}

// clockFrom is a clock that shows a time now and runs from there.
func clockFrom(begin time.Time) func() time.Time {
	started := time.Now()
	return func() time.Time { return begin.Add(time.Since(started)) }
}
