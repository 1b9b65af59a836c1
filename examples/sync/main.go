// Command sync keeps a table of all chats up to date. Each run reads only the chats with
// messages since the run before. The table is a JSON file, which stores the time from which the
// next run continues; a database works the same way.
//
// Without HELPCRUNCH_API_KEY it runs against an in-memory fake server.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log"
	"os"
	"os/signal"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

func main() {
	path := flag.String("table", "chats.json", "the file of the table")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	client, err := helpcrunch.New(os.Getenv("HELPCRUNCH_API_KEY"))
	if os.Getenv("HELPCRUNCH_API_KEY") == "" {
		fmt.Println("HELPCRUNCH_API_KEY is not set: using an in-memory fake server.")
		server := helpcrunchtest.NewServer(helpcrunchtest.WithDemoAccount())
		defer server.Close()
		*path += ".demo" // the real table must not hold demo chats
		client, err = server.Client(), nil
	}
	if err == nil {
		err = run(ctx, client, *path)
	}
	if err != nil {
		log.Fatal(err) //nolint:gocritic // nothing to close on failure
	}
}

// run updates the table in a file.
func run(ctx context.Context, client *helpcrunch.Client, path string) error {
	t := table{Since: time.Unix(0, 0), Chats: make(map[int64]row)}
	data, err := os.ReadFile(path) //nolint:gosec // G304: the user names the file
	if err == nil {
		err = json.Unmarshal(data, &t)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	n, err := t.update(ctx, client)
	if err != nil {
		return err // the next run starts from the same time
	}
	fmt.Printf("%d chats updated, %d in %s\n", n, len(t.Chats), path)
	if data, err = json.MarshalIndent(t, "", "  "); err != nil {
		return err
	}
	// Rows and time are replaced at once: a crash never leaves one without the other.
	if err := os.WriteFile(path+".new", data, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// table holds the chats by id, and the time from which the next run continues.
type table struct {
	Since time.Time
	Chats map[int64]row
}

// row is what the table stores of a chat.
type row struct {
	Customer, Status, LastMessage string
	LastMessageAt                 time.Time
}

// margin is how far the clocks of this machine and the service may differ. Chats within it are
// read again, which changes nothing.
const margin = time.Minute

// update reads the chats with messages since the last update.
func (t *table) update(ctx context.Context, client *helpcrunch.Client) (n int, err error) {
	began := time.Now()
	for chat, err := range client.Chats.ActiveSince(ctx, t.Since) {
		if err != nil {
			return n, err
		}
		t.Chats[chat.ID] = row{chat.Customer.Name, string(chat.Status), chat.LastMessageText, chat.LastMessageAt.Time}
		n++
	}
	t.Since = began.Add(-margin)
	return n, nil
}
