package importer

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/csvsafe"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// manyRows returns a file of n customers, the first of whom exist.
func manyRows(server *helpcrunchtest.Server, n, there int) string {
	var text strings.Builder
	text.WriteString("userId,name\n")
	for i := range n {
		fmt.Fprintf(&text, "crm-%d,Guest %d\n", i, i)
		if i < there {
			server.AddCustomer(helpcrunch.Customer{UserID: fmt.Sprintf("crm-%d", i), Name: fmt.Sprintf("Guest %d", i%(there/2+1))})
		}
	}
	return text.String()
}

func TestCustomersAreLookedUpInGroups(t *testing.T) {
	server := newServer(t, helpcrunchtest.WithGenerated(helpcrunchtest.DataSize{Customers: 300}, 1))
	text := manyRows(server, 130, 60)
	got, err := imports(t.Context(), t, server.Client(), &command{}, text)
	require.NoError(t, err)
	assert.Equal(t, 7, server.Count())
	outcomes := strings.Join(got, "\n")
	assert.Equal(t, []int{31, 29, 70}, []int{
		strings.Count(outcomes, "unchanged"), strings.Count(outcomes, "to update"), strings.Count(outcomes, "to create"),
	})
	server.ForgetRequests()
	_, err = imports(t.Context(), t, server.Client(), &command{write: true}, text)
	require.NoError(t, err)
	assert.Equal(t, []int{29, 70}, []int{server.Count(helpcrunchtest.UpdateCustomer), server.Count(helpcrunchtest.CreateCustomer)})
}

// TestFaultsWhileWriting lets writes fail, in virtual time, and imports again.
func TestFaultsWhileWriting(t *testing.T) {
	for name, fault := range map[string]helpcrunchtest.Fault{
		"500":                 helpcrunchtest.Status(http.StatusInternalServerError).Times(9),
		"503 from a proxy":    helpcrunchtest.ProxyError(http.StatusServiceUnavailable).Times(9),
		"429":                 helpcrunchtest.TooManyRequests().Times(4),
		"429 for a minute":    helpcrunchtest.TooManyRequests().RetryAfter(time.Minute).Times(2),
		"a lost connection":   helpcrunchtest.ResetConnection().Times(5),
		"lost responses":      helpcrunchtest.ResetConnection().AfterEffect().WithProbability(0.3, 1),
		"truncated responses": helpcrunchtest.CutBody().WithProbability(0.3, 2),
		"no response":         helpcrunchtest.SlowHeaders(time.Hour).Times(3),
		"invalid responses":   helpcrunchtest.WrongJSON().WithProbability(0.2, 3),
		"rejected":            helpcrunchtest.Status(http.StatusBadRequest).After(10).Times(2),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := newServer(t)
				text := manyRows(server, 60, 30)
				client := server.Client(helpcrunch.WithRateLimit(helpcrunch.DefaultRateLimit), helpcrunch.WithRetryWait(time.Second/2, time.Minute),
					helpcrunch.WithMaxRetries(2))
				injected := server.Inject(fault.On(helpcrunchtest.CreateCustomer, helpcrunchtest.UpdateCustomer))
				got, err := imports(t.Context(), t, client, &command{write: true}, text)
				assert.Len(t, got, 60)
				bad := len(got) - strings.Count(strings.Join(got, "\n"), "ed,")
				assert.Equal(t, bad == 0, err == nil, "%v: %v", err, got)
				assert.Positive(t, injected.Fired())

				injected.Remove()
				got, err = imports(t.Context(), t, client, &command{write: true}, text)
				require.NoError(t, err)
				assert.LessOrEqual(t, 60-strings.Count(strings.Join(got, "\n"), "unchanged"), bad, "rows that were reported as written were not")
				assertAll(t, server, 60)
			})
		})
	}
}

// assertAll checks that each of n customers exists once, as in the file.
func assertAll(t *testing.T, server *helpcrunchtest.Server, n int) {
	t.Helper()
	assert.Len(t, server.Customers(), n)
	for i := range n {
		customer, ok := server.CustomerByUserID(fmt.Sprintf("crm-%d", i))
		assert.True(t, ok && customer.Name == fmt.Sprintf("Guest %d", i), "crm-%d", i)
	}
}

func TestALostResponseIsReportedAndTheNextRunRepairsIt(t *testing.T) {
	server := newServer(t)
	lost := server.Inject(helpcrunchtest.ResetConnection().AfterEffect().On(helpcrunchtest.CreateCustomer).Once())
	blind := server.Inject(helpcrunchtest.Status(http.StatusInternalServerError).On(helpcrunchtest.SearchCustomers).After(1))
	got, err := imports(t.Context(), t, server.Client(), &command{write: true}, "userId,name\na,Nora\n")
	assert.EqualError(t, err, "1 row is invalid or was not written: correct it and run again")
	require.Len(t, got, 1)
	assert.True(t, strings.HasPrefix(got[0], `2,a,unknown,"the response was lost, and another run finds the outcome: `), got[0])
	require.Equal(t, 1, lost.Fired())

	blind.Remove()
	got, err = imports(t.Context(), t, server.Client(), &command{write: true}, "userId,name\na,Nora\n")
	require.NoError(t, err)
	assert.Equal(t, []string{"2,a,unchanged,"}, got)
	assert.Len(t, server.Customers(), 1)
}

