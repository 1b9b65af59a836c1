//go:build !race

package kit

import "time"

const (
	// RaceDetector reports whether the race detector is on.
	RaceDetector = false
	// Simulated is how long the simulations last in virtual time, as requirement L3 asks.
	Simulated = 30 * time.Minute
)

// Rounds returns how many of n rounds a test runs: a quarter of them under the race detector, which
// needs concurrent calls rather than many.
func Rounds(n int) int { return n }
