package redisdedup_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch/redis/redisdedup"
	"github.com/helpcrunch-go/helpcrunch/webhook"
)

// asWorker is the variable of the environment that makes the test binary a worker.
const asWorker = "REDISDEDUP_WORKER"

func TestMain(m *testing.M) {
	logging.Disable() // of connections that fail, as they are meant to
	slog.SetDefault(slog.New(slog.DiscardHandler))
	if args := os.Getenv(asWorker); args != "" {
		if err := runWorker(strings.Split(args, "\n")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// runWorker serves webhooks until its input is closed. It appends a line to a file for each
// event that its function handles.
func runWorker(args []string) error {
	socket, file, number := args[0], args[1], args[2]
	handledBy, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	client := redis.NewClient(&redis.Options{Network: "unix", Addr: socket})
	events, err := redisdedup.New(client, "test", redisdedup.WithLease(5*time.Second))
	if err != nil {
		return err
	}
	handler, err := webhook.NewHandler("key", func(_ context.Context, event *webhook.Event) error {
		if rand.IntN(20) == 0 {
			return fmt.Errorf("made up")
		}
		_, err := fmt.Fprintf(handledBy, "%s %s\n", event.ID, number)
		return err
	}, webhook.WithDeduplicator(events))
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		listener.Close()
	}()
	_ = http.Serve(listener, handler)
	return nil
}

// worker is a process that can be killed.
type worker struct {
	number  int
	address string
	command *exec.Cmd
	input   io.Closer
}

// fleet is three processes in front of one Redis.
type fleet struct {
	*testing.T
	program, socket, file string

	random    *rand.Rand
	redis     *exec.Cmd
	stopRedis func() // kills it

	mu      sync.Mutex
	started int
	workers [3]*worker
	// lost are the events of requests without a response, by "id worker".
	lost map[string]bool
}

// start puts a new process in a place.
func (f *fleet) start(place int) {
	f.mu.Lock()
	f.started++
	w := &worker{number: f.started}
	f.mu.Unlock()
	executable, err := os.Executable()
	require.NoError(f, err)
	w.command = exec.Command(executable, "-test.run=^$")
	w.command.Env = append(os.Environ(), fmt.Sprintf("%s=%s\n%s\n%d", asWorker, f.socket, f.file, w.number))
	w.command.Stderr = os.Stderr
	output, err := w.command.StdoutPipe()
	require.NoError(f, err)
	w.input, err = w.command.StdinPipe()
	require.NoError(f, err)
	require.NoError(f, w.command.Start())
	line, err := bufio.NewReader(output).ReadString('\n')
	require.NoError(f, err)
	w.address = strings.TrimSpace(line)
	f.mu.Lock()
	f.workers[place] = w
	f.mu.Unlock()
}

func (f *fleet) at(place int) *worker {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.workers[place]
}

// kill ends a process at once.
func (f *fleet) kill(place int) {
	w := f.at(place)
	_ = w.command.Process.Kill()
	_ = w.command.Wait()
}

// deliver sends an event to the processes until one responds with 200, as the service does.
func (f *fleet) deliver(client *http.Client, id string) {
	body := fmt.Sprintf(`{"event":"chat.new","id":%q}`, id)
	for {
		w := f.at(rand.IntN(3))
		request, err := http.NewRequestWithContext(f.Context(), http.MethodPost, "http://"+w.address, bytes.NewReader([]byte(body)))
		if !assert.NoError(f, err) {
			return
		}
		request.Header.Set(webhook.SignatureHeader, webhook.Sign("key", []byte(body)))
		response, err := client.Do(request)
		if err == nil {
			_, _ = io.Copy(io.Discard, response.Body)
			response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return
			}
		} else {
			f.mu.Lock()
			f.lost[fmt.Sprint(id, " ", w.number)] = true
			f.mu.Unlock()
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-f.Context().Done():
			return
		}
	}
}

// faultRounds is how many faults are injected: a few, or as many as the environment says.
func faultRounds(t *testing.T) int {
	t.Helper()
	text := os.Getenv("REDISDEDUP_ROUNDS")
	if text == "" {
		return 8
	}
	rounds, err := strconv.Atoi(text)
	require.NoError(t, err)
	return rounds
}

// TestEveryEventIsHandledByThreeProcesses checks that each event is handled at least once, and exactly
// once where no process died in the middle. There are duplicates, functions that fail, and faults of
// processes and of Redis at random moments.
func TestEveryEventIsHandledByThreeProcesses(t *testing.T) {
	found := 0
	for _, program := range []string{"redis-server", "valkey-server"} {
		if _, err := exec.LookPath(program); err != nil {
			continue
		}
		found++
		t.Run(program, func(t *testing.T) { deliverAll(t, program, deliveries) })
	}
	if found == 0 {
		t.Skip("needs redis-server or valkey-server")
	}
}

// deliverAll delivers events to processes that use a server, and checks how often each was handled.
func deliverAll(t *testing.T, program string, deliveries int) {
	folder, err := os.MkdirTemp("", "redis") // short, as paths of sockets must be
	require.NoError(t, err)
	defer os.RemoveAll(folder)
	seed := rand.Uint64()
	f := &fleet{
		T: t, program: program, socket: filepath.Join(folder, "socket"), file: filepath.Join(folder, "handled"),
		lost: map[string]bool{}, random: rand.New(rand.NewPCG(seed, 0)),
	}
	f.startRedis()
	defer func() { f.stopRedis() }()
	for place := range f.workers {
		f.start(place)
		defer func() { f.kill(place) }()
	}

	events := deliveries * 2 / 5 // each is delivered two or three times
	numbers := make(chan int, deliveries)
	for _, i := range rand.Perm(deliveries) {
		numbers <- i % events
	}
	close(numbers)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}, Timeout: time.Minute}
	defer client.CloseIdleConnections()
	var senders sync.WaitGroup
	for range 16 {
		senders.Go(func() {
			for number := range numbers {
				f.deliver(client, fmt.Sprintf("event-%d", number))
			}
		})
	}
	rounds := faultRounds(t)
	for round := 1; round <= rounds; round++ { // as the deliveries go on
		for len(numbers) > deliveries-round*deliveries/(rounds+1) {
			time.Sleep(time.Millisecond)
		}
		f.inject()
	}
	senders.Wait()
	f.check(events)
	t.Logf("%d deliveries to %d processes, %d faults", deliveries, f.started, rounds)
	if t.Failed() {
		t.Logf("the seed was %d", seed)
	}
}

