"""What a model is sent, read from either dialect: its messages, their size, and the numbered lines that it may cite."""

import dataclasses
import json
import re

# Source ids, as a report has them.
SOURCE = re.compile(r"(?<![\w/.-])(?:log|pod|tool|events|object)/[^\s\"'<>,;:()\[\]`]*[^\s\"'<>,;:()\[\]`.…]")
NUMBERED = re.compile(r"^\s*(\d+)\s*(?:[:|│\t]|  ) ?(.*)$")
DATA = re.compile(r'<data(?: source="([^"]*)")?>$')
CODE_POINTS_A_TOKEN = 4


@dataclasses.dataclass
class Message:
    role: str
    text: str = ""
    calls: list = dataclasses.field(default_factory=list)  # (id, tool, arguments as text)
    answers: list = dataclasses.field(default_factory=list)  # (id, text, failed)
    thinking: list = dataclasses.field(default_factory=list)  # (text, signature)

    def texts(self):
        return [self.text, *(part for _, tool, arguments in self.calls for part in (tool, arguments)),
                *(text for _, text, _ in self.answers), *(text for text, _ in self.thinking)]


def words_of(content):
    """The text of a content that is a string, a list of blocks, or nothing."""
    if isinstance(content, list):
        return "".join(words_of(block) for block in content)
    if isinstance(content, dict):
        return content.get("text", "") if content.get("type") == "text" else ""
    return content or ""


def of_openai(body):
    found = []
    for one in body.get("messages", []):
        text = words_of(one.get("content"))
        if one["role"] == "tool":
            found.append(Message("tool", answers=[(one["tool_call_id"], text, False)]))
            continue
        calls = [(call["id"], call["function"]["name"], call["function"]["arguments"])
                 for call in one.get("tool_calls") or []]
        found.append(Message(one["role"], text, calls))
    return found


def of_anthropic(body):
    found = [Message("system", words_of(body["system"]))] if body.get("system") else []
    for one in body.get("messages", []):
        blocks = one["content"] if isinstance(one["content"], list) else [{"type": "text", "text": one["content"]}]
        message = Message(one["role"], words_of(blocks))
        for block in blocks:
            if block["type"] == "tool_use":
                message.calls.append((block["id"], block["name"], json.dumps(block["input"])))
            elif block["type"] == "tool_result":
                message.answers.append((block["tool_use_id"], words_of(block.get("content")),
                                        bool(block.get("is_error"))))
            elif block["type"] == "thinking":
                message.thinking.append((block.get("thinking", ""), block.get("signature", "")))
        found.append(message)
    return found


def tokens(messages):
    """By the rule of this project, four code points are a token: of all texts, calls and answers among them."""
    return sum(len(text) for message in messages for text in message.texts()) // CODE_POINTS_A_TOKEN


def unpaired(messages):
    """What is wrong with calls and their answers, as ids: each call is answered before anything else is said, and no
    answer is without its call. Both dialects refuse anything else."""
    waiting, wrong = set(), []
    for message in messages:
        answered = {identity for identity, _, _ in message.answers}
        wrong += sorted(answered - waiting)
        waiting -= answered
        if waiting and (message.calls or not message.answers):
            wrong += sorted(waiting)
            waiting = set()
        waiting |= {identity for identity, _, _ in message.calls}
    return wrong + sorted(waiting)


def lines_of(block):
    """(number, text) of a block's lines: with their own numbers, or counted where it has none."""
    found = [at for at in map(NUMBERED.match, block) if at]
    if found and len(found) >= len(block) / 2:
        return [(int(at[1]), at[2]) for at in found]
    return list(enumerate(block, 1))


def lines_in(text):
    """(source, line, text) of what a text shows: between our marks, or below a line that names the source."""
    found, source, block, marked = [], "", [], False
    for line in [*text.splitlines(), "</data>"]:
        begins = DATA.match(line)
        names = None if marked else SOURCE.search(line)
        if begins or names or line.startswith("</data>"):
            found += [(source, number, words) for number, words in lines_of(block)] if source else []
            source, block, marked = (begins[1] if begins else names[0] if names else ""), [], bool(begins)
        else:
            block.append(line)
    return found


def shown_lines(messages):
    """All lines that the model was shown, newest message first: (source, line, text)."""
    found = []
    for message in reversed(messages):
        if message.role != "assistant":
            for text in (message.text, *(answer for _, answer, _ in message.answers)):
                found += lines_in(text)
    return found


def cite(messages, words, source=""):
    """A citation that holds, of a line that holds these words, or the next of a list of words; KeyError when the model
    was shown none."""
    shown = shown_lines(messages)
    for wanted in words if isinstance(words, list) else [words]:
        for where, line, text in shown:
            if wanted in text and where.startswith(source):
                return {"source": where, "line": line, "quote": text.strip()}
    raise KeyError(f"no line of '{source or 'any source'}' that was shown says '{words}'")


def filled(value, messages):
    """The value with its templates filled: {"$cite": WORDS} and {"$cite": WORDS, "source": BEGINNING}."""
    if isinstance(value, dict):
        if "$cite" in value:
            return {**cite(messages, value["$cite"], value.get("source", "")), **value.get("but", {})}
        return {key: filled(one, messages) for key, one in value.items()}
    if isinstance(value, list):
        return [filled(one, messages) for one in value]
    return value
