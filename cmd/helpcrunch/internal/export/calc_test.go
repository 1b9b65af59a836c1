package export

import (
	"archive/zip"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/clitest"
)

// TestLibreOfficeCalculatesNoCell opens exports with hostile texts as LibreOffice does for each
// separator, and for several at once, as its dialog may.
func TestLibreOfficeCalculatesNoCell(t *testing.T) {
	clitest.OtherProcesses(t)
	soffice, err := exec.LookPath("soffice")
	if err != nil {
		t.Skip("LibreOffice is not installed (Debian: libreoffice-calc)")
	}
	t.Parallel() // it waits for LibreOffice most of the time
	server := newServer(t)
	for _, text := range awkward {
		customer := server.AddCustomer(helpcrunch.Customer{
			Name: text, Company: text, Notes: text, Phone: "+49 30 1234-5", Tags: []helpcrunch.Tag{{Name: text}}, CustomData: helpcrunch.CustomData{"=1+1;=2": text},
		})
		chat := server.AddChat(helpcrunch.Chat{Customer: helpcrunch.ChatCustomer{ID: customer.ID}})
		server.CustomerWrites(chat.ID, text)
	}
	export := func(list string, raw bool) string {
		o := newOptions(t, list, formatCSV)
		if o.raw = raw; raw {
			o.out = filepath.Join(filepath.Dir(o.out), "raw.csv")
		}
		exports(t, o, server.Client())
		return o.out
	}
	files := []string{export(customerList, true), export(customerList, false), export(messageList, false), export(chatList, false)}
	profile := t.TempDir()
	for _, separators := range []string{"44", "59", "44/59/9"} {
		found := formulas(t, soffice, profile, separators, files)
		assert.NotEmpty(t, found["raw.ods"], "with --raw texts are calculated: the test sees formulas")
		delete(found, "raw.ods")
		assert.Empty(t, found, "separators %s", separators)
	}
}

var formula = regexp.MustCompile(`table:formula="[^"]*"`)

// formulas opens files of CSV with LibreOffice, and returns the formulas of their cells by the
// name of the sheet. The separators are numbers of characters.
func formulas(t *testing.T, soffice, profile, separators string, files []string) map[string][]string {
	t.Helper()
	found := make(map[string][]string)
	folder := t.TempDir()
	// Text in quotes is no reason for LibreOffice to leave out formulas, and special numbers are
	// detected, as in its dialog.
	filter := "--infilter=Text - txt - csv (StarCalc):" + separators + ",34,76,1,,0,false,true,false,false,false,-1,true"
	convert := exec.CommandContext(t.Context(), soffice, append([]string{
		"-env:UserInstallation=file://" + profile, "--headless", filter, "--convert-to", "ods", "--outdir", folder,
	}, files...)...)
	convert.Env = append(os.Environ(), "HOME="+profile)
	output, err := convert.CombinedOutput()
	require.NoError(t, err, string(output))
	sheets, err := filepath.Glob(filepath.Join(folder, "*.ods"))
	require.NoError(t, err)
	require.Len(t, sheets, len(files), string(output))
	for _, sheet := range sheets {
		archive, err := zip.OpenReader(sheet)
		require.NoError(t, err)
		content, err := archive.Open("content.xml")
		require.NoError(t, err)
		text, err := io.ReadAll(content)
		require.NoError(t, err)
		require.NoError(t, archive.Close())
		require.Positive(t, strings.Count(string(text), "<table:table-row"), "the sheet is empty")
		if all := formula.FindAllString(string(text), -1); all != nil {
			found[filepath.Base(sheet)] = all
		}
	}
	return found
}
