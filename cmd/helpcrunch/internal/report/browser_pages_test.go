package report

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/clitest"
)

// TestBrowser opens pages in a real browser, which is started once as that takes seconds.
func TestBrowser(t *testing.T) {
	clitest.OtherProcesses(t)
	b := openBrowser(t)
	for name, f := range accounts(t) {
		path := writeReport(t, f)
		for _, l := range looks() {
			t.Run(fmt.Sprintf("%s/%s", name, l), func(t *testing.T) { testPage(t, b, f, path, l) })
		}
	}
	t.Run("bad pages are noticed", func(t *testing.T) { testNotices(t, b) })
	t.Run("scripts and requests are blocked", func(t *testing.T) { testPolicy(t, b) })
}

// testPage checks that a page shows a mark for every count, fits, writes nothing to the console
// and sends no requests.
func testPage(t *testing.T, b *browser, f *figures, path string, l look) {
	address := b.open(t, path, l)
	assert.Equal(t, sortMarks(expectedMarks(f)), sortMarks(shownMarks(t, b)))
	assertFits(t, b)
	assert.Equal(t, l.scheme == "dark", evaluate[bool](t, b, isDark))
	b.picture(t, strings.ReplaceAll(strings.TrimPrefix(t.Name(), "TestBrowser/"), "/", "-"))
	require.NoError(t, chromedp.Do(b.ctx, chromedp.Evaluate[chromedp.Void](openTables)))
	assertFits(t, b)
	console, requests := b.seen()
	assert.Empty(t, console)
	assert.Equal(t, []string{address}, requests)
}

const isDark = `getComputedStyle(document.body).backgroundColor.match(/\d+/g).every(part => part < 64)`

// assertFits checks that everything can be read.
func assertFits(t *testing.T, b *browser) {
	t.Helper()
	assert.Empty(t, evaluate[[]string](t, b, findOverflow), "beyond the edge")
	assert.Empty(t, evaluate[[]string](t, b, findCollisions), "over each other")
	assert.Empty(t, evaluate[[]string](t, b, findNameless), "without a name of its own")
}

// shownMarks are the marks that can be seen.
func shownMarks(t *testing.T, b *browser) map[string]int {
	t.Helper()
	shown := map[string]int{}
	for _, mark := range evaluate[[]drawnMark](t, b, findMarks) {
		name := mark.Chart + " " + mark.Bucket
		assert.NotContains(t, shown, name, "drawn twice")
		assert.NotEqual(t, mark.Behind, mark.Fill, name)
		assert.NotEqual(t, "rgb(0, 0, 0)", mark.Fill, "%s has no colour", name)
		assert.Greater(t, mark.Width, 1.5, name)
		assert.Greater(t, mark.Height, 1.5, name)
		// The title contains the count.
		assert.Regexp(t, fmt.Sprintf(`: %s\b`, number(mark.Value)), mark.Title)
		shown[name] = mark.Value
	}
	return shown
}

// expectedMarks are all counts of the figures but the zeros.
func expectedMarks(f *figures) map[string]int {
	expected := map[string]int{}
	add := func(n int, form string, args ...any) {
		if n > 0 {
			expected[fmt.Sprintf(form, args...)] += n
		}
	}
	for i, counts := range f.days {
		day := f.span.day(i)
		for len(f.days) > mostColumns && day.Weekday() != time.Monday && day.After(f.span.first) {
			day = day.AddDate(0, 0, -1)
		}
		for status, n := range counts {
			add(n, "days %s %s", day.Format(dayForm), statuses[status].css())
		}
	}
	for rating, n := range f.ratings {
		add(n, "ratings %s", ratings[rating].css())
	}
	for chart, groups := range map[string][]summary{
		"first-agents": f.first.withEveryone(), "first-departments": f.first.Departments,
		"follow-up-agents": f.followUp.withEveryone(), "follow-up-departments": f.followUp.Departments,
	} {
		for _, s := range groups {
			for class, n := range s.classes {
				add(n, "%s %d %s", chart, s.id, durations[class].css())
			}
		}
	}
	return expected
}

