// A server of streamable HTTP that is fast enough not to be what is measured: it answers with ready-made texts, in
// either era, and holds no state but the number of sessions.
//
//	server [legacy]    legacy: 2025-11-25 only, as most servers in the field; prints its URL
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"sync/atomic"
)

const (
	tools = `[{"name":"echo","description":"says the text again","inputSchema":{"type":"object",` +
		`"properties":{"text":{"type":"string"}},"required":["text"]}},{"name":"add","description":"adds two ` +
		`numbers","inputSchema":{"type":"object","properties":{"a":{"type":"number"},"b":{"type":"number"}}}}]`
	initialized = `{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},` +
		`"serverInfo":{"name":"fast","version":"1"}}`
	discovered = `{"resultType":"complete","ttlMs":60000,"cacheScope":"public","supportedVersions":["2026-07-28"],` +
		`"capabilities":{"tools":{}},"_meta":{"io.modelcontextprotocol/serverInfo":{"name":"fast","version":"1"}}}`
)

type request struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	Params struct {
		Arguments struct {
			Text string `json:"text"`
		} `json:"arguments"`
		Meta struct {
			Revision string `json:"io.modelcontextprotocol/protocolVersion"`
		} `json:"_meta"`
	} `json:"params"`
}

// result gives the answer to a request; empty: there is no such method.
func (asked request) result() string {
	head := ""
	if asked.Params.Meta.Revision != "" {
		head = `"resultType":"complete",`
	}
	switch asked.Method {
	case "initialize":
		return initialized
	case "server/discover":
		return discovered
	case "tools/list":
		if head != "" {
			head += `"ttlMs":60000,"cacheScope":"public",`
		}
		return `{` + head + `"tools":` + tools + `}`
	case "tools/call":
		text, _ := json.Marshal(asked.Params.Arguments.Text)
		return `{` + head + `"content":[{"type":"text","text":` + string(text) + `}]}`
	}
	return ""
}

func main() {
	legacy := len(os.Args) > 1 && os.Args[1] == "legacy"
	var sessions atomic.Int64
	serve := func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			if r.Method != http.MethodDelete {
				w.WriteHeader(http.StatusMethodNotAllowed)
			}
			return
		}
		body, _ := io.ReadAll(r.Body)
		var asked request
		if json.Unmarshal(body, &asked) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		if len(asked.ID) == 0 {
			w.WriteHeader(http.StatusAccepted)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		if legacy && asked.Params.Meta.Revision != "" {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"error":{"code":-32000,"message":"Bad Request: no session"}}`, asked.ID)
			return
		}
		result := asked.result()
		if result == "" {
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"error":{"code":-32601,"message":"Method not found"}}`, asked.ID)
			return
		}
		if asked.Method == "initialize" {
			w.Header().Set("Mcp-Session-Id", fmt.Sprint("session-", sessions.Add(1)))
		}
		io.WriteString(w, `{"jsonrpc":"2.0","id":`+string(asked.ID)+`,"result":`+result+`}`)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("http://%s/mcp\n", listener.Addr())
	log.Fatal(http.Serve(listener, http.HandlerFunc(serve)))
}
