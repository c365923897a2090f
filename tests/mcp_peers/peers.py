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


def kubernetes(version, *transports, kubeconfig, found=""):
    program = installed.MODULES / f"kubernetes-mcp-server-{version}" / "bin" / "index.js"
    common = (installed.NODE, program, "--kubeconfig", kubeconfig, "--read-only")
    http = ("--port", "{port}", "--bind-address", "127.0.0.1")
    return [Peer(f"kubernetes-mcp-server {version}", transport, common if transport == "stdio" else common + http,
                 tool="pods_log", arguments={"namespace": "disk-full", "name": "build-1"},
                 answer="No space left on device", found=found) for transport in transports]


def go(*transports):
    program = installed.FOLDER / "go" / "peer"
    return [Peer("Go SDK 1.8", transport,
                 (program,) if transport == "stdio" else (program, "-http", "127.0.0.1:{port}"),
                 **(NEW if transport != "sse" else {"found": "streamable-http", "agreed": MODERN}))
            for transport in transports]


NEW = {"revisions": (*LEGACY, MODERN), "agreed": MODERN}


def all_peers(kubeconfig):
    return [
        *kubernetes("0.0.67", "stdio", "streamable-http", kubeconfig=kubeconfig),
        *kubernetes("0.0.66", "sse", kubeconfig=kubeconfig, found="streamable-http"),  # It has both.
        *everything("stdio", "sse", "streamable-http"),
        *python("mcp1", "stdio", "sse", "streamable-http", "websocket"),
        *python("mcp2", "stdio", "streamable-http", **NEW),
        *python("fastmcp", "stdio", "streamable-http", environment="mcp2", **NEW),
        *go("stdio", "streamable-http", "sse"),
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
    command = [str(word).replace("{port}", str(port)) for word in peer.command]
    with open(log, "wb") as output:
        child = subprocess.Popen(command, env=environment(mark, port), stdin=subprocess.DEVNULL, stdout=output,
                                 stderr=subprocess.STDOUT, start_new_session=True, cwd=work)
    try:
        wait_until_ready(child, port, log)
        yield f"{'ws' if peer.transport == 'websocket' else 'http'}://127.0.0.1:{port}"
    finally:
        stop(child)


@contextlib.contextmanager
def cluster(program, kubeconfig, recording):
    """The API that the Kubernetes servers look at."""
    child = subprocess.Popen([program, kubeconfig, recording], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             encoding="utf-8")
    try:
        if not child.stdout.readline().startswith("http://"):
            raise OSError(f"'{program}' did not start")
        yield
    finally:
        child.communicate(timeout=STOP_SECONDS)


def left_behind(mark):
    """The processes that still run with this mark: "PID COMMAND"."""
    found = []
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if f"{MARK}={mark}".encode() in (folder / "environ").read_bytes().split(b"\0"):
                found.append(folder.name + " " + (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return found
