package main

import (
	"fmt"
	"os"
)

type entry struct{ cents int64 }

func main() {
	var total string
	total = sum([]entry{{100}, {250}})
	fmt.Println(formatCents(total))
}

func sum(list []entry) (n int64) {
	for _, e := range list {
		n += e.cents
	}
	return n
}
