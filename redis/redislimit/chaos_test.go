//go:build unix

package redislimit_test

import (
	"encoding/binary"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A minute is 400 ms here.
const (
	chaosLimit   = 20
	chaosWindow  = 400 * time.Millisecond
	chaosAttempt = 100 * time.Millisecond
	chaosTimeout = 300 * time.Millisecond
	chaosLease   = chaosAttempt + chaosWindow + chaosTimeout
)

// arenas is how many servers are tested concurrently.
const arenas = 8 * effort * effort

// chaosRounds is how many rounds of faults are run on each server: two, or as many for all of them as
// the environment says.
func chaosRounds(t *testing.T) int {
	t.Helper()
	text := os.Getenv("REDISLIMIT_ROUNDS")
	if text == "" {
		return 2
	}
	rounds, err := strconv.Atoi(text)
	require.NoError(t, err)
	return rounds / arenas
}

// TestD1RandomFaultsKeepTheLimit has real processes share a budget of a real server. Each round
// injects two faults at random moments. Processes that start later use WithStrictStart, which rules
// out the documented exception.
func TestD1RandomFaultsKeepTheLimit(t *testing.T) {
	t.Parallel()
	servers := redisServers()
	if len(servers) == 0 {
		t.Skip("needs a redis-server or valkey-server that can be stopped and started again")
	}
	seed := rand.Uint64()
	var all sync.WaitGroup
	for i := range int(arenas) {
		a := newArena(t, servers[i%len(servers)], rand.New(rand.NewPCG(seed, uint64(i))))
		all.Go(func() {
			for range chaosRounds(t) {
				a.round()
			}
		})
	}
	all.Wait()
	if t.Failed() {
		t.Logf("the seed was %d", seed)
	}
}

// arena is a server with the processes that use it.
type arena struct {
	*testing.T
	random  *rand.Rand
	server  *realRedis
	client  *redis.Client
	file    string // to which the processes write when they made a request
	workers []*process
}

func newArena(t *testing.T, name string, random *rand.Rand) *arena {
	t.Helper()
	server := startServer(t, name)
	a := &arena{T: t, random: random, server: server, file: filepath.Join(t.TempDir(), "requests")}
	a.client = redis.NewClient(&redis.Options{Network: "unix", Addr: server.socket})
	t.Cleanup(func() { a.client.Close() })
	for range 3 {
		a.workers = append(a.workers, a.startProcess(false))
	}
	return a
}

func (a *arena) startProcess(strict bool) *process {
	return startWorker(a.T, job{
		Network: "unix", Redis: a.server.socket, Limit: chaosLimit, Window: chaosWindow,
		AttemptTimeout: chaosAttempt, Timeout: chaosTimeout, Callers: 2, File: a.file, Strict: strict,
	})
}

// round injects two faults, waits until permits are granted again, and checks all windows.
func (a *arena) round() {
	var faults []string
	for range 2 {
		time.Sleep(time.Duration(a.random.Int64N(int64(chaosWindow))))
		fault := chaosFaults[a.random.IntN(len(chaosFaults))]
		faults = append(faults, fault.name)
		fault.inject(a)
	}
	time.Sleep(chaosLease + chaosWindow)
	counted := a.counted()
	assert.LessOrEqual(a, mostIn(counted, chaosWindow), chaosLimit, "%s: %s", a.server.name, strings.Join(faults, ", "))
	before := time.Now()
	assert.Eventually(a, func() bool {
		all := a.counted()
		return len(all) > 0 && all[len(all)-1].After(before)
	}, 30*time.Second, 20*time.Millisecond, "requests go on after %v", faults)
}

var chaosFaults = []struct {
	name   string
	inject func(*arena)
}{
	{"a process is killed and replaced", func(a *arena) {
		i := a.random.IntN(len(a.workers))
		a.workers[i].kill(a.T)
		a.workers[i] = a.startProcess(true)
	}},
	{"a process is frozen", func(a *arena) { a.freeze(a.workers[a.random.IntN(len(a.workers))].command.Process) }},
	{"Redis is frozen", func(a *arena) { a.freeze(a.server.server.Process) }},
	{"Redis is flushed", func(a *arena) { a.client.FlushAll(a.Context()) }},
	{"Redis forgets its scripts", func(a *arena) { a.client.ScriptFlush(a.Context()) }},
	{"Redis restarts empty", func(a *arena) { a.restart("--dbfilename", "none") }},
	{"Redis restarts from a snapshot", func(a *arena) {
		assert.Eventually(a, func() bool { return a.client.Save(a.Context()).Err() == nil }, 10*time.Second, 20*time.Millisecond)
		time.Sleep(time.Duration(a.random.Int64N(int64(chaosWindow))))
		a.restart()
	}},
	{"Redis restarts and has forgotten nothing", func(a *arena) {
		a.client.Do(a.Context(), "SHUTDOWN", "SAVE")
		a.restart()
	}},
	{"Redis restarts empty and a new process asks", func(a *arena) {
		a.restart("--dbfilename", "none")
		a.workers[0].kill(a.T)
		a.workers[0] = a.startProcess(true)
	}},
}

// restart kills the server and starts it again after a while.
func (a *arena) restart(opts ...string) {
	a.server.stop()
	time.Sleep(time.Duration(a.random.Int64N(int64(chaosWindow))))
	a.server.start(a.T, opts...)
}

// freeze stops a process for up to 600 ms.
func (a *arena) freeze(p *os.Process) {
	assert.NoError(a, p.Signal(syscall.SIGSTOP))
	time.Sleep(time.Duration(a.random.Int64N(int64(600 * time.Millisecond))))
	assert.NoError(a, p.Signal(syscall.SIGCONT))
}

// counted returns when requests were made, earliest first.
func (a *arena) counted() (moments []time.Time) {
	data, err := os.ReadFile(a.file)
	assert.NoError(a, err)
	for ; len(data) >= 8; data = data[8:] {
		moments = append(moments, time.Unix(0, int64(binary.LittleEndian.Uint64(data))))
	}
	slices.SortFunc(moments, time.Time.Compare)
	return moments
}
