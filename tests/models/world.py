"""What the cases need: servers that run, the binary as its user runs it, and what a run must have led to."""

import contextlib
import dataclasses
import json
import os
import pathlib
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "mcp_peers"))
import installed  # noqa: E402
import peers  # noqa: E402

RUN_SECONDS = 60
PROXY_SECONDS = 60  # Until LiteLLM answers: 5 s, on a loaded machine ten times that.
PROXY_KEY, UPSTREAM_KEY, WRONG_KEY = "sk-proxy-7f2d1b", "sk-upstream-51c9aa", "sk-wrong-00e1f3"

# One entry for each way to the scripted server; names of models pass through. Without retries of its own: what is asked
# twice shows who asked. Of OpenAI's APIs the scripted server has chat completions only.
PROXY_SETTINGS = {
    "model_list": [
        {"model_name": "openai/*", "litellm_params": {"model": "openai/*", "api_base": "URL/v1"}},
        {"model_name": "anthropic/*", "litellm_params": {"model": "anthropic/*", "api_base": "URL"}},
        {"model_name": "bare-name", "litellm_params": {"model": "openai/bare-name", "api_base": "URL/v1"}}],
    "litellm_settings": {"num_retries": 0, "request_timeout": 30,
                         "use_chat_completions_url_for_anthropic_messages": True},
    "router_settings": {"num_retries": 0, "disable_cooldowns": True},
    "general_settings": {"master_key": PROXY_KEY},
}


class Wrong(Exception):
    """What a case found that must not be."""


def must(holds, what):
    if not holds:
        raise Wrong(what)


class Proxy:
    """A LiteLLM proxy in front of the scripted server. Keys are its master key only: others need its database, and it
    says so to who gives one."""

    def __init__(self, model_server, work):
        self.work, self.log = work, work / "litellm.log"
        settings = json.loads(json.dumps(PROXY_SETTINGS).replace("URL", model_server.url))
        for one in settings["model_list"]:
            one["litellm_params"]["api_key"] = UPSTREAM_KEY
        (work / "litellm.yaml").write_text(json.dumps(settings), encoding="utf-8")  # JSON is YAML.
        self.port, self.lock = peers.free_port(), threading.Lock()
        self.url = f"http://127.0.0.1:{self.port}"
        self.child = self.start()

    def start(self):
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.work), "LITELLM_LOCAL_MODEL_COST_MAP": "True",
                       "LITELLM_TELEMETRY": "False", "DISABLE_ADMIN_UI": "True", "PYTHONDONTWRITEBYTECODE": "1"}
        with open(self.log, "ab") as output:
            child = subprocess.Popen([installed.FOLDER / "litellm" / "bin" / "litellm", "--config",
                                      self.work / "litellm.yaml", "--host", "127.0.0.1", "--port", str(self.port)],
                                     env=environment, cwd=self.work, stdin=subprocess.DEVNULL, stdout=output,
                                     stderr=subprocess.STDOUT, start_new_session=True)
        try:
            self.wait_until_ready(child)
        except BaseException:
            peers.stop(child)
            raise
        return child

    def wait_until_ready(self, child):
        end = time.monotonic() + PROXY_SECONDS
        while time.monotonic() < end and child.poll() is None:
            with contextlib.suppress(OSError, urllib.error.URLError):
                with urllib.request.urlopen(f"{self.url}/health/liveliness", timeout=5):
                    return
            time.sleep(0.05)
        raise OSError(f"LiteLLM did not start: {self.log.read_text(errors='replace')[-2000:]}")

    def mend(self, before):
        """Starts it again when it has crashed (a segmentation fault of its Python was seen once in about twenty runs);
        true when it was another process that the case had begun with."""
        with self.lock:
            if self.child.poll() is not None:
                print(f"LiteLLM ended with {self.child.returncode}; it is started again")
                self.child = self.start()
            return self.child is not before

    def stop(self):
        peers.stop(self.child)


