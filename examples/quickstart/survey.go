package main

import (
	"context"
	"strconv"
	"strings"

	"github.com/helpcrunch-go/helpcrunch"
)

// team is who and what an account consists of.
type team struct {
	agents       []helpcrunch.Agent
	applications []helpcrunch.Application
}

// lookAround shows the account and its team.
func lookAround(ctx context.Context, client *helpcrunch.Client, out output) (*team, error) {
	organization, err := client.Organization.Get(ctx)
	if err != nil {
		return nil, err
	}
	out.say("\nAccount %s (id %d)", organization.Domain, organization.ID)

	agents, err := client.Agents.List(ctx, nil)
	if err != nil {
		return nil, err
	}
	out.say("  agents:       %s", names(agents.Items, func(a helpcrunch.Agent) string {
		return a.Name + " (" + string(a.Role) + ")"
	}))
	departments, err := client.Departments.List(ctx, nil)
	if err != nil {
		return nil, err
	}
	out.say("  departments:  %s", names(departments.Items, func(d helpcrunch.Department) string { return d.Name }))
	applications, err := client.Applications.List(ctx)
	if err != nil {
		return nil, err
	}
	out.say("  applications: %s", names(applications.Items, func(a helpcrunch.Application) string { return a.DisplayName }))
	return &team{agents.Items, applications.Items}, nil
}

// names joins the names of rows.
func names[T any](rows []T, name func(T) string) string {
	all := make([]string, len(rows))
	for i, row := range rows {
		all[i] = name(row)
	}
	if len(all) == 0 {
		return "none"
	}
	return strings.Join(all, ", ")
}

// survey only reads.
type survey struct {
	client *helpcrunch.Client
	output
}

// show shows the team, the latest customers and chats, and the messages of one chat.
func (s survey) show(ctx context.Context) error {
	if _, err := lookAround(ctx, s.client, s.output); err != nil {
		return err
	}
	customers, err := s.client.Customers.List(ctx, &helpcrunch.CustomerListOptions{
		Sort: helpcrunch.CustomerSortFirstSeen, Order: helpcrunch.OrderDescending, Limit: 5,
	})
	if err != nil {
		return err
	}
	s.say("\nThe latest customers, of %s:", inAll(customers.Total))
	for _, customer := range customers.Items {
		s.say("  %d  %s <%s>", customer.ID, customer.Name, customer.Email)
	}
	chats, err := s.client.Chats.List(ctx, &helpcrunch.ChatListOptions{
		Sort: helpcrunch.ChatSortCreatedAt, Order: helpcrunch.OrderDescending, Limit: 5,
	})
	if err != nil {
		return err
	}
	s.say("\nThe latest chats, of %s:", inAll(chats.Total))
	for _, chat := range chats.Items {
		s.say("  %d  %-8s  with %s", chat.ID, chat.Status, chat.Customer.Name)
	}
	if len(chats.Items) == 0 {
		return nil
	}
	messages, err := s.client.Messages.List(ctx, chats.Items[0].ID, &helpcrunch.ListOptions{Limit: 5})
	if err != nil {
		return err
	}
	s.say("\nThe latest messages of chat %d:", chats.Items[0].ID)
	for _, message := range messages.Items {
		s.say("  %-7s  from %-8s  %s", message.Type, message.From, message.Text)
	}
	return nil
}

// inAll says how many rows a list has in all.
func inAll(total int) string {
	if total < 0 {
		return "a number that the service does not tell"
	}
	return strconv.Itoa(total) + " in all"
}