// accounts are figures of many kinds.
func accounts(t *testing.T) map[string]*figures {
	t.Helper()
	crowd := newTally(lastDays(10), []int64{3, 14})
	for i := range 40 {
		name := fmt.Sprintf("Agent of the %dth shift", i)
		switch i {
		case 5:
			name = `<script>console.error("escaped?")</script><img src="http://127.0.0.1:9/x">`
		case 6:
			name = strings.Repeat("Donaudampfschiff", 6)
		}
		for range i + 1 {
			took := time.Duration(1<<i) * time.Microsecond
			crowd.add(chatAt(at(i%10, 9, i), opened), responded(int64(i+1), name, took, took/2))
		}
	}
	uneven := newTally(lastDays(2), nil)
	for range 20_000 {
		uneven.add(chatAt(at(0, 9, 0), chatOf(helpcrunch.ChatStatusClosed, helpcrunch.RatingPerfect)), record{})
	}
	for _, status := range statuses {
		uneven.add(chatAt(at(0, 9, 0), chatOf(helpcrunch.ChatStatus(status.key), "splendid")), record{})
		uneven.add(chatAt(at(1, 9, 0), chatOf("archived", helpcrunch.RatingVeryPoor)), record{})
	}
	return map[string]*figures{
		"month":   demoFigures(t, lastDays(30)),
		"quarter": demoFigures(t, lastDays(mostColumns)),
		"year":    demoFigures(t, lastDays(366)),
		"empty":   newTally(lastDays(30), nil).figures(),
		"crowd":   ofAccount(crowd.figures(), `"><script>console.error("escaped?")</script>.helpcrunch.com`),
		"uneven":  ofAccount(uneven.figures(), "example.helpcrunch.com"),
	}
}

func writeReport(t *testing.T, f *figures) string {
	t.Helper()
	var page strings.Builder
	f.made = today
	require.NoError(t, writePage(&page, f))
	path := filepath.Join(t.TempDir(), "report.html")
	require.NoError(t, os.WriteFile(path, []byte(page.String()), 0o600))
	return path
}

// testNotices shows that the checks of pages notice what they forbid.
func testNotices(t *testing.T, b *browser) {
	server, hits := newHost(t)
	path := filepath.Join(t.TempDir(), "bad.html")
	require.NoError(t, os.WriteFile(path, []byte(`<!DOCTYPE html><title>Bad</title>
		<body style="background: white"><div style="width: 500px">wide</div>
		<svg role="img" aria-labelledby="a b"><text y="9">one</text><text x="3" y="9">two</text></svg>
		<img src="`+server+`/picture.png" alt="">
		<script>console.error("bad")</script>`), 0o600))
	b.open(t, path, look{"light", 360})
	console, requests := b.seen()
	assert.Contains(t, console, "console.error")
	assert.Contains(t, requests, server+"/picture.png")
	assert.NotZero(t, hits.Load())
	assert.NotEmpty(t, evaluate[[]string](t, b, findOverflow))
	assert.Equal(t, []string{"one / two"}, evaluate[[]string](t, b, findCollisions))
	assert.NotEmpty(t, evaluate[[]string](t, b, findNameless))
}

// testPolicy shows that the page's policy holds even if a text is not escaped.
func testPolicy(t *testing.T, b *browser) {
	server, hits := newHost(t)
	path := writeReport(t, newTally(lastDays(3), nil).figures())
	page, err := os.ReadFile(path)
	require.NoError(t, err)
	injected := strings.Replace(string(page), "</main>", `<img src="`+server+`/picture.png" alt="">
		<script>document.title = "taken over"</script></main>`, 1)
	require.NoError(t, os.WriteFile(path, []byte(injected), 0o600))
	b.open(t, path, look{"light", 1280})
	assert.Equal(t, "Chats, 3 March 2026 to 5 March 2026", evaluate[string](t, b, "document.title"))
	console, _ := b.seen()
	assert.Len(t, console, 2, "the browser reports what it blocked")
	assert.Zero(t, hits.Load())
}

// newHost starts a host and counts its requests.
func newHost(t *testing.T) (address string, hits *atomic.Int64) {
	t.Helper()
	hits = new(atomic.Int64)
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits.Add(1) }))
	t.Cleanup(server.Close)
	return server.URL, hits
}
