"""The real servers that the client is tried against, and how each is started and stopped."""

import contextlib
import dataclasses
import os
import pathlib
import signal
import socket
import subprocess
import time

import installed

HERE = pathlib.Path(__file__).resolve().parent
LEGACY = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
MODERN = "2026-07-28"
BOTH_ERAS = {"revisions": (*LEGACY, MODERN), "agreed": MODERN}
PATHS = {"streamable-http": "/mcp", "sse": "/sse", "websocket": "/ws"}
READY_SECONDS = 40
STOP_SECONDS = 10
# In the environment of each peer: what still has it when all is over was left behind.
MARK = "AGENT_PEERS_RUN"


@dataclasses.dataclass(frozen=True)
class Peer:
    """A server by one transport, and the call that is tried on it."""

    name: str
    transport: str
    command: tuple  # Of HTTP servers with "{port}".
    revisions: tuple = LEGACY
    agreed: str = LEGACY[-1]  # What both sides choose when nothing is asked for,
    found: str = ""  # and by which transport; empty: its own.
    tool: str = "echo"
    arguments: dict = dataclasses.field(default_factory=lambda: {"text": "well, hello"})
    answer: str = "well, hello"

    @property
    def title(self):
        return f"{self.name} {self.transport}"

    def words(self, port=0):
        """The command's words; a stdio server has no port."""
        return [str(word).replace("{port}", str(port)) for word in self.command if port or word != "{port}"]


def python(sdk, *transports, environment=None, **further):
    """Rows of the Python servers."""
    program = installed.FOLDER / (environment or sdk) / "bin" / "python"
    names = {"mcp1": "Python mcp 1.30", "mcp2": "Python mcp 2.3", "fastmcp": "fastmcp 4.1"}
    return [Peer(names[sdk], transport, (program, HERE / "python" / "peer.py", sdk, transport, "{port}"), **further)
            for transport in transports]


def everything(*transports):
    program = installed.MODULES / "@modelcontextprotocol" / "server-everything" / "dist" / "index.js"
    words = {"streamable-http": "streamableHttp"}
    return [Peer("server-everything", transport, (installed.NODE, program, words.get(transport, transport)),
                 arguments={"message": "well, hello"}, answer="Echo: well, hello") for transport in transports]


def kubernetes(version, transport, kubeconfig, **facts):
    program = installed.MODULES / f"kubernetes-mcp-server-{version}" / "bin" / "index.js"
    http = () if transport == "stdio" else ("--port", "{port}", "--bind-address", "127.0.0.1")
    return Peer(f"kubernetes-mcp-server {version}", transport,
                (installed.NODE, program, "--kubeconfig", kubeconfig, "--read-only", *http), tool="pods_log",
                arguments={"namespace": "disk-full", "name": "build-1"}, answer="No space left on device", **facts)


def go(name, *further, transport="streamable-http", **facts):
    program = installed.FOLDER / "go" / "peer"
    return Peer(f"Go SDK 1.8{name}", transport, (program, *further), **facts)


def all_peers(kubeconfig):
    http = ("-http", "127.0.0.1:{port}")
    return [
        # Over HTTP these, and the Go SDK with sessions, answer server/discover, but name no modern revision.
        kubernetes("0.0.67", "stdio", kubeconfig, **BOTH_ERAS),
        kubernetes("0.0.67", "streamable-http", kubeconfig),
        kubernetes("0.0.66", "sse", kubeconfig, found="streamable-http"),  # It has both.
        *everything("stdio", "sse", "streamable-http"),
        *python("mcp1", "stdio", "sse", "streamable-http", "websocket"),
        *python("mcp2", "stdio", "streamable-http", **BOTH_ERAS),
        *python("fastmcp", "stdio", "streamable-http", environment="mcp2", **BOTH_ERAS),
        go("", transport="stdio", **BOTH_ERAS),
        go("", *http),
        go(" stateless", "-stateless", *http, **BOTH_ERAS),
        go("", *http, transport="sse", found="streamable-http"),
    ]


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def environment(mark, port=0):
    """All that a peer gets: not this environment, which may hold more than a server should see."""
    whole = installed.environment()
    return {**{name: whole[name] for name in ("PATH", "HOME", "NODE_OPTIONS") if name in whole},
            "PORT": str(port), MARK: mark, "PYTHONDONTWRITEBYTECODE": "1"}


def wait_until_ready(child, port, log):
    """Until something listens at the port."""
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end:
        if child.poll() is not None:
            break
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.02)
    raise OSError(f"the server did not start: {log.read_text(errors='replace')[-2000:]}")


def stop(child):
    """Ends a server with all that it started."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, how)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(STOP_SECONDS)
            break
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)  # Children that outlived it.


@contextlib.contextmanager
def running(peer, mark, work):
    """Runs an HTTP peer on a free loopback port; gives its address, "http://127.0.0.1:PORT". Of a stdio peer nothing:
    its client starts it."""
    if peer.transport == "stdio":
        yield ""
        return
    port = free_port()
    log = work / f"{peer.title.replace(' ', '-')}.log"
    with open(log, "wb") as output:
        child = subprocess.Popen(peer.words(port), env=environment(mark, port), stdin=subprocess.DEVNULL, stdout=output,
                                 stderr=subprocess.STDOUT, start_new_session=True, cwd=work)
    try:
        wait_until_ready(child, port, log)
        yield f"{'ws' if peer.transport == 'websocket' else 'http'}://127.0.0.1:{port}"
    finally:
        stop(child)


@contextlib.contextmanager
def cluster(program, kubeconfig, *recordings):
    """The API that the Kubernetes servers look at."""
    child = subprocess.Popen([program, kubeconfig, *recordings], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             encoding="utf-8")
    try:
        if not child.stdout.readline().startswith("http://"):
            raise OSError(f"'{program}' did not start")
        yield
    finally:
        child.communicate(timeout=STOP_SECONDS)


def marked(mark):
    """The processes that run with this mark: "PID COMMAND"."""
    found = []
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if f"{MARK}={mark}".encode() in (folder / "environ").read_bytes().split(b"\0"):
                found.append(folder.name + " " + (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return found


def left_behind(mark):
    """The same, once those that were told to end had the time for it."""
    end = time.monotonic() + STOP_SECONDS
    while (found := marked(mark)) and time.monotonic() < end:
        time.sleep(0.05)
    return found
