package kit

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"sync"
	"syscall"
	"testing"
	"time"
)

// certificate is one for example.com, and pool trusts it.
var certificate, pool = sync.OnceValues(func() (tls.Certificate, *x509.CertPool) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"example.com"},
		NotAfter: time.Now().AddDate(100, 0, 0), // the clock of a bubble starts in 2000
	}
	data, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	parsed, err := x509.ParseCertificate(data)
	if err != nil {
		panic(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{data}, PrivateKey: key}, pool
})()

// Network is a server at the other end of pipes, so that it works in a bubble of
// testing/synctest. Its transports speak TLS.
type Network struct {
	serve func(net.Conn)

	mu     sync.Mutex
	conns  []net.Conn
	refuse bool
}

// NewNetwork returns a network whose server runs serve for every connection.
func NewNetwork(t testing.TB, serve func(net.Conn)) *Network {
	t.Helper()
	n := &Network{serve: serve}
	t.Cleanup(func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		for _, conn := range n.conns {
			_ = conn.Close()
		}
	})
	return n
}

// Transport returns a transport that speaks one protocol, "h2" or "http/1.1".
func (n *Network) Transport(t testing.TB, protocol string) *http.Transport {
	t.Helper()
	transport := &http.Transport{ForceAttemptHTTP2: protocol == "h2"}
	transport.DialTLSContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		n.mu.Lock()
		if n.refuse {
			n.refuse = false
			n.mu.Unlock()
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
		}
		n.conns = append(n.conns, ours, theirs)
		n.mu.Unlock()
		go func() {
			server := tls.Server(theirs, &tls.Config{Certificates: []tls.Certificate{certificate}, NextProtos: []string{protocol}})
			defer theirs.Close()
			if server.HandshakeContext(ctx) == nil {
				n.serve(server)
			}
		}()
		client := tls.Client(ours, &tls.Config{RootCAs: pool, ServerName: "example.com", NextProtos: []string{protocol}})
		return client, client.HandshakeContext(ctx)
	}
	t.Cleanup(transport.CloseIdleConnections)
	return transport
}

// RefuseOnce makes the next dial fail.
func (n *Network) RefuseOnce() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.refuse = true
}

// Connections returns how many connections were made.
func (n *Network) Connections() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.conns) / 2
}

// Serve returns a function that serves a connection of a network through a handler.
func Serve(handler http.Handler, protocol string) func(net.Conn) {
	return func(conn net.Conn) {
		ended := make(chan struct{})
		server := &http.Server{
			Handler: handler, Protocols: new(http.Protocols), ErrorLog: log.New(io.Discard, "", 0),
			ConnState: func(_ net.Conn, state http.ConnState) {
				if state == http.StateClosed || state == http.StateHijacked {
					close(ended)
				}
			},
		}
		server.Protocols.SetHTTP1(protocol != "h2")
		server.Protocols.SetHTTP2(protocol == "h2")
		_ = server.Serve(&onlyConn{Conn: conn, ended: ended})
	}
}

// onlyConn is a listener that accepts one connection.
type onlyConn struct {
	net.Conn
	accepted bool
	ended    chan struct{}
}

func (l *onlyConn) Accept() (net.Conn, error) {
	if !l.accepted {
		l.accepted = true
		return l.Conn, nil
	}
	<-l.ended
	return nil, net.ErrClosed
}

func (l *onlyConn) Close() error   { return nil }
func (l *onlyConn) Addr() net.Addr { return l.LocalAddr() }

// ServeHTTP1 reads requests from a connection of HTTP/1.1, until respond returns false.
func ServeHTTP1(conn net.Conn, respond func(w io.Writer, r *http.Request, number int) bool) {
	reader := bufio.NewReader(conn)
	for number := 1; ; number++ {
		r, err := http.ReadRequest(reader)
		if err != nil {
			return
		}
		_, _ = io.Copy(io.Discard, r.Body)
		if !respond(conn, r, number) {
			return
		}
	}
}

// Frames of HTTP/2, and the codes of errors.
const (
	frameData     = 0
	frameHeaders  = 1
	frameReset    = 3
	frameSettings = 4
	frameGoAway   = 7

	endStream  = 1
	ack        = 1
	endHeaders = 4

	NoError           = 0
	ProtocolError     = 1
	InternalError     = 2
	RefusedStream     = 7
	CancelStream      = 8
	EnhanceYourCalm   = 11
	preface           = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
	frameHeaderLength = 9
)

// HTTP2Conn is the server's side of a connection of HTTP/2.
type HTTP2Conn struct {
	net.Conn
}

// ServeHTTP2 reads frames and calls respond for every request that is complete.
func ServeHTTP2(conn net.Conn, respond func(c HTTP2Conn, stream uint32)) {
	c := HTTP2Conn{conn}
	if _, err := io.ReadFull(conn, make([]byte, len(preface))); err != nil {
		return
	}
	// The client writes while we do: a pipe has no buffer.
	writes := make(chan func(), 100)
	defer close(writes)
	go func() {
		for write := range writes {
			write()
		}
	}()
	writes <- func() { c.write(frameSettings, 0, 0, nil) }
	for {
		header := make([]byte, frameHeaderLength)
		if _, err := io.ReadFull(conn, header); err != nil {
			return
		}
		payload := make([]byte, int(header[0])<<16|int(header[1])<<8|int(header[2]))
		if _, err := io.ReadFull(conn, payload); err != nil {
			return
		}
		kind, flags, stream := header[3], header[4], binary.BigEndian.Uint32(header[5:])
		switch {
		case kind == frameSettings && flags&ack == 0:
			writes <- func() { c.write(frameSettings, ack, 0, nil) }
		case (kind == frameHeaders || kind == frameData) && flags&endStream != 0:
			writes <- func() { respond(c, stream) }
		}
	}
}

// Reset resets a stream.
func (c HTTP2Conn) Reset(stream, code uint32) {
	c.write(frameReset, 0, stream, binary.BigEndian.AppendUint32(nil, code))
}

// GoAway says that no stream beyond the last was looked at.
func (c HTTP2Conn) GoAway(last, code uint32) {
	c.write(frameGoAway, 0, 0, binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, last), code))
}

// Respond sends the status 200 with a body.
func (c HTTP2Conn) Respond(stream uint32, body string) {
	const status200 = 0x88 // in the static table of HPACK
	c.write(frameHeaders, endHeaders, stream, []byte{status200})
	c.write(frameData, endStream, stream, []byte(body))
}

func (c HTTP2Conn) write(kind, flags byte, stream uint32, payload []byte) {
	length := len(payload)
	frame := []byte{byte(length >> 16), byte(length >> 8), byte(length), kind, flags}
	frame = binary.BigEndian.AppendUint32(frame, stream)
	_, _ = c.Write(append(frame, payload...))
}
