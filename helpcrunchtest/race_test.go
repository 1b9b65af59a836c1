//go:build race

package helpcrunchtest_test

const raceDetector = true
