"""The binary as a user runs it: its report, time, memory, and what it asked of the API server."""

import json
import os
import subprocess
import time


def peak_of(child):
    """The most memory it had, in MB, once it has ended; as read every 5 ms: its rusage would count ours, before exec."""
    peak = 0
    while os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        with open(f"/proc/{child.pid}/status", encoding="ascii") as status:
            told = [int(line.split()[1]) for line in status if line.startswith("VmHWM")]
        peak = max([peak, *told])
        time.sleep(0.005)
    return peak / 1024


class Run:
    """One run that has ended."""

    def __init__(self, binary, arguments, kubeconfig, home, folder=None):
        environment = {"PATH": os.environ["PATH"], "HOME": str(home), "KUBECONFIG": str(kubeconfig)}
        start = time.monotonic()
        # To a file: a pipe that is full would stop it.
        with open(home / f"stderr.{os.getpid()}.{start}", "w+", encoding="utf-8") as errors, \
                open(errors.name + ".out", "w+", encoding="utf-8") as output:
            child = subprocess.Popen([binary, "analyze", "--offline", *arguments], env=environment, cwd=folder,
                                     stdin=subprocess.DEVNULL, stdout=output, stderr=errors)
            self.megabytes = peak_of(child)
            _, status, usage = os.wait4(child.pid, 0)
            self.seconds = time.monotonic() - start
            child.returncode = os.waitstatus_to_exitcode(status)
            self.code = child.returncode
            self.cpu_seconds = usage.ru_utime + usage.ru_stime
            for stream in (errors, output):
                stream.seek(0)
            self.said, self.output = errors.read().strip(), output.read()
            os.unlink(output.name)
            os.unlink(errors.name)

    def report(self):
        if self.code != 0:
            raise OSError(f"exit {self.code}: {self.said}")
        return json.loads(self.output)


def arguments_for(scenario):
    return ["-n", scenario.name, "-o", "json"] + ([scenario.target] if scenario.target else [])


def analyse(binary, cluster, scenario, *further, kubeconfig=None):
    return Run(binary, [*arguments_for(scenario), *further], kubeconfig or cluster.work / "kubeconfig", cluster.work)


def without_times(report):
    return {key: value for key, value in report.items() if key not in ("created_at", "timings_ms")}
