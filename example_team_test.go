package helpcrunch_test

import (
	"context"
	"fmt"
	"log"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

func ExampleAgentsService_List() {
	server := helpcrunchtest.NewServer()
	defer server.Close()

	page, err := server.Client().Agents.List(context.Background(), nil)
	if err != nil {
		log.Fatal(err)
	}
	for _, agent := range page.Items {
		fmt.Println(agent.Name, agent.Role)
	}
	// Output:
	// Ada Ramos admin
	// Tomas Veld agent
}

func ExampleAgentsService_All() {
	server := helpcrunchtest.NewServer()
	defer server.Close()

	for agent, err := range server.Client().Agents.All(context.Background(), nil) {
		if err != nil {
			log.Fatal(err)
		}
		if agent.Role == helpcrunch.RoleAdmin {
			fmt.Println(agent.Name, agent.Email)
		}
	}
	// Output: Ada Ramos ada@example.com
}

func ExampleAgentsService_Unsubscribe() {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	agent := server.Agents()[0]

	err := server.Client().Agents.Unsubscribe(context.Background(), agent.ID)
	fmt.Println(err, server.Unsubscribed(agent.ID))
	// Output: <nil> true
}

func ExampleDepartmentsService_All() {
	server := helpcrunchtest.NewServer()
	defer server.Close()

	for department, err := range server.Client().Departments.All(context.Background(), nil) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(department.Name, len(department.Agents))
	}
	// Output: Helpdesk 2
}

func ExampleDepartmentsService_List() {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	server.AddDepartment(helpcrunch.Department{Name: "Returns"})

	page, err := server.Client().Departments.List(context.Background(), &helpcrunch.ListOptions{Offset: 1})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(page.Items[0].Name)
	// Output: Returns
}

func ExampleApplicationsService_List() {
	server := helpcrunchtest.NewServer()
	defer server.Close()

	page, err := server.Client().Applications.List(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	for _, application := range page.Items {
		fmt.Println(application.DisplayName, application.Active)
	}
	// Output: Shop widget true
}

// Organization.Get is the cheapest way to check a key.
func ExampleOrganizationService_Get() {
	server := helpcrunchtest.NewServer()
	defer server.Close()

	organization, err := server.Client().Organization.Get(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(organization.Domain)
	// Output: acme-demo
}
