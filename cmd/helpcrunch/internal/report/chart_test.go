package report

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
)

func TestAxisHasRoundTicks(t *testing.T) {
	for highest, want := range map[int]string{
		0: "[1 0]", 1: "[1 0]", 5: "[5 4 3 2 1 0]", 6: "[6 4 2 0]", 29: "[30 20 10 0]", 43: "[50 40 30 20 10 0]",
		101: "[150 100 50 0]", 20_016: "[25,000 20,000 15,000 10,000 5,000 0]",
	} {
		top, ticks := axis(highest)
		var texts []string
		for _, tick := range ticks {
			texts = append([]string{tick.Text}, texts...)
		}
		assert.Equal(t, want, fmt.Sprint(texts), "for %d", highest)
		assert.GreaterOrEqual(t, top, highest)
		assert.Equal(t, share(1), ticks[0].At, "0 is at the bottom")
		assert.Equal(t, share(0), ticks[len(ticks)-1].At)
	}
}

func TestStackIsExactWhereItCanBe(t *testing.T) {
	assert.Equal(t, []share{0, 0.5, 0.5, 0.75}, stack([]int{2, 0, 1}, 4))
}

func TestStackShowsTheSmallest(t *testing.T) {
	for _, counts := range [][]int{{1, 9999}, {9999, 1}, {1, 1, 1, 1, 1, 9995}, {1, 0, 0}, {5000, 1, 4999}} {
		at := stack(counts, 10_000)
		all := 0
		for i, n := range counts {
			size := at[i+1] - at[i]
			all += n
			if n == 0 {
				assert.Zero(t, size)
				continue
			}
			assert.GreaterOrEqual(t, float64(size), float64(smallest)-1e-9, "%v", counts)
		}
		want := max(float64(all)/10_000, float64(smallest))
		assert.InDelta(t, want, float64(at[len(counts)]), 1e-9, "%v: the whole keeps its length", counts)
	}
}

func TestLongSpansAreDrawnByWeek(t *testing.T) {
	tally := newTally(lastDays(mostColumns+1), nil) // from 3 December 2025, a Wednesday
	tally.add(chatAt(time.Date(2025, time.December, 3, 9, 0, 0, 0, time.UTC), opened), record{})
	tally.add(chatAt(time.Date(2025, time.December, 7, 9, 0, 0, 0, time.UTC), opened), record{})
	tally.add(chatAt(time.Date(2025, time.December, 8, 9, 0, 0, 0, time.UTC), opened), record{})
	tally.add(chatAt(at(0, 9, 0), opened), record{})
	c := drawDays(tally.figures())
	assert.Equal(t, "Chats per week", c.Title)
	var marks []string
	for _, mark := range c.Marks {
		marks = append(marks, mark.Title)
	}
	assert.Equal(t, []string{
		"3 Dec to 7 Dec 2025, Opened: 2 of 2 chats",
		"8 Dec to 14 Dec 2025, Opened: 1 of 1 chat",
		"2 Mar to 5 Mar 2026, Opened: 1 of 1 chat",
	}, marks)
	assert.Equal(t, []string{"3 Dec to 7 Dec 2025", "2", "2"}, c.Table.Rows[0])
	assert.Len(t, c.Table.Rows, 14)
	assert.Equal(t, "4 chats in all, the most on 3 Dec to 7 Dec 2025: 2.", c.Alt)
}

func TestLabelsAreFew(t *testing.T) {
	for days := 1; days <= maxDays; days++ {
		tally := newTally(lastDays(days), nil)
		tally.add(chatAt(at(0, 9, 0), opened), record{})
		labels := drawDays(tally.figures()).Labels
		shown := 0
		for _, label := range labels {
			if !label.Minor {
				shown++
			}
		}
		require.LessOrEqual(t, len(labels), 10, "%d days", days)
		require.LessOrEqual(t, shown, 5, "%d days", days)
		require.NotZero(t, shown, "%d days", days)
	}
}

func TestRatingsOfThreeStepsHaveNoOthers(t *testing.T) {
	names := func(given ...helpcrunch.Rating) (names []string) {
		tally := newTally(lastDays(1), nil)
		for _, rating := range given {
			tally.add(chatAt(at(0, 9, 0), chatOf(helpcrunch.ChatStatusClosed, rating)), record{})
		}
		for _, r := range drawRatings(tally.figures()).Rows {
			names = append(names, r.Name)
		}
		return names
	}
	assert.Equal(t, []string{"Good", "Average", "Poor"}, names("great"))
	assert.Equal(t, []string{"Excellent", "Good", "Average", "Poor", "Very poor"}, names("great", "very poor"))
	assert.Equal(t, []string{"Good", "Average", "Poor", "Other"}, names("great", "4"))
	assert.Empty(t, names())
}

func TestWords(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 s", 59*time.Second + 400*time.Millisecond: "59 s", 59*time.Second + 600*time.Millisecond: "1 min",
		5*time.Minute + 33*time.Second: "5 min 33 s", 34*time.Minute + 31*time.Second: "35 min",
		59*time.Minute + 40*time.Second: "1 h", 23*time.Hour + 40*time.Minute: "1 d", time.Hour: "1 h",
		time.Hour + time.Minute: "1 h 1 min", 2*time.Hour - time.Second: "2 h", 13*time.Hour + 29*time.Minute: "13 h",
		26 * time.Hour: "1 d 2 h", 300 * 24 * time.Hour: "300 d",
	} {
		assert.Equal(t, want, inWords(d), "%s", d)
	}
	for n, want := range map[int]string{0: "0 chats", 1: "1 chat", 999: "999 chats", 1000: "1,000 chats", 1234567: "1,234,567 chats"} {
		assert.Equal(t, want, counted(n, "chat"))
	}
	for part, want := range map[int]string{0: "0%", 1: "under 1%", 10: "1%", 996: "over 99%", 500: "50%", 1000: "100%"} {
		assert.Equal(t, want, percent(part, 1000))
	}
	assert.Equal(t, "0%", percent(0, 0))
	assert.Equal(t, []string{"0 a day", "0.3 a day", "2,000 a day"}, []string{perDay(0, 3), perDay(1, 3), perDay(2000, 1)})
}
