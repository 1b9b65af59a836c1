//go:build race

package redisdedup_test

// deliveries is how many the test with processes makes. The race detector makes them slow.
const deliveries = 1_000
