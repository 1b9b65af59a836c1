//go:build !race

package kit

import "time"

const (
	// RaceDetector reports whether the race detector is on.
	RaceDetector = false
	// Simulated is how long the simulations last in virtual time, as requirement L3 asks.
	Simulated = 30 * time.Minute
)
