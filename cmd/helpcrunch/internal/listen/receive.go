package listen

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"time"

	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/cli"
	"github.com/helpcrunch-go/helpcrunch/webhook"
)

const (
	maxBodyBytes  = 1 << 20
	headerTimeout = 5 * time.Second
	readTimeout   = 10 * time.Second // of headers and body
	storeTimeout  = 20 * time.Second // of a delivery, from its headers to its response
	writeTimeout  = 30 * time.Second
)

// receiver accepts deliveries: it verifies and stores them.
type receiver struct {
	path       string
	signingKey string
	put        func(*record) (added bool, err error)
	changed    chan<- struct{} // gets a signal when an event was added
	lines      *cli.LineWriter
	verbose    bool
}

// server returns a server that responds within 30 s to every client, also if the disk hangs.
func (h *receiver) server() *http.Server {
	return &http.Server{
		Handler:           http.TimeoutHandler(h, storeTimeout, http.StatusText(http.StatusServiceUnavailable)),
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		MaxHeaderBytes:    1 << 15,
		ErrorLog:          log.New(h.lines, "", 0),
	}
}

func (h *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	status, about := h.receive(w, r)
	if h.verbose || status != http.StatusOK && status != http.StatusNotFound {
		h.lines.Printf("delivery: %d %s: %s", status, http.StatusText(status), about)
	}
	switch status {
	case http.StatusOK:
		w.WriteHeader(status)
		return
	case http.StatusMethodNotAllowed:
		w.Header().Set("Allow", http.MethodPost)
	case http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "10")
	}
	http.Error(w, http.StatusText(status), status)
}

// receive handles one delivery. It returns the status of the response and a text for the log.
func (h *receiver) receive(w http.ResponseWriter, r *http.Request) (status int, about string) {
	switch {
	case r.URL.Path != h.path:
		return http.StatusNotFound, r.URL.Path
	case r.Method != http.MethodPost:
		return http.StatusMethodNotAllowed, r.Method
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBodyBytes))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return http.StatusRequestEntityTooLarge, fmt.Sprintf("the body is larger than %d bytes", maxBodyBytes)
	}
	if err != nil {
		return http.StatusBadRequest, "receiving the body: " + err.Error()
	}
	signature := r.Header.Get(webhook.SignatureHeader)
	if err := webhook.Verify(h.signingKey, body, signature); err != nil {
		return http.StatusUnauthorized, "the signature does not match the signing key"
	}
	event, err := webhook.Parse(body)
	if err != nil {
		return http.StatusBadRequest, err.Error()
	}
	about = fmt.Sprintf("%s %s", event.Type, event.ID)
	added, err := h.put(&record{Type: event.Type, ID: event.ID, Body: body, Signature: signature, Accepted: time.Now()})
	switch {
	case err != nil: // the service delivers it again
		return http.StatusServiceUnavailable, fmt.Sprintf("%s can't be stored: %v", about, err)
	case !added:
		return http.StatusOK, about + " is a duplicate"
	}
	wake(h.changed)
	return http.StatusOK, about + " accepted"
}

// wake sends a signal unless one waits already.
func wake(changed chan<- struct{}) {
	select {
	case changed <- struct{}{}:
	default:
	}
}
