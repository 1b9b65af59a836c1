//go:build race

package kit

import "time"

const (
	// RaceDetector reports whether the race detector is on.
	RaceDetector = true
	// Simulated is how long the simulations last in virtual time: less than without the race
	// detector, under which they take four times as long.
	Simulated = 10 * time.Minute
)

// Rounds returns how many of n rounds a test runs: a quarter of them under the race detector, which
// needs concurrent calls rather than many.
func Rounds(n int) int { return (n + 3) / 4 }
