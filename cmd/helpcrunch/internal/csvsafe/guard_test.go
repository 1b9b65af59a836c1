package csvsafe_test

import (
	"bytes"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/csvsafe"
)

func TestGuard(t *testing.T) {
	for cell, want := range map[string]string{
		`=1+1`:                 `'=1+1`,
		`=cmd|' /C calc'!A0`:   `'=cmd|' /C calc'!A0`,
		`+cmd`:                 `'+cmd`,
		`-2+3+cmd`:             `'-2+3+cmd`,
		`+1-800`:               `'+1-800`,
		`@SUM(A1)`:             `'@SUM(A1)`,
		"\tx":                  "'\tx",
		"\rx":                  "'\rx",
		"\nx":                  "'\nx",
		" \tx":                 "' \tx",
		" =1":                  "' =1",
		"\u00a0=1":             "'\u00a0=1",
		"\u200b=1":             "'\u200b=1",
		"\ufeff=1":             "'\ufeff=1",
		"＝1":                   "'＝1",
		"＋a":                   "'＋a",
		"－a":                   "'－a",
		"＠a":                   "'＠a",
		`'=1`:                  `''=1`,
		`"=1`:                  `'"=1`,
		`hello;=1+1;x`:         `hello;'=1+1;x`,
		`hello|=1+1|x`:         `hello|'=1+1|x`,
		`hello; "=1+1";x`:      `hello;' "=1+1";x`,
		"hello\t=1+1\tx":       "hello\t'=1+1\tx",
		`a,"b;=1+1;c`:          `a,"b;'=1+1;c`,
		"one\n=1+1;=2+2":       "one\n'=1+1;'=2+2",
		"one\r\n@x,-y":         "one\r\n'@x,'-y",
		"a;-5,+3":              "a;'-5,'+3",
		"":                     "",
		"'":                    "'",
		"a=1":                  "a=1",
		"+49 30 1234-5":        "+49 30 1234-5",
		"+49 (30) 12 34":       "+49 (30) 12 34",
		"-12.5":                "-12.5",
		"-":                    "-",
		"'quoted'":             "'quoted'",
		"0=1":                  "0=1",
		"Zoë\ttab;two\nlines!": "Zoë\ttab;two\nlines!",
	} {
		assert.Equal(t, want, csvsafe.Guard(cell), "%q", cell)
		assert.Equal(t, cell, csvsafe.Unguard(want), "%q", cell)
	}
	assert.Equal(t, "+49 30", csvsafe.Unguard("'+49 30"), "guarded by another program")
}

func FuzzGuard(f *testing.F) {
	for _, cell := range []string{"=1", "hello;=1+1;x", "'\"\t＝1", "+49 30 12", "-5,+3", "a\r\n'=x", " \n", "\xff=1", "\u200b@"} {
		f.Add(cell)
	}
	f.Fuzz(func(t *testing.T, cell string) {
		guarded := csvsafe.Guard(cell)
		require.Equal(t, cell, csvsafe.Unguard(guarded))
		if strings.Trim(cell, "+-0123456789 ()./") == "" {
			return
		}
		for _, separators := range []string{"", ",", ";", "|", "\t", "\r\n", ",;|\t\r\n"} {
			for part := range strings.FieldsFuncSeq(guarded, func(r rune) bool { return strings.ContainsRune(separators, r) }) {
				shown := strings.TrimLeftFunc(part, func(r rune) bool {
					return r == '"' || unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
				})
				first, _ := utf8.DecodeRuneInString(shown)
				require.False(t, shown != "" && strings.ContainsRune("=+-@＝＋－＠", first), "%q has the formula %q", guarded, part)
			}
		}
	})
}

func TestWriterWritesWhatSpreadsheetsOpen(t *testing.T) {
	for name, test := range map[string]struct {
		options csvsafe.Options
		want    string
	}{
		"defaults":    {csvsafe.Options{}, "\ufeffid,name\r\n7,'=1\r\n8,\"a;'=1;\"\"b\"\"\"\r\n9,\"one\ntwo\rthree\r\nfour\"\r\n"},
		"semicolons":  {csvsafe.Options{Separator: ';'}, "\ufeffid;name\r\n7;'=1\r\n8;\"a;'=1;\"\"b\"\"\"\r\n9;\"one\ntwo\rthree\r\nfour\"\r\n"},
		"raw, no BOM": {csvsafe.Options{Raw: true, NoBOM: true}, "id,name\r\n7,=1\r\n8,\"a;=1;\"\"b\"\"\"\r\n9,\"one\ntwo\rthree\r\nfour\"\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			w := csvsafe.NewWriter(&b, test.options)
			for _, record := range [][]string{{"id", "name"}, {"7", "=1"}, {"8", `a;=1;"b"`}, {"9", "one\ntwo\rthree\r\nfour"}} {
				require.NoError(t, w.Write(record))
			}
			require.NoError(t, w.Flush())
			assert.Equal(t, test.want, b.String())
		})
	}
}

func FuzzCellsComeBack(f *testing.F) {
	f.Add("=1+1", "a;b\tc", "two\r\nlines\r", byte(0))
	f.Add(`"`, "' x", "", byte(1))
	f.Add(" ", "\ufeff", "\x00", byte(2))
	f.Fuzz(func(t *testing.T, a, b, c string, options byte) {
		if !utf8.ValidString(a + " " + b + " " + c) {
			return
		}
		o := csvsafe.Options{Separator: rune(",;\t|"[options%4]), NoBOM: options&4 != 0, Raw: options&8 != 0}
		var file bytes.Buffer
		w := csvsafe.NewWriter(&file, o)
		for _, record := range [][]string{{"x", "y", "z"}, {a, b, c}, {"last", c, a + "."}} {
			require.NoError(t, w.Write(record))
		}
		require.NoError(t, w.Flush())
		o.Separator = 0
		r, err := csvsafe.NewReader(&file, o)
		require.NoError(t, err)
		var got [][]string
		for row, err := range r.Rows() {
			require.NoError(t, err)
			require.NoError(t, row.Err)
			got = append(got, row.Cells)
		}
		want := [][]string{{a, b, c}, {"last", c, a + "."}}
		if strings.TrimSpace(a+b+c) == "" {
			got, want = got[len(got)-1:], want[1:]
		}
		require.Equal(t, want, got)
	})
}

func TestLists(t *testing.T) {
	for _, names := range [][]string{{"Lead", "a,b"}, {" vip "}, {`"`, "'", "two\nlines", "=1;x"}} {
		got, ok := csvsafe.SplitList(csvsafe.JoinList(names))
		assert.True(t, ok)
		assert.Equal(t, names, got)
	}
	for cell, want := range map[string][]string{
		`gold`:            {"gold"},
		` gold , vip `:    {"gold", "vip"},
		`"gold", "vip"`:   {"gold", "vip"},
		`"a, ""b""" ,c d`: {`a, "b"`, "c d"},
		`a,,b`:            nil,
		`a,`:              nil,
		``:                nil,
		`"`:               nil,
		`"a" b`:           nil,
		`a "b"`:           nil,
	} {
		got, _ := csvsafe.SplitList(cell)
		assert.Equal(t, want, got, "%q", cell)
	}
}