@dataclasses.dataclass
class Ran:
    """A run of the binary that has ended, and what the model was asked meanwhile."""

    code: int
    output: str
    said: str
    journal: list
    seconds: float
    home: pathlib.Path

    @property
    def report(self):
        try:
            return json.loads(self.output)
        except ValueError as error:
            raise Wrong(f"no JSON report, exit {self.code}: {self.output[:300]!r} {self.said[-600:]!r}") from error

    @property
    def asked(self):
        """Requests that were answered."""
        return [one for one in self.journal if one["answer"] == 200]

    def sent(self):
        """All that left for the model, as text."""
        return json.dumps([one["body"] for one in self.journal], ensure_ascii=False)

    def tools_offered(self):
        return [tool.get("name") or tool["function"]["name"] for tool in self.journal[0]["body"].get("tools", [])]

    def exits(self, code):
        must(self.code == code, f"exit {self.code}, not {code}: {self.said.strip()[-900:]} {self.output[:300]}")
        return self

    def says(self, *words):
        for one in words:
            must(one in self.said, f"standard error does not say '{one}': {self.said.strip()[-600:]!r}")
        return self

    def explained(self, cause=None, citations=None, verified=None):
        """A model explained it; its cause comes first, and so many of its citations hold."""
        report = self.exits(0).report
        must(report["degraded"] is False, f"degraded: {report['degraded_because']}")
        told = report["explanation"]
        must(told is not None, f"no explanation; the journal: {self.answers()}")
        if cause is not None:
            must(report["cause"] == cause, f"cause is '{report['cause']}'; the journal: {self.answers()}")
        found = (told["citations"], told["verified"])
        wanted = (citations, citations if verified is None else verified)
        must(citations is None or found == wanted, f"{found[1]} of {found[0]} citations verified, not "
                                                   f"{wanted[1]} of {wanted[0]}")
        return self

    def degraded(self, because, code=0):
        """The rules' report stands, and says why there is no more."""
        report = self.exits(code).report
        must(report["degraded"] is True, "not degraded")
        must(because in report["degraded_because"], f"degraded because '{report['degraded_because']}', not '{because}'")
        return self

    def answers(self):
        return [one["answer"] for one in self.journal]

    def answered(self, *answers):
        """The statuses of the model server, in order."""
        must(self.answers() == list(answers), f"the model server answered {self.answers()}, not {list(answers)}")
        return self

    def used(self, **figures):
        usage = self.report["usage"]
        for name, wanted in figures.items():
            must(usage[name] == wanted, f"usage has {usage[name]} for '{name}', not {wanted}")
        return self


class World:
    """The servers, and runs of the binary against them."""

    def __init__(self, binary, work, model_server, proxy=None, tools_url=""):
        self.binary, self.work, self.models = binary, work, model_server
        self.proxy, self.tools_url = proxy, tools_url
        self.runs, self.lock = 0, threading.Lock()

    def way(self, way, name, key=None):
        """Arguments and environment by which the binary reaches a scripted model of this name."""
        url, server = self.models.url, self.proxy.url if self.proxy else ""
        if way == "openai":
            return ["--model", f"openai:{name}"], {"OPENAI_BASE_URL": f"{url}/v1",
                                                   "OPENAI_API_KEY": key or UPSTREAM_KEY}
        if way == "anthropic":
            return ["--model", f"anthropic:{name}"], {"ANTHROPIC_BASE_URL": url,
                                                      "ANTHROPIC_API_KEY": key or UPSTREAM_KEY}
        if way in ("litellm>openai", "litellm>anthropic"):
            return [], {"LITELLM_URL": server, "LITELLM_API_KEY": key or PROXY_KEY,
                        "LITELLM_MODEL": f"{way.split('>')[1]}/{name}"}
        # The same proxy, in the words of Anthropic.
        return ["--model", f"anthropic:{way.split('>')[1]}/{name}"], {"ANTHROPIC_BASE_URL": server,
                                                                      "ANTHROPIC_API_KEY": key or PROXY_KEY}

    def settings(self, home, text, tools):
        whole = text
        if tools:
            whole += f'\n[mcp.servers.kubernetes]\nurl = "{self.tools_url}/mcp"\ntransport = "streamable-http"\n'
        (home / "agent.toml").write_text(whole, encoding="utf-8")
        return ["--config", str(home / "agent.toml")] if whole else []

    def new_home(self):
        with self.lock:
            self.runs += 1
            home = self.work / f"home-{self.runs}"
        home.mkdir()
        return home

    def analyze(self, script, *arguments, way="openai", tools=False, settings="", home=None, name=None, key=None,
                environment=None, model_server=None):
        """Runs `agent analyze` with a model that plays the script."""
        home = home or self.new_home()
        name = name or f"case-{home.name}"
        server = model_server or self.models
        if script is not None:
            server.play(name, script)
        flags, variables = self.way(way, name, key)
        if model_server:
            variables = {key: value.replace(self.models.url, server.url) for key, value in variables.items()}
        before = len(server.journal(name))
        ran = self.run([*flags, *self.settings(home, settings.replace("MODEL", name), tools), *arguments],
                       {**variables, **(environment or {})}, home)
        ran.journal = server.journal(name)[before:]
        return ran

    def run(self, arguments, environment, home):
        start = time.monotonic()
        child = subprocess.run([self.binary, "analyze", *arguments], cwd=home, stdin=subprocess.DEVNULL,
                               env={"PATH": "/usr/bin:/bin", "HOME": str(home), **environment}, capture_output=True,
                               timeout=RUN_SECONDS, check=False)
        return Ran(child.returncode, child.stdout.decode(errors="replace"), child.stderr.decode(errors="replace"), [],
                   time.monotonic() - start, home)
