package benchmarks

import (
	"database/sql"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"github.com/helpcrunch-go/helpcrunch"
)

// TestTimestampsGoThroughADatabase stores times in columns of each type, and reads them again.
// The test is here because the driver is large.
func TestTimestampsGoThroughADatabase(t *testing.T) {
	db, err := sql.Open("sqlite", ":memory:")
	require.NoError(t, err)
	defer db.Close()
	for _, column := range []string{"TIMESTAMP", "DATETIME", "TEXT", ""} {
		_, err := db.ExecContext(t.Context(), "DROP TABLE IF EXISTS visits")
		require.NoError(t, err)
		_, err = db.ExecContext(t.Context(), "CREATE TABLE visits (id INTEGER, seen "+column+")")
		require.NoError(t, err)
		for id, want := range []helpcrunch.Timestamp{
			{}, {Time: time.UnixMilli(1603885746000).UTC()}, {Time: time.UnixMilli(1603885746769).UTC()}, {Time: time.UnixMilli(-500).UTC()},
		} {
			_, err := db.ExecContext(t.Context(), "INSERT INTO visits VALUES (?, ?)", id, want)
			require.NoError(t, err)
			var got helpcrunch.Timestamp
			require.NoError(t, db.QueryRowContext(t.Context(), "SELECT seen FROM visits WHERE id = ?", id).Scan(&got))
			assert.Equal(t, want, got, column)
			var isNull bool
			require.NoError(t, db.QueryRowContext(t.Context(), "SELECT seen IS NULL FROM visits WHERE id = ?", id).Scan(&isNull))
			assert.Equal(t, want.IsZero(), isNull)
		}
	}
	for text, want := range map[string]int64{
		"'1603885746'": 1603885746000, "1603885746": 1603885746000, "1603885746.769": 1603885746769, "datetime(1603885746, 'unixepoch')": 1603885746000,
	} {
		var got helpcrunch.Timestamp
		require.NoError(t, db.QueryRowContext(t.Context(), "SELECT "+text).Scan(&got))
		assert.Equal(t, want, got.UnixMilli(), text)
	}
}
