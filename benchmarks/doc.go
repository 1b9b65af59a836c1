// Package benchmarks measures what the client costs, beside the same work written by hand and
// beside other SDKs. It holds tests and benchmarks alone, in a module of its own, so that the
// core does not depend on what it is compared with. docs/performance.md shows the results, each with its
// command.
package benchmarks
