//go:build race

package helpcrunch_test

import "time"

const (
	raceDetector = true
	// simulated is how long the simulations last in virtual time: half as long as without the
	// race detector, under which they take four times as long.
	simulated = 15 * time.Minute
)
