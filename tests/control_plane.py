"""T3's HTTP API, as a control plane uses it: projects, threads and turns."""

from __future__ import annotations

import json
import time
import urllib.request
import uuid
from datetime import datetime, timezone
from typing import Any

MODEL = {"instanceId": "claudeAgent", "model": "claude-sonnet-5"}
MODE = {"modelSelection": MODEL, "runtimeMode": "full-access", "interactionMode": "default"}


class ControlPlane:
    """One T3, asked with the token of a session."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.token = url, token

    def ask(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(self.url + path, data, headers), timeout=30) as answer:
            return json.load(answer)

    def dispatch(self, kind: str, **body: Any) -> None:
        created = datetime.now(timezone.utc).isoformat().replace("+00:00", "Z")
        command = {"type": kind, "commandId": str(uuid.uuid4()), "createdAt": created}
        self.ask("/api/orchestration/dispatch", command | body)

    def create_thread(self, *, repository: str, worktree: str, branch: str, thread: str = "thread") -> None:
        """A project of the repository, and a thread in its worktree."""
        self.dispatch("project.create", projectId=f"{thread}-project", title="demo", workspaceRoot=repository)
        place = {"projectId": f"{thread}-project", "branch": branch, "worktreePath": worktree}
        self.dispatch("thread.create", threadId=thread, title="demo", **place, **MODE)

    def start_turn(self, text: str, thread: str = "thread") -> None:
        message = {"messageId": str(uuid.uuid4()), "role": "user", "text": text, "attachments": []}
        self.dispatch("thread.turn.start", threadId=thread, message=message, **MODE)

    def thread(self, thread: str = "thread") -> dict[str, Any]:
        return self.ask(f"/api/orchestration/threads/{thread}")["thread"]

    def run_turn(self, text: str, thread: str = "thread", timeout: float = 120) -> dict[str, Any]:
        """Start a turn, and return the thread when the turn has ended."""
        before = (self.thread(thread)["latestTurn"] or {}).get("turnId")
        self.start_turn(text, thread)
        deadline = time.monotonic() + timeout
        while True:
            state = self.thread(thread)
            turn, session = state["latestTurn"] or {}, state["session"] or {}
            if turn.get("turnId") != before and turn.get("state") not in (None, "running"):
                return state
            failed = [each for each in state["activities"] if each["kind"] == "provider.turn.start.failed"]
            assert not failed, failed
            assert time.monotonic() < deadline, f"the turn has not ended: {turn} {session}"
            time.sleep(0.2)
