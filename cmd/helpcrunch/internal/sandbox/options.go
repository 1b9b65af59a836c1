package sandbox

import (
	"fmt"
	"net"
	"os"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// recorded is how many requests and webhooks can be read back.
const recorded = 10_000

// options returns the options of the server. Lines about requests wait until started is closed.
func (c *config) options(lines *lineWriter, started <-chan struct{}) []helpcrunchtest.Option {
	options := []helpcrunchtest.Option{
		helpcrunchtest.WithDialect(c.dialect),
		helpcrunchtest.WithRequestLog(recorded),
		helpcrunchtest.WithWebhookSchedule(c.schedule...),
	}
	for _, webhook := range c.webhooks {
		options = append(options, helpcrunchtest.WithWebhook(webhook.url, c.signingKey, webhook.events...))
	}
	if c.key != "" {
		options = append(options, helpcrunchtest.WithAPIKey(c.key))
	}
	if !c.empty {
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
			<-started
			lines.request(r)
		}))
	}
	return options
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

// clockFrom returns a clock that shows a time now and runs from there.
func clockFrom(begin time.Time) func() time.Time {
	started := time.Now()
	return func() time.Time { return begin.Add(time.Since(started)) }
}

// withTLS adds the option for HTTPS. remove deletes the file of the CA if it is a temporary one.
func (c *config) withTLS(options []helpcrunchtest.Option) (_ []helpcrunchtest.Option, remove func(), err error) {
	hosts := []string{"localhost", "127.0.0.1", "::1"}
	if host, _, _ := net.SplitHostPort(c.address); host != "" {
		hosts = append(hosts, host)
	}
	certificate, authority, err := makeCertificate(append(hosts, c.tlsHosts...))
	if err != nil {
		return nil, nil, err
	}
	temporary := c.authority == ""
	if c.authority, err = writeAuthority(c.authority, authority); err != nil {
		return nil, nil, err
	}
	remove = func() {
		if temporary {
			_ = os.Remove(c.authority)
		}
	}
	return append(options, helpcrunchtest.WithTLS(certificate)), remove, nil
}
