package entry

// Count is the number of entries.
func Count(lines []string) int { return len(lines) }
