"""Models that are weak, or worse."""

import json

from cases.common import CAUSE, POD, POD_CAUSE, SEARCH, SUBMIT, after, analyze, as_without_model, call, case, report
from world import must


@case()
def malformed_arguments(w, way):
    """Broken JSON is mended where that can be done."""
    turn = {"calls": [{"tool": "evidence_search", "raw": '{"words": "database",'}]}
    ran = analyze(w, {"turns": [turn, SUBMIT]}, way).explained(CAUSE, 2)
    return ran.used(tool_calls=1)


@case("openai")
def hopeless_arguments(w, way):
    """The model is told, and does better."""
    turn = {"calls": [{"tool": "evidence_search", "raw": "database please"}]}
    return analyze(w, after(turn), way).explained(CAUSE, 2).answered(200, 200, 200)


def in_text(form):
    return lambda w, way: analyze(w, {"turns": [{**SEARCH, "form": form}, {**SUBMIT, "form": form}]},
                                  way).explained(CAUSE, 2).used(tool_calls=1)


for form in ("pythonic", "json", "tag"):
    case(name=f"calls_in_text, {form}")(in_text(form))
    case("openai", name=f"calls_in_text, {form}, whole")(lambda w, way, form=form: analyze(
        w, {"turns": [{**SEARCH, "form": form}, {**SUBMIT, "form": form}]}, way,
        settings="[llm]\nstream = false\n").explained(CAUSE, 2))


@case()
def unknown_tool(w, way):
    ran = analyze(w, after({"calls": [call("kubectl", command="get pods")]}), way).explained(CAUSE, 2)
    must("kubectl" in json.dumps(ran.journal[1]["body"]["messages"][-1]), "the model is not told")
    return ran


@case()
def empty_turn(w, way):
    return analyze(w, after({}), way).explained(CAUSE, 2)


@case("openai")
def only_words(w, way):
    return analyze(w, after({"text": "It must be the database."}), way).explained(CAUSE, 2).answered(200, 200, 200)


@case()
def endless_calls(w, way):
    """At the limit one last turn in which only submit_report is offered; who does not use it has the rules' report."""
    turns = [{"calls": [call("evidence_search", words=f"step {n}")]} for n in range(30)]
    ran = analyze(w, {"turns": turns}, way, "--max-turns", "5").exits(0)
    must(len(ran.asked) <= 7, f"asked {len(ran.asked)} times")
    last = ran.journal[-1]["body"]
    offered = [tool["function"]["name"] for tool in last["tools"]]
    must(offered == ["submit_report"], f"in the last turn: {offered}")
    must("turns" in json.dumps(ran.report["degraded_because"]) + json.dumps(ran.report["explanation"]), "no limit said")
    return as_without_model(w, ran)


@case("openai")
def concludes_at_the_limit(w, way):
    turns = [SEARCH, {"calls": [call("evidence_search", words="refused")]}, SUBMIT]
    ran = analyze(w, {"turns": turns}, way, "--max-turns", "3").explained(CAUSE, 2)
    return ran


@case("openai")
def the_same_call_again(w, way):
    """Answered from memory."""
    ran = analyze(w, {"turns": [SEARCH, SEARCH, SUBMIT]}, way).explained(CAUSE, 2)
    return ran


@case(way="openai")
def huge_result(w, way):
    """A log of 1 MB through a real server is distilled to its share."""
    script = {"turns": [{"calls": [call("pods_log", namespace="disk-full", name="huge-1", container="main",
                                        tail=100000)]},
                        {"calls": [report(POD_CAUSE, [{"$cite": "No space left on device", "source": "tool/"}])]}]}
    ran = w.analyze(script, *POD, "-o", "json", way=way, tools=True).explained(POD_CAUSE, 1)
    must(ran.journal[1]["bytes"] < 150_000, f"{ran.journal[1]['bytes']} bytes were sent")
    return ran


def overflow(wording, way):
    def check(w, way):
        """What does not fit is asked again, shorter."""
        turns = [SEARCH] + [{"calls": [call("evidence_read", source="log/log.txt", first_line=1 + n, lines=40)]}
                            for n in range(6)] + [SUBMIT]
        ran = analyze(w, {"turns": turns, "window": 4000, "overflow": wording}, way).explained(CAUSE, 2)
        must([one for one in ran.journal if one.get("overflow")], "nothing was too long")
        return ran
    return check


for wording, through in (("openai", "openai"), ("vllm", "litellm>openai"), ("llama.cpp", "openai"),
                         ("anthropic", "anthropic"), ("anthropic", "litellm>anthropic")):
    case(through, f"overflow, {wording}")(overflow(wording, through))


@case("anthropic")
def thinking_comes_back(w, way):
    """Signed thinking is sent again unchanged; the server refuses anything else."""
    thinking = {"thinking": {"text": "The database — was it up?\nLine two.", "signature": "c2lnbmVkIQ=="}}
    ran = analyze(w, {"turns": [{**SEARCH, **thinking}, SUBMIT]}, way).explained(CAUSE, 2).answered(200, 200)
    must('"cache_control"' in json.dumps(ran.journal[0]["body"]), "nothing is marked for the cache")
    return ran


@case("openai")
def reasoning_is_no_answer(w, way):
    return analyze(w, {"turns": [{**SEARCH, "thinking": {"text": "Hm.", "signature": ""}}, SUBMIT]},
                   way).explained(CAUSE, 2)
