package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
)

// store is the Redis that the processes use.
type store struct {
	name string
	url  string // may contain a password
	stop func()
}

// findRedis returns the Redis at the URL, or without one starts redis-server where it is
// installed, and a Redis in memory elsewhere.
func findRedis(ctx context.Context, url string) (*store, error) {
	if url != "" {
		options, err := redis.ParseURL(url)
		if err != nil {
			return nil, errors.New("the URL of the Redis is invalid")
		}
		if err := waitForRedis(ctx, url, 0); err != nil {
			return nil, fmt.Errorf("no response from the Redis at %s: %w", options.Addr, err)
		}
		return &store{name: "the Redis at " + options.Addr, url: url, stop: func() {}}, nil
	}
	if path, err := exec.LookPath("redis-server"); err == nil {
		return startServer(ctx, path)
	}
	mini := miniredis.NewMiniRedis()
	if err := mini.Start(); err != nil {
		return nil, fmt.Errorf("starting a Redis in memory: %w", err)
	}
	return &store{
		name: "a Redis in memory (miniredis), as redis-server is not installed",
		url:  "redis://" + mini.Addr(), stop: mini.Close,
	}, nil
}

// startServer starts redis-server, without persistence and out of everybody's way: on a
// socket in a folder of its own. The shell around it ends it when its input ends, as it does
// however this program ends.
func startServer(ctx context.Context, path string) (*store, error) {
	folder, err := os.MkdirTemp("", "redis")
	if err != nil {
		return nil, err
	}
	socket := filepath.Join(folder, "socket")
	shell := exec.Command("sh", "-c", `"$0" "$@" & read line; kill -9 $!`, path, //nolint:gosec // the path is that of redis-server
		"--port", "0", "--unixsocket", socket, "--dir", folder, "--save", "", "--appendonly", "no", "--daemonize", "no")
	input, err := shell.StdinPipe()
	if err == nil {
		err = shell.Start()
	}
	if err != nil {
		_ = os.Remove(folder)
		return nil, fmt.Errorf("starting redis-server: %w", err)
	}
	started := &store{name: "a redis-server started for this", url: "unix://" + socket, stop: func() {
		_ = input.Close()
		_ = shell.Wait()
		_ = os.RemoveAll(folder)
	}}
	if err := waitForRedis(ctx, started.url, 10*time.Second); err != nil {
		started.stop()
		return nil, fmt.Errorf("no response from redis-server: %w", err)
	}
	return started, nil
}

// waitForRedis asks the Redis for a response, which must come within 3 s, until one comes or the
// patience is over.
func waitForRedis(ctx context.Context, url string, patience time.Duration) error {
	options, err := redis.ParseURL(url)
	if err != nil {
		return err
	}
	options.DialerRetries, options.MaxRetries = 1, -1
	client := redis.NewClient(options)
	defer func() { _ = client.Close() }()
	ctx, cancel := context.WithTimeout(ctx, max(patience, 3*time.Second))
	defer cancel()
	for {
		err := client.Ping(ctx).Err()
		if err == nil || patience == 0 {
			return err
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return err
		}
	}
}

// demoBudget names a budget of this run alone. The real account has one name for all.
func demoBudget() string { return "shared-limit-" + rand.Text() }
