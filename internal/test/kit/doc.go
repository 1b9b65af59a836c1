// Package kit holds the helpers of this module's tests: transports that record requests or fail in
// a chosen way, model servers with a rate limit in virtual time, golden files, and the cases that
// call every method. It uses the public API alone, so that tests in every folder can import it.
package kit
