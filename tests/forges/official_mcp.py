"""The official gitea-mcp as its tools, their schemas and its answers were in 2026, before a real Gitea: it cannot be had
where this project is built.   official_mcp.py PORT, with GITEA_HOST and GITEA_ACCESS_TOKEN"""

import contextlib
import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request

import anyio.to_thread
import mcp.types as types
import uvicorn
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.applications import Starlette
from starlette.routing import Mount

TEXT, NUMBER = {"type": "string"}, {"type": "number"}
PLACE = {"owner": TEXT, "repo": TEXT}
PAGES = {"page": {"type": "number", "default": 1}, "per_page": {"type": "number", "default": 30}}


def one_of(*words):
    return {"type": "string", "enum": list(words)}


def tool(name, required, properties):
    return types.Tool(name=name, description=name,
                      inputSchema={"type": "object", "required": required, "properties": properties})


TOOLS = [
    tool("list_issues", ["owner", "repo"], {
        **PLACE, **PAGES, "state": {"type": "string", "default": "all"}, "type": one_of("issues", "pulls"),
        "labels": {"type": "array", "items": TEXT}, "milestones": {"type": "array", "items": TEXT}, "since": TEXT}),
    tool("issue_read", ["method", "owner", "repo", "issue_number"], {
        **PLACE, "method": one_of("get", "get_comments", "get_labels"), "issue_number": NUMBER}),
    tool("issue_write", ["method", "owner", "repo"], {
        **PLACE, "method": one_of("create", "update", "add_comment", "edit_comment", "add_labels", "remove_label"),
        "issue_number": NUMBER, "title": TEXT, "body": TEXT, "assignees": {"type": "array", "items": TEXT},
        "state": one_of("open", "closed", "all"), "commentID": NUMBER,
        "labels": {"type": "array", "description": "label IDs", "items": NUMBER}}),
    tool("label_read", ["method"], {**PLACE, **PAGES, "method": one_of("list_repo_labels", "get_repo_label"),
                                    "org": TEXT, "id": NUMBER}),
    tool("label_write", ["method"], {**PLACE, "method": one_of("create_repo_label", "delete_repo_label"), "org": TEXT,
                                     "id": NUMBER, "name": TEXT, "color": TEXT, "description": TEXT}),
    tool("get_me", [], {}),
]


class Refused(Exception):
    """What Gitea says instead."""


def ask(method, path, body=None):
    request = urllib.request.Request(
        f"{os.environ['GITEA_HOST']}/api/v1{path}", method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"token {os.environ['GITEA_ACCESS_TOKEN']}", "Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read()
            return json.loads(text) if text else None
    except urllib.error.HTTPError as error:
        with contextlib.suppress(ValueError, AttributeError):
            raise Refused(json.load(error).get("message", "")) from None
        raise Refused(f"{error.code} {error.reason}") from None


def issue_of(one, whole=True):
    made = {"number": one["number"], "title": one["title"], "state": one["state"], "html_url": one["html_url"],
            "user": one["user"]["login"], "comments": one["comments"], "updated_at": one["updated_at"]}
    if whole:
        made["body"] = one["body"]
    if whole or one["labels"]:
        made["labels"] = [label["name"] for label in one["labels"]]
    return made


def comment_of(one):
    return {"id": one["id"], "body": one["body"], "user": one["user"]["login"], "html_url": one["html_url"],
            "updated_at": one["updated_at"]}


def kept(asked, *names):
    return {name: asked[name] for name in names if name in asked}


def call(name, asked):
    place = f"/repos/{asked.get('owner')}/{asked.get('repo')}"
    issue = f"{place}/issues/{asked.get('issue_number')}"
    what = (name, asked.get("method"))
    if name == "get_me":
        return ask("GET", "/user")
    if name == "list_issues":
        query = {"state": asked.get("state", "all"), "type": asked.get("type", ""), "page": asked.get("page", 1),
                 "limit": asked.get("per_page", 30), "labels": ",".join(asked.get("labels", []))}
        return [issue_of(one, False) for one in ask("GET", f"{place}/issues?{urllib.parse.urlencode(query)}")]
    if what == ("issue_read", "get"):
        return issue_of(ask("GET", issue))
    if what == ("issue_read", "get_comments"):
        return [comment_of(one) for one in ask("GET", f"{issue}/comments")]
    if what == ("issue_write", "create"):
        return issue_of(ask("POST", f"{place}/issues", kept(asked, "title", "body", "labels", "assignees")))
    if what == ("issue_write", "update"):
        return issue_of(ask("PATCH", issue, kept(asked, "title", "body", "state", "assignees")))
    if what == ("issue_write", "add_comment"):
        return comment_of(ask("POST", f"{issue}/comments", kept(asked, "body")))
    if what == ("issue_write", "edit_comment"):
        return comment_of(ask("PATCH", f"{place}/issues/comments/{asked['commentID']}", kept(asked, "body")))
    if what == ("label_read", "list_repo_labels"):
        query = {"page": asked.get("page", 1), "limit": asked.get("per_page", 30)}
        listed = ask("GET", f"{place}/labels?{urllib.parse.urlencode(query)}")
        return [kept(one, "id", "name", "color") for one in listed]
    if what == ("label_write", "create_repo_label"):
        return kept(ask("POST", f"{place}/labels", kept(asked, "name", "color", "description")), "id", "name", "color")
    if what == ("label_write", "delete_repo_label"):
        ask("DELETE", f"{place}/labels/{asked['id']}")
        return "Label deleted successfully"
    raise Refused(f"unknown method: {asked.get('method')}")


server = Server("Gitea MCP Server", "1.4.0")


@server.list_tools()
async def list_tools():
    return TOOLS


@server.call_tool()
async def call_tool(name, arguments):
    try:
        return [types.TextContent(type="text", text=json.dumps(await anyio.to_thread.run_sync(call, name, arguments)))]
    except Refused as refused:
        raise ValueError(f"{name} {arguments.get('owner')}/{arguments.get('repo')} err: {refused}") from None


def main():
    manager = StreamableHTTPSessionManager(app=server, json_response=True, stateless=True)

    @contextlib.asynccontextmanager
    async def life(_app):
        async with manager.run():
            yield

    app = Starlette(routes=[Mount("/mcp", app=manager.handle_request)], lifespan=life)
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error")


if __name__ == "__main__":
    main()
