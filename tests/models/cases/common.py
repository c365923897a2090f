"""What the cases share: the failure that most are about, and the turns of a model that explains it."""

import world
from world import must

CAPTURES = world.HERE.parent / "data" / "captures"
LOG = CAPTURES / "composite-service-down" / "log.txt"
CAUSE = "The tests failed because the database on 127.0.0.1:5432 never came up."
POD = ("pod/build-1", "-n", "disk-full")
POD_CAUSE = "The linker could not write the program: the disk of the node is full."
CASES = []


def case(way="litellm>openai", name=None):
    """A row of the table; `way` is how the model is reached."""
    def add(function):
        CASES.append((name or function.__name__, way, function))
        return function
    return add


def call(tool, **arguments):
    return {"tool": tool, "arguments": arguments}


def cited(words, **but):
    return {"$cite": words, **({"but": but} if but else {})}


def report(cause=CAUSE, evidence=None, **further):
    evidence = evidence or [cited("giving up on the database"), cited("ConnectionRefusedError: [Errno 111]")]
    return call("submit_report", cause=cause, category="network", confidence="high", evidence=evidence,
                remedies=[{"text": "Start the database before the tests."}], **further)


SEARCH = {"text": "What about the database?", "calls": [call("evidence_search", words="database")]}
SUBMIT = {"calls": [report()]}
USUAL = {"turns": [SEARCH, SUBMIT]}


def analyze(w, script, way, *arguments, **further):
    return w.analyze(script, "--log", str(LOG), "-o", "json", *arguments, way=way, **further)


def usual(w, way, *arguments, **further):
    """The usual script in the usual way; it must come out as usual."""
    return analyze(w, USUAL, way, *arguments, **further).explained(CAUSE, 2)


def after(first, *then):
    """The usual script with something before it."""
    return {"turns": [first, *then, SEARCH, SUBMIT]}


def as_without_model(w, ran, *arguments):
    """The rules' report is all there, as it is offline."""
    arguments = arguments or ("--log", str(LOG))
    rules = w.run([*arguments, "-o", "json", "--offline"], {}, w.new_home()).exits(0).report
    for key in ("verdict", "cause", "category", "confidence", "findings", "remedies", "evidence", "fingerprint"):
        must(ran.report[key] == rules[key], f"'{key}' is not as it is offline")
    return ran
