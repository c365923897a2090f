package main

func main() {
    println("spaces")
}
