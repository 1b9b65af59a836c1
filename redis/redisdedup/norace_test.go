//go:build !race

package redisdedup_test

// deliveries is how many the test with processes makes.
const deliveries = 10_000
