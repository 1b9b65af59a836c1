package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

func TestRowsAreCreatedUpdatedOrUnchanged(t *testing.T) {
	server := helpcrunchtest.NewServer(helpcrunchtest.WithoutListener())
	defer server.Close()
	known := server.AddCustomer(helpcrunch.Customer{UserID: "shop-205", Name: "Jonas"})
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), server.Client(), strings.NewReader(sample), &out))
	lines := strings.Split(out.String(), "\n")
	assert.Contains(t, lines[0], "shop-204: created")
	assert.Contains(t, lines[1], "shop-205: updated")
	known, _ = server.Customer(known.ID)
	assert.Equal(t, "Jonas Weber", known.Name)
	require.Len(t, known.Tags, 1)

	out.Reset()
	require.NoError(t, run(t.Context(), server.Client(), strings.NewReader(sample), &out))
	assert.Equal(t, 2, strings.Count(out.String(), "unchanged"))
	assert.Len(t, server.Customers(), 2)
}

func TestBadRowsAreListed(t *testing.T) {
	server := helpcrunchtest.NewServer(helpcrunchtest.WithoutListener())
	defer server.Close()
	input := `{"userId": " shop-1"}` + "\n" + `{"userId": "shop-2"}` + "\nno JSON\n"
	var out bytes.Buffer
	err := run(t.Context(), server.Client(), strings.NewReader(input), &out)
	require.ErrorContains(t, err, "failed rows: 1")
	require.ErrorContains(t, err, "invalid character")
	assert.Contains(t, out.String(), "shop-1: helpcrunch: Customers.UpsertEach")
	assert.Len(t, server.Customers(), 1)
}
