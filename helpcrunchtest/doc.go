// Package helpcrunchtest is a HelpCrunch account in memory, for use in tests.
package helpcrunchtest
