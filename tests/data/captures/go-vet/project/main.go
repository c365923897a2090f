package main

import "fmt"

func main() {
	name := "acme"
	fmt.Printf("%d entries of %s\n", name, 3)
}
