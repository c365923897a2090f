"""Where tests/mcp_peers/install has put the MCP servers and the conformance suite."""

import os
import pathlib

HERE = pathlib.Path(__file__).resolve().parent
FOLDER = pathlib.Path(os.environ.get("AGENT_PEERS") or pathlib.Path.home() / ".cache" / "agent-peers")
NODE = FOLDER / "tools" / "bin" / "node"
MODULES = FOLDER / "node" / "node_modules"
SKIPPED = 77


def absent(*parts):
    """None when all parts are installed. Else the exit code, after the reason is printed: a failure in CI, where they
    are always to be run; a skip elsewhere."""
    missing = [part for part in parts if not (FOLDER / f"{part}.done").exists()]
    if not missing:
        return None
    in_ci = bool(os.environ.get("CI"))
    print(f"{'FAIL' if in_ci else 'skipped'}: no {', '.join(missing)} in '{FOLDER}'; .ci/setup installs them")
    return 1 if in_ci else SKIPPED


def environment(**further):
    """What a peer runs with: the installed Node first, which listens on loopback only."""
    path = f"{NODE.parent}:{os.environ.get('PATH', '/usr/bin:/bin')}"
    return {**os.environ, "PATH": path, "NODE_OPTIONS": f"--require {HERE / 'loopback.cjs'}", **further}
