package main

import (
	"bytes"
	"encoding/csv"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// awkward are texts that are easily broken on their way into a file and back.
var awkward = []string{
	`plain`, `a,b;c	d`, `say "hello"`, `"`, `""`, `'`, `\N`, `\.`, ` leading and trailing `, "two\nlines", "\n", "\nfirst", "a\n\n\nb",
	"Zoë 漢字 🙂", "\u2028 \u2029 \ufeff \u0000 \u007f", `<b>&amp;</b>`, `{"id":7}`, "#", "-", "--", "+49 30 1234-5", "-12.5", "(030) 12",
	`=1+1`, `=cmd|' /C calc'!A0`, `+cmd`, `-2+3+cmd`, `@SUM(A1)`, "\tx", "＝1", `'=1`, `''=1`, `'quoted'`, "'+49 30", strings.Repeat("long ", 50),
}

// unguarded is what was meant by a cell of this program.
func unguarded(text string) string {
	if bare, ok := strings.CutPrefix(text, "'"); ok && guard(bare) != bare {
		return bare
	}
	return text
}

func TestTextsComeBackFromCSV(t *testing.T) {
	server := newServer(t)
	for _, text := range awkward {
		server.AddCustomer(helpcrunch.Customer{
			Name: text, Company: text, Tags: []helpcrunch.Tag{{Name: text}, {Name: "x" + text}}, Notes: text,
			CustomData: helpcrunch.CustomData{"odd, \"name\"": text},
		})
	}
	for _, raw := range []bool{false, true} {
		c := newConfig(t, whatCustomers, formatCSV)
		c.raw = raw
		exports(t, c, server.Client())
		rows := readCSV(t, c.out)
		require.Len(t, rows, len(awkward))
		for i, text := range awkward {
			meant := unguarded
			if raw {
				meant = func(text string) string { return text }
			}
			for _, name := range []string{"name", "company", "notes", `customData.odd, "name"`} {
				assert.Equal(t, text, meant(rows[i][name]), name)
			}
			tags, err := csv.NewReader(strings.NewReader(meant(rows[i]["tags"]))).Read()
			require.NoError(t, err)
			assert.Equal(t, []string{text, "x" + text}, tags)
		}
	}
}

func TestTextsComeBackFromJSONLines(t *testing.T) {
	server := newServer(t)
	for _, text := range append(awkward, "\r", "a\rb\r\nc") {
		server.AddCustomer(helpcrunch.Customer{Name: text, CustomData: helpcrunch.CustomData{"a": text, "b": int64(1) << 60, "c": 0.1, "d": true}})
	}
	c := newConfig(t, whatCustomers, formatLines)
	exports(t, c, server.Client())
	assert.Equal(t, server.Customers(), readLines[helpcrunch.Customer](t, c.out))
}

func TestFormulasAreGuarded(t *testing.T) {
	for _, text := range []string{`=1+1`, `=cmd|' /C calc'!A0`, `+cmd`, `-2+3+cmd`, `@SUM(A1)`, "\tx", "\n=1", "＝1", "＋a", "－a", "＠a", "'=1"} {
		assert.Equal(t, "'"+text, guard(text))
	}
	for _, text := range []string{"", "'", "a=1", "+49 30 1234-5", "-12.5", "-", "'quoted'", " =1", "0=1"} {
		assert.Equal(t, text, guard(text))
	}
	server := newServer(t)
	server.AddCustomer(helpcrunch.Customer{Name: "=1+1", Phone: "+49 30 123", CustomData: helpcrunch.CustomData{"=A1": "=1"}})
	c := newConfig(t, whatCustomers, formatCSV)
	exports(t, c, server.Client())
	assert.Contains(t, read(t, c.out), ",customData.=A1\r\n")
	assert.Contains(t, read(t, c.out), ",'=1+1,,+49 30 123,")
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
	server.AddCustomer(helpcrunch.Customer{ID: 8, CustomData: helpcrunch.CustomData{"plan": "gold"}})
	server.AddCustomer(helpcrunch.Customer{ID: 9, Unsubscribed: true, Device: &helpcrunch.Device{IP: "203.0.113.20", Platform: "desktop"}})
	c := newConfig(t, whatCustomers, formatCSV)
	exports(t, c, server.Client(helpcrunch.WithMaxRetries(0)))
	assert.Equal(t, strings.Join([]string{
		"id,userId,name,email,phone,company,firstSeen,lastSeen,countryCode,regionCode,city,locale,unsubscribed,blocked," +
			"source,referer,lastPage,createdFrom,integrationId,device.platform,device.timezone,device.ip,device.userAgent,tags,notes," +
			"customData.fee,customData.plan,customData.seats,customData.trial",
		`7,crm-7,"Nora ""Nono"" Lindqvist",,,,2026-01-02T03:04:05Z,,SE,,Umeå,,false,false,,,,,,,,,,"Lead,""a,b""","one` + "\r\n" +
			"two\r\n" + `three",1234567.5,,7,false`,
		`8,,,,,,,,,,,,false,false,,,,,,,,,,,,,gold,,`,
		`9,,,,,,,,,,,,true,false,,,,,,desktop,,203.0.113.20,,,,,,,`,
		"",
	}, "\r\n"), sortedByID(t, c.out))
}

// sortedByID is the text of a file whose rows begin with one-digit ids, in their order.
func sortedByID(t *testing.T, path string) string {
	t.Helper()
	text := read(t, path)
	head, rows, _ := strings.Cut(text, "\r\n")
	at7, at8 := strings.Index(rows, "7,crm-7"), strings.Index(rows, "8,,")
	if at7 > at8 {
		rows = rows[at7:] + rows[:at7]
	}
	return head + "\r\n" + rows
}

// newTalk makes an account with a chat of three messages and one without any.
func newTalk(t *testing.T) *helpcrunchtest.Server {
	server := newServer(t, helpcrunchtest.WithDialect(helpcrunchtest.Dialect{Times: helpcrunchtest.TimesMixed}))
	customer := server.AddCustomer(helpcrunch.Customer{Name: "Jonas Weber", UserID: "crm-9"})
	agent := server.Agents()[0]
	at := func(minute int) helpcrunch.Timestamp {
		return helpcrunch.Timestamp{Time: time.Date(2026, time.March, 1, 9, minute, 0, 250e6, time.UTC)}
	}
	for i := range 2 {
		server.AddChat(helpcrunch.Chat{ID: int64(70 + i), Customer: helpcrunch.ChatCustomer{ID: customer.ID}, CreatedAt: at(i)})
	}
	server.AddMessage(helpcrunch.Message{ID: 501, Chat: 70, From: helpcrunch.MessageFromCustomer, Text: "Do you ship\nto islands?", CreatedAt: at(2)})
	server.AddMessage(helpcrunch.Message{ID: 502, Chat: 70, From: helpcrunch.MessageFromAgent, Agent: &agent, Text: "=yes", CreatedAt: at(3)})
	server.AddMessage(helpcrunch.Message{
		ID: 503, Chat: 70, From: helpcrunch.MessageFromAgent, Agent: &agent, Type: helpcrunch.MessageTypePrivate, Text: "He asked twice", CreatedAt: at(4),
	})
	return server
}

func TestChatsInCSVHaveARecordForEachMessage(t *testing.T) {
	server := newTalk(t)
	c := newConfig(t, whatChats, formatCSV)
	exports(t, c, server.Client())
	var got []string
	for _, row := range readCSV(t, c.out) {
		got = append(got, strings.Join([]string{
			row["id"], row["createdAt"], row["customer.userId"], row["message.id"], row["message.createdAt"],
			row["message.type"], row["message.from"], row["message.agent.id"], row["message.text"],
		}, "|"))
	}
	agent := number(server.Agents()[0].ID)
	assert.Equal(t, []string{
		"70|2026-03-01T09:00:00Z|crm-9|501|2026-03-01T09:02:00.25Z|message|customer||Do you ship\nto islands?",
		"70|2026-03-01T09:00:00Z|crm-9|502|2026-03-01T09:03:00.25Z|message|agent|" + agent + "|'=yes",
		"70|2026-03-01T09:00:00Z|crm-9|503|2026-03-01T09:04:00.25Z|private|agent|" + agent + "|He asked twice",
		"71|2026-03-01T09:01:00Z|crm-9||||||",
	}, got)
}

func TestChatsInJSONLinesHoldTheirMessages(t *testing.T) {
	server := newTalk(t)
	c := newConfig(t, whatChats, formatLines)
	exports(t, c, server.Client())
	type line struct {
		helpcrunch.Chat

		Messages []helpcrunch.Message `json:"messages"`
	}
	lines := readLines[line](t, c.out)
	require.Len(t, lines, 2)
	for i, want := range server.Chats() {
		assert.Equal(t, want, lines[i].Chat)
		assert.ElementsMatch(t, server.Messages(want.ID), lines[i].Messages)
	}
	assert.Equal(t, int64(501), lines[0].Messages[0].ID, "the oldest comes first")
	assert.Contains(t, read(t, c.out), `"createdAt":"2026-03-01T09:03:00.25Z"`)
	assert.Contains(t, read(t, c.out), `"messages":[]`)
	assert.Contains(t, read(t, c.out), `"snoozedUntil":null`)
}

func TestChatsWithoutMessagesTakeARequestForEachPage(t *testing.T) {
	server := newTalk(t)
	for _, format := range []string{formatCSV, formatLines} {
		c := newConfig(t, whatChats, format)
		c.messages = false
		exports(t, c, server.Client())
		assert.NotContains(t, read(t, c.out), "message.")
		assert.NotContains(t, read(t, c.out), `"messages"`)
	}
	assert.Zero(t, server.Count(helpcrunchtest.ListMessages))
}

func TestAnEmptyAccount(t *testing.T) {
	for format, want := range map[string]string{formatCSV: "id,userId,name,", formatLines: ""} {
		c := newConfig(t, whatCustomers, format)
		stdout := exports(t, c, newServer(t).Client())
		assert.Equal(t, "Wrote 0 customers to "+c.out+".\n", stdout)
		assert.True(t, strings.HasPrefix(read(t, c.out), want))
	}
}

// TestAFileIsNeverHalfWritten ends an export while it writes its file over an older one.
func TestAFileIsNeverHalfWritten(t *testing.T) {
	const older = "an older file"
	server := newServer(t, helpcrunchtest.WithGenerated(helpcrunchtest.DataSize{Customers: 150}, 1))
	for _, format := range []string{formatCSV, formatLines} {
		c := newConfig(t, whatCustomers, format)
		c.force = true
		wholeJournal(t, c, server.Client())
		require.NoError(t, os.WriteFile(c.out, []byte(older), 0o644))
		j, err := openJournal(newTarget(t, c), header{Export: whatCustomers, Messages: true, Account: server.Organization().ID})
		require.NoError(t, err)
		require.NoError(t, j.close())
		ctx := &endsAfter{Context: t.Context(), checks: 70}
		require.ErrorIs(t, c.finish(ctx, j), errInterrupted)
		assert.Equal(t, older, read(t, c.out))
		assert.NoFileExists(t, c.out+".new")
		assert.FileExists(t, journalOf(c))

		stdout := exports(t, c, server.Client())
		assert.Contains(t, stdout, "Going on with 150 customers")
		assert.NotContains(t, read(t, c.out), older)
	}
}

func TestAFileThatAppearsMeanwhileIsKept(t *testing.T) {
	c := newConfig(t, whatCustomers, formatCSV)
	server := newServer(t, helpcrunchtest.WithDemoAccount(), helpcrunchtest.WithObserver(func(helpcrunchtest.Request) {
		assert.NoError(t, os.WriteFile(c.out, []byte("new"), 0o600))
	}))
	err := c.export(t.Context(), server.Client(), streams{stdout: io.Discard})
	assert.ErrorContains(t, err, "was written by somebody else meanwhile")
	assert.Equal(t, "new", read(t, c.out))
	c.force = true
	assert.Contains(t, exports(t, c, server.Client()), "Going on with 5 customers")
}

func TestADiskThatIsFull(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("this system has no /dev/full")
	}
	defer full.Close()
	c := newConfig(t, whatCustomers, formatLines)
	server := newServer(t, helpcrunchtest.WithDemoAccount())
	wholeJournal(t, c, server.Client())
	j, err := openJournal(newTarget(t, c), header{Export: whatCustomers, Messages: true, Account: server.Organization().ID})
	require.NoError(t, err)
	j.file.Close()
	j.file = full
	j.buffer.Reset(full)
	require.NoError(t, j.add(map[string]int{"id": 1}))
	assert.ErrorContains(t, j.sync(), "no space left on device")
	assert.Equal(t, 6, bytes.Count([]byte(read(t, journalOf(c))), []byte("\n")))
}
