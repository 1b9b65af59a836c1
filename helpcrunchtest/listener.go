package helpcrunchtest

import (
	"bytes"
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync"
)

// noListenerURL is the URL of a server without a listener. The name is reserved and
// never resolves, so that a client which goes by network fails with a clear error.
const noListenerURL = "https://helpcrunchtest.invalid" + basePath

// listener is the server's place on the network.
type listener struct {
	handler http.Handler
	address string

	mu     sync.Mutex
	server *httptest.Server // nil while it refuses connections
	cancel context.CancelFunc
	closed bool
}

// start opens the listener and sets the URL.
func (s *Server) start(settings *settings) {
	s.URL = noListenerURL
	if settings.withoutListener || (settings.listener == nil && inBubble()) {
		return
	}
	s.listener = &listener{handler: s}
	s.listener.open(settings.listener)
	s.listener.address = s.listener.server.Listener.Addr().String()
	s.URL = s.listener.server.URL + basePath
}

// inBubble reports whether the calling goroutine belongs to a testing/synctest bubble.
// An open socket would stop the clock of the bubble, so that no listener is opened
// there. The header of a goroutine's stack is the only place that tells.
func inBubble() bool {
	var header [128]byte
	line, _, _ := bytes.Cut(header[:runtime.Stack(header[:], false)], []byte("\n"))
	return bytes.Contains(line, []byte("synctest bubble"))
}

// open serves on the given network listener, or on a free local port for nil.
func (l *listener) open(on net.Listener) {
	ctx, cancel := context.WithCancel(context.Background())
	server := &httptest.Server{Listener: on, Config: &http.Server{Handler: l.handler}}
	if on == nil {
		server = httptest.NewUnstartedServer(l.handler)
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

// refuse closes the port until accept opens it again.
func (l *listener) refuse() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.shut()
}

// accept opens a port that was closed by refuse.
func (l *listener) accept() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.server != nil || l.closed {
		return nil
	}
	on, err := net.Listen("tcp", l.address)
	if err != nil {
		return err
	}
	l.open(on)
	return nil
}

func (l *listener) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	l.shut()
}

// shut breaks off the requests on their way and waits for them to be gone. The end of
// the context does not wake one that waits for its client to send or to read; the end
// of its connection does.
func (l *listener) shut() {
	if l.server == nil {
		return
	}
	l.cancel()
	_ = l.server.Config.Close()
	l.server.Close()
	l.server = nil
}
