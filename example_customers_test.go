package helpcrunch_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

func ExampleCustomersService_Get() {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	client := server.Client()
	nora := server.AddCustomer(helpcrunch.Customer{
		Name:       "Nora Lindqvist",
		CustomData: helpcrunch.CustomData{"seats": 7, "plan": "yearly"},
	})

	customer, err := client.Customers.Get(context.Background(), nora.ID)
	if err != nil {
		log.Fatal(err)
	}
	seats, _ := customer.CustomData.Int("seats")
	plan, _ := customer.CustomData.String("plan")
	fmt.Printf("%s: %d seats, paid %s\n", customer.Name, seats, plan)
	// Output: Nora Lindqvist: 7 seats, paid yearly
}

func ExampleCustomersService_List() {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	client := server.Client()
	for i := range 5 {
		server.AddCustomer(helpcrunch.Customer{Name: fmt.Sprintf("Guest %d", i+1)})
	}

	options := &helpcrunch.CustomerListOptions{Limit: 2}
	for more := true; more; {
		page, err := client.Customers.List(context.Background(), options)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("rows %d to %d of %d\n", page.Offset+1, page.NextOffset(), page.Total)
		options.Offset, more = page.NextOffset(), page.HasMore()
	}
	// Output:
	// rows 1 to 2 of 5
	// rows 3 to 4 of 5
	// rows 5 to 5 of 5
}

// An iterator requests page after page, and stops when the loop ends.
func ExampleCustomersService_All() {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	client := server.Client(helpcrunch.WithPrefetch(1))
	ctx := context.Background()
	for i := range 250 {
		server.AddCustomer(helpcrunch.Customer{Name: fmt.Sprintf("Guest %d", i+1)})
	}

	for customer, err := range client.Customers.All(ctx, nil) {
		if err != nil {
			log.Fatal(err)
		}
		if customer.Name == "Guest 120" {
			fmt.Println("found", customer.Name)
			break
		}
	}
	fmt.Println(server.Count(), "requests")
	// Output:
	// found Guest 120
	// 2 requests
}

