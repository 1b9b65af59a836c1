//go:build unix

package redisdedup_test

import (
	"os"
	"syscall"
	"time"
)

// freeze stops a process for a while.
func freeze(p *os.Process, pause time.Duration) {
	_ = p.Signal(syscall.SIGSTOP)
	time.Sleep(pause)
	_ = p.Signal(syscall.SIGCONT)
}
