package helpcrunchtest_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// TestRequestsOfOtherClients replays the exact requests of clients in other languages. Each file
// contains requests of one client: title, expected status and texts, and the request. The body is
// chunked if a header says so.
func TestRequestsOfOtherClients(t *testing.T) {
	files, err := filepath.Glob("testdata/clients/*.http")
	require.NoError(t, err)
	require.Len(t, files, 4)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			require.NoError(t, err)
			server := newServer(t)
			for _, request := range strings.Split(string(data), "### ")[1:] {
				replay(t, server, request)
			}
		})
	}
}

var wanted = regexp.MustCompile(`^> (\d{3}) ?(.*)$`)

func replay(t *testing.T, server *helpcrunchtest.Server, text string) {
	t.Helper()
	title, rest, _ := strings.Cut(text, "\n")
	want, rest, _ := strings.Cut(rest, "\n")
	expected := wanted.FindStringSubmatch(want)
	require.NotNil(t, expected, title)
	head, body, _ := strings.Cut(rest, "\n\n")
	body = strings.TrimRight(body, "\n")
	host := strings.TrimSuffix(strings.TrimPrefix(server.URL, "http://"), "/v1")
	head = strings.NewReplacer("HOST", host, "KEY", server.APIKey, "\n", "\r\n").Replace(head)
	switch lower := strings.ToLower(head); {
	case strings.Contains(lower, "transfer-encoding: chunked"):
		half := len(body) / 2
		body = fmt.Sprintf("%x\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n", half, body[:half], len(body)-half, body[half:])
	case body != "" && !strings.Contains(lower, "content-length:"):
		head += "\r\nContent-Length: " + strconv.Itoa(len(body))
	}
	connection, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", host)
	require.NoError(t, err)
	defer func() { _ = connection.Close() }()
	_, err = io.WriteString(connection, head+"\r\n\r\n"+body)
	require.NoError(t, err)
	response, err := http.ReadResponse(bufio.NewReader(connection), nil)
	require.NoError(t, err, title)
	got, err := io.ReadAll(response.Body)
	require.NoError(t, err, title)
	require.NoError(t, response.Body.Close())
	assert.Equal(t, expected[1], strconv.Itoa(response.StatusCode), "%s: %s", title, got)
	for _, text := range strings.Split(expected[2], " | ") {
		assert.Contains(t, string(got), text, title)
	}
}
