// Command export writes all customers of an account to standard output, one JSON object per
// line. The program helpcrunch exports to CSV too, and continues after an interruption.
//
// Without HELPCRUNCH_API_KEY it runs against an in-memory fake server.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

func main() {
	log.SetFlags(0)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	key := os.Getenv("HELPCRUNCH_API_KEY")
	client, err := helpcrunch.New(key)
	if key == "" {
		log.Print("HELPCRUNCH_API_KEY is not set: using an in-memory fake server.")
		server := helpcrunchtest.NewServer(helpcrunchtest.WithDemoAccount())
		defer server.Close()
		client, err = server.Client(), nil
	}
	if err == nil {
		err = export(ctx, client, os.Stdout, os.Stderr)
	}
	if err != nil {
		log.Fatalf("export: %v", err) //nolint:gocritic // nothing to close on failure
	}
}

// export writes customers as the iterator yields them. Pages are prefetched meanwhile, and
// memory holds a few of them at a time.
func export(ctx context.Context, client *helpcrunch.Client, w, messages io.Writer) error {
	last := time.Now()
	client = client.WithProgress(func(p helpcrunch.Progress) {
		if time.Since(last) < 10*time.Second {
			return
		}
		last = time.Now()
		fmt.Fprintf(messages, "%d of %d customers, %s left\n", p.Done, p.Total, p.Remaining.Round(time.Second))
	})
	buffer := bufio.NewWriter(w)
	lines := json.NewEncoder(buffer)
	n := 0
	for customer, err := range client.Customers.All(ctx, nil) {
		if err != nil {
			return fmt.Errorf("after %d customers: %w", n, err)
		}
		if err := lines.Encode(customer); err != nil {
			return err
		}
		n++
	}
	fmt.Fprintf(messages, "%d customers\n", n)
	return buffer.Flush()
}
