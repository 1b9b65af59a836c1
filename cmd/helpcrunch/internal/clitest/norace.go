//go:build !race

package clitest

// RaceDetector reports whether the race detector is on.
const RaceDetector = false
