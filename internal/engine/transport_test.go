package engine

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
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