func TestAnInterruptedImportIsFinishedByAnother(t *testing.T) {
	for _, last := range []int{1, 7, 30, 50} {
		synctest.Test(t, func(t *testing.T) {
			ctx, interrupt := context.WithCancel(t.Context())
			defer interrupt()
			var count atomic.Int64
			server := newServer(t, helpcrunchtest.WithObserver(func(r helpcrunchtest.Request) {
				if r.Operation == helpcrunchtest.CreateCustomer && count.Add(1) == int64(last) {
					interrupt()
				}
			}))
			text := manyRows(server, 60, 0)
			client := server.Client(helpcrunch.WithRateLimit(helpcrunch.DefaultRateLimit))
			got, err := imports(ctx, t, client, &command{write: true}, text)
			require.EqualError(t, err, "interrupted; rows reported as created or updated are safe; to go on, run it again with a new --report")
			assert.LessOrEqual(t, len(got), 60, "rows that were not looked up are not reported")
			reported := strings.Join(got, "\n")
			left := strings.Count(reported, "not written,interrupted")
			assert.Len(t, got, strings.Count(reported, "created,")+left+strings.Count(reported, "unknown,"))
			assert.Positive(t, left, "it went on")

			server.ForgetRequests()
			_, err = imports(t.Context(), t, client, &command{write: true}, text)
			require.NoError(t, err)
			assertAll(t, server, 60)
			assert.LessOrEqual(t, server.Count(helpcrunchtest.CreateCustomer), 60-last)
		})
	}
}

func TestALookUpThatFailsStopsTheImport(t *testing.T) {
	for name, fault := range map[string]helpcrunchtest.Fault{
		"the network": helpcrunchtest.ResetConnection(),
		"the service": helpcrunchtest.Status(http.StatusServiceUnavailable),
		"the key":     helpcrunchtest.Status(http.StatusUnauthorized),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := newServer(t)
				text := manyRows(server, 400, 0)
				server.Inject(fault.On(helpcrunchtest.SearchCustomers).After(3))
				client := server.Client(helpcrunch.WithMaxRetries(1), helpcrunch.WithRateLimit(helpcrunch.DefaultRateLimit))
				got, err := imports(t.Context(), t, client, &command{write: true}, text)
				require.ErrorContains(t, err, "POST /customers/search: ")
				require.ErrorContains(t, err, "; rows reported as created or updated are safe; to go on, run it again with a new --report")
				assert.LessOrEqual(t, len(got), 60) // of the searches that run concurrently, the first may fail
				assert.Equal(t, len(got), strings.Count(strings.Join(got, "\n"), "created,"))
				assert.Len(t, server.Customers(), len(got), "a row is written and not reported")

				got, err = imports(t.Context(), t, client, &command{}, text)
				require.ErrorContains(t, err, "; nothing was written")
				assert.Empty(t, got)
			})
		})
	}
}

// TestAnInterruptedDryRunReportsWhatItHasFound interrupts with the first row: rows that have been
// looked up keep their outcomes.
func TestAnInterruptedDryRunReportsWhatItHasFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, interrupt := context.WithCancel(t.Context())
		defer interrupt()
		server := newServer(t)
		text := strings.ReplaceAll(manyRows(server, 400, 0), "7,", "7,,") // with invalid rows
		file, err := csvsafe.NewReader(strings.NewReader(text), csvsafe.Options{})
		require.NoError(t, err)
		table, err := newTable(file.Header, "", nil)
		require.NoError(t, err)
		client := server.Client(helpcrunch.WithRateLimit(helpcrunch.DefaultRateLimit))
		table.client = client
		im := &importer{client: client, table: table}
		rows := 0
		require.ErrorIs(t, im.run(ctx, file.Rows(), func(r *row) error {
			interrupt()
			want := toCreate
			if strings.HasSuffix(r.key, "7") {
				want = failed
			}
			assert.Equal(t, want, r.outcome, r.details)
			rows++
			return nil
		}), context.Canceled)
		assert.Less(t, rows, 400)
	})
}

func TestR18ALostResponseCreatesNoCustomerTwice(t *testing.T) {
	for name, fault := range map[string]helpcrunchtest.Fault{
		"reset":     helpcrunchtest.ResetConnection().AfterEffect(),
		"truncated": helpcrunchtest.CutBody(),
		"500":       helpcrunchtest.Status(http.StatusInternalServerError).AfterEffect(),
	} {
		t.Run(name, func(t *testing.T) {
			server := newServer(t)
			server.Inject(fault.On(helpcrunchtest.CreateCustomer).Once())
			got, err := imports(t.Context(), t, server.Client(), &command{write: true}, "userId,name\na,Nora\n")
			require.NoError(t, err)
			assert.Equal(t, []string{"2,a,created,"}, got)
			assert.Len(t, server.Customers(), 1)
		})
		t.Run(name+", by email", func(t *testing.T) {
			server := newServer(t)
			server.Inject(fault.On(helpcrunchtest.CreateCustomer).Once())
			got, err := imports(t.Context(), t, server.Client(), &command{write: true}, "email,name\na@example.com,Nora\n")
			require.Error(t, err)
			assert.Contains(t, got[0], "2,a@example.com,unknown,")
			assert.Len(t, server.Customers(), 1)
			got, err = imports(t.Context(), t, server.Client(), &command{write: true}, "email,name\na@example.com,Nora\n")
			require.NoError(t, err)
			assert.Equal(t, []string{"2,a@example.com,unchanged,"}, got)
		})
	}
}
