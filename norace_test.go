//go:build !race

package helpcrunch_test

import "time"

const (
	raceDetector = false
	// simulated is how long the simulations last in virtual time, as requirement L3 asks.
	simulated = 30 * time.Minute
)
