package serve

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"
)

// Transport calls the server in memory, in the goroutine of the caller. It opens no socket.
type Transport struct {
	Core *Core
}

// RoundTrip responds to a request. The end of the request's context ends any wait at once.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	data, err := readRequest(req)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if t.Core.Closed.Load() {
		return nil, dialError(net.ErrClosed)
	}
	host := req.Host
	if host == "" {
		host = req.URL.Host
	}
	response, err := t.Core.exchange(ctx, &incoming{
		method: req.Method, host: host, path: req.URL.Path, query: req.URL.RawQuery, header: req.Header, body: data,
	})
	if err != nil {
		return nil, err
	}
	switch response.broken {
	case refusedConnection:
		return nil, dialError(os.NewSyscallError("connect", syscall.ECONNREFUSED))
	case resetConnection:
		return nil, &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}
	}
	return response.toHTTP(req, &t.Core.OpenBodies), nil
}

func dialError(err error) error {
	return &net.OpError{Op: "dial", Net: "tcp", Err: err}
}

func readRequest(req *http.Request) ([]byte, error) {
	if req.Body == nil || req.Body == http.NoBody {
		return nil, nil
	}
	defer func() { _ = req.Body.Close() }()
	data, err := io.ReadAll(io.LimitReader(req.Body, maxRequestBody+1))
	if len(data) > maxRequestBody {
		return nil, fmt.Errorf("the request body is larger than %d bytes", maxRequestBody)
	}
	return data, err
}

// toHTTP converts a reply to an http.Response. open counts its body until it is closed.
func (r *reply) toHTTP(req *http.Request, open *atomic.Int64) *http.Response {
	header := make(http.Header, 2+len(r.header))
	r.setHeader(header)
	response := &http.Response{
		Status:        strconv.Itoa(r.Status) + " " + http.StatusText(r.Status),
		StatusCode:    r.Status,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        header,
		ContentLength: int64(len(r.Body)),
		Request:       req,
	}
	if r.endless {
		response.ContentLength = -1
	}
	if req.Method == http.MethodHead {
		response.Body = http.NoBody
		return response
	}
	body := r.newBody(req.Context())
	body.open = open
	open.Add(1)
	response.Body = body
	return response
}

// replyBody reads the body of a reply, which may be slow, truncated or endless.
type replyBody struct {
	ctx     context.Context
	stop    context.CancelFunc // ends the wait of a slow body; nil for others
	reply   *reply
	started time.Time
	sent    int
	closed  atomic.Bool
	open    *atomic.Int64 // the number of open bodies; may be nil
}

func (r *reply) newBody(ctx context.Context) *replyBody {
	s := &replyBody{ctx: ctx, reply: r, started: time.Now()}
	if r.bodyTime > 0 {
		s.ctx, s.stop = context.WithCancel(ctx)
	}
	return s
}

// chunks is the number of parts of a slow body. Small reads split them further.
const chunks = 8

// endlessPart is the part that an endless body repeats.
const endlessPart = `{"id":1,"name":"again"},`

// Read reads the next part of the body. It fails after the end of the context.
func (s *replyBody) Read(p []byte) (int, error) {
	if s.closed.Load() {
		return 0, http.ErrBodyReadAfterClose
	}
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	if s.reply.endless {
		return s.repeat(p), nil
	}
	rest := s.reply.Body[s.sent:]
	switch {
	case s.reply.truncated && s.sent >= len(s.reply.Body)/2:
		return 0, io.ErrUnexpectedEOF
	case len(rest) == 0:
		return 0, io.EOF
	case len(p) == 0:
		return 0, nil
	}
	if s.reply.truncated {
		rest = rest[:len(s.reply.Body)/2-s.sent]
	}
	if s.reply.bodyTime > 0 {
		size := len(s.reply.Body)
		rest = rest[:min(len(rest), len(p), (size+chunks-1)/chunks)]
		due := time.Duration(float64(s.reply.bodyTime) * (float64(s.sent+len(rest)) / float64(size)))
		if err := Sleep(s.ctx, due-time.Since(s.started)); err != nil {
			return 0, err
		}
	}
	n := copy(p, rest)
	s.sent += n
	return n, nil
}

func (s *replyBody) repeat(p []byte) int {
	for i := range p {
		if s.sent < len(s.reply.Body) {
			p[i] = s.reply.Body[s.sent]
		} else {
			p[i] = endlessPart[(s.sent-len(s.reply.Body))%len(endlessPart)]
		}
		s.sent++
	}
	return len(p)
}

// Close closes the body and ends a Read that waits.
func (s *replyBody) Close() error {
	if !s.closed.Swap(true) && s.open != nil {
		s.open.Add(-1)
	}
	if s.stop != nil {
		s.stop()
	}
	return nil
}
