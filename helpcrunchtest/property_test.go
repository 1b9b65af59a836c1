package helpcrunchtest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// Server and model are equal after each step of 1,000 random sequences of operations.
func TestServerEqualsTheModel(t *testing.T) {
	const sequences, groups, steps = 500, 4, 20
	for group := range groups {
		t.Run(fmt.Sprint("group ", group), func(t *testing.T) {
			t.Parallel()
			for i := range sequences / groups {
				seed := uint64(group*sequences/groups + i)
				if !playSequence(t, seed, steps) {
					t.Fatalf("sequence with seed %d", seed)
				}
			}
		})
	}
}

// match is a server and its model.
type match struct {
	*testing.T

	server *helpcrunchtest.Server
	client *http.Client
	player player
	made   []string // the moves so far
}

func playSequence(t *testing.T, seed uint64, steps int) bool {
	m := match{T: t, player: player{Rand: rand.New(rand.NewPCG(seed, 1)), model: newModel()}}
	m.server = helpcrunchtest.NewServer(helpcrunchtest.WithoutListener(), helpcrunchtest.WithClock(func() time.Time {
		return time.Unix(m.player.model.now, 0)
	}))
	m.client = m.server.HTTPClient()
	for range steps {
		if m.player.IntN(4) == 0 {
			m.player.model.pass(m.player.Int64N(200))
		}
		mv := moves[m.player.IntN(len(moves))](&m.player)
		m.made = append(m.made, fmt.Sprint(mv.method, " ", mv.path, " ", mv.body))
		status, got := m.send(mv.method, mv.path, mv.body)
		ok := assert.Equal(t, mv.status, status, "%v\n%v", m.made, got)
		if ok && mv.want != nil {
			ok = assert.Equal(t, mv.want, got, "%v", m.made)
		}
		if !ok || !m.agree() {
			return false
		}
	}
	return true
}

// agree compares all rows of the server with the model.
func (m *match) agree() bool {
	model := m.player.model
	customers, chats := []any{}, []any{}
	for _, customer := range model.customers {
		customers = append(customers, shown(customer))
	}
	for _, chat := range model.chats {
		chats = append(chats, model.shownChat(chat))
	}
	_, got := m.send("GET", "/customers", nil)
	if !assert.Equal(m, object{"data": customers, "total": float64(len(customers))}, got, "%v", m.made) {
		return false
	}
	_, got = m.send("GET", "/chats", nil)
	if !assert.Equal(m, object{"data": chats, "meta": object{"total": float64(len(chats))}}, got, "%v", m.made) {
		return false
	}
	for _, chat := range model.chats {
		messages := []any{}
		for _, message := range slices.Backward(chat.messages) {
			messages = append(messages, message)
		}
		_, got = m.send("GET", fmt.Sprintf("/chats/%.0f/messages", chat.fields["id"]), nil)
		if !assert.Equal(m, object{"data": messages, "total": float64(len(messages))}, got, "%v", m.made) {
			return false
		}
	}
	return true
}

// send makes a request in memory and decodes the response.
func (m *match) send(method, path string, body any) (int, any) {
	var reader io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		require.NoError(m, err)
		reader = bytes.NewReader(data)
	}
	request, err := http.NewRequestWithContext(m.Context(), method, m.server.URL+path, reader)
	require.NoError(m, err)
	request.Header.Set("Authorization", "Bearer "+m.server.APIKey)
	response, err := m.client.Do(request)
	require.NoError(m, err)
	defer func() { _ = response.Body.Close() }()
	var got any
	require.NoError(m, json.NewDecoder(response.Body).Decode(&got))
	return response.StatusCode, got
}
