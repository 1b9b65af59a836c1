package csvsafe_test

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/csvsafe"
)

// read returns each row as its lines and its cells, or its error.
func read(t *testing.T, text string, o csvsafe.Options) (header []string, rows []string) {
	t.Helper()
	r, err := csvsafe.NewReader(strings.NewReader(text), o)
	require.NoError(t, err)
	for row, err := range r.Rows() {
		require.NoError(t, err)
		what := strings.Join(row.Cells, "|")
		if row.Err != nil {
			what = row.Err.Error()
		}
		rows = append(rows, row.Lines()+": "+what)
	}
	return r.Header, rows
}

func TestReaderTakesFilesAsPeopleWriteThem(t *testing.T) {
	for name, test := range map[string]struct {
		text string
		want []string
	}{
		"empty rows":                  {"userId,name,email\r\nu-1,Ann Lee,ann@example.com\r\n,,\r\n\r\n,,\r\n", []string{"line 2: u-1|Ann Lee|ann@example.com"}},
		"a line sep=":                 {"sep=;\r\nuserId;name;email\r\nu-1;Ann Lee;ann@example.com\r\n", []string{"line 3: u-1|Ann Lee|ann@example.com"}},
		"byte order mark, semicolons": {"\ufeffuserId;name;email\na-1;Müller;m@x.example\n", []string{"line 2: a-1|Müller|m@x.example"}},
		"tabs":                        {"userId\tname\temail\r\nu-1\tAnn\tann@example.com\r\n", []string{"line 2: u-1|Ann|ann@example.com"}},
		"bars":                        {"userId|name|email\nu|x|y\n", []string{"line 2: u|x|y"}},
		"semicolons in quotes":        {"userId,\"customData.a;b;c;d\",email\nu,x,y\n", []string{"line 2: u|x|y"}},
		"an empty last column":        {"userId,name,email,\r\nu-1,Ann,ann@example.com,\r\n", []string{"line 2: u-1|Ann|ann@example.com"}},
		"empty last columns":          {"userId,name,email,,\r\nu-1,Ann,ann@example.com, \r\n", []string{"line 2: u-1|Ann|ann@example.com"}},
		"only CR":                     {"userId,name,email\ru-1,Ann,a\ru-2,Bob,b\r", []string{"line 2: u-1|Ann|a", "line 3: u-2|Bob|b"}},
		"all line breaks":             {"userId,name,email\r\n1,\"a\nb\rc\r\nd\",\n2,e,f\r3,g,\"h\"", []string{"lines 2 to 5: 1|a\nb\rc\r\nd|", "line 6: 2|e|f", "line 7: 3|g|h"}},
		"empty lines first":           {"\r\n\nuserId;name;email\nu;x;y\n", []string{"line 4: u|x|y"}},
		"guarded cells":               {"userId,name,email\n'=1,''=x,'a;'=b\n", []string{"line 2: =1|'=x|'a;=b"}},
	} {
		t.Run(name, func(t *testing.T) {
			header, rows := read(t, test.text, csvsafe.Options{})
			assert.Len(t, header, 3)
			assert.Equal(t, test.want, rows)
		})
	}
	_, rows := read(t, "a;b|c\n'=1;2|3\n", csvsafe.Options{Separator: '|', Raw: true})
	assert.Equal(t, []string{"line 2: '=1;2|3"}, rows)
}

// numbered returns 1,000 rows with other texts in two of their lines.
func numbered(line int, text string, line2 int, text2 string) string {
	var b strings.Builder
	for i := range 1001 {
		row := fmt.Sprintf("u-%d,N%d,C%d", i, i, i)
		switch i + 1 {
		case 1:
			row = "userId,name,company"
		case line:
			row = text
		case line2:
			row = text2
		}
		b.WriteString(row + "\r\n")
	}
	return b.String()
}

