// Command import creates and updates customers from standard input, one JSON object per line,
// such as {"userId": "shop-204", "name": "Nora Lindqvist", "email": "nora@example.com"}. It may
// be run again: what is up to date is not written. The program helpcrunch imports CSV.
//
// Without HELPCRUNCH_API_KEY it imports a sample into an in-memory fake server.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"log"
	"os"
	"os/signal"
	"strings"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

const sample = `{"userId": "shop-204", "name": "Nora Lindqvist", "email": "nora@example.com"}
{"userId": "shop-205", "name": "Jonas Weber", "tags": ["Lead"]}
`

func main() {
	log.SetFlags(0)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	key, input := os.Getenv("HELPCRUNCH_API_KEY"), io.Reader(os.Stdin)
	client, err := helpcrunch.New(key)
	if key == "" {
		fmt.Println("HELPCRUNCH_API_KEY is not set: using an in-memory fake server.")
		server := helpcrunchtest.NewServer()
		defer server.Close()
		client, err, input = server.Client(), nil, strings.NewReader(sample)
	}
	if err == nil {
		err = run(ctx, client, input, os.Stdout)
	}
	if err != nil {
		log.Fatalf("import: %v", err) //nolint:gocritic // nothing to close on failure
	}
}

// row is a line of the input.
type row struct {
	UserID string   `json:"userId"`
	Name   string   `json:"name"`
	Email  string   `json:"email"`
	Tags   []string `json:"tags"`
}

// inputs yields the lines of r. It stops at a line that is not JSON and sets err.
func inputs(r io.Reader, err *error) iter.Seq[helpcrunch.CustomerInput] {
	return func(yield func(helpcrunch.CustomerInput) bool) {
		for decoder := json.NewDecoder(r); ; {
			var line row
			if *err = decoder.Decode(&line); *err != nil {
				if errors.Is(*err, io.EOF) {
					*err = nil
				}
				return
			}
			input := helpcrunch.CustomerInput{UserID: line.UserID, Name: line.Name, Email: line.Email}
			for _, tag := range line.Tags {
				input.Tags = append(input.Tags, helpcrunch.Tag{Name: tag})
			}
			if !yield(input) {
				return
			}
		}
	}
}

// run upserts the customers. UpsertEach looks up 20 at once, and runs as many calls
// concurrently as the rate limit allows. A row that fails does not stop the others.
func run(ctx context.Context, client *helpcrunch.Client, r io.Reader, w io.Writer) error {
	var inputErr error
	failed := 0
	for outcome := range client.Customers.UpsertEach(ctx, inputs(r, &inputErr)) {
		if outcome.Err != nil {
			failed++
			fmt.Fprintf(w, "%s: %v\n", outcome.Input.UserID, outcome.Err)
			continue
		}
		fmt.Fprintf(w, "%s: %s, customer %d\n", outcome.Input.UserID, outcome.Value.Result, outcome.Value.Customer.ID)
	}
	if failed > 0 {
		return errors.Join(inputErr, fmt.Errorf("failed rows: %d", failed))
	}
	return inputErr
}
