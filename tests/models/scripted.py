#!/usr/bin/env python3
"""A model server on loopback that plays scripts, in the dialects of OpenAI and Anthropic, and keeps a journal.

  tests/models/scripted.py --script MODEL=FILE… [--port N] [--journal FILE] [--port-file FILE]

A script is a JSON object: {"turns": [TURN…], "key": KEY, "window": TOKENS, "overflow": WORDING, "again": true}. The
requests for a model get its turns in order, "again" and again; "key" is the only one let in; what is larger than the
window is refused in the wording of "openai", "anthropic", "vllm" or "llama.cpp", and takes no turn. A turn:

  text                  what is said
  calls                 [{"tool": NAME, "arguments": {…}}], or "raw": the arguments as a text, broken or not;
                        {"$cite": WORDS, "source": BEGINNING} anywhere in them becomes a citation of a line that the
                        model was shown and that holds the words (or the next of several), {"but": {…}} changes it
  form                  how calls are written: native, pythonic, json, tag
  thinking              {"text": …, "signature": …}; must come back unchanged (Anthropic)
  first_index, finish, cached   the stream's index of the first call, the reason of the end, tokens that were cached
  status, body, headers an error in place of an answer; "body" may be left to the dialect
  cut                   the connection ends after so many bytes of the body
  hang                  nothing is sent for so many seconds, then the connection ends
  die                   the server is gone, from this request on
  repeat                so many times (1), or "forever"

A request whose calls and answers are not paired is refused as those services do. The journal has an object a request:
what was asked, its bytes, tokens (4 code points each) of all messages and of the tools, and what was answered.
"""

import argparse
import http.server
import json
import pathlib
import socket
import sys
import threading
import time

import conversation
import dialects

PATHS = {"/chat/completions": dialects.OpenAi, "/messages": dialects.Anthropic}
LARGEST_BODY = 64 * 1024 * 1024


class Script:
    """The turns of one model, and where it is in them."""

    def __init__(self, script):
        self.key, self.window = script.get("key"), script.get("window")
        self.overflow = script.get("overflow", "openai")
        self.turns, self.again = script["turns"], script.get("again", False)
        self.at, self.left = 0, self._times(0)
        self.number = 0
        self.signatures = []  # Thinking that must come back.
        self.lock = threading.Lock()

    def _times(self, at):
        repeat = self.turns[at].get("repeat", 1) if at < len(self.turns) else 0
        return float("inf") if repeat == "forever" else repeat

    def next(self):
        """The next turn and its number from 1; None when the script is over."""
        with self.lock:
            while self.at < len(self.turns) and self.left <= 0:
                self.at += 1
                if self.at == len(self.turns) and self.again:
                    self.at, self.number, self.signatures = 0, 0, []
                self.left = self._times(self.at)
            if self.at == len(self.turns):
                return None, self.number
            self.left -= 1
            self.number += 1
            return self.turns[self.at], self.number


