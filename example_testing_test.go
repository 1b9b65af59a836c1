package helpcrunch_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// markPaid stands for your function under test.
func markPaid(ctx context.Context, client *helpcrunch.Client, userID string) error {
	customer, err := client.Customers.FindByUserID(ctx, userID)
	if err != nil {
		return err
	}
	_, err = client.Customers.Tag(ctx, customer.ID, helpcrunch.Tag{Name: "Paid"})
	return err
}

// TestMarkPaid shows X1: it seeds the fake server, runs the code and checks what the server stores.
func TestMarkPaid(t *testing.T) {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	server.AddCustomer(helpcrunch.Customer{UserID: "crm-17"})
	server.Inject(helpcrunchtest.Status(503).Times(2)) // the service is down for a moment

	require.NoError(t, markPaid(t.Context(), server.Client(), "crm-17"))

	customer, _ := server.CustomerByUserID("crm-17")
	assert.Equal(t, "Paid", customer.Tags[0].Name)
}

func TestMarkPaidWaitsFor429(t *testing.T) {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	server.AddCustomer(helpcrunch.Customer{UserID: "crm-17"})
	limited := server.Inject(helpcrunchtest.TooManyRequests().RetryAfter(time.Second).Times(3))

	require.NoError(t, markPaid(t.Context(), server.Client(), "crm-17"))

	assert.Equal(t, 3, limited.Fired())
}
