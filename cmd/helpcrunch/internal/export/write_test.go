package export

import (
	"context"
	"encoding/csv"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/csvsafe"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// awkward are texts that are easily damaged on their way into a file and back.
var awkward = []string{
	`plain`, `a,b;c	d`, `say "hello"`, `"`, `""`, `'`, `\N`, `\.`, ` leading and trailing `, "two\nlines", "\n", "\nfirst", "a\n\n\nb",
	"Zoë 漢字 🙂", "\u2028 \u2029 \ufeff \u0000 \u007f", `<b>&amp;</b>`, `{"id":7}`, "#", "-", "--", "+49 30 1234-5", "-12.5", "(030) 12",
	`=1+1`, `=cmd|' /C calc'!A0`, `+cmd`, `-2+3+cmd`, `@SUM(A1)`, "\tx", "＝1", `'=1`, `''=1`, `'quoted'`, "'+49 30", strings.Repeat("long ", 50),
	"hello;=1+1;x", "hello\t=1+1\tx", "a,\"b;=1+1;c", "one\n=1+1;=2+2", "\r", "a\rb\r\nc", "\u200b=1+1", " =1+1",
}

func TestTextsComeBackFromCSV(t *testing.T) {
	server := newServer(t)
	for _, text := range awkward {
		server.AddCustomer(helpcrunch.Customer{
			Name: text, Company: text, Tags: []helpcrunch.Tag{{Name: text}, {Name: "x" + text}}, Notes: text,
			CustomData: helpcrunch.CustomData{"odd, \"name\"": text},
		})
	}
	for _, separator := range []rune{',', ';', '\t', '|'} {
		for _, raw := range []bool{false, true} {
			o := newOptions(t, customerList, formatCSV)
			o.raw, o.comma, o.noBOM = raw, separator, raw
			exports(t, o, server.Client())
			assert.Equal(t, !raw, strings.HasPrefix(read(t, o.out), "\ufeff"))
			rows := readCSV(t, o.out, csvsafe.Options{Raw: raw, Separator: separator})
			require.Len(t, rows, len(awkward))
			for i, text := range awkward {
				for _, name := range []string{"name", "company", "notes", `customData.odd, "name"`} {
					assert.Equal(t, text, rows[i][name], name)
				}
				tags, ok := csvsafe.SplitList(rows[i]["tags"])
				assert.True(t, ok)
				assert.Equal(t, []string{text, "x" + text}, tags)
			}
		}
	}
}

func TestTextsComeBackFromJSONLines(t *testing.T) {
	server := newServer(t)
	for _, text := range awkward {
		server.AddCustomer(helpcrunch.Customer{Name: text, CustomData: helpcrunch.CustomData{"a": text, "b": int64(1) << 60, "c": 0.1, "d": true}})
	}
	o := newOptions(t, customerList, formatJSONLines)
	exports(t, o, server.Client())
	assert.Equal(t, server.Customers(), readLines[helpcrunch.Customer](t, o.out))
	assert.Contains(t, read(t, o.out), `"<b>&amp;</b>"`, "texts stay readable")
}

// TestFormulasAreGuarded looks for formulas as each separator divides the file.
func TestFormulasAreGuarded(t *testing.T) {
	server := newServer(t)
	for _, text := range awkward {
		server.AddCustomer(helpcrunch.Customer{Name: text, Phone: "+49 30 123", Tags: []helpcrunch.Tag{{Name: text}}, CustomData: helpcrunch.CustomData{"=A1;=1": text}})
	}
	o := newOptions(t, customerList, formatCSV)
	exports(t, o, server.Client())
	assert.Contains(t, read(t, o.out), ",+49 30 123,", "a telephone number stays as it is")
	for _, separator := range ",;\t" {
		for line := range strings.Lines(strings.TrimPrefix(read(t, o.out), "\ufeff")) {
			for cell := range strings.SplitSeq(line, string(separator)) {
				cell = strings.TrimLeft(cell, "\"\u200b ")
				assert.NotRegexp(t, `^[=@＝]|^[-+][^-0-9+]`, strings.TrimRight(cell, "\r\n"))
			}
		}
	}
}

// TestRFC4180 looks at the bytes.
func TestRFC4180(t *testing.T) {
	server := newServer(t, helpcrunchtest.WithoutTeam())
	server.AddCustomer(helpcrunch.Customer{
		ID: 7, UserID: "crm-7", Name: "Nora \"Nono\" Lindqvist", Notes: "one\r\ntwo\rthree",
		FirstSeen:  helpcrunch.Timestamp{Time: time.Date(2026, time.January, 2, 3, 4, 5, 125e6, time.UTC)},
		Tags:       []helpcrunch.Tag{{Name: "Lead"}, {Name: "a,b"}},
		Location:   &helpcrunch.Location{CountryCode: "SE", City: "Umeå"},
		CustomData: helpcrunch.CustomData{"seats": 7, "fee": 1234567.5, "trial": false},
	})
	server.AddCustomer(helpcrunch.Customer{ID: 8, FirstSeen: helpcrunch.Timestamp{Time: time.Date(2026, time.May, 1, 0, 0, 0, 0, time.UTC)}, CustomData: helpcrunch.CustomData{"plan": "gold"}})
	server.AddCustomer(helpcrunch.Customer{ID: 9, Unsubscribed: true, Device: &helpcrunch.Device{IP: "203.0.113.20", Platform: "desktop"}})
	o := newOptions(t, customerList, formatCSV)
	exports(t, o, server.Client(helpcrunch.WithMaxRetries(0)))
	assert.Equal(t, strings.Join([]string{
		"\ufeffid,userId,name,email,phone,company,firstSeen,lastSeen,countryCode,regionCode,city,locale,unsubscribed,blocked," +
			"source,referer,lastPage,createdFrom,integrationId,device.platform,device.timezone,device.ip,device.userAgent,tags,notes," +
			"customData.fee,customData.plan,customData.seats,customData.trial",
		`7,crm-7,"Nora ""Nono"" Lindqvist",,,,2026-01-02T03:04:05Z,,SE,,Umeå,,false,false,,,,,,,,,,"Lead,""a,b""","one` + "\r\n" +
			"two\r" + `three",1234567.5,,7,false`,
		`8,,,,,,2026-05-01T00:00:00Z,,,,,,false,false,,,,,,,,,,,,,gold,,`,
		`9,,,,,,,,,,,,true,false,,,,,,desktop,,203.0.113.20,,,,,,,`,
		"",
	}, "\r\n"), read(t, o.out))
}

// newTalk makes an account with a closed chat of three messages and an empty chat.
func newTalk(t *testing.T) *helpcrunchtest.Server {
	server := newServer(t, helpcrunchtest.WithDialect(helpcrunchtest.Dialect{Times: helpcrunchtest.TimesMixed}))
	customer := server.AddCustomer(helpcrunch.Customer{Name: "Jonas Weber", UserID: "crm-9"})
	agent := server.Agents()[0]
	at := func(minute int) helpcrunch.Timestamp {
		return helpcrunch.Timestamp{Time: time.Date(2026, time.March, 1, 9, minute, 0, 250e6, time.UTC)}
	}
	who := helpcrunch.ChatCustomer{ID: customer.ID}
	server.AddChat(helpcrunch.Chat{ID: 70, Customer: who, CreatedAt: at(0), Status: helpcrunch.ChatStatusClosed, ClosedAt: at(30)})
	server.AddChat(helpcrunch.Chat{ID: 71, Customer: who, CreatedAt: at(1)})
	server.AddMessage(helpcrunch.Message{ID: 501, Chat: 70, From: helpcrunch.MessageFromCustomer, Text: "Do you ship\nto islands?", CreatedAt: at(2)})
	server.AddMessage(helpcrunch.Message{ID: 502, Chat: 70, From: helpcrunch.MessageFromAgent, Agent: &agent, Text: "=yes", CreatedAt: at(3)})
	server.AddMessage(helpcrunch.Message{
		ID: 503, Chat: 70, From: helpcrunch.MessageFromAgent, Agent: &agent, Type: helpcrunch.MessageTypePrivate, Text: "He asked twice", CreatedAt: at(4),
	})
	return server
}

// cells returns some cells of each row.
func cells(rows []map[string]string, names ...string) []string {
	return each(rows, func(row map[string]string) string {
		return strings.Join(each(names, func(name string) string { return row[name] }), "|")
	})
}

func TestAChatIsOneRowWithItsResponseTimes(t *testing.T) {
	server := newTalk(t)
	o := newOptions(t, chatList, formatCSV)
	assert.Contains(t, exports(t, o, server.Client()), "Wrote 2 chats to "+o.out+".\n")
	assert.Equal(t, []string{
		"70|closed|2026-03-01T09:00:00Z|crm-9|60|1800",
		"71|empty|2026-03-01T09:01:00Z|crm-9||",
	}, cells(readCSV(t, o.out, csvsafe.Options{}), "id", "status", "createdAt", "customer.userId", "firstResponseSeconds", "resolutionSeconds"))

	o = newOptions(t, chatList, formatJSONLines)
	exports(t, o, server.Client())
	rows := readLines[chatRow](t, o.out)
	require.Len(t, rows, 2)
	for i, want := range server.Chats() {
		assert.Equal(t, want, rows[i].Chat)
	}
	assert.InDelta(t, 60, *rows[0].FirstResponseSeconds, 0)
	assert.InDelta(t, 1800, *rows[0].ResolutionSeconds, 0)
	assert.Nil(t, rows[1].FirstResponseSeconds)
	assert.Contains(t, read(t, o.out), `"snoozedUntil":null`)
}

func TestAMessageIsOneRowWithItsChatAndCustomer(t *testing.T) {
	server := newTalk(t)
	o := newOptions(t, messageList, formatCSV)
	assert.Contains(t, exports(t, o, server.Client()), "Wrote 3 messages to "+o.out+".\n")
	agent := idCell(server.Agents()[0].ID)
	assert.Equal(t, []string{
		"501|70|2026-03-01T09:02:00.25Z|message|customer||crm-9|Do you ship\nto islands?",
		"502|70|2026-03-01T09:03:00.25Z|message|agent|" + agent + "|crm-9|=yes",
		"503|70|2026-03-01T09:04:00.25Z|private|agent|" + agent + "|crm-9|He asked twice",
	}, cells(readCSV(t, o.out, csvsafe.Options{}), "id", "chat.id", "createdAt", "type", "from", "agent.id", "customer.userId", "text"))

	o = newOptions(t, messageList, formatJSONLines)
	exports(t, o, server.Client())
	assert.ElementsMatch(t, server.Messages(70), readLines[helpcrunch.Message](t, o.out))
	assert.Contains(t, read(t, o.out), `"createdAt":"2026-03-01T09:03:00.250Z"`)
}

func TestChatsWithoutResponseTimesTakeARequestForEachPage(t *testing.T) {
	server := newTalk(t)
	for _, format := range []string{formatCSV, formatJSONLines} {
		o := newOptions(t, chatList, format)
		o.noTimes = true
		exports(t, o, server.Client())
		assert.NotContains(t, read(t, o.out), "firstResponse")
		assert.Contains(t, read(t, o.out), "resolutionSeconds")
	}
	assert.Zero(t, server.Count(helpcrunchtest.ListMessages))
}

func TestAnEmptyAccount(t *testing.T) {
	for _, list := range []string{customerList, chatList, messageList} {
		for format, want := range map[string]string{formatCSV: "\ufeffid,", formatJSONLines: ""} {
			o := newOptions(t, list, format)
			assert.Contains(t, exports(t, o, newServer(t).Client()), "Wrote 0 "+list+" to "+o.out+".\n")
			assert.True(t, strings.HasPrefix(read(t, o.out), want))
		}
	}
}

// endsAfter is a context that ends when its error was read a number of times.
type endsAfter struct {
	context.Context

	checks int
}

func (c *endsAfter) Err() error {
	if c.checks--; c.checks < 0 {
		return context.Canceled
	}
	return nil
}

// TestAFileIsNeverHalfWritten ends an export while it writes its file over an older one.
func TestAFileIsNeverHalfWritten(t *testing.T) {
	const older = "an older file"
	server := newServer(t, helpcrunchtest.WithGenerated(helpcrunchtest.DataSize{Customers: 150}, 1))
	for _, format := range []string{formatCSV, formatJSONLines} {
		o := newOptions(t, customerList, format)
		o.force = true
		wholeJournal(t, o, server.Client())
		require.NoError(t, os.WriteFile(o.out, []byte(older), 0o644))
		e := newExport(t, o, server.Client(), io.Discard)
		require.NoError(t, e.openJournal(o.from))
		_, err := e.write(&endsAfter{Context: t.Context(), checks: 70})
		require.ErrorIs(t, err, context.Canceled)
		require.NoError(t, e.journal.Close())
		assert.Equal(t, older, read(t, o.out))
		assert.NoFileExists(t, o.out+".new")
		assert.FileExists(t, journalOf(o))

		assert.Contains(t, exports(t, o, server.Client()), "Going on with 150 customers")
		assert.NotContains(t, read(t, o.out), older)
	}
}

func TestAFileThatAppearsMeanwhileIsKept(t *testing.T) {
	o := newOptions(t, customerList, formatCSV)
	server := newServer(t, helpcrunchtest.WithDemoAccount(), helpcrunchtest.WithObserver(func(helpcrunchtest.Request) {
		assert.NoError(t, os.WriteFile(o.out, []byte("new"), 0o600))
	}))
	err := newExport(t, o, server.Client(), io.Discard).run(t.Context())
	require.ErrorContains(t, err, "was written by another program meanwhile")
	assert.ErrorContains(t, err, "5 customers are kept in "+journalOf(o))
	assert.Equal(t, "new", read(t, o.out))
	o.force = true
	assert.Contains(t, exports(t, o, server.Client()), "Going on with 5 customers")
}

// TestOtherProgramsReadTheFile reads it as another program does.
func TestOtherProgramsReadTheFile(t *testing.T) {
	o := newOptions(t, messageList, formatCSV)
	o.comma, o.noBOM = ';', true
	exports(t, o, newTalk(t).Client())
	reader := csv.NewReader(strings.NewReader(read(t, o.out)))
	reader.Comma = ';'
	records, err := reader.ReadAll()
	require.NoError(t, err)
	require.Len(t, records, 4)
	assert.Equal(t, "id", records[0][0])
	assert.Equal(t, "'=yes", records[2][11])
}
