package ledger

// Post prints one entry.
func Post(name string, cents int) string {
	return name + " " + formatAmount(cents)
}
