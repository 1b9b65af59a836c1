// Command queue receives webhooks into a queue on disk and handles them afterwards. Use it
// for work that takes longer than the service waits for a response, which is some seconds.
//
// Without HELPCRUNCH_SIGNING_KEY it runs against an in-memory fake server, which sends it a
// webhook.
package main

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
	"github.com/helpcrunch-go/helpcrunch/webhook"
)

func main() {
	log.SetFlags(0)
	key, path := os.Getenv("HELPCRUNCH_SIGNING_KEY"), "queue.db"
	if key == "" {
		fmt.Println("HELPCRUNCH_SIGNING_KEY is not set: using an in-memory fake server.")
		path = filepath.Join(os.TempDir(), fmt.Sprintf("queue-demo-%d.db", os.Getpid()))
		defer os.Remove(path) //nolint:errcheck // a temporary file
	}
	if err := run(context.Background(), key, path); err != nil {
		log.Printf("queue: %v", err)
	}
}

// run receives webhooks and handles them. A proxy in front of it speaks HTTPS. It may be
// killed at any time: what the service got a 200 for is on disk.
func run(ctx context.Context, key, path string) error {
	q, err := open(path)
	if err != nil {
		return err
	}
	defer q.db.Close() //nolint:errcheck // each write is on disk already
	if key == "" {
		return demo(ctx, q)
	}
	handler, err := webhook.NewHandler(key, q.add)
	if err != nil {
		return err
	}
	go q.work(ctx, show)
	server := &http.Server{Addr: "localhost:8080", Handler: handler, ReadTimeout: time.Minute}
	fmt.Printf("Listening for webhooks on http://%s\n", server.Addr)
	return server.ListenAndServe()
}

// demo queues and handles one webhook of a fake server.
func demo(ctx context.Context, q *queue) error {
	const key = "demo-signing-key"
	handler, err := webhook.NewHandler(key, q.add)
	if err != nil {
		return err
	}
	server := helpcrunchtest.NewServer()
	defer server.Close()
	server.SendWebhooksTo(handler, key, webhook.EventTypeMessageChatCustomer)
	chat := server.AddChat(helpcrunch.Chat{Customer: helpcrunch.ChatCustomer{Name: "Nora Lindqvist"}})
	server.CustomerWrites(chat.ID, "Where is my order?")
	if err := server.WaitForWebhooks(ctx); err != nil {
		return err
	}
	_, err = q.handleOldest(ctx, show)
	return err
}

// show is the work of this example.
func show(_ context.Context, event *webhook.Event) error {
	if message, ok := event.Message(); ok {
		fmt.Printf("%s in chat %d: %q\n", event.Type, message.ChatID, message.Message.Text)
	}
	return nil
}

// queue keeps events in a file until they are handled.
type queue struct{ db *bbolt.DB }

var bucket = []byte("events")

// open opens the queue in a file. Only one process can.
func open(path string) (*queue, error) {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: time.Second})
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", path, err)
	}
	return &queue{db}, db.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucketIfNotExists(bucket)
		return err
	})
}

// add puts an event on disk. The service gets 200 afterwards. If add fails, the service
// delivers the event again.
func (q *queue) add(_ context.Context, event *webhook.Event) error {
	data, err := json.Marshal(event)
	if err != nil {
		return err
	}
	return q.db.Update(func(tx *bbolt.Tx) error {
		n, err := tx.Bucket(bucket).NextSequence()
		if err != nil {
			return err
		}
		return tx.Bucket(bucket).Put(binary.BigEndian.AppendUint64(nil, n), data)
	})
}

// work handles events until ctx ends. It looks for new ones every second.
func (q *queue) work(ctx context.Context, handle func(context.Context, *webhook.Event) error) {
	for ctx.Err() == nil {
		found, err := q.handleOldest(ctx, handle)
		if err != nil {
			log.Print(err)
		} else if found {
			continue
		}
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
		}
	}
}

// handleOldest handles the oldest event and deletes it. After a failure, or a crash in
// between, it handles the event again: handle must be idempotent.
func (q *queue) handleOldest(ctx context.Context, handle func(context.Context, *webhook.Event) error) (found bool, err error) {
	var key []byte
	var event webhook.Event
	err = q.db.View(func(tx *bbolt.Tx) error {
		oldest, data := tx.Bucket(bucket).Cursor().First()
		if oldest == nil {
			return nil
		}
		key = append(key, oldest...)
		return json.Unmarshal(data, &event)
	})
	if key == nil || err != nil {
		return false, err
	}
	if err := handle(ctx, &event); err != nil {
		return true, fmt.Errorf("event %s: %w", event.ID, err)
	}
	return true, q.db.Update(func(tx *bbolt.Tx) error { return tx.Bucket(bucket).Delete(key) })
}
