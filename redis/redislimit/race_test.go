//go:build race

package redislimit_test

// effort is the share of the long simulations that is run: under the race detector they
// take four times as long.
const effort = 0.5