class Refused(Exception):
    """An error in place of an answer."""

    def __init__(self, status, body, headers=None):
        super().__init__(status)
        self.status, self.body, self.headers = status, body, headers or {}


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port=0, journal=None):
        super().__init__(("127.0.0.1", port), Handler)
        self.scripts, self.entries, self.lock = {}, [], threading.Lock()
        self.file = open(journal, "a", encoding="utf-8") if journal else None
        self.gone = False
        self.thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def play(self, model, script):
        """From now on, requests for the model get this script."""
        self.scripts[model] = Script(script)

    def journal(self, model=None):
        """What was asked of that model, or of all."""
        with self.lock:
            return [one for one in self.entries if model in (None, one["model"])]

    def note(self, entry):
        with self.lock:
            self.entries.append(entry)
            if self.file:
                self.file.write(json.dumps(entry, ensure_ascii=False) + "\n")
                self.file.flush()

    def die(self):
        """As when the process is killed: nobody listens any more, and connections end."""
        self.gone = True
        self.socket.shutdown(socket.SHUT_RDWR)  # Those who connect from now on are refused.

    def stop(self):
        self.shutdown()
        self.server_close()
        if self.file:
            self.file.close()

    def handle_error(self, request, client_address):
        """A client that goes away is no news."""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def do_GET(self):
        if self.path.split("?")[0] in ("/v1/models", "/models"):
            models = [{"id": name, "object": "model", "owned_by": "scripted"} for name in self.server.scripts]
            self.send_json(200, {"object": "list", "data": models})
        else:
            self.send_json(404, {"error": {"message": f"no such path: {self.path}", "type": "invalid_request_error"}})

    def do_POST(self):
        raw = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), LARGEST_BODY))
        if self.server.gone:
            return self.hang_up()
        path = self.path.split("?")[0]
        dialect = next((one for end, one in PATHS.items() if path.endswith(end)), None)
        if dialect is None:
            return self.send_json(404, {"error": {"message": f"no such path: {path}", "type": "invalid_request_error"}})
        entry = {"at": time.time(), "path": path, "dialect": dialect.__name__.lower(), "bytes": len(raw),
                 "headers": dialects.secret_free(self.headers), "model": None, "answer": None}
        try:
            self.answer(dialect, raw, entry)
        except Refused as refused:
            entry["answer"] = refused.status
            self.server.note(entry)
            self.send_json(refused.status, refused.body, refused.headers)

    def answer(self, dialect, raw, entry):
        try:
            body = json.loads(raw)
            messages = dialect.read(body)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            entry["body"] = raw.decode(errors="replace")
            raise Refused(400, dialect.error(400, "invalid_request_error", f"not a request: {error!r}")) from error
        entry.update(model=body.get("model"), stream=bool(body.get("stream")), tokens=conversation.tokens(messages),
                     tool_tokens=len(json.dumps(body.get("tools") or [], ensure_ascii=False)) // 4, body=body)
        script = self.server.scripts.get(body.get("model"))
        self.refuse(dialect, script, messages, entry)
        turn, number = script.next()
        if turn is None:
            raise Refused(400, dialect.error(400, "invalid_request_error", "the script is over"))
        entry["turn"] = number
        self.play(dialect, script, turn, number, messages, entry)

    def key(self):
        given = self.headers.get("x-api-key") or self.headers.get("api-key") or self.headers.get("Authorization", "")
        return given.removeprefix("Bearer ")

    def refuse(self, dialect, script, messages, entry):
        """What services refuse before a model sees it."""
        if script is None:
            kind = "not_found_error" if dialect is dialects.Anthropic else "invalid_request_error"
            raise Refused(404, dialect.error(404, kind, f"The model `{entry['model']}` does not exist or you do not "
                                                        "have access to it.", "model_not_found"))
        if script.key is not None and self.key() != script.key:
            raise Refused(401, dialect.error(401, "authentication_error", "invalid x-api-key" if dialect is
                                             dialects.Anthropic else "Incorrect API key provided.", "invalid_api_key"))
        if wrong := conversation.unpaired(messages):
            raise Refused(400, dialect.error(400, "invalid_request_error", "calls and answers are not paired: "
                                             + ", ".join(wrong)))
        if dialect is dialects.Anthropic:
            self.refuse_form(entry)
            self.refuse_thinking(script, messages)
        size = entry["tokens"] + entry["tool_tokens"]
        if script.window is not None and size > script.window:
            entry["overflow"] = True
            raise Refused(400, dialects.OVERFLOW[script.overflow](size, script.window))

    def refuse_form(self, entry):
        """What Anthropic is strict about."""
        wrong = ""
        if not self.headers.get("anthropic-version") or "max_tokens" not in entry["body"]:
            wrong = "anthropic-version: header is required; max_tokens: Field required"
        for message in entry["body"]["messages"]:
            if any(block.get("type") == "text" and not block["text"] for block in message["content"]
                   if isinstance(block, dict)):
                wrong = "messages: text content blocks must be non-empty"
        if wrong:
            raise Refused(400, dialects.Anthropic.error(400, "invalid_request_error", wrong))

    def refuse_thinking(self, script, messages):
        given = [one for message in messages for one in message.thinking]
        if any(one not in script.signatures for one in given):
            raise Refused(400, dialects.Anthropic.error(400, "invalid_request_error",
                                                        "messages: Invalid `signature` in `thinking` block"))
        if script.signatures and script.signatures[-1] not in given:
            raise Refused(400, dialects.Anthropic.error(
                400, "invalid_request_error", "messages: Expected `thinking` or `redacted_thinking`, but found "
                "`tool_use`. When `thinking` is enabled, a final `assistant` message must start with a thinking block"))

    def play(self, dialect, script, turn, number, messages, entry):
        if turn.get("die"):
            entry["answer"] = "die"
            self.server.note(entry)
            self.server.die()
            return self.hang_up()
        if "hang" in turn:
            entry["answer"] = "hang"
            self.server.note(entry)
            time.sleep(turn["hang"])
            return self.hang_up()
        if "status" in turn:
            kinds = {429: "rate_limit_error", 500: "api_error", 529: "overloaded_error"}
            body = turn.get("body") or dialect.error(turn["status"], kinds.get(turn["status"], "api_error"),
                                                     turn.get("text", "scripted"))
            raise Refused(turn["status"], body, turn.get("headers"))
        try:
            said = dialects.Said(turn, number, messages)
        except KeyError as error:
            raise Refused(400, dialect.error(400, "invalid_request_error", f"cannot cite: {error.args[0]}")) from error
        if said.thinking:
            script.signatures.append((said.thinking["text"], said.thinking["signature"]))
        entry["answer"] = 200
        self.server.note(entry)
        body = entry["body"]
        if not body.get("stream"):
            return self.send_json(200, dialect.whole(said, body["model"]), cut=turn.get("cut"))
        wants_usage = bool((body.get("stream_options") or {}).get("include_usage"))
        return self.send_events(dialect.events(said, body["model"], wants_usage), turn.get("cut"))

    def send_json(self, status, body, headers=None, cut=None):
        raw = json.dumps(body, ensure_ascii=False).encode() if not isinstance(body, str) else body.encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json" if not isinstance(body, str) else "text/html")
        self.send_header("Content-Length", str(len(raw)))
        for name, value in (headers or {}).items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(raw[:cut])
        if cut is not None:
            self.hang_up()

    def send_events(self, events, cut):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        sent = 0
        for event in events:
            raw = event.encode()
            if cut is not None:
                raw = raw[:cut - sent]
            if raw:
                self.wfile.write(f"{len(raw):x}\r\n".encode() + raw + b"\r\n")
            sent += len(raw)
            if sent == cut:
                return self.hang_up()
        return self.wfile.write(b"0\r\n\r\n")

    def hang_up(self):
        self.close_connection = True
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--script", action="append", default=[], metavar="MODEL=FILE")
    options.add_argument("--port", type=int, default=0)
    options.add_argument("--journal", type=pathlib.Path, help="a line a request is added to this file")
    options.add_argument("--port-file", type=pathlib.Path, help="gets the address when the server is ready")
    chosen = options.parse_args()
    server = Server(chosen.port, chosen.journal)
    for one in chosen.script:
        model, file = one.split("=", 1)
        server.play(model, json.loads(pathlib.Path(file).read_text(encoding="utf-8")))
    if chosen.port_file:
        chosen.port_file.write_text(server.url, encoding="utf-8")
    print(server.url, flush=True)
    sys.stdin.read()  # Until who started it goes away.
    server.stop()


if __name__ == "__main__":
    main()
