package engine

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"time"
)

// wire is what is known of an attempt's way over the network.
type wire struct {
	responded time.Time // when the headers arrived; zero if they did not
	body      []byte

	asked        atomic.Int32 // how often the transport looked for a connection
	connected    atomic.Int32 // how often it got one, and began to send
	extraPermits atomic.Int32 // turns taken for requests that the transport sent again
	notSent      bool         // the transport was never asked
}

// trace returns a context in which net/http's transport, bare or wrapped, reports its
// connections. Other transports are judged by their errors alone.
func (w *wire) trace(ctx context.Context, cancel context.CancelFunc, c *call) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { w.asked.Add(1) },
		GotConn: func(info httptrace.GotConnInfo) { // comes before anything is sent
			if w.connected.Add(1) > 1 && sentAgain(c.outer.Method, info.Conn) && !w.takeExtraPermit(ctx, c) {
				cancel()
				_ = info.Conn.Close() // so that nothing goes out
			}
		},
	})
}

// sentAgain reports whether a further connection means that the transport sends a
// request for the second time by itself. It does so with a GET when a kept connection
// breaks. With other methods it only makes up for a connection on which nothing had been
// written, and with HTTP/2 for a request that the service has said it did not look at.
func sentAgain(method string, conn net.Conn) bool {
	secure, ok := conn.(*tls.Conn)
	return method == http.MethodGet && (!ok || secure.ConnectionState().NegotiatedProtocol != "h2")
}

// atOnce is how long a turn for a request that the transport sends again may take to
// come: there is no waiting inside an attempt.
const atOnce = time.Millisecond

// takeExtraPermit takes another turn for the attempt, if there is one at once.
func (w *wire) takeExtraPermit(ctx context.Context, c *call) bool {
	ctx, cancel := context.WithTimeout(ctx, atOnce)
	defer cancel()
	if _, err := c.config.Limiter.Acquire(ctx, c.permitRequest()); err != nil {
		return false
	}
	w.extraPermits.Add(1)
	return true
}

// provesUnsent reports whether an attempt that failed with err can't have reached the
// service: the transport was still looking for a connection, or says that it failed
// to make one.
func (w *wire) provesUnsent(err error) bool {
	switch {
	case w.notSent:
		return true
	case w.connected.Load() > 0:
		return false
	}
	return w.asked.Load() > 0 || isConnectError(err)
}

// isConnectError reports whether err comes from making a connection: name resolution,
// dialling, a proxy, or the TLS handshake.
func isConnectError(err error) bool {
	if operation, ok := errors.AsType[*net.OpError](err); ok {
		if operation.Op == "dial" || operation.Op == "proxyconnect" || strings.HasPrefix(operation.Op, "socks") {
			return true
		}
	}
	_, isName := errors.AsType[*net.DNSError](err)
	_, isRecord := errors.AsType[tls.RecordHeaderError](err)
	return isName || isRecord || isCertificateError(err)
}

// isCertificateError reports whether err says that the service could not prove who
// it is.
func isCertificateError(err error) bool {
	_, ok := errors.AsType[*tls.CertificateVerificationError](err)
	return ok
}
