//go:debug x509usefallbackroots=1
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// trusted makes the test binary the program itself, which trusts the certificate in it alone.
const trusted = "FIRST_TRUSTED_CERTIFICATE"

func TestMain(m *testing.M) {
	if text := os.Getenv(trusted); text != "" {
		der, _ := base64.StdEncoding.DecodeString(text)
		certificate, err := x509.ParseCertificate(der)
		if err != nil {
			panic(err)
		}
		roots := x509.NewCertPool()
		roots.AddCert(certificate)
		x509.SetFallbackRoots(roots)
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// apiHost is where the program sends its requests.
const apiHost = "api.helpcrunch.com"

// serveAPI answers what is sent to the API's host over TLS. It returns the certificate.
func serveAPI(t *testing.T, handler http.Handler) (address net.Addr, der []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{apiHost}, NotAfter: time.Now().Add(time.Hour)}
	der, err = x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	api := httptest.NewUnstartedServer(handler)
	api.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	api.StartTLS()
	t.Cleanup(api.Close)
	return api.Listener.Addr(), der
}

// newProxy makes a proxy from which no other host than the API's is reached, and that at an
// address of the test.
func newProxy(t *testing.T, api net.Addr) *httptest.Server {
	t.Helper()
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect || r.Host != apiHost+":443" {
			http.Error(w, "not the API", http.StatusForbidden)
			return
		}
		there, err := net.Dial(api.Network(), api.String())
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer there.Close()
		w.WriteHeader(http.StatusOK)
		here, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer here.Close()
		go func() {
			_, _ = io.Copy(there, buffered)
			there.Close()
		}()
		_, _ = io.Copy(here, there)
	}))
	t.Cleanup(proxy.Close)
	return proxy
}

func TestTheFirstProgramOfTheReadmeRuns(t *testing.T) {
	server := helpcrunchtest.NewServer(helpcrunchtest.WithoutListener())
	t.Cleanup(server.Close)
	chatOf := func(name string) helpcrunch.Chat {
		return server.AddChat(helpcrunch.Chat{Customer: helpcrunch.ChatCustomer{Name: name}})
	}
	answered, unanswered := chatOf("Jonas Weber"), chatOf("Nora Lindqvist")
	server.CustomerWrites(answered.ID, "Do you ship to islands?")
	server.AgentWrites(answered.ID, server.Agents()[0].ID, "We do.")
	server.CustomerWrites(unanswered.ID, "Where is my order?")

	api, certificate := serveAPI(t, server)
	program := exec.CommandContext(t.Context(), os.Args[0])
	program.Env = append(os.Environ(), "HELPCRUNCH_API_KEY="+server.APIKey,
		"HTTPS_PROXY="+newProxy(t, api).URL, "NO_PROXY=", trusted+"="+base64.StdEncoding.EncodeToString(certificate))
	program.Stderr = t.Output()
	printed, err := program.Output()
	require.NoError(t, err)
	assert.Equal(t, "Nora Lindqvist has been waiting for 0s: Where is my order?\n", string(printed))
}
