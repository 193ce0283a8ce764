"""What a container of the pod is at, and what is wrong with it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from t3afk_constructs.verify.snapshot import Object, Snapshot, events_of, failure, name_of
from t3afk_constructs.verify.verdict import Stage, end, one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

_MANY_RESTARTS = 2
_IN_USE = 75  # the exit status of start-t3 and install-t3 when another pod holds the volume's lock
_KILLED: Final = (137, 143)  # SIGKILL, SIGTERM: by somebody or by the node, for install-t3 itself never ends with them
_NEXT_START: Final = 60.0  # seconds for an install that the next start may well bring to its end
_SCRIPT_LINE = re.compile(r"(fix-perms|install-t3|start-t3): ")
_PULL_REASONS = ("ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "RegistryUnavailable")
_CONFIG_REASONS = ("CreateContainerConfigError", "CreateContainerError", "RunContainerError")


def container_trouble(pod: Object, status: Object, seen: Snapshot) -> Stage | None:
    """What is wrong with the container, if anything."""
    waiting = status.get("state", {}).get("waiting", {})
    reason, message = waiting.get("reason", ""), one_line(waiting.get("message", ""))
    where = f"container {status['name']}"
    if reason in _PULL_REASONS:
        if reason == "ImagePullBackOff" and (events := events_of(pod, seen, "Failed")):
            message = next((one_line(e["message"]) for e in events if "pull" in e.get("message", "")), message)
        return end("image pull", f"{where}: {status['image']}: {message}; correct the image or its registry", 45)
    if reason in _CONFIG_REASONS:
        if re.search(r'secret "[^"]*" not found|in Secret ', message):
            way_out = "`kubectl describe externalsecret` in the namespace says why it is not made"
            return end("secret missing", f"{where}: {message}; {way_out}", 60)
        return end("cannot start", f"{where}: {reason}: {message}", 30)
    return _ended(pod, status, seen)


def _ended(pod: Object, status: Object, seen: Snapshot) -> Stage | None:
    ended = failure(status)
    if ended is None:
        return None
    name, code = status["name"], ended["exitCode"]
    said = _said(seen.logs.get((name_of(pod), name), ()))
    stage: Stage | None = None
    if ended.get("reason") == "OOMKilled":
        text = f"container {name} was killed at its memory limit; raise it"
        stage = end("out of memory", text, 0 if status.get("restartCount", 0) >= _MANY_RESTARTS else 30)
    elif "needs node" in said or ("T3 needs " in said and "fails on node" in said):
        stage = end("node too old", said)
    elif code == _IN_USE:
        stage = end("second writer", said, 45)
    elif name == "install-t3" and code in _KILLED:
        text = f"container {name} was killed (status {code}), and the next start tries again; it said last: {said}"
        stage = end("install failed", text, _NEXT_START)
    elif name == "install-t3":
        stage = end("install failed", said, _NEXT_START if "next start tries again" in said else 0)
    elif name == "fix-perms":
        stage = end("volume", said)
    elif status.get("restartCount", 0) >= _MANY_RESTARTS:
        times = f"has ended {status['restartCount'] + 1} times, the last time with status {code}"
        stage = end("crash loop", f"container {name} {times}: {said}")
    return stage


def container_progress(pod: Object, status: Object, seen: Snapshot) -> str | None:
    """What a container is at; None for one that is done, or whose turn has not come."""
    state, name = status.get("state", {}), status["name"]
    if failure(status):
        return f"{name} has failed and starts again"
    if "running" in state and not status.get("ready"):
        lines = seen.logs.get((name_of(pod), name), ())
        said = f": {_said(lines)}" if any(line.strip() for line in lines) else ""
        init = any(name == container["name"] for container in pod["spec"].get("initContainers", []))
        return f"{name} runs{said}" if init else f"{name} runs, its port is not open yet{said}"
    return None


def _said(lines: Sequence[str]) -> str:
    """The last line of the pod's scripts, or else of whatever ran."""
    filled = [line for line in lines if line.strip()]
    ours = [line for line in filled if _SCRIPT_LINE.match(line)]
    return one_line((ours or filled or ["it printed nothing"])[-1])
