package main

import (
	"context"
	"crypto/rand"
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
	name             string
	network, address string
	stop             func()
}

// findRedis returns the Redis at the address, or without one starts redis-server where it is
// installed, and a Redis in memory elsewhere.
func findRedis(ctx context.Context, address string) (*store, error) {
	if address != "" {
		found := &store{name: "the Redis at " + address, network: "tcp", address: address, stop: func() {}}
		if err := found.answers(ctx, 3*time.Second); err != nil {
			return nil, fmt.Errorf("no Redis answers at %s: %w", address, err)
		}
		return found, nil
	}
	if path, err := exec.LookPath("redis-server"); err == nil {
		return startServer(ctx, path)
	}
	mini := miniredis.NewMiniRedis()
	if err := mini.Start(); err != nil {
		return nil, fmt.Errorf("starting a Redis in memory: %w", err)
	}
	return &store{
		name:    "a Redis in memory (miniredis), as redis-server is not installed",
		network: "tcp", address: mini.Addr(), stop: mini.Close,
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
	started := &store{name: "a redis-server started for this", network: "unix", address: socket, stop: func() {
		_ = input.Close()
		_ = shell.Wait()
		_ = os.RemoveAll(folder)
	}}
	if err := started.answers(ctx, 10*time.Second); err != nil {
		started.stop()
		return nil, fmt.Errorf("redis-server does not answer: %w", err)
	}
	return started, nil
}

// answers waits until the Redis answers.
func (s *store) answers(ctx context.Context, patience time.Duration) error {
	client := redis.NewClient(&redis.Options{Network: s.network, Addr: s.address, DialerRetries: 1, MaxRetries: -1})
	defer func() { _ = client.Close() }()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		err := client.Ping(ctx).Err()
		if err == nil || s.network == "tcp" {
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
