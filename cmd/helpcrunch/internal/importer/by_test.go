package importer

import (
	"bytes"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/cli"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/export"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// newContacts makes a fake server with some customers.
func newContacts(t *testing.T) *helpcrunchtest.Server {
	server := newServer(t)
	for _, c := range []helpcrunch.Customer{
		{ID: 1, UserID: "a", Name: "Nora", Email: "Nora@example.com"},
		{ID: 2, Name: "Jonas", Email: "jonas@example.com"},
		{ID: 3, Name: "Twin", Email: "twin@example.com"},
		{ID: 4, Name: "Twin", Email: "TWIN@example.com"},
	} {
		server.AddCustomer(c)
	}
	return server
}

func TestCustomersAreMatchedByOneColumn(t *testing.T) {
	for name, test := range map[string]struct {
		by, text string
		want     []string
	}{
		"the id, if there is one": {"", "userId,name,id\na,Ann,1\nb,Jo,2\n,Xi,9\nc,Cy,\n", []string{
			"2,1,updated,name",
			`3,2,updated,"userId, name"`,
			`4,9,error,"no customer has the id 9; for a file from elsewhere, use --by"`,
			"5,,error,id is empty",
		}},
		"id": {"id", "id,userId,name\n1,z,Ann\n 2,,Jo\n2.0,,Jo\n-1,,x\n1E+3,,x\n02,,Jo\n2,,Jo\n", []string{
			`2,1,error,"the customer with this id has the userId ""a"""`,
			`3," 2",error,id must not begin or end with white space`,
			`4,2.0,error,"id must be a whole number above 0, got ""2.0"""`,
			`5,-1,error,"id must be a whole number above 0, got ""-1"""`,
			`6,1E+3,error,"id must be a whole number above 0, got ""1E+3"""`,
			"7,02,updated,name",
			"8,2,error,the id is in line 7 already",
		}},
		"userId, though there is an id": {"userId", "id,userId,name\n2,a,Ann\n1,b,Jo\n3,,Xi\n", []string{
			"2,a,updated,name", "3,b,created,", "4,,error,userId is empty",
		}},
		"email": {"email", "userId,email,name\n,nora@EXAMPLE.com,Ann\nz,nora@example.com,Ann\nz,NORA@example.com,Ann\n,twin@example.com,x\na,new@example.com,x\nn,other@example.com,Xi\n", []string{
			"2,nora@EXAMPLE.com,updated,name",
			"3,nora@example.com,error,the email is in line 2 already",
			"4,NORA@example.com,error,the email is in line 2 already",
			"5,twin@example.com,error,several customers have this email: use --by id or --by userId",
			"6,new@example.com,error,the customer with this userId has another email",
			"7,other@example.com,created,",
		}},
		"email, as it is the only one": {"", "E-Mail,Name\njonas@example.com,Jo\n jonas@example.com,Jo\n", []string{
			"2,jonas@example.com,updated,name", `3," jonas@example.com",error,email must not begin or end with white space`,
		}},
		"an email with another userId": {"email", "userId,email\nz,nora@example.com\n", []string{
			`2,nora@example.com,error,"the customer with this email has the userId ""a"""`,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			server := newContacts(t)
			got, err := imports(t.Context(), t, server.Client(), &command{write: true, by: test.by}, test.text)
			assert.Equal(t, test.want, got)
			assert.Equal(t, strings.Contains(strings.Join(got, "\n"), ",error,"), err != nil)
			nora, _ := server.Customer(1)
			assert.Equal(t, "a Nora@example.com", nora.UserID+" "+nora.Email)
		})
	}
}

func TestCellsThatSpreadsheetsSpoil(t *testing.T) {
	var text strings.Builder
	text.WriteString("userId,name,phone,company,tags,notes\n")
	for _, row := range []string{
		`1.23457E+11,Ann,,,,`,
		`u-1,,"4,93E+12",,,`,
		`" ",Ghost,,,,`,
		`u-7 ,Trailing,,,,`,
		"\u00a0u-8,Nbsp,,,,",
		"u-2,,,\"Acme\r\nu-3,N3,C3\r\nu-4,Dee,Foo\",,",
		"\"u-5\n\",x,,,,",
		`u-6,,,," gold ,""vip"", ""a, b""",` + "\"two\nlines\"",
	} {
		text.WriteString(row + "\n")
	}
	server := newServer(t)
	got, err := imports(t.Context(), t, server.Client(), &command{}, text.String())
	require.Error(t, err)
	assert.Equal(t, []string{
		"2,1.23457E+11,to create,warning: userId 1.23457E+11 looks like a number that a spreadsheet has shortened",
		`3,u-1,to create,"warning: phone 4,93E+12 looks like a number that a spreadsheet has shortened"`,
		`4," ",error,userId must not begin or end with white space`,
		`5,"u-7 ",error,userId must not begin or end with white space`,
		"6,\"\u00a0u-8\",error,userId must not begin or end with white space",
		"7,u-2,error,company has a line break: lines 7 to 9 are read as one row",
		"10,\"u-5\n\",error,userId must not begin or end with white space",
		"12,u-6,to create,",
	}, got)

	_, err = imports(t.Context(), t, server.Client(), &command{write: true}, text.String())
	require.Error(t, err)
	customer, ok := server.CustomerByUserID("u-6")
	require.True(t, ok)
	assert.Equal(t, []string{"gold", "vip", "a, b", "two\nlines"}, []string{customer.Tags[0].Name, customer.Tags[1].Name, customer.Tags[2].Name, customer.Notes})
}

func TestNumbers(t *testing.T) {
	for cell, want := range map[string]any{
		"12": int64(12), "007": int64(7), "+5": int64(5), "-49.5": -49.5, "1e3": 1000.0, "9007199254740993": int64(9007199254740993),
		"0x10": nil, "0x1p4": nil, "1_000": nil, "49,5": nil, "inf": nil, "NaN": nil, "1e999": nil, "9999999999999999999": nil, "1.": nil, "": nil,
	} {
		got, err := parseNumber(cell)
		assert.Equal(t, want, got, cell)
		assert.Equal(t, want == nil, err != nil, cell)
	}
}

func TestTheReportHoldsNoFormula(t *testing.T) {
	got, err := imports(t.Context(), t, newServer(t).Client(), &command{}, "userId,notes\n'=1+1,x\n\"'@SUM(A1)\",y\n")
	require.NoError(t, err)
	assert.Equal(t, []string{"2,'=1+1,to create,", "3,'@SUM(A1),to create,"}, got)
}

func TestE9WhatCanNotBeReadIsNotLost(t *testing.T) {
	for path, want := range map[string]string{
		"tags[1].name":    "tags[1].name of the customer can not be read: writing tags would lose it",
		"customData":      "customData of the customer can not be read: writing customData.plan would lose it",
		"customData.plan": "customData.plan of the customer can not be read: writing customData.plan would lose it",
		"lastSeen":        "tags, customData.plan",
	} {
		client := newServer(t).Client()
		table, err := newTable([]string{"userId", "tags", "customData.plan"}, "", nil)
		require.NoError(t, err)
		table.client = client
		r := &row{input: helpcrunch.CustomerInput{
			UserID: "a", Tags: []helpcrunch.Tag{{Name: "Lead"}}, CustomData: helpcrunch.CustomData{"plan": "gold"},
		}}
		table.plan(r, customers{{ID: 7, UserID: "a", Unreadable: []string{path}}})
		assert.Equal(t, want, r.details, path)
	}
}

func TestARowWhoseLookUpIsRejectedDoesNotStopTheOthers(t *testing.T) {
	server := newContacts(t)
	server.Inject(helpcrunchtest.Status(http.StatusBadRequest).On(helpcrunchtest.SearchCustomers).Times(2)) // the group, and its first row
	got, err := imports(t.Context(), t, server.Client(), &command{}, "userId,name\nb,Jo\na,Ann\n")
	require.EqualError(t, err, "1 row is invalid or was not written: correct it and run again")
	require.Len(t, got, 2)
	assert.Contains(t, got[0], "2,b,error,POST /customers/search: 400")
	assert.Equal(t, "3,a,to update,name", got[1])
}

// hostile are texts that break on their way through a file, or calculate in a spreadsheet.
var hostile = []string{
	"=1+1", "+cmd", "-2+3", "@SUM(A1)", "\t=1", "hello;=1+1;x", "a\t=b", `say "=hello"`, `"`, `"=1"`, "two\nlines", "\n=1", "one\r\ntwo\rthree", "'", "'=1", "''x",
	" leading and trailing ", "＝1", "\u200b=1", "+49 30 1234", "-12.5", "a,b|c;d", "Zoë 漢字 🙂", "\ufeff", "\u0000", "#", `\N`, "1E+5", "007", "true",
}

func TestAnExportIsImportedUnchanged(t *testing.T) {
	server := helpcrunchtest.NewServer(helpcrunchtest.WithDemoAccount())
	defer server.Close()
	for i, text := range hostile {
		server.AddCustomer(helpcrunch.Customer{
			UserID: fmt.Sprint(i, text, "."), Name: text, Email: fmt.Sprint(text, i, "@example.com"), Phone: text, Company: text, Notes: text, Source: text,
			Locale: text, Location: &helpcrunch.Location{City: text},
			Tags: []helpcrunch.Tag{{Name: text}, {Name: "x" + text}}, CustomData: helpcrunch.CustomData{"odd; \"=name\"": text, "n": 1.5, "i": i, "b": true, " spaced ": "x"},
		})
	}
	server.AddCustomer(helpcrunch.Customer{Name: "without a userId", Email: "twin@example.com"})
	server.AddCustomer(helpcrunch.Customer{Email: "twin@example.com"})
	n := len(server.Customers())
	run := func(args ...string) result {
		var stdout, stderr bytes.Buffer
		env := &cli.Env{Stdout: &stdout, Stderr: &stderr, Getenv: func(string) string { return server.APIKey }}
		args = append(args, "--base-url", server.URL, "--per-minute", "100000")
		status := cli.Run(t.Context(), env, args, cli.Group{Commands: []cli.Command{export.Command, Command}})
		return result{Status: status, Stdout: stdout.String(), Stderr: stderr.String()}
	}
	for name, flags := range map[string][][]string{
		"commas":     {nil, {"--write"}},
		"semicolons": {{"--separator", ";"}, {"--write"}},
		"bars":       {{"--separator", "|", "--no-bom"}, {"--write"}},
		"raw":        {{"--separator", "tab", "--raw"}, {"--raw", "--write"}},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "customers.csv")
			got := run(append([]string{"export", "customers", "--out", file}, flags[0]...)...)
			require.Zero(t, got.Status, got.Stderr)
			server.ForgetRequests()
			got = run(append([]string{"import", file}, flags[1]...)...)
			require.Zero(t, got.Status, got.Stdout+got.Stderr)
			assert.Contains(t, got.Stdout, fmt.Sprintf("\n%d rows: %d unchanged", n, n))
			assert.Zero(t, writes(server))
		})
	}
}

func TestTheDemosOfExportAndImportHaveTheSameCustomers(t *testing.T) {
	file := filepath.Join(t.TempDir(), "customers.csv")
	env := &cli.Env{Stdout: &bytes.Buffer{}, Stderr: &bytes.Buffer{}, Getenv: func(string) string { return "" }}
	require.Zero(t, cli.Run(t.Context(), env, []string{"export", "customers", "--demo", "--out", file}, cli.Group{Commands: []cli.Command{export.Command}}))
	got := program(t.Context(), "", "--demo", file)
	assert.Zero(t, got.Status, got.Stderr)
	assert.Contains(t, got.Stdout, "4005 rows: 4005 unchanged.\n")
}
