"""kubectl as the tests use it: the cluster that KUBECONFIG names, and the field manager that the guide recommends."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[1]
MANAGER = "t3afk"
T = TypeVar("T")


def kubectl(*arguments: str | Path, stdin: str | None = None, check: bool = True, timeout: float = 120) -> str:
    """What a kubectl command prints; with `check=False` also what it complains about."""
    done = subprocess.run(
        ["kubectl", *map(str, arguments)], input=stdin, capture_output=True, text=True, timeout=timeout, check=False
    )
    if check:
        assert done.returncode == 0, f"kubectl {' '.join(map(str, arguments))}: {done.stderr}"
        return done.stdout
    return done.stdout + done.stderr


def get(kind: str, name: str, namespace: str | None = None) -> dict[str, Any]:
    """One object with all its metadata."""
    scope = ["-n", namespace] if namespace else []
    return json.loads(kubectl("get", kind, name, *scope, "-o", "json", "--show-managed-fields"))


def items(kind: str, namespace: str, labels: str = "") -> list[dict[str, Any]]:
    selector = ["-l", labels] if labels else []
    return json.loads(kubectl("get", kind, "-n", namespace, *selector, "-o", "json"))["items"]


def apply(manifest: Path, *options: str) -> str:
    """Apply a file as the guide does."""
    return kubectl("apply", "--server-side", f"--field-manager={MANAGER}", *options, "-f", manifest)


def create(*objects: dict[str, Any], manager: str = "test") -> None:
    documents = {"apiVersion": "v1", "kind": "List", "items": list(objects)}
    kubectl("create", f"--field-manager={manager}", "-f", "-", stdin=json.dumps(documents))


def until(look: Callable[[], T], what: str, timeout: float = 90, every: float = 0.3) -> T:
    """The first true answer of `look`."""
    deadline = time.monotonic() + timeout
    while not (answer := look()):
        assert time.monotonic() < deadline, f"not after {timeout} s: {what}"
        time.sleep(every)
    return answer


def container(pod: dict[str, Any], name: str) -> dict[str, Any]:
    """The status of a container, empty before the kubelet has written one."""
    status = pod.get("status", {})
    every = [*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])]
    return next((entry for entry in every if entry["name"] == name), {})


def ready(pod: dict[str, Any]) -> bool:
    return "deletionTimestamp" not in pod["metadata"] and container(pod, "t3").get("ready", False)


def running(pod: dict[str, Any], name: str = "t3") -> bool:
    return "deletionTimestamp" not in pod["metadata"] and "running" in container(pod, name).get("state", {})


def ended(pod: dict[str, Any], name: str) -> dict[str, Any]:
    """How the container ended the last time, or nothing."""
    status = container(pod, name)
    return status.get("state", {}).get("terminated") or status.get("lastState", {}).get("terminated") or {}


def owned_fields(document: dict[str, Any], manager: str) -> list[dict[str, Any]]:
    """The manager's entries of managedFields."""
    return [entry for entry in document["metadata"].get("managedFields", []) if entry["manager"] == manager]
