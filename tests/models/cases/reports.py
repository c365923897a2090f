"""What passes for proof, what never leaves, and the modes."""

import json

from cases.common import CAUSE, LOG, SEARCH, SUBMIT, USUAL, after, analyze, call, case, cited, report, usual
from world import must


@case()
def wrong_quotes_are_mended(w, way):
    wrong = [cited("giving up on the database", quote="the database was never installed"), cited("Connection refused")]
    ran = analyze(w, {"turns": [SEARCH, {"calls": [report(evidence=wrong)]}, SUBMIT]}, way).explained(CAUSE, 2)
    return ran.answered(200, 200, 200)


@case("openai")
def wrong_quotes_are_dropped(w, way):
    """The model is asked once only."""
    wrong = [cited("giving up on the database", quote="the database was never installed"),
             cited("giving up on the database")]
    ran = analyze(w, {"turns": [SEARCH, {"calls": [report(evidence=wrong)], "repeat": 2}]}, way)
    ran.explained(None, 2, 1).answered(200, 200, 200)
    must("never installed" not in ran.output, "a quote that stands nowhere is told")
    return ran


@case("openai")
def nothing_proven(w, way):
    """A cause without proof is marked, and behind the rules'."""
    wrong = [{"source": "log/log.txt", "line": 3, "quote": "the moon was in the wrong house"}]
    ran = analyze(w, {"turns": [{"calls": [report(evidence=wrong)], "repeat": 2}]}, way).exits(0)
    found = ran.report["findings"]
    must(found[0]["rule"] != "model" and ran.report["cause"] != CAUSE, "it comes first all the same")
    must(all(not one["verified"] for one in found if one["rule"] == "model"), "it passes as verified")
    return ran


@case("openai")
def an_issue_is_proposed(w, way):
    """Nothing is filed by a model."""
    turn = {"calls": [call("create_issue", title="Database down", body="It never came up.")]}
    ran = analyze(w, after(turn), way).explained(CAUSE, 2)
    proposals = ran.report["explanation"]["proposals"]
    must([one["title"] for one in proposals] == ["Database down"], f"proposals: {proposals}")
    return ran


@case("openai")
def secrets_stay(w, way):
    """What the log holds of secrets reaches neither the model nor the report."""
    secret = "hunter2-very-secret-9f8e7d"
    home = w.new_home()
    log = home / "job.log"
    log.write_text(f"export DB_PASSWORD={secret}\n" + LOG.read_text() + f"psql: password {secret} was refused\n")
    turns = [SEARCH, {"calls": [call("evidence_search", words="password")]}, SUBMIT]
    ran = w.analyze({"turns": turns}, "--log", str(log), "-o", "json", "--transcript", str(home / "transcript"),
                    way=way, home=home).explained(CAUSE, 2)
    must(secret not in ran.sent(), "the model was sent a secret")
    must(secret not in ran.output + ran.said + (home / "transcript").read_text(), "a secret is told")
    return ran


# Modes.

@case("openai")
def required_and_there(w, way):
    return usual(w, way, "--require-model")


@case("openai")
def most_cost(w, way):
    turns = [{**SEARCH, "calls": [call("evidence_search", words=f"step {n}")]} for n in range(9)]
    ran = analyze(w, {"turns": turns}, way, "--max-cost", "0.01",
                  settings='[llm.prices."MODEL"]\ninput = 1.0\noutput = 1.0\n').exits(0)
    must(1 < len(ran.asked) < 9, f"asked {len(ran.asked)} times")
    must("cost" in json.dumps(ran.report["degraded_because"]) + json.dumps(ran.report["explanation"]), "no limit said")
    return ran


@case("openai")
def dry_run(w, way):
    """Nothing is sent."""
    return analyze(w, USUAL, way, "--dry-run").exits(0).answered()


@case("openai")
def replay(w, way):
    """The same report, byte for byte, and nothing is sent."""
    home = w.new_home()
    kept = home / "transcript.jsonl"
    first = usual(w, way, "--transcript", str(kept), home=home)
    again = w.run(["--replay", str(kept), "-o", "json"], {}, w.new_home()).exits(0)
    must(again.output == first.output, "the report is another")
    return first


@case("openai")
def log_lines(w, way):
    """Each step is a line of JSON."""
    ran = usual(w, way, "--log-format", "json")
    lines = [json.loads(line) for line in ran.said.splitlines()]
    steps = [line for line in lines if "instruction" in line]
    must(len(steps) >= 4, f"steps: {lines}")
    for line in steps:
        lacks = {"timestamp", "event", "request_id", "instruction", "returncode"} - set(line)
        must(not lacks, f"no {lacks} in {line}")
    must(len({line["request_id"] for line in steps}) == 1, "the run has several ids")
    return ran
