package faults_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	hc "github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// TestR18UpsertsSurviveAnySingleFault: whichever request fails, each customer is written once.
// Before, half of the customers exist with another name.
func TestR18UpsertsSurviveAnySingleFault(t *testing.T) {
	inputs := make([]hc.CustomerInput, 6)
	for i := range inputs {
		inputs[i] = hc.CustomerInput{UserID: fmt.Sprint("crm-", i), Name: "after"}
	}
	upserts := map[string]func(context.Context, *hc.Client) []error{
		"Upsert": func(ctx context.Context, c *hc.Client) (errs []error) {
			for _, input := range inputs {
				_, _, err := c.Customers.Upsert(ctx, &input)
				errs = append(errs, err)
			}
			return errs
		},
		"UpsertEach": func(ctx context.Context, c *hc.Client) []error {
			return kit.OutcomeErrors(c.Customers.UpsertEach(ctx, slices.Values(inputs)))
		},
	}
	for name, upsert := range upserts {
		for _, m := range matrixFaults {
			for _, operation := range []helpcrunchtest.Operation{
				helpcrunchtest.SearchCustomers, helpcrunchtest.CreateCustomer, helpcrunchtest.UpdateCustomer,
			} {
				t.Run(fmt.Sprint(name, "/", operation, "/", m.fault), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						server := kit.Account(t)
						for _, input := range inputs[:3] {
							server.AddCustomer(hc.Customer{UserID: input.UserID, Name: "before"})
						}
						before := len(server.Customers())
						server.Inject(m.fault.On(operation).Once())
						for i, err := range upsert(t.Context(), server.Client()) {
							require.NoError(t, err)
							customer, _ := server.CustomerByUserID(inputs[i].UserID)
							assert.Equal(t, "after", customer.Name)
						}
						assert.Len(t, server.Customers(), before+3, "each is created once")
					})
				})
			}
		}
	}
}
