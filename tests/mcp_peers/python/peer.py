"""A server of one of the Python SDKs, with the tools echo and add.

  peer.py SDK TRANSPORT [PORT]

SDK: mcp1, mcp2 or fastmcp, of the virtual environment that runs this; TRANSPORT: stdio, sse, streamable-http or, of
mcp1, websocket. HTTP is served on 127.0.0.1:PORT, at /mcp or /sse; WebSocket at /ws.
"""

import sys

HOST = "127.0.0.1"


def echo(text: str) -> str:
    """Says the text again."""
    return text


def add(a: float, b: float) -> float:
    """Adds two numbers."""
    return a + b


def with_tools(server):
    for tool in (echo, add):
        server.tool()(tool)
    return server


def serve_websocket(server, port):
    """The transport that is in no revision: this SDK has it as an ASGI application, which a real server runs."""
    import uvicorn
    from mcp.server.websocket import websocket_server
    from starlette.applications import Starlette
    from starlette.routing import WebSocketRoute

    async def talk(websocket):
        inner = server._mcp_server
        async with websocket_server(websocket.scope, websocket.receive, websocket._send) as (incoming, outgoing):
            await inner.run(incoming, outgoing, inner.create_initialization_options())

    uvicorn.run(Starlette(routes=[WebSocketRoute("/ws", talk)]), host=HOST, port=port, log_level="warning")


def run_mcp1(transport, port):
    from mcp.server.fastmcp import FastMCP

    server = with_tools(FastMCP("python-mcp1", host=HOST, port=port, log_level="WARNING"))
    if transport == "websocket":
        serve_websocket(server, port)
    else:
        server.run(transport)


def run_mcp2(transport, port):
    from mcp.server.mcpserver import MCPServer

    server = with_tools(MCPServer("python-mcp2", log_level="WARNING"))
    server.run(transport, **({} if transport == "stdio" else {"host": HOST, "port": port}))


def run_fastmcp(transport, port):
    from fastmcp import FastMCP

    where = {} if transport == "stdio" else {"host": HOST, "port": port, "log_level": "warning"}
    with_tools(FastMCP("python-fastmcp")).run(transport, show_banner=False, **where)


if __name__ == "__main__":
    {"mcp1": run_mcp1, "mcp2": run_mcp2, "fastmcp": run_fastmcp}[sys.argv[1]](
        sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 0)
