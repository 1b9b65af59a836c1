package wire

// Totals is where a list has the number of all rows.
type Totals struct {
	OnTop, InMeta bool
}

// The places of the total.
var (
	NoTotal      = Totals{}
	TotalOnTop   = Totals{OnTop: true}
	TotalInMeta  = Totals{InMeta: true}
	TotalOnBoth  = Totals{OnTop: true, InMeta: true}
	totalsByForm = map[string]Totals{TotalsOnTop: TotalOnTop, TotalsInMeta: TotalInMeta, TotalsTwice: TotalOnBoth, TotalsNowhere: NoTotal}
)

// Place returns the place of the total in the dialect: usual by default, oldest in the oldest
// documentation.
func (d *Dialect) Place(usual, oldest Totals) Totals {
	switch d.Totals {
	case "":
		return usual
	case TotalsAsOldest:
		return oldest
	}
	return totalsByForm[d.Totals]
}

// Page writes a page of rows under a key, and their total.
func Page[Row any](e *Encoder, key string, rows []*Row, write func(*Encoder, *Row), total int, place Totals) {
	e.begin('{')
	e.key(key)
	List(e, rows, write)
	if place.OnTop {
		e.key("total")
		e.integer(int64(total))
	}
	if place.InMeta {
		e.key("meta")
		e.Wrap("total", func() { e.integer(int64(total)) })
	}
	e.end('}')
}
