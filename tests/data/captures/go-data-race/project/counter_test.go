package ledger

import (
	"sync"
	"testing"
)

func TestCounter(t *testing.T) {
	var wait sync.WaitGroup
	count := 0
	for i := 0; i < 4; i++ {
		wait.Add(1)
		go func() {
			defer wait.Done()
			count++
		}()
	}
	wait.Wait()
}
