"""The question of `t3afk verify` to T3: lightkube's request to an API server's proxy, and each kind of answer."""

from __future__ import annotations

import json
import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from t3_environment import PAGE, environment

from t3afk_constructs.verify.snapshot import NoAnswer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytest.importorskip("lightkube")

from t3afk_constructs.verify import cluster

KEY = "deployment.kubernetes.io/revision"
SELECTOR = {"matchLabels": {"app": "t3"}}
TEMPLATE = {"metadata": {"labels": SELECTOR["matchLabels"]}, "spec": {"containers": []}}
INSTALL = {"name": "install-t3", "env": [{"name": "T3_VERSION", "value": "0.0.42"}]}


def named(name: str, owner: str | None = None) -> dict[str, Any]:
    owners = [{"apiVersion": "apps/v1", "kind": "X", "name": owner, "uid": owner}] if owner else []
    return {"name": name, "uid": name, "generation": 1, "annotations": {KEY: "1"}, "ownerReferences": owners}


OBJECTS: dict[str, Any] = {
    "/apis/apps/v1/namespaces/a/deployments/t3": {
        "metadata": named("t3"),
        "spec": {"selector": SELECTOR, "template": TEMPLATE},
    },
    "/apis/apps/v1/namespaces/a/replicasets": {
        "items": [{"metadata": named("t3-1", "t3"), "spec": {"selector": SELECTOR}}]
    },
    "/api/v1/namespaces/a/pods": {
        "items": [
            {
                "metadata": named("t3-1-x", "t3-1"),
                "spec": {"containers": [], "initContainers": [INSTALL]},
                "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]},
            }
        ]
    },
}
PATH = "/api/v1/namespaces/a/pods/t3-1-x:3773/proxy/.well-known/t3/environment"


class Handler(BaseHTTPRequestHandler):
    """The objects, and one answer of the proxy: its status, its content type and its body; without one, silence."""

    proxied: tuple[int, str, str] | None = None
    end: threading.Event

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == PATH and self.proxied is None:
            self.end.wait(20)
            return
        status, kind, body = self.proxied or (404, "", "")
        if path in OBJECTS:
            status, kind, body = 200, "application/json", json.dumps(OBJECTS[path])
        elif path != PATH:
            status, kind, body = 404, "application/json", refusal(404, f"unexpected {path}")
        self.send_response(status)
        if kind:
            self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        pass


def refusal(code: int, message: str) -> str:
    """The API server's own words."""
    return json.dumps({"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "code": code})


def kubeconfig(server: str) -> str:
    named = {
        "clusters": [{"name": "x", "cluster": {"server": server}}],
        "users": [{"name": "x", "user": {"token": "x"}}],
        "contexts": [{"name": "x", "context": {"cluster": "x", "user": "x"}}],
    }
    return json.dumps({"current-context": "x", **named})


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """What the snapshot has of T3 if the proxy answers so."""
    servers: list[ThreadingHTTPServer] = []
    end = threading.Event()

    def observe(*proxied: Any, **client: Any) -> Any:
        handler = type("One", (Handler,), {"proxied": proxied or None, "end": end})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        (tmp_path / "kubeconfig").write_text(kubeconfig(f"http://127.0.0.1:{server.server_port}"))
        monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setattr(cluster, "Client", partial(cluster.Client, **client))
        answers = cluster.Rollout("a", "t3").observe().answers
        assert list(answers) == ["t3-1-x"]
        return answers["t3-1-x"]

    yield observe
    end.set()
    for server in servers:
        server.shutdown()
        server.server_close()


FORBIDDEN = 'pods "t3-1-x" is forbidden: User "reader" cannot get resource "pods/proxy"'
UNREACHABLE = "error trying to reach service: dial tcp 10.0.0.7:3773: connect: connection refused"
JSON, HTML = "application/json", "text/html; charset=utf-8"


def test_description_of_t3_is_read_through_the_proxy_of_the_api_server(answer: Callable[..., Any]) -> None:
    found = answer(200, JSON, json.dumps(environment("0.0.42", orchestrationProtocolVersion=2)))
    assert (found["serverVersion"], found["orchestrationProtocolVersion"]) == ("0.0.42", 2)


@pytest.mark.parametrize(("kind", "body"), [(HTML, PAGE), (JSON, "[1]"), (JSON, '"x"'), (JSON, "null"), (HTML, "")])
def test_answer_without_an_object_names_no_version(kind: str, body: str, answer: Callable[..., Any]) -> None:
    """An older T3 answers the path with its page."""
    assert "serverVersion" not in answer(200, kind, body)


@pytest.mark.parametrize(
    ("proxied", "expected"),
    [
        ((403, JSON, refusal(403, FORBIDDEN)), NoAnswer(f"HTTP status 403: {FORBIDDEN}")),
        ((404, HTML, "Not Found"), NoAnswer("HTTP status 404")),
        ((404, JSON, '{"_tag":"RouteNotFound"}'), NoAnswer("HTTP status 404")),
        ((302, HTML, ""), NoAnswer("HTTP status 302")),
        ((500, HTML, "x"), NoAnswer("HTTP status 500", 15)),
        ((503, JSON, refusal(503, UNREACHABLE)), NoAnswer(f"HTTP status 503: {UNREACHABLE}", 15)),
    ],
)
def test_refusal_is_a_reason_and_only_a_servers_error_is_asked_again(
    proxied: tuple[int, str, str], expected: NoAnswer, answer: Callable[..., Any]
) -> None:
    assert answer(*proxied) == expected


def test_t3_that_never_answers_costs_a_time_out_and_is_asked_again(answer: Callable[..., Any]) -> None:
    assert answer(timeout=0.2) == NoAnswer("no answer: timed out", 15)
