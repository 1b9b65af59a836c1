package sandbox

import (
	"image/color"
	"image/png"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// findBrowser returns the path of a Chromium, and skips the test without one.
func findBrowser(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("chromium is not installed")
	return ""
}

// TestPageInABrowser looks at the page in a real browser, dark and light.
func TestPageInABrowser(t *testing.T) {
	path := findBrowser(t)
	s := startSandbox(t, "--quiet")
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/customers", strings.NewReader(`{"name":"<b>Zoe</b>"}`))
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer "+s.key)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	browse := func(more ...string) string {
		arguments := append([]string{
			"--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--window-size=1200,900",
			"--virtual-time-budget=3000", "--user-data-dir=" + t.TempDir(),
		}, more...)
		output, err := exec.CommandContext(t.Context(), path, append(arguments, strings.TrimSuffix(s.url, "/v1")+"/")...).Output()
		require.NoError(t, err)
		return string(output)
	}
	page := browse("--dump-dom")
	for _, text := range []string{"6 customers, 6 chats", "POST /v1/customers", "&lt;b&gt;Zoe&lt;/b&gt;", "May I ask why?", "None yet."} {
		assert.Contains(t, page, text)
	}
	for scheme, want := range map[string]color.Color{"0": color.RGBA{0x16, 0x19, 0x1d, 0xff}, "1": color.RGBA{0xff, 0xff, 0xff, 0xff}} {
		picture := filepath.Join(t.TempDir(), "page.png")
		browse("--screenshot="+picture, "--blink-settings=preferredColorScheme="+scheme)
		file, err := os.Open(picture)
		require.NoError(t, err)
		image, err := png.Decode(file)
		require.NoError(t, err)
		require.NoError(t, file.Close())
		got := color.RGBAModel.Convert(image.At(5, 800))
		assert.Equal(t, want, got, "the background in scheme %s", scheme)
	}
}
