package deliver

import (
	"bytes"
	"cmp"
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

	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/account"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/wire"
	"github.com/helpcrunch-go/helpcrunch/webhook"
)

const signatureHeader = "X-HelpCrunch-Signature"

// inMemoryURL is the URL in requests to a handler in memory.
const inMemoryURL = "http://helpcrunchtest.invalid/"

// Forgery is a kind of invalid signature. helpcrunchtest has constants with the same values.
type Forgery uint8

const (
	forgeNothing Forgery = iota
	forgeKey
	forgeBody
	forgeSignature
)

// Attempt is an attempt to deliver a webhook.
type Attempt struct {
	Record

	to *Target
}

// Record has the fields of helpcrunchtest.Delivery, which documents them.
type Record struct {
	Time      time.Time
	Event     webhook.EventType
	ID        string
	Attempts  int
	URL       string
	Body      []byte
	Signature string
	Duplicate bool
	Forgery   Forgery
	Status    int
	Err       error
}

func attemptSize(a *Attempt) int {
	return len(a.Body) + pendingOverhead
}

func (a *Attempt) delivered() bool {
	return a.Status >= 200 && a.Status <= 299
}

func (a *Attempt) failure() string {
	if a.Err != nil {
		return a.Err.Error()
	}
	return fmt.Sprintf("status %d", a.Status)
}

func (h *Hub) attempt(d *Delivery, now time.Time) Attempt {
	record := d.record(now, &h.Dialect)
	ctx, cancel := context.WithTimeout(h.ctx, h.Timeout)
	defer cancel()
	record.Status, record.Err = d.To.post(ctx, &record.Record)
	return record
}

func (d *Delivery) record(now time.Time, dialect *wire.Dialect) Attempt {
	if d.duplicateOf != nil {
		record := *d.duplicateOf
		record.Time, record.Duplicate = now, true
		return record
	}
	body := wire.Webhook(dialect, &wire.Envelope{
		Event: string(d.Event), EventData: d.data, Attempts: d.attempts,
		LastAttemptAt: account.InstantOf(now), CreatedAt: d.createdAt, ID: d.ID,
	})
	record := Record{Time: now, Event: d.Event, ID: d.ID, Attempts: d.attempts, URL: d.To.URL, Body: body, Forgery: d.forgery}
	d.sign(&record, dialect)
	return Attempt{record, d.To}
}

// sign signs a record, or forges the signature.
func (d *Delivery) sign(record *Record, dialect *wire.Dialect) {
	record.Signature = signature(d.To.Key, record.Body)
	switch d.forgery {
	case forgeKey:
		record.Signature = signature("not "+d.To.Key, record.Body)
	case forgeBody:
		other := bytes.Replace(record.Body, []byte(d.ID), []byte(newID(dialect)), 1)
		record.Signature = signature(d.To.Key, other)
	case forgeSignature:
		record.Signature = ""
	}
}

// signature returns the lower-case hex HMAC-SHA1 of a body. It does not use [webhook.Sign], so that
// tests find its mistakes.
func signature(key string, body []byte) string {
	mac := hmac.New(sha1.New, []byte(key))
	_, _ = mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

func (t *Target) post(ctx context.Context, record *Record) (status int, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, cmp.Or(t.URL, inMemoryURL), bytes.NewReader(record.Body))
	if err != nil {
		return 0, err
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "helpcrunchtest")
	if record.Signature != "" {
		request.Header.Set(signatureHeader, record.Signature)
	}
	response, err := t.client.Do(request)
	if err != nil {
		return 0, err
	}
	defer func() { _ = response.Body.Close() }()
	_, _ = io.CopyN(io.Discard, response.Body, maxWebhookResponse) // so that the connection is reused
	return response.StatusCode, nil
}

const maxWebhookResponse = 64 << 10

// newWebhookClient returns a copy of a client. The copy follows no redirects.
func newWebhookClient(client *http.Client) *http.Client {
	copied := *client
	copied.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &copied
}

// newID returns a random UUID or number, unique across servers.
func newID(dialect *wire.Dialect) string {
	if dialect.WebhookNumericIDs {
		return strconv.FormatInt(mathrand.Int64N(1<<53-1)+1, 10)
	}
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
}

// handlerTransport calls a handler in memory. When the context ends, it returns while the handler
// continues.
type handlerTransport struct {
	handler http.Handler
	hub     *Hub
}

// RoundTrip returns the response of the handler.
func (t *handlerTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	ctx := request.Context()
	incoming := httptest.NewRequestWithContext(ctx, request.Method, request.URL.String(), request.Body)
	incoming.Header = request.Header.Clone()
	incoming.ContentLength = request.ContentLength
	recorder, ended := httptest.NewRecorder(), make(chan error, 1)
	t.hub.Mu.Lock()
	t.hub.start(func() { t.serve(recorder, incoming, ended) })
	t.hub.Mu.Unlock()
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

// serve calls the handler. It sends an error after a panic or runtime.Goexit, and nil otherwise.
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
