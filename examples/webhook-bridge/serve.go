package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// Times of the server. The service does not say how long it waits for an answer; storing
// an event takes milliseconds.
const (
	readTimeout  = 15 * time.Second
	writeTimeout = 30 * time.Second
	// grace is how long an event that was begun may go on after a signal.
	grace = 20 * time.Second
)

// path is where webhooks are to be sent.
const path = "/helpcrunch"

// serve takes deliveries and works on events until ctx ends. Then it accepts no more, and
// returns once the event that was begun is done, or has been left for the next start.
func (b *bridge) serve(ctx context.Context, listener net.Listener, signingKey string) error {
	handler, err := b.handler(signingKey)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle(path, handler)
	server := &http.Server{Handler: mux, ReadTimeout: readTimeout, WriteTimeout: writeTimeout}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()

	stopWork := b.start(ctx)
	select {
	case <-ctx.Done():
	case err = <-failed:
		err = fmt.Errorf("the server broke down: %w", err)
	}
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	if shutdown := server.Shutdown(ending); shutdown != nil { // first, so that all that was accepted is stored
		err = errors.Join(err, shutdown, server.Close())
	}
	stopWork(ending)
	return err
}

// start begins to work on events. The function that it returns stops that: the event that
// was begun may go on until ending ends.
func (b *bridge) start(ctx context.Context) (stopWork func(ending context.Context)) {
	working, abort := context.WithCancel(context.WithoutCancel(ctx))
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		b.work(working, stop)
	}()
	return func(ending context.Context) {
		defer abort()
		close(stop)
		select {
		case <-stopped:
		case <-ending.Done():
			abort()
			<-stopped
		}
	}
}
