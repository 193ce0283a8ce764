"""A stand-in for the model's API: it answers the Claude CLI with the tool calls and texts that a test wrote down."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator


def _texts(message: dict[str, Any]) -> str:
    content = message["content"]
    if isinstance(content, str):
        return content
    return "\n".join(block["text"] for block in content if block["type"] == "text")


def _tool_results(message: dict[str, Any]) -> int:
    content = message["content"]
    return 0 if isinstance(content, str) else sum(block["type"] == "tool_result" for block in content)


def _events(block: dict[str, Any], model: str) -> Iterator[dict[str, Any]]:
    """The server-sent events of a message with one block."""
    usage = {"input_tokens": 100, "output_tokens": 20}
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": model, "content": [], "usage": usage}
    yield {"type": "message_start", "message": message | {"stop_reason": None, "stop_sequence": None}}
    if block["type"] == "text":
        start, delta = {"type": "text", "text": ""}, {"type": "text_delta", "text": block["text"]}
    else:
        start = block | {"input": {}}
        delta = {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
    yield {"type": "content_block_start", "index": 0, "content_block": start}
    yield {"type": "content_block_delta", "index": 0, "delta": delta}
    yield {"type": "content_block_stop", "index": 0}
    reason = "end_turn" if block["type"] == "text" else "tool_use"
    yield {"type": "message_delta", "delta": {"stop_reason": reason, "stop_sequence": None}, "usage": usage}
    yield {"type": "message_stop"}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ModelApi

    def log_message(self, *_: object) -> None:
        """Keep pytest's output clean."""

    def do_HEAD(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if urlsplit(self.path).path != "/v1/messages":
            self.send_error(404)
            return
        request = json.loads(body)
        self.server.requests.append(request)
        self.server.headers.append(dict(self.headers))
        block = self.server.answer(request)
        lines = (f"event: {each['type']}\ndata: {json.dumps(each)}\n\n" for each in _events(block, request["model"]))
        text = "".join(lines).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


class ModelApi(ThreadingHTTPServer):
    """Answers with the next command of `plans[TEXT]`, where TEXT is in the last message of the user, then with "done".

    Attributes:
        plans: for a text, the shell commands that the model asks for, one in each answer.
        requests: the bodies of all requests.
        headers: their headers.
    """

    daemon_threads = True

    def __init__(self, address: str = "127.0.0.1") -> None:
        super().__init__((address, 0), _Handler)
        self.url = f"http://{address}:{self.server_port}"
        self.plans: dict[str, list[str]] = {}
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """The block of the answer: the next tool call of the plan, or the end of the turn."""
        messages = request["messages"]
        asked = max(n for n, each in enumerate(messages) if each["role"] == "user" and not _tool_results(each))
        step = sum(_tool_results(each) for each in messages[asked:])
        plan = next((plan for text, plan in self.plans.items() if text in _texts(messages[asked])), [])
        if step >= len(plan) or not request.get("tools"):
            return {"type": "text", "text": "done"}
        call = {"command": plan[step], "description": f"step {step}"}
        return {"type": "tool_use", "id": f"toolu_{len(self.requests)}", "name": "Bash", "input": call}
