package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"strings"

	"github.com/redis/go-redis/v9"
	"github.com/spf13/cobra"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
	"github.com/helpcrunch-go/helpcrunch/redis/redislimit"
)

// KeyVariable names the environment variable that holds the API key.
const KeyVariable = "HELPCRUNCH_API_KEY"

// flags are the flags that commands share.
type flags struct {
	keyFile   string
	baseURL   string
	perMinute int
	redis     string
	redisName string
	demo      bool
	verbose   bool
	json      bool

	signingKeyFile string
}

// AccountFlags adds the flags of a command that uses an account.
func (e *Env) AccountFlags(cmd *cobra.Command) {
	f := cmd.PersistentFlags()
	f.StringVar(&e.shared.keyFile, "key-file", "", "read the API key from this `file` in place of "+KeyVariable)
	f.StringVar(&e.shared.baseURL, "base-url", helpcrunch.DefaultBaseURL, "`URL` of the API")
	f.IntVar(&e.shared.perMinute, "per-minute", helpcrunch.DefaultRateLimit, "send at most `N` requests per minute")
	f.StringVar(&e.shared.redis, "redis", "", "share the rate limit with other processes through the Redis at this `URL`;\n?master_name=NAME makes it the URL of a Sentinel, &addr=HOST:PORT that of a cluster")
	f.StringVar(&e.shared.redisName, "redis-name", "helpcrunch", "the `NAME` of the shared limit: the one that other processes give to redislimit.New")
	f.BoolVar(&e.shared.demo, "demo", false, "use an in-memory fake server, without a key")
}

// JSONFlag adds --json to a command whose output is data.
func (e *Env) JSONFlag(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&e.shared.json, "json", false, "print JSON")
}

// JSON reports whether --json was given.
func (e *Env) JSON() bool { return e.shared.json }

// Account is the account that a command uses.
type Account struct {
	Client *helpcrunch.Client
	// Demo is the fake server of --demo; nil for a real account.
	Demo *helpcrunchtest.Server
	// APIKey, BaseURL and Limiter are those of the client.
	APIKey  string
	BaseURL string
	Limiter helpcrunch.Limiter
	// ID tells accounts apart without revealing the key. State that is kept between runs
	// belongs to one ID. That of --demo is "demo".
	ID string

	closers []func()
}

// Close frees what the account holds.
func (a *Account) Close() {
	for _, closer := range a.closers {
		closer()
	}
}

// Check reports whether the flags name an account, so that a command can reject its other
// arguments before anything is opened.
func (e *Env) Check(cmd *cobra.Command) error {
	_, err := e.key(cmd)
	return err
}

// Account opens the account that the flags and the environment name. With --demo it starts
// the fake server that demo makes. The caller closes the account.
func (e *Env) Account(ctx context.Context, cmd *cobra.Command, demo func() *helpcrunchtest.Server, opts ...helpcrunch.Option) (*Account, error) {
	key, err := e.key(cmd)
	if err != nil {
		return nil, err
	}
	if e.shared.verbose {
		opts = append(opts, helpcrunch.WithLogger(slog.New(slog.NewTextHandler(PrintableWriter(e.Stderr), &slog.HandlerOptions{Level: slog.LevelDebug}))))
	}
	if e.shared.demo {
		return demoAccount(demo(), opts)
	}
	a := &Account{APIKey: key, BaseURL: e.shared.baseURL, ID: accountID(key, e.shared.baseURL)}
	if err := e.limit(ctx, a); err != nil {
		a.Close()
		return nil, err
	}
	opts = append(opts, helpcrunch.WithBaseURL(a.BaseURL), helpcrunch.WithRateLimiter(a.Limiter))
	a.Client, err = helpcrunch.New(key, opts...)
	if err != nil {
		a.Close()
		return nil, e.nameFlag(err)
	}
	a.closers = append(a.closers, a.Client.CloseIdleConnections)
	return a, nil
}

// nameFlag makes an error about the base URL or the key name the flag or the variable.
func (e *Env) nameFlag(err error) error {
	if _, text, ok := strings.Cut(err.Error(), "apiKey: "); ok {
		if e.shared.keyFile != "" {
			return Usagef("--key-file: the key in %s %s", e.shared.keyFile, text)
		}
		return Usagef("%s %s", KeyVariable, text)
	}
	if _, text, ok := strings.Cut(err.Error(), "WithBaseURL: "); ok {
		text, _, _ = strings.Cut(text, " (") // what follows is about options of the library
		return Usagef("--base-url %s", text)
	}
	return err
}

// demoAccount uses a fake server.
func demoAccount(server *helpcrunchtest.Server, opts []helpcrunch.Option) (*Account, error) {
	// A fake server has no rate limit unless it is given one.
	limiter, err := helpcrunch.NewRateLimiter(demoPerMinute)
	if err != nil {
		return nil, err
	}
	opts = append(opts, helpcrunch.WithRateLimiter(limiter))
	return &Account{
		Client:  server.Client(opts...),
		Demo:    server,
		APIKey:  server.APIKey,
		BaseURL: server.URL,
		Limiter: limiter,
		ID:      "demo",
		closers: []func(){server.Close},
	}, nil
}

