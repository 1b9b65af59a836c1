// Package check is the command "helpcrunch check": it checks the API key and the account, and
// finds out what the API's documentation leaves open. It only reads.
package check

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/cli"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

const long = `check reads the account and changes nothing. It sends GET requests and searches, and rejects
any other request before it is sent.

Without --full it sends 6 requests, takes seconds, and prints the organization, the team, the
applications, the rate limit and the clock, with hints about what to mend.

With --full it finds out what the API's documentation leaves open: forms of values, limits,
errors, searches. It sends about 75 requests in 70 s. It prints forms and counts, and no name,
text or id of the account: the result is safe to publish.

It sends at most 60 requests per minute, half of the usual limit, unless --per-minute is given;
with --redis at most 120, shared with other processes.`

// defaultPerMinute leaves half of the usual limit to other programs.
const defaultPerMinute = helpcrunch.DefaultRateLimit / 2

// Command makes the command.
func Command(env *cli.Env) *cobra.Command {
	var full bool
	var dialect string
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Check the API key and the account",
		Long:  long,
		Example: "  helpcrunch check\n" +
			"  helpcrunch check --full --json > findings.json\n" +
			"  helpcrunch check --demo --full --dialect oldest",
		Args: cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := open(env, cmd, dialect)
			if err != nil {
				return err
			}
			defer s.account.Close()
			if full {
				return s.printFull(cmd.Context(), env)
			}
			return s.printAccount(cmd.Context(), env)
		},
	}
	env.AccountFlags(cmd)
	env.JSONFlag(cmd)
	setDefault(cmd, defaultPerMinute)
	cmd.Flags().BoolVar(&full, "full", false, "find out what the API's documentation leaves open, in about 70 s")
	cmd.Flags().StringVar(&dialect, "dialect", "", "with --demo: `names` of other known forms of the API, such as oldest or times=integers")
	return cmd
}

// setDefault sets the default of --per-minute.
func setDefault(cmd *cobra.Command, perMinute int) {
	flag := cmd.Flag("per-minute")
	_ = flag.Value.Set(fmt.Sprint(perMinute)) // a number is valid
	flag.DefValue = flag.Value.String()
}

// open opens the account that the flags name.
func open(env *cli.Env, cmd *cobra.Command, names string) (*survey, error) {
	dialect, err := helpcrunchtest.ParseDialect(names)
	switch demo, _ := cmd.Flags().GetBool("demo"); {
	case err != nil:
		return nil, cli.Usagef("--dialect: %w", err)
	case names != "" && !demo:
		return nil, cli.Usagef("--dialect needs --demo: a real account has its own")
	}
	if cmd.Flags().Changed("redis") && !cmd.Flags().Changed("per-minute") {
		setDefault(cmd, helpcrunch.DefaultRateLimit) // processes that share a limit must agree on it
	}
	transport := &readOnly{next: http.DefaultTransport}
	account, err := env.Account(cmd.Context(), cmd, func() *helpcrunchtest.Server {
		server := newAccount(dialect)
		transport.next = server.Transport()
		return server
	}, clientOptions(transport)...)
	if err != nil {
		return nil, err
	}
	return newSurvey(account, transport)
}

// printAccount prints the account.
func (s *survey) printAccount(ctx context.Context, env *cli.Env) error {
	r, err := s.run(ctx, []section{s.accountSection()}, func(helpcrunch.Progress) {})
	if err != nil {
		return err
	}
	r.Team = map[string][]object{}
	for _, k := range teamKinds {
		r.Team[k.plural] = append([]object{}, s.send(ctx, get("/%s", k.plural)).page.rows...)
	}
	return r.print(env, "The API key is accepted; --full finds out more.")
}

// printFull prints what the API's documentation leaves open.
func (s *survey) printFull(ctx context.Context, env *cli.Env) error {
	s.client = s.client.InBackground()
	meter := env.NewMeter("questions")
	r, err := s.run(ctx, s.sections(), meter.Show)
	meter.Close()
	if err != nil {
		return err
	}
	return r.print(env, "Reading can't find out: the form of Ok, the statuses of what is created,\n"+
		"what PUT and PATCH leave alone, batches, events, undefined custom attributes, notes without an agent,\n"+
		"the window and the scope of the rate limit, webhooks.")
}

// newAccount makes the fake server of --demo.
func newAccount(dialect helpcrunchtest.Dialect) *helpcrunchtest.Server {
	return helpcrunchtest.NewServer(
		helpcrunchtest.WithoutListener(),
		helpcrunchtest.WithDialect(dialect),
		helpcrunchtest.WithDemoAccount(),
		helpcrunchtest.WithGenerated(helpcrunchtest.DataSize{Customers: 100, Chats: 20, Messages: 80}, 1),
	)
}

// clientOptions are the options of all clients.
func clientOptions(transport *readOnly) []helpcrunch.Option {
	return []helpcrunch.Option{
		helpcrunch.WithHTTPClient(&http.Client{Transport: transport}),
		helpcrunch.WithMaxRetries(2),
		helpcrunch.WithAttemptTimeout(10 * time.Second),
		helpcrunch.WithRetryWait(100*time.Millisecond, time.Minute),
	}
}
