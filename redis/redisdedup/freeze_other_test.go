//go:build !unix

package redisdedup_test

import (
	"os"
	"time"
)

// freeze does nothing: there is no signal that stops a process.
func freeze(*os.Process, time.Duration) {}