// demoPerMinute is the rate limit of --demo. It is fast, yet progress can be seen.
const demoPerMinute = 6000

// key returns the API key: empty with --demo.
func (e *Env) key(cmd *cobra.Command) (string, error) {
	if e.shared.demo {
		for _, name := range []string{"key-file", "base-url", "per-minute", "redis", "redis-name"} {
			if cmd.Flags().Changed(name) {
				return "", Usagef("--%s is for a real account: leave it or --demo out", name)
			}
		}
		return "", nil
	}
	// The value may come from a variable that a job has lost.
	if cmd.Flags().Changed("redis") && e.shared.redis == "" {
		return "", Usagef("--redis must be a Redis URL such as redis://localhost:6379/0, got \"\"")
	}
	if cmd.Flags().Changed("redis-name") && (e.shared.redis == "" || e.shared.redisName == "") {
		return "", Usagef("--redis-name must be a name, and needs --redis")
	}
	if cmd.Flags().Changed("key-file") {
		return readKey("key-file", e.shared.keyFile)
	}
	if key := strings.TrimSpace(e.Getenv(KeyVariable)); key != "" {
		return key, nil
	}
	return "", Usagef("no API key: set %s, name a file with --key-file, or try --demo", KeyVariable)
}

// longestKey bounds what is read of a key file.
const longestKey = 4096

// readKey reads a key from the file that a flag names.
func readKey(flag, path string) (string, error) {
	if path == "" {
		return "", Usagef("--%s must name a file", flag)
	}
	file, err := os.Open(path) //nolint:gosec // G304: the user names the file
	if err != nil {
		return "", Usagef("--%s: %w", flag, err)
	}
	defer func() { _ = file.Close() }()
	text, err := io.ReadAll(io.LimitReader(file, longestKey+1))
	key := strings.TrimSpace(strings.TrimPrefix(string(text), "\ufeff")) // editors write a byte order mark
	switch {
	case err != nil:
		return "", Usagef("--%s: %w", flag, err)
	case key == "":
		return "", Usagef("--%s: %s is empty", flag, path)
	case len(text) > longestKey, len(strings.Fields(key)) != 1:
		return "", Usagef("--%s: %s must contain one key and nothing else", flag, path)
	}
	return key, nil
}

// limit makes the rate limiter of an account: through Redis if there is one.
func (e *Env) limit(ctx context.Context, a *Account) error {
	limiter, err := helpcrunch.NewRateLimiter(e.shared.perMinute)
	if err != nil {
		return Usagef("--per-minute must be positive, got %d", e.shared.perMinute)
	}
	a.Limiter = limiter
	if e.shared.redis == "" {
		return nil
	}
	client, err := redisClient(e.shared.redis)
	if err != nil {
		// The error may quote the password.
		return Usagef("--redis is not a Redis URL such as redis://localhost:6379/0")
	}
	redis.SetLogger(silent{}) // what it logs is in the error
	a.closers = append(a.closers, func() { _ = client.Close() })
	if err := client.Ping(ctx).Err(); err != nil {
		return fmt.Errorf("redis: %w", withoutURL(err))
	}
	shared, err := redislimit.New(client, e.shared.redisName, e.shared.perMinute)
	if err != nil {
		return err
	}
	a.Limiter = shared
	a.closers = append([]func(){func() { _ = shared.Close() }}, a.closers...)
	return nil
}

// silent is a logger that logs nothing.
type silent struct{}

func (silent) Printf(context.Context, string, ...any) {}

// redisClient connects to the Redis at a URL. A master_name in its query makes it the URL of a
// Sentinel, a second address (addr) that of a cluster.
func redisClient(text string) (redis.UniversalClient, error) {
	address, err := url.Parse(text)
	if err != nil {
		return nil, err
	}
	switch query := address.Query(); {
	case query.Has("master_name"):
		options, err := redis.ParseFailoverURL(text)
		if err != nil {
			return nil, err
		}
		return redis.NewFailoverClient(options), nil
	case query.Has("addr"):
		options, err := redis.ParseClusterURL(text)
		if err != nil {
			return nil, err
		}
		return redis.NewClusterClient(options), nil
	}
	options, err := redis.ParseURL(text)
	if err != nil {
		return nil, err
	}
	return redis.NewClient(options), nil
}

// withoutURL returns the innermost error, whose text names no user and no password.
func withoutURL(err error) error {
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(inner) {
		err = inner
	}
	return err
}

// accountID names an account by its key and address, and reveals neither.
func accountID(key, baseURL string) string {
	sum := sha256.Sum256([]byte(key + "\n" + strings.TrimRight(baseURL, "/")))
	return hex.EncodeToString(sum[:8])
}
