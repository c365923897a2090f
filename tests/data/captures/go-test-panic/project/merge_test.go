package ledger

import "testing"

func TestMergeOfNothing(t *testing.T) {
	if got := merge(&book{}, &book{}); len(got.totals) != 0 {
		t.Fatal(got)
	}
}

func TestMergeKeepsTotals(t *testing.T) {
	a := &book{map[string]int{"rent": 100}}
	if got := merge(a, a); got.totals["rent"] != 200 {
		t.Fatal(got)
	}
}
