// A server of the Go SDK with the tools that every peer of ours has: echo and add.
//
//	peer                                stdio
//	peer -http 127.0.0.1:80             streamable HTTP at /mcp and HTTP+SSE at /sse
//	peer -stateless -http 127.0.0.1:80  the same without sessions: only so it speaks 2026-07-28 over HTTP
package main

import (
	"context"
	"flag"
	"log"
	"net/http"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

type text struct {
	Text string `json:"text"`
}

type pair struct {
	A float64 `json:"a"`
	B float64 `json:"b"`
}

type sum struct {
	Result float64 `json:"result"`
}

func echo(_ context.Context, _ *mcp.CallToolRequest, in text) (*mcp.CallToolResult, any, error) {
	return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: in.Text}}}, nil, nil
}

func add(_ context.Context, _ *mcp.CallToolRequest, in pair) (*mcp.CallToolResult, sum, error) {
	return nil, sum{in.A + in.B}, nil
}

func main() {
	address := flag.String("http", "", "serve HTTP at this address; without it: stdio")
	stateless := flag.Bool("stateless", false, "keep no sessions")
	flag.Parse()
	server := mcp.NewServer(&mcp.Implementation{Name: "go-peer", Version: "1"}, nil)
	mcp.AddTool(server, &mcp.Tool{Name: "echo", Description: "says the text again"}, echo)
	mcp.AddTool(server, &mcp.Tool{Name: "add", Description: "adds two numbers"}, add)
	if *address == "" {
		if err := server.Run(context.Background(), &mcp.StdioTransport{}); err != nil {
			log.Print(err)
		}
		return
	}
	same := func(*http.Request) *mcp.Server { return server }
	http.Handle("/mcp", mcp.NewStreamableHTTPHandler(same, &mcp.StreamableHTTPOptions{Stateless: *stateless}))
	http.Handle("/sse", mcp.NewSSEHandler(same, nil))
	log.Fatal(http.ListenAndServe(*address, nil))
}
