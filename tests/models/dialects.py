"""How a turn is said in each dialect: whole, as a stream of events, and as the errors that servers word in their own
ways."""

import json
import re
import time

import conversation

TEXT_PIECE, ARGUMENTS_PIECE = 24, 16  # Characters of an event: in the middle of words, escapes and names.
FORMS = ("native", "pythonic", "json", "tag")

# How servers say that a conversation is too long for the model.
OVERFLOW = {
    "openai": lambda sent, window: {"error": {
        "message": f"This model's maximum context length is {window} tokens. However, your messages resulted in {sent} "
                   "tokens. Please reduce the length of the messages.",
        "type": "invalid_request_error", "param": "messages", "code": "context_length_exceeded"}},
    "anthropic": lambda sent, window: {"type": "error", "error": {
        "type": "invalid_request_error", "message": f"prompt is too long: {sent} tokens > {window} maximum"}},
    "vllm": lambda sent, window: {
        "object": "error", "type": "BadRequestError", "param": None, "code": 400,
        "message": f"This model's maximum context length is {window} tokens. However, you requested {sent + 1024} "
                   f"tokens ({sent} in the messages, 1024 in the completion). Please reduce the length of the messages "
                   "or completion."},
    "llama.cpp": lambda sent, window: {"error": {
        "code": 400, "type": "exceed_context_size_error", "n_prompt_tokens": sent, "n_ctx": window,
        "message": "the request exceeds the available context size. try increasing the context size or enable context "
                   "shift"}},
}


