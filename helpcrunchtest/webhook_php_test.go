package helpcrunchtest_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// The output of json_encode for each kind of character, and for JSON with other escapes.
func TestWebhookIsEscapedAsPHPDoes(t *testing.T) {
	server, _ := newReceiver(t)
	rows := map[string]string{
		`"/"`:                        `"\/"`,
		`"\/"`:                       `"\/"`,
		`"é"`:                        `"\u00e9"`,
		`"\u00E9"`:                   `"\u00e9"`,
		`"\u003c\u003E\u0026'"`:      `"<>&'"`,
		`"\u0022\u005c\u002f"`:       `"\"\\\/"`,
		`"日本"`:                       `"\u65e5\u672c"`,
		`"😀"`:                        `"\ud83d\ude00"`,
		`"\uD83D\uDE00"`:             `"\ud83d\ude00"`,
		`"\b\f\n\r\t"`:               `"\b\f\n\r\t"`,
		`"\u0008\u000c\u000A"`:       `"\b\f\n"`,
		`"\u0000\u001f"`:             `"\u0000\u001f"`,
		"\"\x7f\"":                   "\"\x7f\"",
		"\"\u2028\u2029\"":           `"\u2028\u2029"`,
		`{"a/b": [1.5, true, null]}`: `{"a\/b":[1.5,true,null]}`,
	}
	for text, want := range rows {
		assertWritten(t, server, text, want)
	}
}

// assertWritten sends eventData and compares it with what arrives.
func assertWritten(t *testing.T, server *helpcrunchtest.Server, eventData, want string) {
	t.Helper()
	server.ForgetRequests()
	server.SendWebhook("test", json.RawMessage(eventData))
	settle(t, server)
	assert.Contains(t, string(server.Deliveries()[0].Body), `"eventData":`+want+`,"attempts":0,`, eventData)
}

// The right side is the output of json_encode(json_decode(...)) in PHP 8.2 for the left one. The
// last row has none in PHP.
func TestWebhookNumbersAreWrittenAsPHPDoes(t *testing.T) {
	server, _ := newReceiver(t)
	rows := map[string]string{
		"0": "0", "-0": "0", "7": "7", "10.0": "10", "1e0": "1", "-0.0": "-0", "1.50": "1.5", "0.1": "0.1", "-2.5e2": "-250",
		"0.30000000000000004":       "0.30000000000000004",
		"0.0001":                    "0.0001",
		"0.00012345":                "0.00012345",
		"0.00001":                   "1.0e-5",
		"0.000012345":               "1.2345e-5",
		"1e-07":                     "1.0e-7",
		"5e-324":                    "5.0e-324",
		"1E15":                      "1000000000000000",
		"1e+16":                     "10000000000000000",
		"12345678901234567.0":       "12345678901234568",
		"99999999999999990.0":       "99999999999999980",
		"123456789012345678.0":      "1.2345678901234568e+17",
		"1e17":                      "1.0e+17",
		"1e20":                      "1.0e+20",
		"100000000000000000000":     "1.0e+20",
		"1e22":                      "1.0e+22",
		"-1.5e300":                  "-1.5e+300",
		"9223372036854775807":       "9223372036854775807",
		"9223372036854775808":       "9.223372036854776e+18",
		"-9223372036854775808":      "-9223372036854775808",
		"-9223372036854775809":      "-9.223372036854776e+18",
		`{"1e20":["1e20",1e20]}`:    `{"1e20":["1e20",1.0e+20]}`,
		`["\"1e20",1e20,"\\",1e20]`: `["\"1e20",1.0e+20,"\\",1.0e+20]`,
		"1e999":                     "1e999",
	}
	for text, want := range rows {
		assertWritten(t, server, text, want)
	}
}

func TestNumbersOfCustomDataAreWrittenAsPHPDoes(t *testing.T) {
	server, receiver := newReceiver(t)
	ask(t, server, "POST /customers", `{"customData":[{"property":"n","value":1e20},{"property":"m","value":0.00001}]}`)
	settle(t, server)
	assert.Contains(t, string(receiver.received()[0].EventData), `"customData":{"n":1.0e+20,"m":1.0e-5}`)
}

func FuzzWebhookText(f *testing.F) {
	taken := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	server := newServer(f, helpcrunchtest.WithoutListener(), helpcrunchtest.WithWebhookHandler(taken, signingKey))
	for _, text := range []string{"", "a/b", "\\u0041", `\"`, "Zoë 😀", "\xff", "\u2028", "\x00\x7f"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		server.ForgetRequests()
		server.SendWebhook("test", []string{text})
		settle(t, server)
		var body webhookBody
		data := server.Deliveries()[0].Body
		require.NoError(t, json.Unmarshal(data, &body))
		var got []string
		require.NoError(t, json.Unmarshal(body.EventData, &got))
		assert.Equal(t, []string{string([]rune(text))}, got)
		assert.NotRegexp(t, `[^\\]/|[^\x00-\x7f]`, string(data))
	})
}
