package ledger

import "testing"

func TestSyncStarts(t *testing.T) {}

func TestSyncWaits(t *testing.T) {
	done := make(chan int)
	<-done
}