def python_literal(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{python_literal(key)}: {python_literal(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(python_literal, value)) + "]"
    return repr(value)


def as_text(form, calls):
    """Calls as models write them into their text: of Llama 4, of Llama 3, of Hermes and Qwen."""
    if form == "pythonic":
        said = (f"{call['tool']}({', '.join(f'{key}={python_literal(one)}' for key, one in call['arguments'].items())})"
                for call in calls)
        return f"[{', '.join(said)}]"
    if form == "json":
        return "; ".join(json.dumps({"name": call["tool"], "parameters": call["arguments"]}) for call in calls)
    return "\n".join("<tool_call>\n" + json.dumps({"name": call["tool"], "arguments": call["arguments"]})
                     + "\n</tool_call>" for call in calls)


def pieces(text, size):
    return [text[at:at + size] for at in range(0, len(text), size)]


class Said:
    """A turn whose templates are filled: text, calls (id, tool, arguments as text), thinking."""

    def __init__(self, turn, number, messages):
        calls = [{**call, "arguments": conversation.filled(call.get("arguments", {}), messages)}
                 for call in turn.get("calls", [])]
        form = turn.get("form", "native")
        self.text = turn.get("text", "")
        if form != "native":
            self.text += ("\n" if self.text else "") + as_text(form, calls)
            calls = []
        self.calls = [(f"call_{number}_{n}", call["tool"], call.get("raw", json.dumps(call["arguments"])))
                      for n, call in enumerate(calls)]
        self.thinking = turn.get("thinking")
        self.first_index = turn.get("first_index", 0)
        self.finish = turn.get("finish") or ("tool_calls" if self.calls else "stop")
        self.input = conversation.tokens(messages)
        self.cached = turn.get("cached", 0)
        self.output = (len(self.text) + sum(len(arguments) for *_, arguments in self.calls)) // 4 + 1
        self.created = int(time.time())


class OpenAi:
    """/v1/chat/completions."""

    read = staticmethod(conversation.of_openai)

    @staticmethod
    def error(status, kind, message, code=None):
        return {"error": {"message": message, "type": kind, "param": None, "code": code}}

    @staticmethod
    def usage(said):
        return {"prompt_tokens": said.input, "completion_tokens": said.output, "total_tokens": said.input + said.output,
                "prompt_tokens_details": {"cached_tokens": said.cached}}

    @classmethod
    def whole(cls, said, model):
        message = {"role": "assistant", "content": said.text or None}
        if said.thinking:
            message["reasoning_content"] = said.thinking["text"]
        if said.calls:
            message["tool_calls"] = [{"id": identity, "type": "function",
                                      "function": {"name": tool, "arguments": arguments}}
                                     for identity, tool, arguments in said.calls]
        return {"id": "chatcmpl-1", "object": "chat.completion", "created": said.created, "model": model,
                "choices": [{"index": 0, "message": message, "finish_reason": said.finish}], "usage": cls.usage(said)}

    @classmethod
    def events(cls, said, model, wants_usage):
        base = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": said.created, "model": model}

        def chunk(delta, finish=None):
            return {**base, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}

        found = [chunk({"role": "assistant", "content": ""})]
        if said.thinking:
            found += [chunk({"reasoning_content": part}) for part in pieces(said.thinking["text"], TEXT_PIECE)]
        found += [chunk({"content": part}) for part in pieces(said.text, TEXT_PIECE)]
        for index, (identity, tool, arguments) in enumerate(said.calls, said.first_index):
            found.append(chunk({"tool_calls": [{"index": index, "id": identity, "type": "function",
                                                "function": {"name": tool, "arguments": ""}}]}))
            found += [chunk({"tool_calls": [{"index": index, "function": {"arguments": part}}]})
                      for part in pieces(arguments, ARGUMENTS_PIECE)]
        found.append(chunk({}, said.finish))
        if wants_usage:
            found.append({**base, "choices": [], "usage": cls.usage(said)})
        return [f"data: {json.dumps(one)}\n\n" for one in found] + ["data: [DONE]\n\n"]


class Anthropic:
    """/v1/messages."""

    read = staticmethod(conversation.of_anthropic)

    @staticmethod
    def error(status, kind, message, code=None):
        return {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_1"}

    @staticmethod
    def usage(said):
        return {"input_tokens": said.input - said.cached, "output_tokens": said.output,
                "cache_read_input_tokens": said.cached, "cache_creation_input_tokens": 0}

    @classmethod
    def blocks(cls, said):
        found = []
        if said.thinking:
            found.append({"type": "thinking", "thinking": said.thinking["text"],
                          "signature": said.thinking["signature"]})
        if said.text:
            found.append({"type": "text", "text": said.text})
        for identity, tool, arguments in said.calls:
            found.append({"type": "tool_use", "id": identity.replace("call", "toolu"), "name": tool,
                          "input": arguments})
        return found

    @classmethod
    def reason(cls, said):
        return {"tool_calls": "tool_use", "stop": "end_turn", "length": "max_tokens"}[said.finish]

    @classmethod
    def whole(cls, said, model):
        blocks = cls.blocks(said)
        for block in blocks:
            if block["type"] == "tool_use":
                try:
                    block["input"] = json.loads(block["input"])
                except ValueError:
                    block["input"] = {"raw": block["input"]}  # This dialect can't carry anything but an object.
        return {"id": "msg_1", "type": "message", "role": "assistant", "model": model, "content": blocks,
                "stop_reason": cls.reason(said), "stop_sequence": None, "usage": cls.usage(said)}

    @classmethod
    def events(cls, said, model, wants_usage):
        start = {"id": "msg_1", "type": "message", "role": "assistant", "model": model, "content": [],
                 "stop_reason": None, "stop_sequence": None, "usage": {**cls.usage(said), "output_tokens": 1}}
        found = [{"type": "message_start", "message": start}, {"type": "ping"}]
        for index, block in enumerate(cls.blocks(said)):
            found += cls.block_events(index, block)
        found += [{"type": "message_delta", "delta": {"stop_reason": cls.reason(said), "stop_sequence": None},
                   "usage": {"output_tokens": said.output}}, {"type": "message_stop"}]
        return [f"event: {one['type']}\ndata: {json.dumps(one)}\n\n" for one in found]

    @staticmethod
    def block_events(index, block):
        kind = block["type"]
        if kind == "tool_use":
            deltas = [{"type": "input_json_delta", "partial_json": part}
                      for part in ["", *pieces(block["input"], ARGUMENTS_PIECE)]]
            begun = {**block, "input": {}}
        elif kind == "text":
            deltas = [{"type": "text_delta", "text": part} for part in pieces(block["text"], TEXT_PIECE)]
            begun = {"type": "text", "text": ""}
        else:
            deltas = [{"type": "thinking_delta", "thinking": part} for part in pieces(block["thinking"], TEXT_PIECE)]
            deltas.append({"type": "signature_delta", "signature": block["signature"]})
            begun = {"type": "thinking", "thinking": "", "signature": ""}
        return [{"type": "content_block_start", "index": index, "content_block": begun},
                *({"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas),
                {"type": "content_block_stop", "index": index}]


def secret_free(headers):
    """Headers as a journal keeps them."""
    return {name.lower(): ("…" if re.search(r"key|authorization", name, re.I) else value)
            for name, value in headers.items()}
