"""The agent that one would write in an afternoon with the SDKs of OpenAI and MCP, for comparison.

  peer.py LOG MCP_URL MODEL        (OPENAI_BASE_URL, OPENAI_API_KEY)

It starts from the last 500 lines of the log, gives the model the server's tools and submit_report, and hands on what
they say as they say it. Prints the report as JSON.
"""

import asyncio
import json
import pathlib
import sys

import mcp
import openai

TURNS = 10
LINES = 500
SYSTEM = """You find out why a CI pipeline failed. Read the log, call tools to look further, and call submit_report with
the root cause and the lines that prove it."""
NUDGE = "Call a tool, or call submit_report with what you know."
CITATION = {"type": "object", "properties": {"source": {"type": "string"}, "line": {"type": "integer"},
                                             "quote": {"type": "string"}}}
SUBMIT = {"type": "function", "function": {
    "name": "submit_report", "description": "Submits the report. This ends the work.",
    "parameters": {"type": "object", "required": ["cause", "evidence"], "properties": {
        "cause": {"type": "string"}, "category": {"type": "string"}, "confidence": {"type": "string"},
        "evidence": {"type": "array", "items": CITATION}}}}}


def as_function(tool):
    return {"type": "function", "function": {"name": tool.name, "description": tool.description or "",
                                             "parameters": tool.input_schema}}


def numbered_tail(path):
    lines = pathlib.Path(path).read_text(encoding="utf-8", errors="replace").splitlines()
    first = max(0, len(lines) - LINES)
    return "\n".join(f"{number} | {line}" for number, line in enumerate(lines[first:], first + 1))


async def answer(session, call):
    """A tool's answer as a message."""
    result = await session.call_tool(call.function.name, json.loads(call.function.arguments))
    text = "\n".join(block.text for block in result.content if block.type == "text")
    return {"role": "tool", "tool_call_id": call.id, "content": text}


async def investigate(client, session, model, log):
    tools = [as_function(tool) for tool in (await session.list_tools()).tools] + [SUBMIT]
    messages = [{"role": "system", "content": SYSTEM},
                {"role": "user", "content": f"The end of log/{pathlib.Path(log).name}:\n{numbered_tail(log)}"}]
    for _ in range(TURNS):
        completion = await client.chat.completions.create(model=model, messages=messages, tools=tools, temperature=0)
        said = completion.choices[0].message
        messages.append(said.model_dump(exclude_none=True))
        calls = said.tool_calls or []
        for call in calls:
            if call.function.name == "submit_report":
                return json.loads(call.function.arguments)
        if calls:
            messages += await asyncio.gather(*(answer(session, call) for call in calls))
        else:
            messages.append({"role": "user", "content": NUDGE})
    return None


async def main(log, url, model):
    async with mcp.Client(url) as session, openai.AsyncOpenAI() as client:
        print(json.dumps(await investigate(client, session, model, log)))


asyncio.run(main(*sys.argv[1:]))
