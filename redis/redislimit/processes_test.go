package redislimit_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

const (
	scaledWindow  = 1500 * time.Millisecond // what a minute is to the service
	scaledLimit   = 75
	scaledLatency = 20 * time.Millisecond
	processes     = 4
)

// TestManyProcessesShareTheBudget has real processes saturate the test server over HTTP, with
// time scaled down, and kills one of them half-way. The service must never return 429.
// How much of the budget is used depends on the machine, too, which may be busy: that is
// measured up to three times.
func TestManyProcessesShareTheBudget(t *testing.T) {
	t.Parallel()
	var problems []string
	for range 3 {
		if problems = shareTheBudget(t); len(problems) == 0 {
			return
		}
		t.Log("on a busy machine:", problems)
	}
	t.Error(problems)
}

// shareTheBudget runs the processes once, and returns what falls short.
func shareTheBudget(t *testing.T) (problems []string) {
	server := helpcrunchtest.NewServer(
		helpcrunchtest.WithRateLimit(helpcrunchtest.RateLimit{Requests: scaledLimit, Window: scaledWindow}),
		helpcrunchtest.WithLatency(scaledLatency))
	defer server.Close()
	network, address := startRedis(t)
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
	workers[0].kill(t)
	<-time.After(2 * scaledWindow)
	ended := time.Now()
	var latency time.Duration
	for _, worker := range workers[1:] {
		latency += worker.stop(t) / (processes - 1)
	}

	assert.Zero(t, server.CountStatus(http.StatusTooManyRequests))
	assert.LessOrEqual(t, server.MostRequestsIn(scaledWindow), scaledLimit)

	var before, after []time.Duration
	ends, lengths := cycles(server, scaledLimit)
	for i, end := range ends {
		if end.Before(killed) {
			before = append(before, lengths[i])
		} else if end.Before(ended) {
			after = append(after, lengths[i])
		}
	}
	share := shareOfPossible(before, scaledWindow, latency)
	if share < 0.97 {
		problems = append(problems, fmt.Sprintf("%.1f %% of what is possible", 100*share))
	}
	var each []int
	fair := float64(requestsBetween(server, "", began, killed)) / processes
	for i := range processes {
		one := requestsBetween(server, fmt.Sprint("worker ", i), began, killed)
		if float64(one) < 0.8*fair || float64(one) > 1.2*fair {
			problems = append(problems, fmt.Sprintf("process %d made %d requests, of a fair share of %.0f", i, one, fair))
		}
		each = append(each, one)
	}
	// The one that was killed had its share of the slots, which may be lost for one window.
	lost := (1/shareOfPossible(after, scaledWindow, latency) - 1) * float64(len(after))
	if lost > scaledLimit/processes+0.03*float64(len(after)) {
		problems = append(problems, fmt.Sprintf("the death of a process cost %.0f requests", lost))
	}
	t.Logf("%.1f %% of what is possible at a latency of %s, by %v; a death cost %.1f requests",
		100*share, latency.Round(time.Millisecond), each, lost)
	return problems
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
