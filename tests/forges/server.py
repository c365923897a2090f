"""A real Gitea as the tests see it: its life, its API, and a gate before it that fails as it is told to."""

import base64
import http.client
import http.server
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "mcp_peers"))
import installed  # noqa: E402

PARTS = pathlib.Path(os.environ.get("AGENT_TEST_CACHE") or pathlib.Path.home() / ".cache/agent-tests") / "gitea"
PASSWORD = "botpass123"


def missing():
    return not (os.access(PARTS / "gitea", os.X_OK) and (PARTS / "static").is_dir())


class Refused(Exception):
    """Gitea's refusal."""


class Gitea:
    """A server in a folder; use it with `with`, so that it always ends."""

    def __init__(self):
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="agent-gitea-"))

    def __enter__(self):
        self._script("up")
        self.url = (self.work / "url").read_text().strip()
        self.token = (self.work / "token").read_text().strip()
        # Nothing is left running when we are killed.
        watch = f'while kill -0 {os.getpid()} 2>/dev/null; do sleep 1; done; exec "$@"'
        with open(os.devnull, "rb") as nothing:
            subprocess.Popen(["sh", "-c", watch, "sh", HERE / "gitea", "down", self.work], stdin=nothing,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        return self

    def __exit__(self, *_):
        self._script("down")
        shutil.rmtree(self.work, ignore_errors=True)

    def _script(self, command):
        # The server keeps what it inherits: no pipe of ours, or its reader would wait for it.
        with open(os.devnull, "r+b") as nothing:
            subprocess.run([HERE / "gitea", command, self.work], check=True, stdin=nothing, stdout=nothing)

    def kill(self):
        """As a machine that loses its power does."""
        os.kill(int((self.work / "pid").read_text()), signal.SIGKILL)
        end = time.monotonic() + 20
        while time.monotonic() < end:
            try:
                http.client.HTTPConnection(self.address(), timeout=1).connect()
            except OSError:
                return
        raise TimeoutError("gitea does not die")

    def start(self):
        self._script("start")

    def address(self):
        return urllib.parse.urlsplit(self.url).netloc

    def ask(self, method, path, body=None, user=None):
        """JSON of the API, by the token of "bot", or as `user` with the password."""
        connection = http.client.HTTPConnection(self.address(), timeout=60)
        who = f"token {self.token}"
        if user:
            who = "Basic " + base64.b64encode(f"{user}:{PASSWORD}".encode()).decode()
        connection.request(method, "/api/v1" + path, None if body is None else json.dumps(body),
                           {"Authorization": who, "Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        if answer.status >= 400:
            raise Refused(f"{method} {path}: {answer.status} {text[:300]!r}")
        return json.loads(text) if text else None

    def repository(self, name):
        self.ask("POST", "/user/repos", {"name": name, "auto_init": True})
        return Repository(self, name)

    def scoped_token(self, name, scopes, user="bot"):
        return self.ask("POST", f"/users/{user}/tokens", {"name": name, "scopes": scopes}, user)["sha1"]

    def add_user(self, name):
        self.ask("POST", "/admin/users", {"username": name, "email": f"{name}@example.invalid", "password": PASSWORD,
                                          "must_change_password": False})


class Repository:
    def __init__(self, gitea, name):
        self.gitea, self.name, self.path = gitea, name, f"/repos/bot/{name}"

    def issues(self, state="all"):
        found = self.gitea.ask("GET", f"{self.path}/issues?state={state}&type=issues&limit=50")
        return sorted(found, key=lambda one: one["number"])

    def comments(self, number):
        return [one["body"] for one in self.gitea.ask("GET", f"{self.path}/issues/{number}/comments")]

    def labels(self):
        return [one["name"] for one in self.gitea.ask("GET", f"{self.path}/labels?limit=50")]

    def close(self, number):
        self.gitea.ask("PATCH", f"{self.path}/issues/{number}", {"state": "closed"})


class Tools:
    """The MCP server gitea-mcp before Gitea, as tests/mcp_peers/install has put it there."""

    PROGRAM = installed.FOLDER / "forge_servers" / "bin" / "gitea-mcp"

    def __init__(self, gitea):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}/mcp"
        self.child = subprocess.Popen(
            [self.PROGRAM, "serve", "--transport", "http", "--host", "127.0.0.1", "--port", str(port)],
            env={"PATH": os.environ["PATH"], "HOME": str(gitea.work), "GITEA_URL": gitea.url, "GITEA_TOKEN": gitea.token},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 60
        while True:
            try:
                with socket.create_connection(("127.0.0.1", port), timeout=1):
                    return
            except OSError:
                if time.monotonic() > end or self.child.poll() is not None:
                    self.end()
                    raise
            time.sleep(0.05)

    def end(self):
        self.child.kill()
        self.child.wait()


class Gate:
    """Passes requests on to Gitea one by one; `at(method, path)` may say "before" or "after": then Gitea is killed before
    or after it has answered that request, and the answer is lost either way."""

    def __init__(self, gitea, at):
        gate = self
        self.gitea, self.at, self.cut, self.lock = gitea, at, False, threading.Lock()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                gate.handle(self)

            do_POST = do_PATCH = do_DELETE = do_GET

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def handle(self, client):
        body = client.rfile.read(int(client.headers.get("Content-Length") or 0))
        client.close_connection = True
        with self.lock:
            when = None if self.cut else self.at(client.command, client.path)
            if when == "before":
                self.end()
            answer = self.forward(client, body)
            if when == "after":
                self.end()
        if when or answer is None:
            return  # closed without a word
        status, headers, text = answer
        client.send_response(status)
        for name in ("Link", "X-Total-Count", "Content-Type"):
            if headers.get(name):
                client.send_header(name, headers[name])
        client.send_header("Content-Length", str(len(text)))
        client.end_headers()
        client.wfile.write(text)

    def forward(self, client, body):
        try:
            connection = http.client.HTTPConnection(self.gitea.address(), timeout=60)
            connection.request(client.command, client.path, body or None,
                               {name: client.headers[name] for name in ("Authorization", "Content-Type")
                                if client.headers[name]})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        except (OSError, http.client.HTTPException):
            return None

    def end(self):
        self.cut = True
        self.gitea.kill()
