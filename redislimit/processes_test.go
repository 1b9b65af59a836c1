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
	scaledLimit   = 75
	scaledLatency = 20 * time.Millisecond
	processes     = 4
)

// TestManyProcessesShareTheBudget has real processes saturate the test server over HTTP, with
// time scaled down, and kills one of them half-way. The service must never refuse a request.
// How much of the budget is used depends on the machine, too, which may be busy: then that is
// measured again, with time scaled down less.
func TestManyProcessesShareTheBudget(t *testing.T) {
	t.Parallel()
	var problems []string
	for _, window := range []time.Duration{1500 * time.Millisecond, 3 * time.Second, 6 * time.Second} {
		if problems = shareTheBudget(t, window); len(problems) == 0 {
			return
		}
		t.Log("on a busy machine:", problems)
	}
	t.Error(problems)
}

// shareTheBudget runs the processes once, a minute being a window, and returns what falls short.
func shareTheBudget(t *testing.T, window time.Duration) (problems []string) {
	server := helpcrunchtest.NewServer(
		helpcrunchtest.WithRateLimit(helpcrunchtest.RateLimit{Requests: scaledLimit, Window: window}),
		helpcrunchtest.WithLatency(scaledLatency))
	defer server.Close()
	network, address, _ := startRedis(t)
	var workers []*process
	for i := range processes {
		workers = append(workers, startWorker(t, job{
			Name: fmt.Sprint("worker ", i), Network: network, Redis: address, URL: server.URL, Key: server.APIKey,
			Limit: scaledLimit, Window: window, AttemptTimeout: time.Second, Callers: 4,
		}))
	}
	<-time.After(window) // in the first window all slots were free
	began := time.Now()
	<-time.After(3 * window)
	killed := time.Now()
	workers[0].kill(t)
	<-time.After(2 * window)
	ended := time.Now()
	var latency time.Duration
	for _, worker := range workers[1:] {
		latency += worker.stop(t) / (processes - 1)
	}

	assert.Zero(t, server.CountStatus(http.StatusTooManyRequests))
	assert.LessOrEqual(t, server.MostRequestsIn(window), scaledLimit)

	// A slot is used again a window after its request ended.
	possible := func(span time.Duration) float64 {
		return scaledLimit * span.Seconds() / (window + latency).Seconds()
	}
	all := requestsBetween(server, "", began, killed)
	share := float64(all) / possible(killed.Sub(began))
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
	// The one that was killed had its share of the slots, which may be lost for one window.
	after := possible(ended.Sub(killed))
	lost := after - float64(requestsBetween(server, "", killed, ended))
	if lost > scaledLimit/processes+0.03*after {
		problems = append(problems, fmt.Sprintf("the death of a process cost %.0f requests", lost))
	}
	t.Logf("%.1f %% of what is possible at a latency of %s, by %v; a death cost %.1f requests",
		100*share, latency.Round(time.Millisecond), each, max(0, lost))
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
