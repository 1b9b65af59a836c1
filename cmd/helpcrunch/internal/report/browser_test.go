package report

import (
	"context"
	"flag"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

var screenshots = flag.String("screenshots", "", "put pictures of the pages into a directory")

// browser is a tab of a real browser, and what its pages did.
type browser struct {
	ctx context.Context

	mutex    sync.Mutex
	console  []string
	requests []string
}

// openBrowser starts a headless Chromium, which ends with the test.
func openBrowser(t *testing.T) *browser {
	t.Helper()
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		t.Skip("chromium is not installed")
	}
	// Not the test's own context, which ends before what is to be cleaned up.
	ctx, stop := chromedp.NewExecAllocator(context.Background(),
		chromedp.ExecPath(path),
		chromedp.UserDataDir(t.TempDir()),
		chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.Flag("hide-scrollbars", true))
	t.Cleanup(stop)
	ctx, _ = chromedp.NewContext(ctx)
	b := &browser{ctx: ctx}
	require.NoError(t, chromedp.Listen(ctx, b.notice))
	t.Cleanup(func() { require.NoError(t, chromedp.Cancel(ctx)) })
	_, err := chromedp.Call(ctx, network.Enable, network.EnableParams{})
	require.NoError(t, err)
	return b
}

// notice keeps what the page writes to the console and its requests.
func (b *browser) notice(event any) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		b.console = append(b.console, fmt.Sprintf("console.%s", e.Type))
	case *runtime.EventExceptionThrown:
		b.console = append(b.console, e.ExceptionDetails.Text)
	case *log.EventEntryAdded:
		b.console = append(b.console, e.Entry.Text)
	case *network.EventRequestWillBeSent:
		b.requests = append(b.requests, e.Request.URL)
	}
}

// seen returns what was noticed since the last call.
func (b *browser) seen() (console, requests []string) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	console, requests = b.console, b.requests
	b.console, b.requests = nil, nil
	return console, requests
}

// look is a colour scheme and a width in pixels.
type look struct {
	scheme string
	width  int64
}

func (l look) String() string { return fmt.Sprintf("%s-%d", l.scheme, l.width) }

// open shows a page and returns its address.
func (b *browser) open(t *testing.T, path string, l look) string {
	t.Helper()
	absolute, err := filepath.Abs(path)
	require.NoError(t, err)
	address := (&url.URL{Scheme: "file", Path: absolute}).String()
	_, err = chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: l.scheme}},
	})
	require.NoError(t, err)
	b.seen()
	require.NoError(t, chromedp.Do(b.ctx, chromedp.EmulateViewport(l.width, 900), chromedp.Navigate(address)))
	return address
}

// evaluate runs a script in the page.
func evaluate[T any](t *testing.T, b *browser, script string) T {
	t.Helper()
	value, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](script))
	require.NoError(t, err)
	return value
}

// picture takes a picture of the whole page when the flag asks for it.
func (b *browser) picture(t *testing.T, name string) {
	t.Helper()
	if *screenshots == "" {
		return
	}
	picture, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(*screenshots, name+".png"), picture, 0o600))
}

// looks returns light and dark on phones, a tablet and a desktop.
func looks() []look { return []look{{"light", 360}, {"light", 1280}, {"dark", 390}, {"dark", 700}} }

// drawnMark is a mark in the browser.
type drawnMark struct {
	Chart, Bucket       string
	Value               int
	Title, Fill, Behind string
	Width, Height       float64
}

const findMarks = `[...document.querySelectorAll(".mark")].map(mark => {
	const box = mark.getBBox()
	return {
		chart: mark.dataset.chart, bucket: mark.dataset.bucket, value: Number(mark.dataset.value),
		title: mark.querySelector("title").textContent,
		fill: getComputedStyle(mark).fill, behind: getComputedStyle(mark.closest("figure")).backgroundColor,
		width: box.width, height: box.height,
	}
})`

// findOverflow lists what is beyond the edges of the page or of its box, unless the box scrolls.
const findOverflow = `[...document.querySelectorAll("body *")].filter(e => {
	const box = e.getBoundingClientRect()
	const beyond = edges => box.left < edges.left - 1 || box.right > edges.right + 1
	const outer = [e.closest("figure"), e.parentElement.closest(".rows, .headlines li, .legend")].filter(e => e)
	return box.width > 0 && !e.closest(".scroll, .scroll *") && (beyond({left: 0, right: innerWidth}) ||
		outer.some(e => beyond(e.getBoundingClientRect())) ||
		e instanceof HTMLElement && e.clientWidth > 0 && e.scrollWidth > e.clientWidth + 1)
}).map(e => e.outerHTML.slice(0, 100)).concat(
	document.documentElement.scrollWidth > innerWidth ? ["the page scrolls sideways"] : [])`

// findCollisions lists texts that overlap.
const findCollisions = `(() => {
	const boxes = [...document.querySelectorAll("svg text, .row > span, .legend li")]
		.map(e => ({text: e.textContent, box: e.getBoundingClientRect()}))
		.filter(e => e.box.width > 0 && e.text)
	const found = []
	boxes.forEach((a, i) => boxes.slice(i + 1).forEach(b => {
		if (a.box.left < b.box.right && b.box.left < a.box.right && a.box.top < b.box.bottom && b.box.top < a.box.bottom)
			found.push(a.text + " / " + b.text)
	}))
	return found
})()`

// findNameless lists pictures without a title and an alternative text.
const findNameless = `[...document.querySelectorAll("svg[role=img]")].filter(svg => {
	const texts = svg.getAttribute("aria-labelledby").split(" ").map(id => document.getElementById(id))
	return texts.length != 2 || texts.some((e, i) => !e || !e.textContent || e.localName != ["title", "desc"][i])
}).map(e => e.outerHTML.slice(0, 100)).concat(
	[...document.querySelectorAll("[id]")].map(e => e.id).filter((id, i, all) => all.indexOf(id) != i))`

const openTables = `document.querySelectorAll("details").forEach(e => e.open = true)`

// sortMarks puts marks into the order of their names.
func sortMarks(marks map[string]int) []string {
	var all []string
	for name, value := range marks {
		all = append(all, fmt.Sprintf("%s: %d", name, value))
	}
	slices.Sort(all)
	return all
}
