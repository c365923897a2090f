package convert

import "testing"

func TestConvert(t *testing.T) {
	cases := []struct {
		name, from, to string
		amount, want   float64
	}{
		{"same", "usd", "usd", 10, 10},
		{"eur to usd", "eur", "usd", 100, 110},
		{"usd to jpy", "usd", "jpy", 67, 10000},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := To(c.amount, c.from, c.to); got != c.want && got-c.want > 0.01 || c.want-got > 0.01 {
				t.Errorf("To(%v, %q, %q) = %v, want %v", c.amount, c.from, c.to, got, c.want)
			}
		})
	}
}
