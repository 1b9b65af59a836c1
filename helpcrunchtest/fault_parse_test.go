package helpcrunchtest_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

func TestParseFault(t *testing.T) {
	rows := map[string]helpcrunchtest.Fault{
		"status 503": helpcrunchtest.Status(503),
		"status 503 on customers.create times 2": helpcrunchtest.Status(503).
			On(helpcrunchtest.CreateCustomer).Times(2),
		"status 429 retry-after 2s":                helpcrunchtest.TooManyRequests().RetryAfter(2 * time.Second),
		"proxy-error 502 once":                     helpcrunchtest.ProxyError(502).Once(),
		"redirect https://x.example.com":           helpcrunchtest.Redirect("https://x.example.com"),
		"refuse after 3":                           helpcrunchtest.RefuseConnection().After(3),
		"reset after-effect on chats.create":       helpcrunchtest.ResetConnection().AfterEffect().On(helpcrunchtest.CreateChat),
		"slow-headers 5s":                          helpcrunchtest.SlowHeaders(5 * time.Second),
		"slow-body 1m":                             helpcrunchtest.SlowBody(time.Minute),
		"cut-body on chats.list,chats.get":         helpcrunchtest.CutBody().On(helpcrunchtest.ListChats, helpcrunchtest.GetChat),
		"endless-body":                             helpcrunchtest.EndlessBody(),
		"wrong-json":                               helpcrunchtest.WrongJSON(),
		"stuck-page":                               helpcrunchtest.StuckPage(),
		"long-page":                                helpcrunchtest.LongPage(),
		"reset with-probability 0.25 seed 9 once":  helpcrunchtest.ResetConnection().Once().WithProbability(0.25, 9),
		"  reset   seed 9  with-probability 0.25 ": helpcrunchtest.ResetConnection().WithProbability(0.25, 9),
	}
	for text, want := range rows {
		fault, err := helpcrunchtest.ParseFault(text)
		require.NoError(t, err, text)
		assert.Equal(t, want, fault, text)
	}
}

func TestParseFaultErrors(t *testing.T) {
	rows := map[string]string{
		"":                           `fault "": what goes wrong is missing`,
		"klingons":                   `fault "klingons": "klingons" is not a fault`,
		"status":                     `fault "status": a status is missing`,
		"status 99":                  `fault "status 99": "99" is not a status from 200 to 599`,
		"slow-body soon":             `fault "slow-body soon": "soon" is not a duration such as 5s`,
		"reset times 0":              `fault "reset times 0": "0" is not a number of 1 or more`,
		"reset sometimes":            `fault "reset sometimes": "sometimes" is not an option of a fault`,
		"reset on chats":             `fault "reset on chats": "chats" is not an operation`,
		"reset with-probability 1.5": `fault "reset with-probability 1.5": "1.5" is not a probability above 0 and up to 1`,
		"reset with-probability":     `fault "reset with-probability": a probability is missing`,
	}
	for text, want := range rows {
		_, err := helpcrunchtest.ParseFault(text)
		assert.EqualError(t, err, want)
	}
}
