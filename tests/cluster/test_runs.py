"""An executor starts on an empty export, without privileges."""

from __future__ import annotations

import stat
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import kube
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Stand

pytestmark = pytest.mark.cluster

RESTRICTED = {"pod-security.kubernetes.io/enforce": "restricted"}
BASELINE = {"pod-security.kubernetes.io/enforce": "baseline"}


def process_status(stand: Stand, pod: dict[str, Any]) -> dict[str, str]:
    """The kernel's status of the process of T3."""
    program = (
        "for p in /proc/[0-9]*; do tr '\\0' ' ' <$p/cmdline | grep -q '^node.* serve ' && cat $p/status; done; true"
    )
    lines = stand.exec(pod, "bash", "-c", program).splitlines()
    return {key: value.strip() for key, _, value in (line.partition(":") for line in lines)}


@pytest.mark.parametrize(
    ("fix_permissions", "labels"), [(True, BASELINE), (False, RESTRICTED)], ids=["baseline", "restricted"]
)
def test_executor_starts_on_an_empty_export_without_privileges(
    new_stand: Callable[..., Stand], *, fix_permissions: bool, labels: dict[str, str]
) -> None:
    stand = new_stand(labels)
    objects = stand.apply(fix_permissions=fix_permissions)
    pod = stand.pod(kube.ready, "the probes are ready")

    spec = pod["spec"]
    assert [c["name"] for c in spec["initContainers"]] == (["fix-perms"] if fix_permissions else []) + ["install-t3"]
    status = process_status(stand, pod)
    assert status["Uid"].split() == status["Gid"].split() == ["1000"] * 4
    assert {status[f"Cap{kind}"] for kind in ("Inh", "Prm", "Eff", "Bnd", "Amb")} == {"0" * 16}
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")
    assert "No such file" in stand.exec(pod, "ls", "/var/run/secrets/kubernetes.io", check=False)

    instructions = next(o for o in objects if o["kind"] == "ConfigMap")["data"]["CLAUDE.md"]
    assert stand.exec(pod, "bash", "-c", 'cat "$CLAUDE_CONFIG_DIR/CLAUDE.md"') == instructions
    stand.exec(pod, "bash", "-c", 'cd "$CLAUDE_CONFIG_DIR" && mkdir session-env && touch session-env/x y')
    arguments = stand.exec(pod, "bash", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '")
    assert "serve" in arguments
    assert "secret-value" not in arguments
    assert stand.ask(pod) | {"hosts": []} == {
        "version": "0.0.27",
        "opened": 1,
        "written": 0,
        "check": "ok",
        "hosts": [],
    }

    top = stand.export.folder.stat()
    assert (top.st_gid, top.st_mode & 0o2070) == (1000, 0o2070)
    assert bool(top.st_mode & stat.S_IWGRP)


def test_deleted_pod_ends_in_seconds_and_orphans_are_reaped(stand: Stand) -> None:
    stand.apply()
    pod = stand.pod(kube.running, "T3 runs")
    stand.ask(pod)
    stand.exec(pod, "bash", "-c", "for i in 1 2 3; do (sleep 0.$i; exit 3) & done; exec true")

    def states() -> list[str]:
        program = "cat /proc/[0-9]*/stat 2>/dev/null | awk '{print $3, $2}'; true"
        return stand.exec(pod, "bash", "-c", program).splitlines()

    def are_reaped(lines: list[str]) -> bool:
        assert {"(node)", "(t3)", "(MainThread)"} & {line.partition(" ")[2] for line in lines}, lines
        return not [line for line in lines if line.startswith("Z") or line.endswith("(sleep)")]

    kube.until(lambda: are_reaped(states()), "the orphans are reaped", timeout=20)
    assert stand.exec(pod, "cat", "/proc/1/comm").strip() == "pause"

    start = time.monotonic()
    kube.kubectl("-n", stand.namespace, "delete", "pod", pod["metadata"]["name"])
    assert time.monotonic() - start < 15, "SIGKILL after the grace period takes more than 30 s"


@pytest.mark.parametrize(
    ("fix_permissions", "labels"), [(True, BASELINE), (False, RESTRICTED)], ids=["root init", "restricted"]
)
def test_restart_changes_no_file(
    new_stand: Callable[..., Stand], *, fix_permissions: bool, labels: dict[str, str]
) -> None:
    """Neither the init container nor the kubelet changes one of 20,000 files of another owner."""
    stand = new_stand(labels)
    stand.apply(fix_permissions=fix_permissions)
    first = stand.pod(kube.running, "T3 runs")
    files = []
    for number in range(200):
        folder = stand.export.folder / f"worktrees/{number}"
        folder.mkdir(parents=True)
        files += [folder / str(file) for file in range(100)]
    for file in files:
        file.touch(mode=0o600)
    assert len(files) == 20_000

    def seen() -> list[tuple[int, int, int, int]]:
        return [(each.st_uid, each.st_gid, each.st_mode, each.st_ctime_ns) for each in map(Path.stat, files)]

    before = seen()
    kube.kubectl("-n", stand.namespace, "delete", "pod", first["metadata"]["name"])
    second = stand.pod(kube.running, "T3 runs again")
    assert second["metadata"]["uid"] != first["metadata"]["uid"]
    assert seen() == before
