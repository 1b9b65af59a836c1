package helpcrunchtest

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // the service signs with it
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"time"
)

// signatureHeader carries the signature of a webhook.
const signatureHeader = "X-HelpCrunch-Signature"

// inMemoryURL is where requests to a handler in memory seem to go.
const inMemoryURL = "http://helpcrunchtest.invalid/"

// attempt sends a delivery once.
func (s *Server) attempt(d *delivery, now time.Time) Delivery {
	h := s.webhooks
	record := d.record(now, &h.dialect)
	ctx, cancel := context.WithTimeout(h.ctx, h.timeout)
	defer cancel()
	record.Status, record.Err = d.to.post(ctx, &record)
	return record
}

// record is what is to be sent now.
func (d *delivery) record(now time.Time, dialect *Dialect) Delivery {
	if d.again != nil {
		record := *d.again
		record.Time, record.Duplicate = now, true
		return record
	}
	e := encoder{dialect: dialect}
	e.envelope(d, instantOf(now))
	record := Delivery{
		Time: now, Event: d.event, ID: d.id, Attempts: d.attempts, URL: d.to.shownURL(), Body: phpJSON(e.buffer),
		Forgery: d.forgery,
	}
	d.sign(&record, dialect)
	return record
}

// sign signs a record, or pretends to.
func (d *delivery) sign(record *Delivery, dialect *Dialect) {
	record.Signature = signature(d.to.key, record.Body)
	switch d.forgery {
	case WrongKey:
		record.Signature = signature("not "+d.to.key, record.Body)
	case ChangedBody:
		other := bytes.Replace(record.Body, []byte(d.id), []byte(dialect.newID()), 1)
		record.Signature = signature(d.to.key, other)
	case NoSignature:
		record.Signature = ""
	}
}

// signature is the lower-case hex HMAC-SHA1 of a body.
func signature(key string, body []byte) string {
	mac := hmac.New(sha1.New, []byte(key))
	_, _ = mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// post sends a record and returns the status of the answer.
func (t *target) post(ctx context.Context, record *Delivery) (status int, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, t.url, bytes.NewReader(record.Body))
	if err != nil {
		return 0, err
	}
	request.Header.Set("Accept", jsonType)
	request.Header.Set("Content-Type", jsonType)
	request.Header.Set("User-Agent", "helpcrunchtest")
	if record.Signature != "" {
		request.Header.Set(signatureHeader, record.Signature)
	}
	response, err := t.client.Do(request)
	if err != nil {
		return 0, err
	}
	defer func() { _ = response.Body.Close() }()
	_, _ = io.CopyN(io.Discard, response.Body, maxWebhookAnswer) // for the connection to be used again
	return response.StatusCode, nil
}

// maxWebhookAnswer is how much of an answer to a webhook is read, in bytes.
const maxWebhookAnswer = 64 << 10

// newWebhookClient makes the client for webhooks of the given one, which stays as it is.
func newWebhookClient(given *http.Client) *http.Client {
	client := *given
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &client
}

// newWebhookTransport is the way to URLs unless a client is given.
func newWebhookTransport() *http.Transport {
	return &http.Transport{MaxIdleConnsPerHost: deliveriesAtOnce, IdleConnTimeout: time.Minute}
}

// newID returns the id of an event in the dialect's form.
func (d *Dialect) newID() string {
	if d.WebhookNumericIDs {
		return strconv.FormatInt(mathrand.Int64N(1<<53-1)+1, 10)
	}
	return newUUID()
}

// newUUID returns a random UUID. Those of two servers never meet, as a receiver may know
// both.
func newUUID() string {
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
}

// handlerTransport is the way to a handler that needs no network. A request whose context
// ends is given up, and its handler left to itself, as a connection would do.
type handlerTransport struct {
	handler http.Handler
	calls   *goroutines // of the handler
}

// RoundTrip lets the handler answer.
func (t *handlerTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	ctx := request.Context()
	arrived := httptest.NewRequestWithContext(ctx, request.Method, request.URL.String(), request.Body)
	arrived.Header = request.Header.Clone()
	arrived.ContentLength = request.ContentLength
	recorder, ended := httptest.NewRecorder(), make(chan error, 1)
	t.calls.start(func() { t.serve(recorder, arrived, ended) })
	select {
	case err := <-ended:
		if err != nil {
			return nil, err
		}
		return recorder.Result(), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// serve calls the handler. One that panics, or ends its goroutine, gives no answer.
func (t *handlerTransport) serve(w http.ResponseWriter, r *http.Request, ended chan<- error) {
	err := errors.New("the handler ended its goroutine")
	defer func() {
		if value := recover(); value != nil {
			err = fmt.Errorf("the handler panicked: %v", value)
		}
		_ = r.Body.Close()
		ended <- err
	}()
	t.handler.ServeHTTP(w, r)
	err = nil
}
