package ledger

import (
	"strings"
	"testing"
)

func TestErrorText(t *testing.T) {}

func TestSplit(t *testing.T) {
	if got := len(strings.Split("a,b,", ",")); got != 2 {
		t.Errorf("split: got %d parts, want 2", got)
	}
}
