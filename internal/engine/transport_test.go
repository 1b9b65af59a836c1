package engine

import (
	"bufio"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestR17TheDefaultTransportSpeaksHTTP1: over HTTP/2 net/http sends requests again by itself.
func TestR17TheDefaultTransportSpeaksHTTP1(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	transport := newTransport()
	defer transport.CloseIdleConnections()
	transport.TLSClientConfig = &tls.Config{RootCAs: server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs}
	response, err := (&http.Client{Transport: transport}).Get(server.URL)
	require.NoError(t, err)
	defer response.Body.Close()
	assert.Equal(t, 1, response.ProtoMajor)
}

// TestTheDefaultTransportKeeps64Connections: with fewer, as many concurrent calls would dial again
// and again.
func TestTheDefaultTransportKeeps64Connections(t *testing.T) {
	const callers = 64
	var dialled atomic.Int64
	var arrived sync.WaitGroup
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		arrived.Done()
		arrived.Wait() // for all callers
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			dialled.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	transport := newTransport()
	defer transport.CloseIdleConnections()
	for range 2 {
		arrived.Add(callers)
		var all sync.WaitGroup
		for range callers {
			all.Go(func() {
				response, err := (&http.Client{Transport: transport}).Get(server.URL)
				if assert.NoError(t, err) {
					_, _ = io.Copy(io.Discard, response.Body)
					response.Body.Close()
				}
			})
		}
		all.Wait()
	}
	assert.EqualValues(t, callers, dialled.Load())
}

// TestTheDefaultTransportNamesTheStatusOfAProxy, whatever its reason phrase.
func TestTheDefaultTransportNamesTheStatusOfAProxy(t *testing.T) {
	for status, line := range map[int]string{407: "407 Please log in", 502: "502 ", 403: "403 Forbidden by policy"} {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		defer listener.Close()
		go func() {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			defer conn.Close()
			_, _ = http.ReadRequest(bufio.NewReader(conn))
			_, _ = io.WriteString(conn, "HTTP/1.1 "+line+"\r\nContent-Length: 0\r\n\r\n")
		}()
		transport := newTransport()
		transport.Proxy = http.ProxyURL(&url.URL{Scheme: "http", Host: listener.Addr().String()})
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://example.com", nil)
		require.NoError(t, err)
		_, err = transport.RoundTrip(request)
		proxy, ok := errors.AsType[*proxyError](err)
		require.True(t, ok, "%v", err)
		assert.Equal(t, status, proxy.status)
	}
}
