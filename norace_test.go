//go:build !race

package helpcrunch_test

const raceDetector = false
