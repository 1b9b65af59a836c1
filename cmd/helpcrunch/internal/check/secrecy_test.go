package check

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/cli"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/clitest"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// The canary is in all texts of an account, and all its ids begin like canaryID.
const (
	canary   = "Canary"
	canaryID = 731_300_000
)

// newAviary makes a fake server whose data is canaries.
func newAviary(opts ...helpcrunchtest.Option) *helpcrunchtest.Server {
	server := helpcrunchtest.NewServer(append(opts, helpcrunchtest.WithoutListener(), helpcrunchtest.WithoutTeam())...)
	server.SetOrganization(helpcrunch.Organization{ID: canaryID, Domain: canary})
	agent := server.AddAgent(helpcrunch.Agent{ID: canaryID + 1, Name: canary, Email: canary, Role: canary})
	server.AddDepartment(helpcrunch.Department{ID: canaryID + 2, Name: canary, Agents: []helpcrunch.Agent{agent}})
	app := server.AddApplication(helpcrunch.Application{ID: canaryID + 3, Name: canary, DisplayName: canary, Type: canary})
	now := helpcrunch.Timestamp{Time: time.Unix(canaryID, 0)}
	for i := range int64(3) {
		customer := server.AddCustomer(helpcrunch.Customer{
			ID: canaryID + 10 + i, Name: canary, Email: canary, UserID: canary, Company: canary, Phone: canary, Source: canary,
			Referer: canary, LastPage: canary, Locale: canary, Notes: canary, CreatedFrom: canary, IntegrationID: canary,
			FirstSeen: now, LastSeen: now,
			Location:   &helpcrunch.Location{RegionCode: canary, CountryCode: canary, City: canary},
			Device:     &helpcrunch.Device{ID: canaryID, IP: canary, Timezone: canary, Platform: canary, UserAgent: canary},
			Tags:       []helpcrunch.Tag{{Name: canary, Color: canary}},
			CustomData: helpcrunch.CustomData{canary: canary, canary + "s": canaryID},
		})
		chat := server.AddChat(helpcrunch.Chat{
			ID: canaryID + 20 + i, Customer: helpcrunch.ChatCustomer{ID: customer.ID}, Status: canary, ClosedBy: canary, Rating: canary,
			CreatedWith: canary, Notes: canary, ApplicationID: app.ID, Assignee: &agent, CreatedAt: now, ClosedAt: now,
		})
		for j := range int64(2) {
			server.AddMessage(helpcrunch.Message{
				ID: canaryID + 30 + 2*i + j, Chat: chat.ID, Agent: &agent, Type: canary, From: canary, Text: canary,
				BroadcastType: canary, CreatedAt: now, UpdatedAt: now,
			})
		}
	}
	return server
}

// poison changes responses on their way: every text becomes a canary, every number the id
// of one, and every object has a property more.
type poison struct {
	next     http.RoundTripper
	statuses []int // one after the other, 0 for the original
	count    int
}

func (p *poison) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := p.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	var value any
	body, err := io.ReadAll(response.Body)
	if err == nil {
		err = json.Unmarshal(body, &value)
	}
	if err == nil {
		body, err = json.Marshal(poisoned(value))
	}
	if err != nil {
		return nil, err
	}
	// The first response decides whether the survey continues.
	if status := p.statuses[p.count%len(p.statuses)]; status != 0 && p.count > 0 {
		response.StatusCode = status
	}
	p.count++
	response.Header.Set("X-Account", canary)
	response.Header.Set("X-RateLimit-Scope", canary)
	response.Header.Set("X-RateLimit-Limit-"+canary, "1")
	response.Header.Set("Retry-After", canary)
	response.Header.Set("Content-Type", canary)
	response.Body, response.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return response, nil
}

func poisoned(value any) any {
	switch value := value.(type) {
	case string:
		return canary
	case float64:
		return canaryID
	case []any:
		for i := range value {
			value[i] = poisoned(value[i])
		}
	case map[string]any:
		for name := range value {
			value[name] = poisoned(value[name])
		}
		value[canary] = canary
	}
	return value
}

// assertSilent checks that the findings contain nothing of the account, and are complete.
func assertSilent(t *testing.T, server *helpcrunchtest.Server, transport http.RoundTripper) {
	t.Helper()
	s := newTestSurvey(t, server, transport, unlimited)
	r, err := s.run(t.Context(), s.sections(), noProgress)
	require.NoError(t, err)
	assert.Greater(t, len(r.Findings), 80)
	var table, text bytes.Buffer
	require.NoError(t, r.print(&cli.Env{Stdout: &table}, ""))
	require.NoError(t, (&cli.Env{Stdout: &text}).PrintJSON(r))
	for _, printed := range []string{table.String(), text.String()} {
		printed = strings.ToLower(printed)
		assert.NotContains(t, printed, strings.ToLower(canary))
		assert.NotContains(t, printed, fmt.Sprint(canaryID)[:4])
		assert.NotContains(t, printed, strings.ToLower(server.APIKey))
	}
}

