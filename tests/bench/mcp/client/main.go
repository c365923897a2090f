// The Go SDK's client, to compare ours with:
//
//	client URL once           connects, lists the tools, calls echo, ends
//	client URL calls N MANY   N calls, MANY in flight; prints how many a second
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

func echo(ctx context.Context, session *mcp.ClientSession) {
	arguments := map[string]any{"text": "hello"}
	answer, err := session.CallTool(ctx, &mcp.CallToolParams{Name: "echo", Arguments: arguments})
	if err != nil || answer.IsError {
		log.Fatal("echo: ", err)
	}
}

// callsPerSecond makes n calls by as many goroutines as may be in flight.
func callsPerSecond(n, inFlight int, call func()) float64 {
	var workers sync.WaitGroup
	var taken atomic.Int64
	start := time.Now()
	for range inFlight {
		workers.Go(func() {
			for taken.Add(1) <= int64(n) {
				call()
			}
		})
	}
	workers.Wait()
	return float64(n) / time.Since(start).Seconds()
}

func number(text string) int {
	value, err := strconv.Atoi(text)
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func main() {
	ctx := context.Background()
	client := mcp.NewClient(&mcp.Implementation{Name: "go-client", Version: "1"}, nil)
	session, err := client.Connect(ctx, &mcp.StreamableClientTransport{Endpoint: os.Args[1]}, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer session.Close()
	if _, err := session.ListTools(ctx, nil); err != nil {
		log.Fatal(err)
	}
	if os.Args[2] == "once" {
		echo(ctx, session)
		return
	}
	fmt.Printf("%.0f\n", callsPerSecond(number(os.Args[3]), number(os.Args[4]), func() { echo(ctx, session) }))
}
