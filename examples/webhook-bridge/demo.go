package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
	"github.com/helpcrunch-go/helpcrunch/webhook"
)

// story shows the bridge with an account in memory that sends it webhooks over HTTP.
type story struct {
	to      io.Writer
	server  *helpcrunchtest.Server
	address string // of the bridge
	spool   *spool
	ended   chan error // one for each attempt at an event
	chat    int64
	before  int // messages in the chat
}

// demoKey is the signing key of the account in memory.
const demoKey = "the signing key of the account in memory"

// patience bounds the story.
const patience = time.Minute

// demonstrate tells the story.
func demonstrate(ctx context.Context, stdout io.Writer) error {
	stdout = &lockedWriter{to: stdout}
	fmt.Fprintf(stdout, "%s is not set: this runs against an account in memory, which sends webhooks.\n", keyVariable)
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	dir, err := os.MkdirTemp("", "webhook-bridge-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	spool, err := openSpool(dir)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s := &story{to: stdout, address: listener.Addr().String(), spool: spool, ended: make(chan error, 8)}
	s.server = helpcrunchtest.NewServer(helpcrunchtest.WithoutListener(), helpcrunchtest.WithDemoAccount(),
		helpcrunchtest.WithWebhook("http://"+s.address+path, demoKey))
	defer s.server.Close()
	s.chat = s.server.Chats()[0].ID
	s.before = len(s.server.Messages(s.chat))
	return s.tell(ctx, listener)
}

// lockedWriter lets several goroutines write.
type lockedWriter struct {
	mu sync.Mutex
	to io.Writer
}

func (w *lockedWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.to.Write(p)
}

// tell tells the story, beginning with a bridge that listens.
func (s *story) tell(ctx context.Context, listener net.Listener) error {
	stop, err := s.startBridge(ctx, listener)
	if err != nil {
		return err
	}
	s.say("A customer writes.")
	s.server.CustomerWrites(s.chat, "Where is my order?")
	err = errors.Join(s.wait(ctx), s.server.WaitForWebhooks(ctx))
	if err == nil {
		err = s.unwanted(ctx)
	}
	if err == nil {
		s.say("She writes again, and the answer to posting the note gets lost. The program is stopped before it can look.")
		s.server.Inject(helpcrunchtest.ResetConnection().AfterEffect().On(helpcrunchtest.CreateMessage).Once())
		s.server.CustomerWrites(s.chat, "It should have come yesterday.")
		err = s.wait(ctx)
	}
	if err = errors.Join(err, stop()); err != nil {
		return err
	}
	return s.resume(ctx)
}

// unwanted sends what must not lead to another note.
func (s *story) unwanted(ctx context.Context) error {
	first := s.server.DeliveriesOf(webhook.EventTypeMessageChatCustomer)[0]
	s.say("The same event comes again, and so does a forged one.")
	s.server.Redeliver(first.ID)
	s.server.Forge(helpcrunchtest.WrongKey, first.Event, s.server.Messages(s.chat)[s.before])
	if err := s.server.WaitForWebhooks(ctx); err != nil {
		return err
	}
	for _, d := range s.server.Deliveries() {
		if d.Duplicate || d.Forgery != helpcrunchtest.NoForgery {
			fmt.Fprintf(s.to, "answered with %d\n", d.Status)
		}
	}
	return nil
}

// resume starts the bridge again, and shows what the chat holds in the end.
func (s *story) resume(ctx context.Context) error {
	waiting, err := s.spool.waiting()
	if err != nil {
		return err
	}
	s.say("%d event waits in the spool. The program is started again.", len(waiting))
	listener, err := net.Listen("tcp", s.address)
	if err != nil {
		return err
	}
	stop, err := s.startBridge(ctx, listener)
	if err != nil {
		return err
	}
	if err = errors.Join(s.wait(ctx), stop()); err != nil {
		return err
	}
	s.say("In the chat there is one note below each message:")
	for _, message := range s.server.Messages(s.chat)[s.before:] {
		fmt.Fprintf(s.to, "%s from %s: %s\n", message.Type, message.From, message.Text)
	}
	return nil
}

// startBridge starts the program anew. The function that it returns stops it, as a signal
// would.
func (s *story) startBridge(ctx context.Context, listener net.Listener) (stop func() error, err error) {
	client := s.server.Client(helpcrunch.WithMaxRetries(1))
	b, err := newBridge(client, s.server.Agents()[0].ID, s.spool, newLogger(s.to))
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	b.after = func(err error) { s.ended <- err }
	running, signal := context.WithCancel(ctx)
	stopped := make(chan error, 1)
	go func() { stopped <- b.serve(running, listener, demoKey) }()
	return func() error {
		signal()
		return <-stopped
	}, nil
}

// wait waits until an event was tried. That it failed may be part of the story.
func (s *story) wait(ctx context.Context) error {
	select {
	case err := <-s.ended:
		if err != nil && !errors.Is(err, helpcrunch.ErrMaybeApplied) {
			return err
		}
		return nil
	case <-ctx.Done():
		return errors.New("interrupted")
	}
}

func (s *story) say(format string, args ...any) {
	fmt.Fprintf(s.to, "\n"+format+"\n", args...)
}
