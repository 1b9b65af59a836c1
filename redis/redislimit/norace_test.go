//go:build !race

package redislimit_test

// effort is the share of the long simulations that is run.
const effort = 1
