package helpcrunch_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"slices"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// The items come from an iterator, so that memory holds only the customers in flight.
func ExampleCustomersService_UpdateEach() {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	client := server.Client()
	ctx := context.Background()
	for _, name := range []string{"Nora Lindqvist", "Jonas Weber", "Marta Silva"} {
		server.AddCustomer(helpcrunch.Customer{Name: name, Company: "Exmaple Books"})
	}

	var listErr error
	corrections := func(yield func(helpcrunch.CustomerBatchItem) bool) {
		for customer, err := range client.Customers.All(ctx, nil) {
			if err != nil {
				listErr = err
				return
			}
			patch := helpcrunch.CustomerPatch{Company: helpcrunch.Set("Example Books")}
			if customer.Company == "Exmaple Books" && !yield(helpcrunch.CustomerBatchItem{ID: customer.ID, Patch: patch}) {
				return
			}
		}
	}
	for outcome := range client.Customers.UpdateEach(ctx, corrections) {
		if outcome.Err != nil {
			log.Print(outcome.Input.ID, ": ", outcome.Err) // and continue
			continue
		}
		fmt.Println(outcome.Value.Name, "of", outcome.Value.Company)
	}
	if listErr != nil {
		log.Fatal(listErr)
	}
	// Output:
	// Nora Lindqvist of Example Books
	// Jonas Weber of Example Books
	// Marta Silva of Example Books
}

// Each runs any call for many inputs. The call uses the client that it is given.
func ExampleEach() {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	client := server.Client()
	for _, name := range []string{"Nora Lindqvist", "Jonas Weber"} {
		server.AddCustomer(helpcrunch.Customer{Name: name})
	}
	ids := []int64{server.Customers()[0].ID, server.Customers()[1].ID, 1}

	tag := func(ctx context.Context, c *helpcrunch.Client, id int64) (*helpcrunch.Customer, error) {
		return c.Customers.Tag(ctx, id, helpcrunch.Tag{Name: "Lead"})
	}
	options := &helpcrunch.EachOptions[int64]{Total: len(ids)}
	for outcome := range helpcrunch.Each(context.Background(), client, slices.Values(ids), tag, options) {
		if errors.Is(outcome.Err, helpcrunch.ErrNotFound) {
			fmt.Println("no customer", outcome.Input)
			continue
		}
		fmt.Println(outcome.Value.Name, outcome.Value.Tags[0].Name)
	}
	// Output:
	// Nora Lindqvist Lead
	// Jonas Weber Lead
	// no customer 1
}

func ExampleCustomersService_UpsertEach() {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	client := server.Client()
	server.AddCustomer(helpcrunch.Customer{UserID: "crm-17", Name: "Nora Lindqvist"})

	rows := []helpcrunch.CustomerInput{
		{UserID: "crm-17", Phone: "+1 555 0100"},
		{UserID: "crm-18", Name: "Jonas Weber"},
		{Name: "Nobody"},
	}
	for outcome := range client.Customers.UpsertEach(context.Background(), slices.Values(rows)) {
		switch {
		case outcome.Err != nil:
			fmt.Println(outcome.Err)
		case outcome.Value.Result == helpcrunch.UpsertCreated:
			fmt.Println("created", outcome.Value.Customer.Name)
		default:
			fmt.Println("changed", outcome.Value.Customer.Name)
		}
	}
	// Output:
	// changed Nora Lindqvist
	// created Jonas Weber
	// helpcrunch: Customers.UpsertEach: input: needs a UserID or an Email
}