// inject injects a random fault.
func (f *fleet) inject() {
	time.Sleep(time.Duration(f.random.Int64N(int64(20 * time.Millisecond))))
	place, pause := f.random.IntN(3), time.Duration(f.random.Int64N(int64(200*time.Millisecond)))
	switch f.random.IntN(4) {
	case 0:
		f.kill(place)
		f.start(place)
	case 1:
		f.stopRedis()
		time.Sleep(pause)
		f.startRedis()
	case 2:
		freeze(f.at(place).command.Process, pause)
	case 3:
		freeze(f.redis.Process, pause)
	}
}

// check compares what was handled with what was lost.
func (f *fleet) check(events int) {
	text, err := os.ReadFile(f.file)
	require.NoError(f, err)
	handled := make(map[string][]string)
	for line := range strings.Lines(string(text)) {
		id, number, _ := strings.Cut(strings.TrimSpace(line), " ")
		handled[id] = append(handled[id], number)
	}
	assert.Len(f, handled, events, "each at least once")
	twice := 0
	for id, numbers := range handled {
		certain := 0 // by processes that responded
		for _, number := range numbers {
			if !f.lost[id+" "+number] {
				certain++
			}
		}
		assert.LessOrEqual(f, certain, 1, "%s was handled by %v", id, numbers)
		if len(numbers) > 1 {
			twice++
		}
	}
	f.Logf("%d events, %d requests lost, %d events handled twice", events, len(f.lost), twice)
}

// startRedis starts a server that keeps what it has acknowledged.
func (f *fleet) startRedis() {
	f.redis = exec.Command(f.program, "--port", "0", "--unixsocket", f.socket, "--save", "",
		"--appendonly", "yes", "--appendfsync", "always", "--dir", filepath.Dir(f.socket), "--daemonize", "no")
	require.NoError(f, f.redis.Start())
	// It ends the server when its own input ends, also with the test binary.
	killer := exec.Command("sh", "-c", `read line; kill -9 "$0"`, strconv.Itoa(f.redis.Process.Pid))
	input, err := killer.StdinPipe()
	require.NoError(f, err)
	require.NoError(f, killer.Start())
	client := redis.NewClient(&redis.Options{Network: "unix", Addr: f.socket})
	defer client.Close()
	require.Eventually(f, func() bool { return client.Ping(f.Context()).Err() == nil }, 10*time.Second, 10*time.Millisecond)
	f.stopRedis = func() {
		_ = input.Close()
		_ = killer.Wait()
		_ = f.redis.Wait()
	}
}
