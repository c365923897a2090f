"""Servers in trouble."""

import scripted
import world
from cases.common import CAUSE, SEARCH, USUAL, after, analyze, as_without_model, call, case
from world import must


@case()
def busy_then_well(w, way):
    """429 with Retry-After."""
    ran = analyze(w, after({"status": 429, "headers": {"Retry-After": "1"}}), way).explained(CAUSE, 2)
    return ran.answered(429, 200, 200)


@case("openai")
def waits_as_told(w, way):
    ran = analyze(w, after({"status": 429, "headers": {"Retry-After": "1"}}), way).explained(CAUSE, 2)
    waited = ran.journal[1]["at"] - ran.journal[0]["at"]
    must(0.95 <= waited < 5, f"asked again after {waited:.2f} s")
    return ran.answered(429, 200, 200)


@case()
def broken_then_well(w, way):
    return analyze(w, after({"status": 500}), way).explained(CAUSE, 2).answered(500, 200, 200)


@case("anthropic")
def overloaded_then_well(w, way):
    return analyze(w, after({"status": 529}), way).explained(CAUSE, 2).answered(529, 200, 200)


@case("openai")
def always_broken(w, way):
    ran = analyze(w, {"turns": [{"status": 503, "repeat": "forever"}]}, way).degraded("503")
    must(1 < len(ran.journal) < 8, f"asked {len(ran.journal)} times")
    return as_without_model(w, ran)


@case("openai")
def page_of_a_gateway(w, way):
    script = after({"status": 502, "body": "<html><title>502 Bad Gateway</title></html>"})
    return analyze(w, script, way).explained(CAUSE, 2).answered(502, 200, 200)


@case()
def cut_stream(w, way):
    return analyze(w, after({**SEARCH, "cut": 700}), way).explained(CAUSE, 2).answered(200, 200, 200)


@case("openai")
def cut_stream_direct(w, way):
    return analyze(w, after({**SEARCH, "cut": 700}), way).explained(CAUSE, 2).answered(200, 200, 200)


@case("anthropic")
def cut_stream_of_anthropic(w, way):
    return analyze(w, after({**SEARCH, "cut": 900}), way).explained(CAUSE, 2).answered(200, 200, 200)


@case("openai")
def cut_answer(w, way):
    """Not streamed, and shorter than its Content-Length."""
    return analyze(w, after({**SEARCH, "cut": 100}), way, settings="[llm]\nstream = false\n").explained(CAUSE, 2)


@case("openai")
def silent_server(w, way):
    """Nothing comes for longer than the idle time."""
    ran = analyze(w, after({"hang": 8}), way, settings='[llm]\nidle_timeout = "1s"\n').explained(CAUSE, 2)
    must(ran.seconds < 7, f"took {ran.seconds:.1f} s")
    return ran


@case("openai")
def second_model_steps_in(w, way):
    name = f"spare-{w.new_home().name}"
    w.models.play(name, USUAL)
    ran = analyze(w, {"turns": [{"status": 503, "repeat": "forever"}]}, way,
                  settings=f'[llm]\nfallbacks = ["openai:{name}"]\n').explained(CAUSE, 2)
    must(len(w.models.journal(name)) == 2, "the second model was not asked")
    return ran


def gone_at(turn):
    def check(w, way):
        """The server is killed: the rules' report, and 6 only for who asked for it."""
        for flags, code in ((), 0), (("--require-model",), 6):
            server = scripted.Server()
            try:
                script = {"turns": [*[SEARCH, {"calls": [call("evidence_search", words="refused")]},
                                      {"calls": [call("evidence_search", words="step")]}][:turn - 1],
                                    {"die": True}]}
                ran = analyze(w, script, way, *flags, model_server=server).degraded("", code)
                must(ran.report["degraded_because"], "no reason")
                must(ran.answers() == [200] * (turn - 1) + ["die"], f"the journal: {ran.answers()}")
                as_without_model(w, ran)
            finally:
                server.stop()
        return ran
    return check


for number in range(1, 5):
    case("openai", f"gone_at_turn_{number}")(gone_at(number))


@case("openai")
def wrong_key(w, way):
    ran = analyze(w, {**USUAL, "key": world.UPSTREAM_KEY}, way, key=world.WRONG_KEY).degraded("").answered(401)
    must(world.WRONG_KEY not in ran.said + ran.output, "the key is told")
    return as_without_model(w, ran)


@case("anthropic")
def wrong_key_at_anthropic(w, way):
    ran = analyze(w, {**USUAL, "key": world.UPSTREAM_KEY}, way, "--require-model", key=world.WRONG_KEY)
    return ran.degraded("", 6).answered(401)


@case("openai")
def unknown_model_at_openai(w, way):
    return analyze(w, None, way, name="nobody").degraded("nobody")
