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
	"strconv"
	"sync"
)

const maxRequestBody = 16 << 20

// maxUnauthorizedBody bounds the body of a request without the key, in bytes.
const maxUnauthorizedBody = 64 << 10

// ServeHTTP responds to a request. It reads at most 64 KiB of one without the key.
func (s *Core) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var data []byte
	var err error
	switch {
	case r.Body == nil: // in a request that was not made by a server
	case !s.authorized(r.Header):
		data, _ = io.ReadAll(io.LimitReader(r.Body, maxUnauthorizedBody))
		if len(data) == maxUnauthorizedBody {
			w.Header().Set("Connection", "close")
		}
	default:
		data, err = io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequestBody))
	}
	if err != nil {
		http.Error(w, "the request body could not be read", http.StatusRequestEntityTooLarge)
		return
	}
	response, err := s.exchange(r.Context(), &incoming{
		method: r.Method, host: r.Host, path: r.URL.Path, query: r.URL.RawQuery, header: r.Header, body: data,
	})
	if err != nil || response.broken != unbroken {
		breakConnection(w)
		return
	}
	response.write(r.Context(), w)
}

func (r *reply) setHeader(header http.Header) {
	header["Content-Type"] = jsonTypeHeader
	if r.ContentType != "" {
		header["Content-Type"] = []string{r.ContentType}
	}
	for name, values := range r.header {
		header[name] = values
	}
}

var jsonTypeHeader = []string{jsonType}

// write sends the reply, which may be slow or endless.
func (r *reply) write(ctx context.Context, w http.ResponseWriter) {
	r.setHeader(w.Header())
	if !r.endless {
		w.Header().Set("Content-Length", strconv.Itoa(len(r.Body)))
	}
	w.WriteHeader(r.Status)
	body := r.newBody(ctx)
	defer func() { _ = body.Close() }()
	chunk := make([]byte, 4<<10)
	for {
		if r.bodyTime > 0 || r.endless {
			_ = http.NewResponseController(w).Flush()
		}
		n, err := body.Read(chunk)
		if _, failed := w.Write(chunk[:n]); err != nil || failed != nil {
			break // net/http closes the connection after less than the Content-Length
		}
	}
	if ctx.Err() != nil {
		breakConnection(w)
	}
}

// breakConnection closes the connection at once, with a reset if it is TCP.
func breakConnection(w http.ResponseWriter) {
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // net/http's own way to end a connection
	}
	reset(connection)
}

// reset closes a connection with a TCP reset.
func reset(connection net.Conn) {
	if tcp, ok := connection.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = connection.Close()
}

// Listener serves on a port that can be closed and opened again.
type Listener struct {
	handler http.Handler
	tls     *tls.Config // nil for plain HTTP
	Address string

	mu     sync.Mutex
	server *httptest.Server // nil while the port is closed
	cancel context.CancelFunc
	closed bool
	ending sync.WaitGroup // the servers that were shut
}

// InBubble reports whether the caller runs in a testing/synctest bubble, whose clock an open
// socket would stop. No API reports it, but the header of the goroutine's stack contains it.
func InBubble() bool {
	var header [128]byte
	line, _, _ := bytes.Cut(header[:runtime.Stack(header[:], false)], []byte("\n"))
	return bytes.Contains(line, []byte("synctest bubble"))
}

// Listen returns a listener on a given network listener, or on a free local port for nil. Start
// begins to serve.
func Listen(handler http.Handler, given net.Listener, tls *tls.Config) *Listener {
	l := &Listener{handler: handler, tls: tls}
	l.open(given)
	l.Address = l.server.Listener.Addr().String()
	return l
}

// Start begins to serve.
func (l *Listener) Start() {
	l.server.Start()
}

// open prepares to serve on a given network listener, or on a free local port for nil.
func (l *Listener) open(given net.Listener) {
	ctx, cancel := context.WithCancel(context.Background())
	server := &httptest.Server{Listener: given, Config: &http.Server{Handler: l.handler}}
	if given == nil {
		server = httptest.NewUnstartedServer(l.handler)
	}
	if l.tls != nil {
		server.Listener = tls.NewListener(server.Listener, l.tls)
	}
	server.Config.BaseContext = func(net.Listener) context.Context { return ctx }
	server.Config.ConnState = func(connection net.Conn, state http.ConnState) {
		if state == http.StateActive && ctx.Err() != nil {
			_ = connection.Close() // accepted while shut closed the others
		}
	}
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	l.server, l.cancel = server, cancel
}

// Refuse closes the port while refuses reports true, and opens it again otherwise.
func (l *Listener) Refuse(refuses func() bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case refuses():
		l.shut()
	case l.server == nil && !l.closed:
		reopened, err := net.Listen("tcp", l.Address)
		if err != nil {
			return // another program took the port meanwhile
		}
		l.open(reopened)
		l.server.Start()
	}
}

// Close closes the port, aborts the requests in flight and waits for their end.
func (l *Listener) Close() {
	l.mu.Lock()
	l.closed = true
	l.shut()
	l.mu.Unlock()
	l.ending.Wait()
}

// shut closes the port and aborts the requests in flight. It does not wait for their end: an
// observer that injects a fault runs in one of them. Closing the connections wakes those that
// wait for their client; the context does not.
func (l *Listener) shut() {
	if l.server == nil {
		return
	}
	l.cancel()
	_ = l.server.Listener.Close()
	_ = l.server.Config.Close()
	l.ending.Go(l.server.Close)
	l.server = nil
}
