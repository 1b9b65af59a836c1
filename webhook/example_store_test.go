package webhook_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"

	"github.com/helpcrunch-go/helpcrunch/webhook"
)

// keyValue is what a deduplicator needs of a store: Redis has SET NX PX, GET, SET PX,
// and a script of two lines for the last.
type keyValue interface {
	SetIfAbsent(ctx context.Context, key, value string, expiry time.Duration) (stored bool, err error)
	Get(ctx context.Context, key string) (value string, err error)
	Set(ctx context.Context, key, value string, expiry time.Duration) error
	DeleteIfEqual(ctx context.Context, key, value string) error
}

// sharedDeduplicator is shared by all processes that use the same store.
type sharedDeduplicator struct {
	store keyValue
	lease time.Duration // longer than the function ever takes
	age   time.Duration // longer than the service delivers again
}

const handled = "handled"

func (d sharedDeduplicator) Begin(ctx context.Context, key string) (webhook.Claim, error) {
	claim := sharedClaim{d, "webhook:" + key, rand.Text()}
	stored, err := d.store.SetIfAbsent(ctx, claim.key, claim.token, d.lease)
	if err != nil {
		return nil, err
	}
	if stored {
		return claim, nil
	}
	switch value, err := d.store.Get(ctx, claim.key); {
	case err != nil:
		return nil, err
	case value == handled:
		return nil, webhook.ErrHandled
	}
	return nil, webhook.ErrRunning
}

// sharedClaim stands while its token is in the store.
type sharedClaim struct {
	deduplicator sharedDeduplicator
	key, token   string
}

func (c sharedClaim) Commit(ctx context.Context) error {
	return c.deduplicator.store.Set(ctx, c.key, handled, c.deduplicator.age)
}

func (c sharedClaim) Abandon(ctx context.Context) error {
	return c.deduplicator.store.DeleteIfEqual(ctx, c.key, c.token)
}

// Two processes behind one address share what they remember.
func ExampleWithDeduplicator() {
	shared := sharedDeduplicator{store: &mapStore{}, lease: time.Minute, age: 24 * time.Hour}
	for _, process := range []string{"first", "second"} {
		handler, err := webhook.NewHandler(exampleKey, func(context.Context, *webhook.Event) error {
			fmt.Println("handled by the", process)
			return nil
		}, webhook.WithDeduplicator(shared))
		if err != nil {
			fmt.Println(err)
			return
		}

		request := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(exampleBody))
		request.Header.Set(webhook.SignatureHeader, exampleSignature)
		response := httptest.NewRecorder()
		handler.ServeHTTP(response, request)
		fmt.Println(response.Code)
	}
	// Output:
	// handled by the first
	// 200
	// 200
}

// mapStore stands for the store. Its keys do not expire.
type mapStore struct {
	mutex  sync.Mutex
	values map[string]string
}

func (s *mapStore) SetIfAbsent(_ context.Context, key, value string, _ time.Duration) (bool, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if _, ok := s.values[key]; ok {
		return false, nil
	}
	s.set(key, value)
	return true, nil
}

func (s *mapStore) Get(_ context.Context, key string) (string, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.values[key], nil
}

func (s *mapStore) Set(_ context.Context, key, value string, _ time.Duration) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.set(key, value)
	return nil
}

func (s *mapStore) DeleteIfEqual(_ context.Context, key, value string) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.values[key] == value {
		delete(s.values, key)
	}
	return nil
}

func (s *mapStore) set(key, value string) {
	if s.values == nil {
		s.values = make(map[string]string)
	}
	s.values[key] = value
}
