package importer

import (
	"bytes"
	"fmt"
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

// full has each column that can be written.
const full = "userId,name,email,phone,company,firstSeen,lastSeen,countryCode,regionCode,city,locale,unsubscribed,blocked,source,referer," +
	"lastPage,createdFrom,integrationId,tags,notes,customData.plan,customData.seats,customData.trial,customData.since\n" +
	"a,Nora,nora@example.com,+49 30 123,Example Books,2026-01-02T03:04:05Z,2026-01-31,SE,Norrland,Umeå,sv,true,TRUE,https://example.com/s," +
	"https://example.com/r,https://example.com/l,telegram,12345,\"Lead,\"\"a,b\"\"\",One note,gold,7,false,2025-05-05 06:07:08\n"

// fullTypes are those of its custom attributes.
var fullTypes = []string{"seats=number", "trial=boolean", "since=date"}

// wantFull is the customer of full.
func wantFull() helpcrunch.Customer {
	return helpcrunch.Customer{
		UserID: "a", Name: "Nora", Email: "nora@example.com", Phone: "+49 30 123", Company: "Example Books",
		FirstSeen: at(2026, 1, 2, 3, 4, 5), LastSeen: at(2026, 1, 31, 0, 0, 0),
		Location:     &helpcrunch.Location{CountryCode: "SE", RegionCode: "Norrland", City: "Umeå"},
		Unsubscribed: true, Blocked: true, Locale: "sv",
		Source: "https://example.com/s", Referer: "https://example.com/r", LastPage: "https://example.com/l",
		CreatedFrom: "telegram", IntegrationID: "12345", Notes: "One note",
		Tags: []helpcrunch.Tag{{Name: "Lead", Color: "#c377e0"}, {Name: "a,b", Color: "#c377e0"}},
		CustomData: helpcrunch.CustomData{
			"plan": "gold", "seats": int64(7), "trial": false, "since": at(2025, 5, 5, 6, 7, 8).Unix(),
		},
	}
}

func at(year int, month time.Month, day, hour, minute, second int) helpcrunch.Timestamp {
	return helpcrunch.Timestamp{Time: time.Date(year, month, day, hour, minute, second, 0, time.UTC)}
}

// accountTypes are the definitions of the attributes in an account.
var accountTypes = helpcrunchtest.WithAttributes(map[string]helpcrunchtest.AttributeType{
	"plan": helpcrunchtest.TextAttribute, "seats": helpcrunchtest.NumberAttribute,
	"trial": helpcrunchtest.BooleanAttribute, "since": helpcrunchtest.DateAttribute,
})

func TestEveryColumnIsWritten(t *testing.T) {
	for name, before := range map[string]helpcrunch.Customer{
		"created": {UserID: "somebody else"},
		"updated": {UserID: "a"},
	} {
		server := newServer(t, accountTypes)
		server.AddCustomer(before)
		got, err := imports(t.Context(), t, server.Client(), &command{write: true, types: fullTypes}, full)
		require.NoError(t, err)
		assert.Contains(t, got[0], "2,a,"+name)
		customer, ok := server.CustomerByUserID("a")
		require.True(t, ok)
		want := wantFull()
		want.ID, want.Device = customer.ID, customer.Device
		assert.Equal(t, want, customer)
	}
	head, _, _ := strings.Cut(full, ",customData")
	assert.ElementsMatch(t, columnNames(), strings.Split(head, ","), "a column without a test")
}

// TestASecondImportChangesNothing imports twice in each dialect of the API.
func TestASecondImportChangesNothing(t *testing.T) {
	for _, spoken := range helpcrunchtest.DialectSwitches() {
		t.Run(spoken, func(t *testing.T) {
			dialect, err := helpcrunchtest.ParseDialect(spoken)
			require.NoError(t, err)
			server := newServer(t, accountTypes, helpcrunchtest.WithDialect(dialect))
			server.AddCustomer(helpcrunch.Customer{
				UserID: "b", Tags: []helpcrunch.Tag{{Name: "old", Color: "#123456"}},
				CustomData: helpcrunch.CustomData{"plan": "free", "since": int64(1_700_000_000), "trial": true},
			})
			// In older dialects createdFrom and integrationId are not returned, and are sent each time.
			text := strings.Replace(full, "telegram,12345", ",", 1) + "b,Ines" + strings.Repeat(",", 16) + ",new,,,12,,\n"
			got, err := imports(t.Context(), t, server.Client(), &command{write: true, types: fullTypes}, text)
			require.NoError(t, err)
			assert.Equal(t, "3,b,updated,\"name, tags, customData.seats\"", got[1])
			changed, _ := server.CustomerByUserID("b")
			assert.Equal(t, "old new", changed.Tags[0].Name+" "+changed.Tags[1].Name, "tags are added")
			assert.Len(t, changed.CustomData, 4, "attributes that are not in the file are kept")
			assert.Equal(t, int64(12), changed.CustomData["seats"])

			before := server.Customers()
			server.ForgetRequests()
			got, err = imports(t.Context(), t, server.Client(), &command{write: true, types: fullTypes}, text)
			require.NoError(t, err)
			assert.Equal(t, []string{"2,a,unchanged,", "3,b,unchanged,"}, got)
			assert.Zero(t, writes(server))
			assert.Equal(t, before, server.Customers())
		})
	}
}

func TestAnEmptyCellLeavesTheFieldAlone(t *testing.T) {
	server := newServer(t)
	server.AddCustomer(helpcrunch.Customer{UserID: "a", Name: "Nora", Blocked: true, CustomData: helpcrunch.CustomData{"plan": "gold"}})
	got, err := imports(t.Context(), t, server.Client(), &command{write: true}, "userId,name,blocked,customData.plan\na,,,\n")
	require.NoError(t, err)
	assert.Equal(t, []string{"2,a,unchanged,"}, got)
	got, err = imports(t.Context(), t, server.Client(), &command{write: true}, "userId,blocked\na,false\n")
	require.NoError(t, err)
	assert.Equal(t, []string{"2,a,unchanged,"}, got, "false is not written")
}

func TestBadRowsAreReportedWithTheirLines(t *testing.T) {
	server := newServer(t)
	got, err := imports(t.Context(), t, server.Client(), &command{write: true, types: fullTypes}, strings.Join([]string{
		"userId,name,notes,tags,firstSeen,blocked,customData.plan,customData.seats,customData.since",
		"ok-1,,\"two",
		"lines\",,,,,,",
		"short,row",
		"long,,,,,,,,,,more",
		",no userId,,,,,,,",
		"ok-1,again,,,,,,,",
		"notes,," + strings.Repeat("ü", 256) + ",,,,,,",
		"plan,,,,,," + strings.Repeat("ü", 256) + ",,",
		"ok-2,," + strings.Repeat("ü", 255) + ",,,,,,",
		"tag,,,\"a,,b\",,,,,",
		"time,,,,yesterday,,,,",
		"bool,,,,,maybe,,,",
		"number,,,,,,,many,",
		"infinite,,,,,,,1e999,",
		"date,,,,,,,,05.05.2025",
		"latin,Zo\xeb,,,,,,,",
		"bare,a \"quote\",,,,,,,",
		"",
		"ok-3,,,,,,,,",
		"open,\"never closed,,,,,,,",
		"swallowed,,,,,,,,",
	}, "\n"))
	assert.EqualError(t, err, "15 rows are invalid or were not written: correct them and run again")
	assert.Equal(t, []string{
		"2,ok-1,created,",
		`4,short,error,"the row has 2 cells, not 9"`,
		`5,long,error,"the row has 11 cells, not 9"`,
		"6,,error,userId is empty",
		"7,ok-1,error,the userId is in line 2 already",
		`8,notes,error,"Notes: at most 255 characters, got 256"`,
		`9,plan,error,"CustomData[""plan""]: at most 255 characters, got 256"`,
		"10,ok-2,created,",
		`11,tag,error,"tags must be names separated by commas, those with a comma in double quotes"`,
		"12,time,error,firstSeen must be a time such as 2026-01-31T09:00:00Z or a day such as 2026-01-31",
		"13,bool,error,blocked must be true or false",
		"14,number,error,customData.seats must be a number such as 12 or 49.5",
		"15,infinite,error,customData.seats must be a number such as 12 or 49.5",
		"16,date,error,customData.since must be a time such as 2026-01-31T09:00:00Z or a day such as 2026-01-31",
		"17,,error,the text is not UTF-8: save the file as CSV UTF-8",
		`18,,error,"a quote in line 18 is stray: a cell with a quote needs quotes around it and """" inside"`,
		"20,ok-3,created,",
		`21,,error,"the quote that opens in line 21 is never closed; lines 21 to 22 were read as one row"`,
	}, got)
	assert.Len(t, server.Customers(), 3)
	first, _ := server.CustomerByUserID("ok-1")
	assert.Equal(t, "two\nlines", first.Notes)
}

func TestRowsThatTheServiceRejectsDoNotStopTheOthers(t *testing.T) {
	server := newServer(t, accountTypes)
	got, err := imports(t.Context(), t, server.Client(), &command{write: true},
		"userId,customData.plan,customData.seats\na,gold,\nb,gold,seven\nc,gold,\n")
	assert.EqualError(t, err, "1 row is invalid or was not written: correct it and run again")
	require.Len(t, got, 3)
	assert.Equal(t, "2,a,created,", got[0])
	assert.True(t, strings.HasPrefix(got[1], "3,b,error,POST /customers: 400 Bad Request: "), got[1])
	assert.Equal(t, "4,c,created,", got[2])
}

func TestTextsComeAsTheyAre(t *testing.T) {
	texts := []string{
		"plain", `a,b;c	d`, `say "hello"`, `"`, "'", " spaces ", "two\nlines", "\r\n", "Zoë 漢字 🙂", "#", "-", "+49 30 1234-5", "=1+1", "@x", "'=1", "\ufeff", "\u0000",
	}
	for _, raw := range []bool{false, true} {
		var file bytes.Buffer
		w := csvsafe.NewWriter(&file, csvsafe.Options{Raw: raw})
		require.NoError(t, w.Write([]string{"userId", "name", "notes", "tags", "customData.plan"}))
		for i, text := range texts {
			name := text
			if strings.ContainsAny(text, "\r\n") {
				name = ""
			}
			require.NoError(t, w.Write([]string{fmt.Sprint("id ", i, name, "."), name, text, csvsafe.JoinList([]string{text}), text}))
		}
		require.NoError(t, w.Flush())
		server := newServer(t)
		_, err := imports(t.Context(), t, server.Client(), &command{write: true, raw: raw}, file.String())
		require.NoError(t, err)
		for _, customer := range server.Customers() {
			text := customer.Notes
			assert.Contains(t, texts, text)
			assert.Equal(t, []any{text, text}, []any{customer.Tags[0].Name, customer.CustomData["plan"]})
			if !strings.ContainsAny(text, "\r\n") {
				assert.Equal(t, text, customer.Name)
			}
		}
		assert.Len(t, server.Customers(), len(texts))
		got, err := imports(t.Context(), t, server.Client(), &command{write: true, raw: raw}, file.String())
		require.NoError(t, err)
		assert.NotContains(t, strings.Join(got, "\n"), "updated")
	}
}

func TestFilesOfSpreadsheets(t *testing.T) {
	server := newServer(t)
	_, err := imports(t.Context(), t, server.Client(), &command{write: true},
		"\ufeffuserId;name;phone;company;notes\r\na;'=1+1;+49 30 123;''=x;'quoted'\r\n")
	require.NoError(t, err)
	customer, ok := server.CustomerByUserID("a")
	require.True(t, ok, "the byte order mark and the semicolons")
	assert.Equal(t, []string{"=1+1", "+49 30 123", "'=x", "'quoted'"}, []string{customer.Name, customer.Phone, customer.Company, customer.Notes})
}

// exported is the head of a file that helpcrunch export writes.
const exported = "id,userId,name,email,phone,company,firstSeen,lastSeen,countryCode,regionCode,city,locale,unsubscribed,blocked,source,referer," +
	"lastPage,createdFrom,integrationId,device.platform,device.timezone,device.ip,device.userAgent,tags,notes,customData.plan\n"

func TestAnExportIsLeftUnchanged(t *testing.T) {
	server := newServer(t)
	server.AddCustomer(helpcrunch.Customer{
		ID: 7, UserID: "a", Name: "Nora", FirstSeen: at(2026, 1, 2, 3, 4, 5), Tags: []helpcrunch.Tag{{Name: "Lead"}, {Name: "a,b"}},
		Device: &helpcrunch.Device{IP: "203.0.113.20"}, CustomData: helpcrunch.CustomData{"plan": 1234567.5},
	})
	got, err := imports(t.Context(), t, server.Client(), &command{write: true}, exported+
		"7,a,Nora,,,,2026-01-02T03:04:05Z,,,,,,false,false,,,,,,,,203.0.113.20,,\"Lead,\"\"a,b\"\"\",,1234567.5\n")
	require.NoError(t, err)
	assert.Equal(t, []string{"2,7,unchanged,"}, got)
	assert.Zero(t, writes(server))
}

func TestControlCharactersDoNotReachTheTerminal(t *testing.T) {
	got := program(t.Context(), "", "--demo", newFile(t, "userId,name\n\"\x1b[2J\",x\n"))
	assert.NotContains(t, got.Stdout, "\x1b")
}

// TestAnInvisibleCharacterInAnIDIsWarnedOf: nobody sees why there are two customers.
func TestAnInvisibleCharacterInAnIDIsWarnedOf(t *testing.T) {
	file := newFile(t, "userId,name\nu-1,x\nu\u200b-1,x\n\ufeffu-1,x\nu-1\x00,x\nu-2,\u200bx\n")
	got := program(t.Context(), "", "--demo", file)
	assert.Zero(t, got.Status, got.Stderr)
	for _, character := range []string{"U+200B", "U+FEFF", "U+0000"} {
		assert.Equal(t, 1, strings.Count(got.Stdout, "warning: userId contains the invisible character "+character), got.Stdout)
	}
	assert.Contains(t, got.Stdout, "5 rows: 5 to create, 3 with a warning.\n")
}

func TestLongTextsDoNotFloodTheTerminal(t *testing.T) {
	long := strings.Repeat("ä", 100_000)
	got := program(t.Context(), "", "--demo", newFile(t, "userId,customData.n\n"+long+",1\nu,"+long+"\n"), "--type", "n=number")
	assert.Contains(t, got.Stdout, strings.Repeat("ä", 300)+"... to create")
	assert.Less(t, len(got.Stdout)+len(got.Stderr), 3000)
}

func TestOthersCannotReadTheReport(t *testing.T) {
	c := &command{}
	_, err := imports(t.Context(), t, newServer(t).Client(), c, "userId\na\n")
	require.NoError(t, err)
	info, err := os.Stat(c.report)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode())
}

// TestDatesOfTheCustomerAreSentAsDates looks at what is sent, as they may be read in a form that
// can't be written.
func TestDatesOfTheCustomerAreSentAsDates(t *testing.T) {
	server := newServer(t, helpcrunchtest.WithDialect(helpcrunchtest.Dialect{CustomData: helpcrunchtest.CustomDataAsPairs}), accountTypes)
	server.AddCustomer(helpcrunch.Customer{UserID: "a", CustomData: helpcrunch.CustomData{"since": int64(1_700_000_000), "plan": "free"}})
	_, err := imports(t.Context(), t, server.Client(), &command{write: true, types: fullTypes}, "userId,customData.plan\na,gold\n")
	require.NoError(t, err)
	sent := server.RequestsFor(helpcrunchtest.UpdateCustomer)
	require.Len(t, sent, 1)
	assert.JSONEq(t, `{"customData":[{"property":"plan","value":"gold"},{"property":"since","value":"1700000000"}]}`, string(sent[0].Body))
}
