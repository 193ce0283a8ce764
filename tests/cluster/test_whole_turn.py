"""What the stack is for: an agent takes a message, works in a worktree, and pushes a branch.

T3 and the Claude CLI are the real ones, installed by the pod. On the test's side are the control plane, a stand-in for
the model's API, a Git server, and a collector of metrics.
"""

from __future__ import annotations

import json
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import kube
import pytest
from git_forge import Forge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from conftest import RealStand
    from model_api import ModelApi

pytestmark = pytest.mark.cluster

TOKEN, LOGIN = "github-secret-value", "claude-secret-value"
AUTHOR = "reviewer (AFK) <afk-agent@viktorbarzin.me>"


class Collector(ThreadingHTTPServer):
    """An OTLP receiver, which keeps the bodies of all exports."""

    daemon_threads = True

    def __init__(self, address: str) -> None:
        received: list[str] = []

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                pass

            def do_POST(self) -> None:
                received.append(self.rfile.read(int(self.headers["Content-Length"])).decode(errors="replace"))
                self.send_response(200)
                self.end_headers()

        super().__init__((address, 0), Handler)
        self.received, self.url = received, f"http://{address}:{self.server_port}"
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()


@pytest.fixture
def forge(machine: str, tmp_path: Path) -> Iterator[Forge]:
    server = Forge(tmp_path, machine)
    yield server
    server.shutdown()


@pytest.fixture
def collector(machine: str) -> Iterator[Collector]:
    server = Collector(machine)
    yield server
    server.shutdown()


def test_agent_writes_commits_and_pushes_and_goes_on_after_a_restart(
    real_stand: Callable[..., RealStand], model: ModelApi, forge: Forge, collector: Collector
) -> None:
    upstream = forge.repository(forge.address)
    forge.tokens[f"https://{forge.address}"] = TOKEN
    stand = real_stand(
        agent_instructions="Answer in verse.\n",
        git_hosts={forge.address: "GITHUB_TOKEN"},
        git_user_name="reviewer (AFK)",
        telemetry=collector.url,
        env={
            "GIT_SSL_CAINFO": "/data/ca.pem",
            "OTEL_METRIC_EXPORT_INTERVAL": "1000",
            "T3CODE_OTLP_EXPORT_INTERVAL_MS": "1000",
        },
    )
    (stand.export.folder / "ca.pem").write_bytes(forge.authority.read_bytes())
    api = stand.control_plane()
    pod = stand.pod(kube.ready, "T3 is ready")
    clone = f"git clone -q https://{forge.address}/owner/app.git /data/app && cd /data/app"
    rules = "echo 'Sign every commit.' > CLAUDE.md && git add . && git commit -qm rules"
    stand.exec(pod, "bash", "-c", f"{clone} && {rules} && git worktree add -qb t3/issue /data/issue")

    model.plans["Implement the issue"] = [
        "echo 'def answer(): return 42' > answer.py && git add answer.py",
        "git commit -qm 'Answer the question'",
        "git push -q origin HEAD",
    ]
    api.create_thread(repository="/data/app", worktree="/data/issue", branch="t3/issue")
    turn = api.run_turn("Implement the issue.")
    assert turn["latestTurn"]["state"] == "completed", turn["session"]

    shown = ["git", "-C", upstream, "show", "--no-patch", "--format=%an <%ae>%n%s", "t3/issue"]
    assert (
        subprocess.run(shown, capture_output=True, text=True, check=True).stdout == f"{AUTHOR}\nAnswer the question\n"
    )
    asked = json.dumps(model.requests[0])
    assert "Answer in verse." in asked, "the instructions of the chart"
    assert "Sign every commit." in asked, "the instructions of the repository"
    kube.until(lambda: "claude_code.token.usage" in "".join(collector.received), "the agent's metrics", timeout=30)
    kube.until(lambda: "t3_provider_turns_total" in "".join(collector.received), "the metrics of T3", timeout=30)

    kube.kubectl("-n", stand.namespace, "delete", "pod", pod["metadata"]["name"])
    api = stand.control_plane()
    model.plans["Now the tests"] = ["git log --format=%s"]
    assert api.run_turn("Now the tests.")["latestTurn"]["state"] == "completed"
    history = json.dumps(model.requests[-1]["messages"])
    assert "Implement the issue." in history, "the session goes on after the restart"
    assert "Answer the question" in history, "the tool ran in the same worktree"

    logs = [stand.log(pod, container) for container in ("install-t3", "t3")]
    written = [
        file.read_bytes()
        for file in stand.export.folder.rglob("*")
        if file.is_file() and "t3-install" not in file.parts
    ]
    told = "".join([*logs, json.dumps(model.requests), *collector.received]).encode() + b"".join(written)
    for secret in (TOKEN, LOGIN):
        assert secret.encode() not in told
