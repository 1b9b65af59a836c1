package serve

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync"
)

// Listener is the server's place on the network.
type Listener struct {
	handler http.Handler
	tls     *tls.Config // nil for plain HTTP
	Address string

	mu     sync.Mutex
	server *httptest.Server // nil while it refuses connections
	cancel context.CancelFunc
	closed bool
}

// InBubble reports whether the calling goroutine belongs to a testing/synctest bubble.
// An open socket would stop the clock of the bubble, so that no listener is opened
// there. The header of a goroutine's stack is the only place that tells.
func InBubble() bool {
	var header [128]byte
	line, _, _ := bytes.Cut(header[:runtime.Stack(header[:], false)], []byte("\n"))
	return bytes.Contains(line, []byte("synctest bubble"))
}

// Listen serves on the given network listener, or on a free local port for nil.
func Listen(handler http.Handler, on net.Listener, tls *tls.Config) *Listener {
	l := &Listener{handler: handler, tls: tls}
	l.open(on)
	l.Address = l.server.Listener.Addr().String()
	return l
}

// open serves on the given network listener, or on a free local port for nil.
func (l *Listener) open(on net.Listener) {
	ctx, cancel := context.WithCancel(context.Background())
	server := &httptest.Server{Listener: on, Config: &http.Server{Handler: l.handler}}
	if on == nil {
		server = httptest.NewUnstartedServer(l.handler)
	}
	if l.tls != nil {
		server.Listener = tls.NewListener(server.Listener, l.tls)
	}
	server.Config.BaseContext = func(net.Listener) context.Context { return ctx }
	server.Config.ConnState = func(connection net.Conn, state http.ConnState) {
		if state == http.StateActive && ctx.Err() != nil {
			_ = connection.Close() // accepted too late for shut to see it
		}
	}
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Start()
	l.server, l.cancel = server, cancel
}

// Refuse closes the port until accept opens it again.
func (l *Listener) Refuse() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.shut()
}

// Accept opens a port that was closed by refuse.
func (l *Listener) Accept() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.server != nil || l.closed {
		return nil
	}
	on, err := net.Listen("tcp", l.Address)
	if err != nil {
		return err
	}
	l.open(on)
	return nil
}

// Close closes the port and breaks off the requests under way.
func (l *Listener) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	l.shut()
}

// shut breaks off the requests on their way and waits for them to be gone. The end of
// the context does not wake one that waits for its client to send or to read; the end
// of its connection does.
func (l *Listener) shut() {
	if l.server == nil {
		return
	}
	l.cancel()
	_ = l.server.Config.Close()
	l.server.Close()
	l.server = nil
}
