"""The stage of a pod's container: its failure, or its progress."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from t3afk_constructs.verify.snapshot import Object, Snapshot, events_of, failure, name_of
from t3afk_constructs.verify.verdict import Stage, end, one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

_MANY_RESTARTS = 2
_IN_USE = 75  # exit status of start-t3 and install-t3 if another pod holds the volume's lock
_KILLED: Final = (137, 143)  # SIGKILL, SIGTERM: from a person or the node; install-t3 never exits with them itself
_NEXT_START: Final = 60.0  # seconds for the next start to finish the install
_SCRIPT_LINE = re.compile(r"(fix-perms|install-t3|start-t3): ")
_PULL_REASONS = ("ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "RegistryUnavailable")
_CONFIG_REASONS = ("CreateContainerConfigError", "CreateContainerError", "RunContainerError")


def container_trouble(pod: Object, status: Object, snapshot: Snapshot) -> Stage | None:
    """The container's failure; None for a healthy container."""
    waiting = status.get("state", {}).get("waiting", {})
    reason, message = waiting.get("reason", ""), one_line(waiting.get("message", ""))
    where = f"container {status['name']}"
    if reason in _PULL_REASONS:
        if reason == "ImagePullBackOff" and (events := events_of(pod, snapshot, "Failed")):
            message = next((one_line(e["message"]) for e in events if "pull" in e.get("message", "")), message)
        return end("image pull", f"{where}: {status['image']}: {message}; correct the image or its registry", 45)
    if reason in _CONFIG_REASONS:
        if re.search(r'secret "[^"]*" not found|in Secret ', message):
            way_out = "find the reason with `kubectl describe externalsecret` in the namespace"
            return end("secret missing", f"{where}: {message}; {way_out}", 60)
        return end("cannot start", f"{where}: {reason}: {message}", 30)
    return _terminated(pod, status, snapshot)


def _terminated(pod: Object, status: Object, snapshot: Snapshot) -> Stage | None:
    termination = failure(status)
    if termination is None:
        return None
    name, code = status["name"], termination["exitCode"]
    line = _last_line(snapshot.logs.get((name_of(pod), name), ()))
    stage: Stage | None = None
    if termination.get("reason") == "OOMKilled":
        text = f"container {name} was killed at its memory limit; raise the limit"
        stage = end("out of memory", text, 0 if status.get("restartCount", 0) >= _MANY_RESTARTS else 30)
    elif "needs node" in line or ("T3 needs " in line and "fails on node" in line):
        stage = end("node too old", line)
    elif code == _IN_USE:
        stage = end("second writer", line, 45)
    elif name == "install-t3" and code in _KILLED:
        text = f"container {name} was killed (status {code}); the next start tries again; last line: {line}"
        stage = end("install failed", text, _NEXT_START)
    elif name == "install-t3":
        stage = end("install failed", line, _NEXT_START if "next start tries again" in line else 0)
    elif name == "fix-perms":
        stage = end("volume", line)
    elif status.get("restartCount", 0) >= _MANY_RESTARTS:
        times = f"terminated {status['restartCount'] + 1} times, last with status {code}"
        stage = end("crash loop", f"container {name} {times}: {line}")
    return stage


def container_progress(pod: Object, status: Object, snapshot: Snapshot) -> str | None:
    """The container's progress; None before its start and after its success."""
    state, name = status.get("state", {}), status["name"]
    if failure(status):
        return f"{name} failed and restarts"
    if "running" in state and not status.get("ready"):
        lines = snapshot.logs.get((name_of(pod), name), ())
        suffix = f": {_last_line(lines)}" if any(line.strip() for line in lines) else ""
        init = any(name == container["name"] for container in pod["spec"].get("initContainers", []))
        return f"{name} is running{suffix}" if init else f"{name} is running but not ready yet{suffix}"
    return None


def _last_line(lines: Sequence[str]) -> str:
    """The last line of the pod's scripts, or else of any program."""
    filled = [line for line in lines if line.strip()]
    from_scripts = [line for line in filled if _SCRIPT_LINE.match(line)]
    return one_line((from_scripts or filled or ["no output"])[-1])
