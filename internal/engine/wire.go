package engine

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"
)

// wire records how far an attempt got on the network.
type wire struct {
	responded time.Time // when the headers arrived; zero if they did not
	body      []byte
	complete  bool // the body arrived too
	notSent   bool // the transport was not called
	watch     watch
}

// provesUnsent reports whether an attempt that failed with err can't have reached the service. Then
// the transport was still waiting for a connection, or failed to make one.
func (w *wire) provesUnsent(err error) bool {
	state := w.watch.snapshot()
	switch {
	case w.notSent:
		return true
	case state.connected:
		return false
	}
	return state.requestedConn || isConnectError(err)
}

// gotByte reports whether any byte of a response arrived.
func (w *wire) gotByte() bool {
	return !w.responded.IsZero() || w.watch.snapshot().conn.gotByte
}

// isConnectError reports whether err comes from making a connection: name resolution,
// dialling, a proxy, or the TLS handshake.
func isConnectError(err error) bool {
	if operation, ok := errors.AsType[*net.OpError](err); ok {
		if operation.Op == "dial" || operation.Op == "proxyconnect" || strings.HasPrefix(operation.Op, "socks") {
			return true
		}
	}
	_, isDNS := errors.AsType[*net.DNSError](err)
	_, isRecord := errors.AsType[tls.RecordHeaderError](err)
	return isDNS || isRecord || isCertificateError(err)
}

// isCertificateError reports whether the verification of the service's certificate failed.
func isCertificateError(err error) bool {
	_, ok := errors.AsType[*tls.CertificateVerificationError](err)
	return ok
}

// proxyError is a proxy's response to CONNECT other than 200.
type proxyError struct {
	status int
}

func (e *proxyError) Error() string {
	return fmt.Sprintf("the proxy's response to CONNECT is %d %s", e.status, http.StatusText(e.status))
}

// proxyErrorOf returns a proxyError if the text of err is that of a status. net/http reports a
// failed CONNECT that way. It returns any other err unchanged.
func proxyErrorOf(err error) error {
	for status := http.StatusBadRequest; status < 600; status++ {
		if text := http.StatusText(status); text != "" && text == err.Error() {
			return &proxyError{status}
		}
	}
	return err
}
