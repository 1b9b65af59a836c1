package helpcrunch_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// A chat is empty at first. The customer's first message makes it new, an agent's opened.
func ExampleChatsService_Create() {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	client := server.Client()
	ctx := context.Background()
	nora := server.AddCustomer(helpcrunch.Customer{Name: "Nora Lindqvist"})

	chat, err := client.Chats.Create(ctx, &helpcrunch.ChatInput{
		Customer:    nora.ID,
		Application: server.Applications()[0].ID,
		Assignee:    server.Agents()[0].ID,
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(chat.Status, chat.Assignee.Name)

	if _, err := client.Messages.SendAsCustomer(ctx, chat.ID, "Is anyone there?"); err != nil {
		log.Fatal(err)
	}
	if chat, err = client.Chats.Get(ctx, chat.ID); err != nil {
		log.Fatal(err)
	}
	fmt.Println(chat.Status, chat.LastMessageText)
	// Output:
	// empty Ada Ramos
	// new Is anyone there?
}

// FindOrCreate continues the customer's latest chat, unless that is closed.
func ExampleChatsService_FindOrCreate() {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	client := server.Client()
	nora := server.AddCustomer(helpcrunch.Customer{Name: "Nora Lindqvist"})
	input := &helpcrunch.ChatInput{Customer: nora.ID, Application: server.Applications()[0].ID}

	for range 2 {
		_, created, err := client.Chats.FindOrCreate(context.Background(), input)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println("created:", created)
	}
	// Output:
	// created: true
	// created: false
}

func ExampleChatsService_List() {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	client := server.Client()
	server.AddChat(helpcrunch.Chat{Customer: helpcrunch.ChatCustomer{Name: "Nora Lindqvist"}})
	server.AddChat(helpcrunch.Chat{Customer: helpcrunch.ChatCustomer{Name: "Jonas Weber"}})

	page, err := client.Chats.List(context.Background(), &helpcrunch.ChatListOptions{
		Sort:  helpcrunch.ChatSortLastMessageAt,
		Order: helpcrunch.OrderDescending,
		Limit: 1,
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(page.Items), "of", page.Total)
	// Output: 1 of 2
}

// A search for the chats of a month with a poor rating.
func ExampleChatsService_Search() {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	client := server.Client()
	may := time.Date(2026, time.May, 1, 0, 0, 0, 0, time.UTC)
	server.AddChat(helpcrunch.Chat{
		Customer:  helpcrunch.ChatCustomer{Name: "Nora Lindqvist"},
		Status:    helpcrunch.ChatStatusClosed,
		Rating:    helpcrunch.RatingPoor,
		CreatedAt: helpcrunch.Timestamp{Time: may.AddDate(0, 0, 9)},
	})

	page, err := client.Chats.Search(context.Background(), &helpcrunch.ChatSearch{
		Filters: []helpcrunch.ChatFilter{
			helpcrunch.ChatFieldRating.Equals(helpcrunch.RatingPoor),
			helpcrunch.ChatFieldCreatedAt.AtOrAfter(may),
			helpcrunch.ChatFieldCreatedAt.Before(may.AddDate(0, 1, 0)),
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, chat := range page.Items {
		fmt.Println(chat.Customer.Name, chat.CreatedAt.Format(time.DateOnly))
	}
	// Output: Nora Lindqvist 2026-05-10
}

func ExampleChatsService_SearchAll() {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	client := server.Client()
	server.AddChat(helpcrunch.Chat{Customer: helpcrunch.ChatCustomer{Name: "Nora Lindqvist"}, Status: helpcrunch.ChatStatusNew})
	server.AddChat(helpcrunch.Chat{Customer: helpcrunch.ChatCustomer{Name: "Jonas Weber"}, Status: helpcrunch.ChatStatusClosed})

	unanswered := &helpcrunch.ChatSearch{
		Filters: []helpcrunch.ChatFilter{helpcrunch.ChatFieldStatus.Equals(helpcrunch.ChatStatusNew)},
	}
	for chat, err := range client.Chats.SearchAll(context.Background(), unanswered) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(chat.Customer.Name)
	}
	// Output: Nora Lindqvist
}

func ExampleChatsService_SetStatus() {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	client := server.Client()
	chat := server.AddChat(helpcrunch.Chat{Customer: helpcrunch.ChatCustomer{Name: "Nora Lindqvist"}})

	closed, err := client.Chats.SetStatus(context.Background(), chat.ID, helpcrunch.ChatStatusClosed)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(closed.Status, "by", closed.ClosedBy)
	// Output: closed by agent
}

func ExampleChatsService_Assign() {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	client := server.Client()
	ctx := context.Background()
	chat := server.AddChat(helpcrunch.Chat{Customer: helpcrunch.ChatCustomer{Name: "Nora Lindqvist"}})

	assigned, err := client.Chats.Assign(ctx, chat.ID, server.Agents()[1].ID)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(assigned.Assignee.Name)
	moved, err := client.Chats.SetDepartment(ctx, chat.ID, server.Departments()[0].ID)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(moved.Department.Name)
	left, err := client.Chats.Unassign(ctx, chat.ID)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(left.Assignee == nil)
	// Output:
	// Tomas Veld
	// Helpdesk
	// true
}

func ExampleChatsService_Snooze() {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	client := server.Client()
	ctx := context.Background()
	chat := server.AddChat(helpcrunch.Chat{Customer: helpcrunch.ChatCustomer{Name: "Nora Lindqvist"}})

	until := time.Date(2126, time.January, 4, 9, 0, 0, 0, time.UTC)
	snoozed, err := client.Chats.Snooze(ctx, chat.ID, until)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(snoozed.SnoozedUntil.Format(time.DateTime))
	awake, err := client.Chats.Unsnooze(ctx, chat.ID)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(awake.SnoozedUntil.IsZero())
	// Output:
	// 2126-01-04 09:00:00
	// true
}

// Only a closed chat in which an agent has written can be rated.
func ExampleChatsService_Rate() {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	client := server.Client()
	ctx := context.Background()
	chat := server.AddChat(helpcrunch.Chat{Customer: helpcrunch.ChatCustomer{Name: "Nora Lindqvist"}})

	_, err := client.Chats.Rate(ctx, chat.ID, helpcrunch.RatingGreat)
	fmt.Println("too early:", errors.Is(err, helpcrunch.ErrBadRequest))

	server.AgentWrites(chat.ID, server.Agents()[0].ID, "It is on its way.")
	if _, err := client.Chats.SetStatus(ctx, chat.ID, helpcrunch.ChatStatusClosed); err != nil {
		log.Fatal(err)
	}
	rated, err := client.Chats.Rate(ctx, chat.ID, helpcrunch.RatingGreat)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(rated.Rating)
	// Output:
	// too early: true
	// great
}

func ExampleChatsService_SetReadByAgent() {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	client := server.Client()
	chat := server.AddChat(helpcrunch.Chat{Customer: helpcrunch.ChatCustomer{Name: "Nora Lindqvist"}})

	read, err := client.Chats.SetReadByAgent(context.Background(), chat.ID, true)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(read.ReadByAgent)
	// Output: true
}
