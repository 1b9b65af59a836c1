//go:build race

package clitest

// RaceDetector reports whether the race detector is on. It makes tests several times slower.
const RaceDetector = true