func TestNothingOfTheAccountIsPrinted(t *testing.T) {
	for i, name := range append([]string{""}, helpcrunchtest.DialectSwitches()...) {
		if clitest.RaceDetector && i%8 != 0 {
			continue // all are tried without it
		}
		dialect, err := helpcrunchtest.ParseDialect(name)
		require.NoError(t, err)
		server := newAviary(helpcrunchtest.WithDialect(dialect))
		assertSilent(t, server, server.Transport())
		server.Close()
	}
}

func TestNothingOfPoisonedResponsesIsPrinted(t *testing.T) {
	for name, statuses := range map[string][]int{
		"as sent": {0}, "all rejected": {403}, "alternating": {0, 400, 404, 0, 409},
	} {
		t.Run(name, func(t *testing.T) {
			server := newAviary()
			defer server.Close()
			assertSilent(t, server, &poison{next: server.Transport(), statuses: statuses})
		})
	}
}

func TestNothingOfStrangeResponsesIsPrinted(t *testing.T) {
	bodies := []string{
		`"` + canary + `"`, canary, `[]`, `null`, ``, `{"data":"` + canary + `"}`, `{"data":[1,"` + canary + `",null,{}]}`,
		`{"data":{"` + canary + `":1}}`, `{"errors":"` + canary + `"}`, `{"errors":[]}`, `{"errors":["` + canary + `"]}`,
		`{"errors":[{"code":"` + canary + ` 1"},{"code":7313}]}`, `{"meta":[],"messages":{},"total":"` + canary + `"}`,
		`[{"id":"` + canary + `"},{"id":[]},{"tags":[7313]}]`, `<html>` + canary,
	}
	for i, body := range bodies {
		for _, status := range []int{200, 400, 404, 418} {
			server := newAviary()
			server.Inject(helpcrunchtest.Answer(status, body).After(1))
			t.Log(i, status)
			assertSilent(t, server, server.Transport())
			server.Close()
		}
	}
}

func TestAFailureTellsNothingOfTheAccount(t *testing.T) {
	server := newAviary()
	defer server.Close()
	server.Inject(helpcrunchtest.Answer(http.StatusUnauthorized, `{"errors":[{"code":"`+canary+`","message":"`+canary+`"}]}`))
	s := newTestSurvey(t, server, server.Transport(), unlimited)
	_, err := s.run(t.Context(), s.sections(), noProgress)
	assert.EqualError(t, err, "the API key is not accepted (401): copy it whole from HelpCrunch, Settings > Developers > Public API")
}

// contents returns all data of an account.
func contents(server *helpcrunchtest.Server) []any {
	all := []any{server.Customers(), server.Chats(), server.Agents(), server.Events(), server.Departments(), server.Organization()}
	for _, chat := range server.Chats() {
		all = append(all, server.Messages(chat.ID))
	}
	return all
}

func TestItOnlyReads(t *testing.T) {
	server := newAviary()
	defer server.Close()
	before := contents(server)
	surveyed(t, server)
	assert.Equal(t, before, contents(server))
	allowed := []helpcrunchtest.Operation{
		helpcrunchtest.ListCustomers, helpcrunchtest.GetCustomer, helpcrunchtest.SearchCustomers, helpcrunchtest.ListChats,
		helpcrunchtest.GetChat, helpcrunchtest.SearchChats, helpcrunchtest.ListMessages, helpcrunchtest.ListAgents,
		helpcrunchtest.ListDepartments, helpcrunchtest.ListApplications, helpcrunchtest.GetOrganization,
	}
	require.NotEmpty(t, server.Requests())
	for _, request := range server.Requests() {
		assert.True(t, slices.Contains(allowed, request.Operation), "%s %s", request.Method, request.Path)
	}
}

func TestOtherRequestsAreRejectedBeforeTheyAreSent(t *testing.T) {
	synctest.Test(t, rejectWriting) // the client retries
}

func rejectWriting(t *testing.T) {
	server := newAviary()
	s := newTestSurvey(t, server, server.Transport(), unlimited)
	for _, request := range []struct{ method, path string }{
		{"POST", "/customers"}, {"POST", "/messages"}, {"POST", "/chats"}, {"POST", "/events"}, {"POST", "/customers/search/x"},
		{"POST", "/agents/search"}, {"PUT", "/customers/1"}, {"PUT", "/chats/search"}, {"PATCH", "/customers/1"},
		{"DELETE", "/customers/1"}, {"GET", "/agents/1/unsubscribe"}, {"GET", "/customers/1/tags"}, {"GET", "/chats/total"},
		{"HEAD", "/customers"}, {"OPTIONS", "/customers"}, {"GET", "/customers/1%2Ftags"}, {"GET", "/"},
	} {
		err := s.client.Do(t.Context(), request.method, request.path, nil, nil, nil)
		assert.ErrorIs(t, err, errNotReading, "%s %s", request.method, request.path)
	}
	for _, address := range []string{"https://127.0.0.1/v1/customers", "http://example.com/v1/customers", server.URL + "x/customers"} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
		require.NoError(t, err)
		_, err = s.transport.RoundTrip(request)
		assert.ErrorIs(t, err, errNotReading, address)
	}
	assert.Empty(t, server.Requests())
	assert.Zero(t, s.transport.requests)
}
