//go:build race

package kit

import "time"

const (
	// RaceDetector reports whether the race detector is on.
	RaceDetector = true
	// Simulated is how long the simulations last in virtual time: half as long as without the
	// race detector, under which they take four times as long.
	Simulated = 15 * time.Minute
)