func ExampleCustomersService_Search() {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	client := server.Client()
	ctx := context.Background()
	server.AddCustomer(helpcrunch.Customer{Name: "Nora Lindqvist", Email: "nora@example.com", Tags: []helpcrunch.Tag{{Name: "Lead"}}})
	server.AddCustomer(helpcrunch.Customer{Name: "Jonas Weber", Email: "jonas@example.org", Tags: []helpcrunch.Tag{{Name: "Lead"}}})

	page, err := client.Customers.Search(ctx, &helpcrunch.CustomerSearch{
		Match: helpcrunch.MatchAll,
		Filters: []helpcrunch.CustomerFilter{
			helpcrunch.CustomerFieldEmail.Contains("@example.com"),
			helpcrunch.CustomerFieldTags.HasAll("Lead"),
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, customer := range page.Items {
		fmt.Println(customer.Name)
	}
	// Output: Nora Lindqvist
}

// MatchAny finds customers with any of several tags, one filter for each.
func ExampleCustomersService_SearchAll() {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	client := server.Client()
	server.AddCustomer(helpcrunch.Customer{Name: "Nora Lindqvist", Tags: []helpcrunch.Tag{{Name: "Lead"}}})
	server.AddCustomer(helpcrunch.Customer{Name: "Jonas Weber", Tags: []helpcrunch.Tag{{Name: "Paid"}}})
	server.AddCustomer(helpcrunch.Customer{Name: "Aylin Demir"})

	search := &helpcrunch.CustomerSearch{
		Match: helpcrunch.MatchAny,
		Filters: []helpcrunch.CustomerFilter{
			helpcrunch.CustomerFieldTags.HasAll("Lead"),
			helpcrunch.CustomerFieldTags.HasAll("Paid"),
		},
	}
	for customer, err := range client.Customers.SearchAll(context.Background(), search) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(customer.Name)
	}
	// Output:
	// Nora Lindqvist
	// Jonas Weber
}

func ExampleCustomersService_Create() {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	client := server.Client()

	customer, err := client.Customers.Create(context.Background(), &helpcrunch.CustomerInput{
		Name:       "Nora Lindqvist",
		Email:      "nora@example.com",
		UserID:     "crm-17",
		Tags:       []helpcrunch.Tag{{Name: "Lead", Color: "teal"}},
		CustomData: helpcrunch.CustomData{"seats": 7},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(customer.UserID, customer.Tags, customer.CustomData)
	// Output: crm-17 [{Lead teal}] map[seats:7]
}

// Replace clears the fields that the input leaves out.
func ExampleCustomersService_Replace() {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	client := server.Client()
	nora := server.AddCustomer(helpcrunch.Customer{Name: "Nora Lindqvist", Phone: "+1 555 0100"})

	customer, err := client.Customers.Replace(context.Background(), nora.ID, &helpcrunch.CustomerInput{Name: "Nora Lind"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("name %q, phone %q\n", customer.Name, customer.Phone)
	// Output: name "Nora Lind", phone ""
}

// Update changes the fields that the patch sets, and clears those that it sets to null.
func ExampleCustomersService_Update() {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	client := server.Client()
	ctx := context.Background()
	nora := server.AddCustomer(helpcrunch.Customer{Name: "Nora Lindqvist", Phone: "+1 555 0100", Company: "Example Books"})

	customer, err := client.Customers.Update(ctx, nora.ID, &helpcrunch.CustomerPatch{
		Phone:   helpcrunch.Set("+1 555 0199"),
		Company: helpcrunch.Null[string](),
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("name %q, phone %q, company %q\n", customer.Name, customer.Phone, customer.Company)
	// Output: name "Nora Lindqvist", phone "+1 555 0199", company ""
}

func ExampleCustomersService_BatchUpdate() {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	client := server.Client()
	nora := server.AddCustomer(helpcrunch.Customer{Name: "Nora Lindqvist"})
	jonas := server.AddCustomer(helpcrunch.Customer{Name: "Jonas Weber"})

	patch := helpcrunch.CustomerPatch{Company: helpcrunch.Set("Example Books")}
	outcomes, err := client.Customers.BatchUpdate(context.Background(), []helpcrunch.CustomerBatchItem{
		{ID: nora.ID, Patch: patch},
		{ID: jonas.ID, Patch: patch},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, outcome := range outcomes {
		if outcome.Err != nil {
			log.Fatal(outcome.Err)
		}
		fmt.Println(outcome.Value.Name, "of", outcome.Value.Company)
	}
	// Output:
	// Nora Lindqvist of Example Books
	// Jonas Weber of Example Books
}

func ExampleCustomersService_Delete() {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	client := server.Client()
	nora := server.AddCustomer(helpcrunch.Customer{Name: "Nora Lindqvist"})

	fmt.Println(client.Customers.Delete(context.Background(), nora.ID))
	err := client.Customers.Delete(context.Background(), nora.ID)
	fmt.Println(errors.Is(err, helpcrunch.ErrNotFound))
	// Output:
	// <nil>
	// true
}

func ExampleCustomersService_Tag() {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	client := server.Client()
	ctx := context.Background()
	nora := server.AddCustomer(helpcrunch.Customer{Name: "Nora Lindqvist", Tags: []helpcrunch.Tag{{Name: "Lead"}}})

	if _, err := client.Customers.Tag(ctx, nora.ID, helpcrunch.Tag{Name: "Paid", Color: "green"}); err != nil {
		log.Fatal(err)
	}
	customer, err := client.Customers.Untag(ctx, nora.ID, "Lead")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(customer.Tags)
	// Output: [{Paid green}]
}

func ExampleCustomersService_AddEvent() {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	client := server.Client()
	nora := server.AddCustomer(helpcrunch.Customer{Name: "Nora Lindqvist"})

	event, err := client.Customers.AddEvent(context.Background(), nora.ID, &helpcrunch.EventInput{
		Name: "order placed",
		Data: map[string]any{"total": 49.5, "express": true},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(event.Name, event.Data)
	// Output: order placed map[express:true total:49.5]
}

func ExampleCustomersService_FindByUserID() {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	client := server.Client()
	server.AddCustomer(helpcrunch.Customer{Name: "Nora Lindqvist", UserID: "crm-17"})

	customer, err := client.Customers.FindByUserID(context.Background(), "crm-17")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(customer.Name)
	_, err = client.Customers.FindByUserID(context.Background(), "crm-18")
	fmt.Println(errors.Is(err, helpcrunch.ErrNotFound))
	// Output:
	// Nora Lindqvist
	// true
}

// Upsert is idempotent. It writes the fields that are set and differ, and clears nothing.
func ExampleCustomersService_Upsert() {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	client := server.Client()
	ctx := context.Background()

	for _, input := range []helpcrunch.CustomerInput{
		{UserID: "crm-17", Name: "Nora Lindqvist"},
		{UserID: "crm-17", Phone: "+1 555 0100"},
		{UserID: "crm-17", Phone: "+1 555 0100"},
	} {
		customer, result, err := client.Customers.Upsert(ctx, &input)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s: name %q, phone %q\n", result, customer.Name, customer.Phone)
	}
	// Output:
	// created: name "Nora Lindqvist", phone ""
	// updated: name "Nora Lindqvist", phone "+1 555 0100"
	// unchanged: name "Nora Lindqvist", phone "+1 555 0100"
}
