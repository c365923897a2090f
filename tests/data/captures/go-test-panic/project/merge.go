package ledger

type book struct{ totals map[string]int }

func merge(a, b *book) *book {
	out := &book{}
	for _, side := range []*book{a, b} {
		for name, cents := range side.totals {
			out.totals[name] += cents
		}
	}
	return out
}
