package convert

var rates = map[string]float64{"eur": 1.1, "usd": 1.0, "jpy": 0.0067}

// To turns an amount from one currency into another.
func To(amount float64, from, to string) float64 {
	return amount * rates[from] * rates[to]
}
