package helpcrunch_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// canned returns the same body for every request, without a network.
type canned []byte

func (body canned) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode:    http.StatusOK,
		Header:        http.Header{"Content-Type": {"application/json"}},
		Body:          io.NopCloser(bytes.NewReader(body)),
		ContentLength: int64(len(body)),
		Request:       r,
	}, nil
}

const benchCustomer = `{"id":7,"name":"Ada","email":"ada@example.com"}`

func BenchmarkGet(b *testing.B) {
	client, err := helpcrunch.New("0123456789abcdef",
		helpcrunch.WithHTTPClient(&http.Client{Transport: canned(benchCustomer)}),
		helpcrunch.WithRateLimit(1<<30))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := client.Customers.Get(context.Background(), 7); err != nil {
			b.Fatal(err)
		}
	}
}

// getByHand is the same call, written with net/http and encoding/json.
func getByHand(ctx context.Context, client *http.Client, baseURL, key string, id int64) (*helpcrunch.Customer, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("%s/customers/%d", baseURL, id), nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+key)
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", "example")
	response, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %d", response.StatusCode)
	}
	customer := new(helpcrunch.Customer)
	return customer, json.NewDecoder(response.Body).Decode(customer)
}

func BenchmarkNetHTTP(b *testing.B) {
	client := &http.Client{Transport: canned(benchCustomer)}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := getByHand(context.Background(), client, helpcrunch.DefaultBaseURL, "0123456789abcdef", 7); err != nil {
			b.Fatal(err)
		}
	}
}

// TestC1AGetAllocatesLittle locks the allocations of the trivial call that BenchmarkGet
// makes. The transport's own response is part of them.
func TestC1AGetAllocatesLittle(t *testing.T) {
	client := kit.NewClient(t, canned(benchCustomer), helpcrunch.WithRateLimit(1<<30))
	allocations := testing.AllocsPerRun(500, func() {
		_, err := client.Customers.Get(context.Background(), 7)
		require.NoError(t, err)
	})
	most := 26.0
	if kit.RaceDetector {
		most += 4 // the race detector drops pooled decoders at random
	}
	assert.LessOrEqual(t, allocations, most)
}

// customersPage is a page of 100 customers in the newest documented form.
func customersPage() []byte {
	rows := make([]string, 100)
	for i := range rows {
		rows[i] = fmt.Sprintf(`{"id":%d,"name":"Guest %d","email":"guest%d@example.org","userId":"crm-%d","company":"Example Books",`+
			`"phone":"+351000000001","firstSeen":"%d","lastSeen":"%d","location":{"regionCode":"Lisboa","countryCode":"PT","city":"Lisbon"},`+
			`"device":{"id":700123,"ip":"203.0.113.20","timezone":"Europe/Lisbon","platform":"desktop","userAgent":"ExampleBrowser/9.1 (TestOS 4.2)"},`+
			`"unsubscribed":false,"blocked":false,"source":"https://shop.example.org/start","referer":"https://search.example.com/",`+
			`"lastPage":"https://shop.example.org/cart","locale":"pt","createdFrom":"telegram","integrationId":"900100200","notes":"Prefers mornings",`+
			`"tags":[{"name":"reader","color":"#1188cc"}],"customData":{"plan_name":"gold","seats":7,"monthly_fee":49.5,"renewal_date":1704067200,`+
			`"portal_url":"https://portal.example.org/a/7","is_trial":false}}`, 810001+i, i, i, i, 1700000000+i, 1700003600+i)
	}
	return []byte(`{"data":[` + strings.Join(rows, ",") + `],"total":100}`)
}

// naivePage is a straightforward struct: times as strings, custom data as a map.
type naivePage struct {
	Data []struct {
		ID        int64  `json:"id"`
		Name      string `json:"name"`
		Email     string `json:"email"`
		UserID    string `json:"userId"`
		Company   string `json:"company"`
		Phone     string `json:"phone"`
		FirstSeen string `json:"firstSeen"`
		LastSeen  string `json:"lastSeen"`
		Location  *struct {
			RegionCode  string `json:"regionCode"`
			CountryCode string `json:"countryCode"`
			City        string `json:"city"`
		} `json:"location"`
		Device *struct {
			ID        int64  `json:"id"`
			IP        string `json:"ip"`
			Timezone  string `json:"timezone"`
			Platform  string `json:"platform"`
			UserAgent string `json:"userAgent"`
		} `json:"device"`
		Unsubscribed  bool   `json:"unsubscribed"`
		Blocked       bool   `json:"blocked"`
		Source        string `json:"source"`
		Referer       string `json:"referer"`
		LastPage      string `json:"lastPage"`
		Locale        string `json:"locale"`
		CreatedFrom   string `json:"createdFrom"`
		IntegrationID string `json:"integrationId"`
		Notes         string `json:"notes"`
		Tags          []struct {
			Name  string `json:"name"`
			Color string `json:"color"`
		} `json:"tags"`
		CustomData map[string]any `json:"customData"`
	} `json:"data"`
	Total int `json:"total"`
}

func decodeNaively(body []byte) error {
	var page naivePage
	return json.Unmarshal(body, &page)
}

func BenchmarkDecodeCustomers(b *testing.B) {
	body := customersPage()
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := helpcrunch.DecodeCustomers(body); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeCustomersNaive(b *testing.B) {
	body := customersPage()
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if err := decodeNaively(body); err != nil {
			b.Fatal(err)
		}
	}
}

// TestC2APageDecodesWithAsFewAllocationsAsNaively locks the allocations, also with the next
// encoding/json. The benchmarks above compare the time.
func TestC2APageDecodesWithAsFewAllocationsAsNaively(t *testing.T) {
	body := customersPage()
	page, err := helpcrunch.DecodeCustomers(body)
	require.NoError(t, err)
	require.Len(t, page.Items, 100)
	ours := testing.AllocsPerRun(20, func() { _, _ = helpcrunch.DecodeCustomers(body) })
	naive := testing.AllocsPerRun(20, func() { _ = decodeNaively(body) })
	t.Logf("%.0f allocations, %.2f of the naive %.0f", ours, ours/naive, naive)
	bound := 1.03
	if strings.Contains(runtime.Version(), "jsonv2") { // it decodes naively with half the allocations
		bound = 1.15
	}
	assert.LessOrEqual(t, ours/naive, bound)
}
