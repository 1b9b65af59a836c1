//go:build !race

package export

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestC3AnExportHoldsThePagesInFlight exports customers who take about 45 MiB in memory. The export holds the
// pages in flight, 64 here, and the ids.
func TestC3AnExportHoldsThePagesInFlight(t *testing.T) {
	const customers = 60_000
	heap := func() int {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int(m.HeapAlloc)
	}
	rows := make([]string, customers)
	for i := range rows {
		rows[i] = fmt.Sprintf(`{"id":%d,"firstSeen":"%d","name":"%s"}`, i+1, 1767225600+i, strings.Repeat("long ", 50))
	}
	before, most, requests := heap(), 0, 0
	client := serveCustomers(t, rows, func([]string) {
		if requests++; requests%100 == 0 {
			most = max(most, heap()-before)
		}
	})
	o := newOptions(t, customerList, formatCSV)
	assert.Contains(t, exports(t, o, client), fmt.Sprintf("Wrote %d customers", customers))
	assert.Less(t, most, 22<<20)
	t.Log(most>>10, "KiB")
}
