// Package csvsafe writes and reads CSV that spreadsheets open without running a formula.
package csvsafe
