package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"
)

// process is one of those that share the limit.
type process struct {
	command *exec.Cmd
	input   io.Closer // it ends when this is closed
	errors  bytes.Buffer
	read    chan struct{} // closed when all its answers have been counted
	killed  bool

	mu       sync.Mutex
	answers  int
	refusals int // of the answers: 429
}

// watch starts the processes, prints what they do each second, and ends them.
func watch(ctx context.Context, w wishes, todo job, key string, stdout io.Writer) (err error) {
	var all []*process
	ended := make(chan struct{}, w.processes)
	defer func() {
		for _, p := range all {
			if failed := p.stop(); err == nil {
				err = failed
			}
		}
		if err == nil {
			fmt.Fprintln(stdout, summary(all))
		}
	}()
	for range w.processes {
		p, err := startProcess(todo, key, ended)
		if err != nil {
			return err
		}
		all = append(all, p)
	}
	fmt.Fprintln(stdout, heading(len(all)))
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	before := make([]int, len(all))
	for second := 1; second <= int(w.span/time.Second); second++ {
		select {
		case <-ticker.C:
		case <-ended:
			return nil // it says why
		case <-ctx.Done():
			return ctx.Err()
		}
		killing := w.kill && second == int(w.span/time.Second+1)/2
		if killing {
			all[0].kill()
			<-ended
		}
		fmt.Fprintln(stdout, row(second, all, before))
		if killing {
			fmt.Fprintln(stdout, "         (process 1 was killed)")
		}
	}
	return nil
}

// startProcess starts this program once more, with a job. The channel tells of its end.
func startProcess(todo job, key string, ended chan<- struct{}) (*process, error) {
	text, err := json.Marshal(todo)
	if err != nil {
		return nil, err
	}
	path, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := &process{command: exec.Command(path), read: make(chan struct{})} //nolint:gosec // the path is that of this program
	p.command.Env = append(os.Environ(), workerVariable+"="+string(text), keyVariable+"="+key)
	p.command.Stderr = &p.errors
	if p.input, err = p.command.StdinPipe(); err != nil {
		return nil, err
	}
	output, err := p.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.command.Start(); err != nil {
		return nil, fmt.Errorf("starting a process: %w", err)
	}
	go func() {
		p.count(output)
		ended <- struct{}{}
	}()
	return p, nil
}

// count reads the statuses of the answers that a process gets.
func (p *process) count(output io.Reader) {
	defer close(p.read)
	refused := strconv.Itoa(http.StatusTooManyRequests)
	for lines := bufio.NewScanner(output); lines.Scan(); {
		p.mu.Lock()
		p.answers++
		if lines.Text() == refused {
			p.refusals++
		}
		p.mu.Unlock()
	}
}

func (p *process) counted() (answers, refusals int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.answers, p.refusals
}

// kill ends a process in the middle of its work.
func (p *process) kill() {
	p.killed = true
	_ = p.command.Process.Kill()
}

// stop ends a process, and returns what it complained about.
func (p *process) stop() error {
	p.input.Close()
	<-p.read
	if err := p.command.Wait(); err != nil && !p.killed {
		lines := strings.Split(strings.TrimSpace(p.errors.String()), "\n")
		return errors.New("a process failed: " + strings.TrimPrefix(lines[len(lines)-1], "helpcrunch: "))
	}
	return nil
}

func heading(processes int) string {
	line := "  second"
	for i := range processes {
		line += fmt.Sprintf("  process %d", i+1)
	}
	return line + "  all"
}

// row is what happened since the row before, whose sums it replaces by its own.
func row(second int, all []*process, before []int) string {
	line, sum := fmt.Sprintf("%8d", second), 0
	for i, p := range all {
		answers, _ := p.counted()
		line += fmt.Sprintf("%*d", len(fmt.Sprintf("  process %d", i+1)), answers-before[i])
		sum += answers - before[i]
		before[i] = answers
	}
	return line + fmt.Sprintf("%5d", sum)
}

func summary(all []*process) string {
	var each []string
	sum, refused := 0, 0
	for _, p := range all {
		answers, refusals := p.counted()
		each = append(each, strconv.Itoa(answers))
		sum += answers
		refused += refusals
	}
	return fmt.Sprintf("%d requests: %s. The service refused %d of them (429).", sum, strings.Join(each, " + "), refused)
}
