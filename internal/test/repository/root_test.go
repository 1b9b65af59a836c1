package repository_test

import (
	"os"
	"path/filepath"
	"testing"
)

// TestMain lets every test run in the root of the repository, whose files the tests read.
func TestMain(m *testing.M) {
	if err := os.Chdir(filepath.Join("..", "..", "..")); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}
