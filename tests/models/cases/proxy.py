"""A real cluster's tools in every dialect, and what LiteLLM does otherwise than OpenAI."""

import json

import world
from cases.common import (CAUSE, POD, POD_CAUSE, SEARCH, SUBMIT, USUAL, analyze, as_without_model, call, case, cited,
                          report, usual)
from world import must


INVESTIGATION = {"turns": [
    {"text": "I look at the pod and its log.",
     "calls": [call("pods_log", namespace="disk-full", name="build-1", container="main"),
               call("pods_get", namespace="disk-full", name="build-1")]},
    {"calls": [report(POD_CAUSE, [cited("No space left on device"), {"$cite": "kind: Pod", "source": "tool/"}])]}]}
TOOLS = {"pods_log", "pods_get", "events_list", "resources_get", "resources_list", "evidence_read", "evidence_search",
         "submit_report"}


def investigation(w, way, stream):
    ran = w.analyze(INVESTIGATION, *POD, "-o", "json", way=way, tools=True,
                    settings=f"[llm]\nstream = {json.dumps(stream)}\n")
    ran.explained(POD_CAUSE, 2).answered(200, 200).used(calls=2, tool_calls=2)
    must(TOOLS <= set(ran.tools_offered()), f"not offered: {TOOLS - set(ran.tools_offered())}")
    must(not {"pods_delete", "pods_exec", "resources_create_or_update"} & set(ran.tools_offered()), "tools that change")
    spoken = {"messages": "/v1/messages", "litellm": "/v1/chat/completions"}.get(way.split(">")[0])
    if spoken:
        must(f"POST {spoken} " in (w.work / "litellm.log").read_text(), f"the proxy was not asked by {spoken}")
    else:
        must({one["dialect"] for one in ran.journal} == {way}, "not in its dialect")
    must(all(one["stream"] is stream for one in ran.journal) or ">" in way, "not streamed as told")
    said = json.dumps(ran.journal[1]["body"]["messages"])
    must("No space left on device" in said and "demo/app:1" in said, "the tools' answers did not reach the model")
    must(ran.report["usage"]["input_tokens"] == sum(one["tokens"] for one in ran.journal), "tokens are not added up")
    return ran


for one in ("openai", "anthropic", "litellm>openai", "litellm>anthropic", "messages>openai", "messages>anthropic"):
    for streamed in (True, False):
        case(one, "investigation" + (", streamed" if streamed else ""))(
            lambda w, way, streamed=streamed: investigation(w, way, streamed))


# What LiteLLM does otherwise than OpenAI.

@case()
def wrong_key_without_database(w, way):
    """It says 400, "No connected db.", which means that."""
    ran = analyze(w, USUAL, way, key=world.WRONG_KEY).degraded("does not take the key").answered()
    must(world.WRONG_KEY not in ran.said + ran.output, "the key is told")
    return as_without_model(w, ran)


@case()
def unknown_model(w, way):
    """It says 400, with the prefix and without."""
    return as_without_model(w, analyze(w, None, way, environment={"LITELLM_MODEL": "nobody/x"}).degraded("nobody/x"))


@case()
def unknown_model_required(w, way):
    return analyze(w, None, way, "--require-model", environment={"LITELLM_MODEL": "nobody/x"}).degraded("nobody/x", 6)


@case()
def name_without_its_prefix(w, way):
    """The server knows "bare-name" only."""
    return usual(w, way, name="bare-name", environment={"LITELLM_MODEL": "vllm/bare-name"})


@case()
def url_with_v1(w, way):
    return usual(w, way, environment={"LITELLM_URL": w.proxy.url + "/v1"})


@case()
def stop_with_calls(w, way):
    """finish_reason "stop" beside tool calls."""
    script = {"turns": [{**SEARCH, "finish": "stop"}, {**SUBMIT, "finish": "stop"}]}
    return analyze(w, script, way).explained(CAUSE, 2)


@case()
def first_call_has_index_1(w, way):
    return analyze(w, {"turns": [{**SEARCH, "first_index": 1}, {**SUBMIT, "first_index": 1}]}, way).explained(CAUSE, 2)


@case("litellm>anthropic")
def text_before_calls(w, way):
    return usual(w, way, settings="[llm]\nstream = false\n")


@case()
def error_code_is_a_text(w, way):
    """{"error": {"code": "500"}}, which LiteLLM makes of each error of its upstream."""
    return analyze(w, {"turns": [{"status": 400, "text": "tools are not to its taste"}]}, way).degraded("to its taste")