func TestReaderNamesInvalidRows(t *testing.T) {
	for name, test := range map[string]struct {
		text string
		want []string
	}{
		"a quote that never closes": {
			numbered(4, `u-3,Cy,"Acme`, 0, ""),
			[]string{"lines 4 to 1001: the quote that opens in line 4 is never closed; lines 4 to 1001 were read as one row"},
		},
		"a stray quote far below": {
			numbered(4, `u-3,Cy,"Acme`, 502, `u-501,"N501",C501`),
			[]string{"lines 4 to 502: a quote in line 502 is stray: a cell with a quote needs quotes around it and \"\" inside; lines 4 to 502 were read as one row"},
		},
		"a stray quote in a cell": {
			numbered(4, `u-3,6" pipe,"Acme`+"\r\n"+`Books"`, 0, ""),
			[]string{"lines 4 to 5: a quote in line 4 is stray: a cell with a quote needs quotes around it and \"\" inside; lines 4 to 5 were read as one row"},
		},
		"too few cells":  {numbered(4, "u-3,Cy", 0, ""), []string{"line 4: the row has 2 cells, not 3"}},
		"too many cells": {numbered(4, "u-3,Cy,,x", 0, ""), []string{"line 4: the row has 4 cells, not 3"}},
		"Windows-1251":   {numbered(4, "u-3,\xcb\xe5\xe9\xe0,\xd2\xce\xc2", 0, ""), []string{"line 4: the text is not UTF-8: save the file as CSV UTF-8"}},
		"a long cell": {
			numbered(4, "u-3,Cy,"+strings.Repeat("x", 2<<20), 0, ""),
			[]string{"line 4: the row is longer than 1 MiB or has more than 16,384 cells"},
		},
		"many cells": {
			numbered(4, "u-3,Cy,"+strings.Repeat(",", 20_000), 0, ""),
			[]string{"line 4: the row is longer than 1 MiB or has more than 16,384 cells"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, rows := read(t, test.text, csvsafe.Options{})
			var bad []string
			for _, row := range rows {
				if !strings.Contains(row, "|") {
					bad = append(bad, row)
				}
			}
			assert.Equal(t, test.want, bad)
		})
	}
}

func TestReaderRejectsFiles(t *testing.T) {
	for text, want := range map[string]string{
		"":                     "the file is empty",
		"\ufeff\r\n\r\n":       "the file is empty",
		"\xff\xfeu\x00s\x00":   "the file is UTF-16: save it as CSV UTF-8",
		"\xfe\xff\x00u\x00s":   "the file is UTF-16: save it as CSV UTF-8",
		"u\x00s\x00":           "the file is UTF-16: save it as CSV UTF-8",
		"PK\x03\x04":           "the file is a workbook: save it as CSV UTF-8",
		"userId,\"name\nu,x\n": "lines 1 to 2 must name the columns: the quote that opens in line 1 is never closed; lines 1 to 2 were read as one row",
		"userId,\xcb\n":        "line 1 must name the columns: the text is not UTF-8: save the file as CSV UTF-8",
	} {
		_, err := csvsafe.NewReader(strings.NewReader(text), csvsafe.Options{})
		assert.EqualError(t, err, want, "%q", text)
	}
}

func TestReaderReportsFailuresOfTheFile(t *testing.T) {
	_, err := csvsafe.NewReader(iotest.ErrReader(io.ErrClosedPipe), csvsafe.Options{})
	require.ErrorIs(t, err, io.ErrClosedPipe)
	long := strings.NewReader("a,b\n" + strings.Repeat("1,2\n", 30_000))
	r, err := csvsafe.NewReader(io.MultiReader(long, iotest.ErrReader(io.ErrClosedPipe)), csvsafe.Options{})
	require.NoError(t, err)
	rows := 0
	for _, err = range r.Rows() {
		if err == nil {
			rows++
		}
	}
	assert.ErrorIs(t, err, io.ErrClosedPipe)
	assert.Equal(t, 30_000, rows)
}

// endless yields the same row again and again.
type endless struct {
	head io.Reader
	row  []byte
	left int
}

func (e *endless) Read(p []byte) (int, error) {
	if n, err := e.head.Read(p); err == nil {
		return n, nil
	}
	if e.left == 0 {
		return 0, io.EOF
	}
	e.left--
	e.head = bytes.NewReader(e.row)
	return e.head.Read(p)
}

func TestReaderHoldsOneRow(t *testing.T) {
	for name, row := range map[string]string{
		"rows":                      "u-1,Ann Lee,\"Acme; \"\"Books\"\"\"\r\n",
		"a quote that never closes": "u-1,Ann Lee,Acme Books\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			file := &endless{head: strings.NewReader("userId,name,company\n\"u-0"), row: []byte(row), left: 100_000}
			if name == "rows" {
				file.head = strings.NewReader("userId,name,company\n")
			}
			r, err := csvsafe.NewReader(file, csvsafe.Options{})
			require.NoError(t, err)
			rows, peak := 0, uint64(0)
			var stats runtime.MemStats
			for row, err := range r.Rows() {
				require.NoError(t, err)
				if rows++; rows%10_000 == 1 {
					runtime.ReadMemStats(&stats)
					peak = max(peak, stats.HeapAlloc)
				}
				if name != "rows" {
					require.ErrorContains(t, row.Err, "lines 2 to 100001 were read as one row")
				}
			}
			assert.Less(t, peak, uint64(16<<20))
		})
	}
}
