package redislimit_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

const (
	scaledWindow  = 1500 * time.Millisecond // what a minute is to the service
	scaledLimit   = 75
	scaledLatency = 20 * time.Millisecond
	processes     = 4
)

// TestManyProcessesShareTheBudget has real processes saturate the test server over HTTP, with
// time scaled down, and kills one of them half-way. The service must never refuse a request.
// How much of the budget is used depends on the machine, too, which may be busy: that is
// measured up to three times.
func TestManyProcessesShareTheBudget(t *testing.T) {
	var problems []string
	for range 3 {
		if problems = shareTheBudget(t); len(problems) == 0 {
			return
		}
		t.Log("measured on a busy machine:", problems)
	}
	t.Error(problems)
}

// shareTheBudget runs the processes once, and returns what falls short.
func shareTheBudget(t *testing.T) (problems []string) {
	server := helpcrunchtest.NewServer(
		helpcrunchtest.WithRateLimit(helpcrunchtest.RateLimit{Requests: scaledLimit, Window: scaledWindow}),
		helpcrunchtest.WithLatency(scaledLatency))
	defer server.Close()
	network, address, _ := startRedis(t)
	var workers []*process
	for i := range processes {
		workers = append(workers, startWorker(t, job{
			Name: fmt.Sprint("worker ", i), Network: network, Redis: address, URL: server.URL, Key: server.APIKey,
			Limit: scaledLimit, Window: scaledWindow, AttemptTimeout: time.Second, Callers: 4,
		}))
	}
	<-time.After(scaledWindow) // in the first window all slots were free
	began := time.Now()
	<-time.After(3 * scaledWindow)
	killed := time.Now()
	require.NoError(t, workers[0].command.Process.Kill())
	<-time.After(2 * scaledWindow)
	ended := time.Now()
	for i, worker := range workers {
		if err := worker.stop(); i > 0 {
			require.NoError(t, err)
		}
	}

	assert.Zero(t, server.CountStatus(http.StatusTooManyRequests))
	assert.LessOrEqual(t, server.MostRequestsIn(scaledWindow), scaledLimit)

	all := requestsBetween(server, "", began, killed)
	share := float64(all) / possibleIn(killed.Sub(began))
	if share < 0.97 {
		problems = append(problems, fmt.Sprintf("%.1f %% of what is possible", 100*share))
	}
	var each []int
	for i := range processes {
		one := requestsBetween(server, fmt.Sprint("worker ", i), began, killed)
		if fair := float64(all) / processes; float64(one) < 0.8*fair || float64(one) > 1.2*fair {
			problems = append(problems, fmt.Sprintf("process %d made %d requests of %d", i, one, all))
		}
		each = append(each, one)
	}
	// The one that was killed had its share of the slots; they may be lost for one window.
	after := requestsBetween(server, "", killed, ended)
	lost := possibleIn(ended.Sub(killed)) - float64(after)
	if lost > scaledLimit/processes+0.03*possibleIn(ended.Sub(killed)) {
		problems = append(problems, fmt.Sprintf("the death of a process cost %.0f requests", lost))
	}
	t.Logf("%.1f %% of what is possible, by %v; a death cost %.1f requests of a window's %d", 100*share, each, lost, scaledLimit)
	return problems
}

// possibleIn is how many requests can be made in a span: a slot is used again a window after
// its request ended.
func possibleIn(span time.Duration) float64 {
	return scaledLimit * span.Seconds() / (scaledWindow + scaledLatency).Seconds()
}

// requestsBetween counts the requests that arrived in a span, from one process or from all.
func requestsBetween(server *helpcrunchtest.Server, name string, from, until time.Time) int {
	count := 0
	for _, request := range server.Requests() {
		inside := !request.Time.Before(from) && request.Time.Before(until)
		if inside && (name == "" || request.Header.Get("User-Agent") == name) {
			count++
		}
	}
	return count
}
