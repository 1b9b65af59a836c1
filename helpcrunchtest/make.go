package helpcrunchtest

import (
	"time"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/account"
)

// madeAt is when everything that the Make functions make has happened.
var madeAt = helpcrunch.Timestamp{Time: time.Date(2026, time.March, 2, 9, 30, 0, 0, time.UTC)}

// MakeCustomer returns a customer with all that a usual one has, changed by edits. It
// has no ID and no UserID, so that any number of them can be added.
func MakeCustomer(edits ...func(*helpcrunch.Customer)) helpcrunch.Customer {
	return edited(helpcrunch.Customer{
		Name:      "Marta Silva",
		Email:     "marta@example.org",
		Company:   "Silva Books",
		Phone:     "+351000000001",
		FirstSeen: madeAt,
		LastSeen:  madeAt,
		Location:  &helpcrunch.Location{RegionCode: "Lisboa", CountryCode: "PT", City: "Lisbon"},
		Locale:    "pt",
	}, edits)
}

// MakeChat returns a chat of a customer, changed by edits: opened, read by both sides,
// without an assignee. Messages are added by themselves.
func MakeChat(customerID int64, edits ...func(*helpcrunch.Chat)) helpcrunch.Chat {
	return edited(helpcrunch.Chat{
		Status:         helpcrunch.ChatStatusOpened,
		CreatedAt:      madeAt,
		CreatedWith:    helpcrunch.CreatedWithCustomerMessage,
		ApplicationID:  account.FirstApplicationID,
		Customer:       helpcrunch.ChatCustomer{ID: customerID},
		ReadByAgent:    true,
		ReadByCustomer: true,
	}, edits)
}

// MakeMessage returns a message of the chat's customer, changed by edits.
func MakeMessage(chatID int64, edits ...func(*helpcrunch.Message)) helpcrunch.Message {
	return edited(helpcrunch.Message{
		Chat:      chatID,
		Type:      helpcrunch.MessageTypeMessage,
		From:      helpcrunch.MessageFromCustomer,
		Text:      "Is anyone there?",
		CreatedAt: madeAt,
	}, edits)
}

// MakeAgent returns an agent of the usual role, changed by edits.
func MakeAgent(edits ...func(*helpcrunch.Agent)) helpcrunch.Agent {
	return edited(helpcrunch.Agent{Name: "Ines Duarte", Email: "ines@example.com", Role: helpcrunch.RoleAgent}, edits)
}

// MakeDepartment returns a department without members, changed by edits.
func MakeDepartment(edits ...func(*helpcrunch.Department)) helpcrunch.Department {
	return edited(helpcrunch.Department{Name: "Billing"}, edits)
}

// MakeApplication returns an active web widget, changed by edits.
func MakeApplication(edits ...func(*helpcrunch.Application)) helpcrunch.Application {
	return edited(helpcrunch.Application{Name: "help-widget", DisplayName: "Help widget", Active: true, Type: "web"}, edits)
}

func edited[T any](value T, edits []func(*T)) T {
	for _, edit := range edits {
		edit(&value)
	}
	return value
}
