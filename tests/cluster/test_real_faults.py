"""The real T3 and the real Claude CLI are killed, stopped, hung and starved of memory in the middle of a turn."""

from __future__ import annotations

import sqlite3
import time
from typing import TYPE_CHECKING, Any

import kube
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import RealStand
    from control_plane import ControlPlane
    from model_api import ModelApi

pytestmark = pytest.mark.cluster

KILLS = 5


def start_long_turn(api: ControlPlane, model: ModelApi, text: str) -> None:
    """Start a turn of many steps, and wait until its tool runs. The Claude CLI refuses a long `sleep`."""
    model.plans[text] = [f"timeout 30 tail -f /dev/null; echo {step} >> steps" for step in range(100)]
    asked = len(model.requests)
    api.start_turn(text)
    kube.until(lambda: len(model.requests) > asked, "the model is asked", timeout=60)
    time.sleep(1.5)


def kill_t3(stand: RealStand, pod: dict[str, Any], signal: str) -> None:
    program = f"for p in /proc/[0-9]*; do [[ $(readlink $p/exe) != */t3 ]] || kill -{signal} ${{p#/proc/}}; done; true"
    stand.exec(pod, "bash", "-c", program, check=False)


def restarts(pod: dict[str, Any]) -> int:
    return int(kube.container(pod, "t3").get("restartCount", 0))


def assert_databases_are_whole(stand: RealStand) -> None:
    databases = list((stand.export.folder / "t3/userdata").glob("*.sqlite"))
    assert databases
    for file in databases:
        with sqlite3.connect(file) as database:
            assert database.execute("pragma integrity_check").fetchall() == [("ok",)]


def test_killed_t3_leaves_no_agent_and_its_thread_goes_on(
    real_stand: Callable[..., RealStand], model: ModelApi
) -> None:
    """An agent that outlived T3 would work beside the one of the next message, in the same worktree."""
    stand = real_stand()
    api = stand.control_plane()
    stand.create_thread(api)
    for kill in range(KILLS):
        pod = stand.ready()
        start_long_turn(api, model, f"Long work {kill}.")
        assert "claude" in stand.processes(pod)
        kill_t3(stand, pod, "KILL")
        asked = len(model.requests)
        count = restarts(pod)
        pod = stand.pod(lambda pod, n=count: restarts(pod) > n and kube.ready(pod), "T3 is ready again", 240)
        assert kube.container(pod, "t3")["lastState"]["terminated"]["exitCode"] == 137
        assert "claude" not in stand.processes(pod)
        assert len(model.requests) == asked, "nobody goes on with the turn"
        assert api.thread()["session"]["status"] == "error"
    model.plans["And now?"] = ["true"]
    assert api.run_turn("And now?")["latestTurn"]["state"] == "completed"
    assert "Long work 4." in str(model.requests[-1]["messages"]), "the same session"
    kube.kubectl("-n", stand.namespace, "scale", "deployment", stand.name, "--replicas=0")
    kube.until(lambda: not stand.pods(), "T3 has ended")
    assert_databases_are_whole(stand)


def test_stopped_agent_begins_no_further_step_and_a_second_writer_waits(
    real_stand: Callable[..., RealStand], new_stand: Callable[..., Any], model: ModelApi
) -> None:
    stand = real_stand()
    api = stand.control_plane()
    stand.create_thread(api)
    pod = stand.ready()

    second = new_stand(export=stand.export)
    second.apply()
    refused = second.pod(lambda pod: kube.ended(pod, "t3"), "the second writer has ended", 240)
    assert kube.ended(refused, "t3")["exitCode"] == 75
    assert second.line(refused, "t3", f"is in use by {pod['metadata']['name']} since")

    kube.kubectl("-n", second.namespace, "delete", "deployment", second.name)

    start_long_turn(api, model, "Long work.")
    asked, start = len(model.requests), time.monotonic()
    kube.kubectl("-n", stand.namespace, "delete", "pod", pod["metadata"]["name"])
    assert time.monotonic() - start < 30, "SIGKILL after the grace period takes more than 48 s"
    assert len(model.requests) == asked, "the agent asks the model no more"

    api = stand.control_plane()
    assert api.thread()["session"]["status"] == "error"
    model.plans["Where were you?"] = ["true"]
    assert api.run_turn("Where were you?")["latestTurn"]["state"] == "completed"
    assert "its outcome is unknown" in str(model.requests[-1]["messages"]), "the model learns of the tool that ran"


def test_hung_t3_is_not_ready_and_then_restarted(real_stand: Callable[..., RealStand]) -> None:
    """It keeps its port open, and answers nothing."""
    stand = real_stand()
    pod = stand.ready()
    kill_t3(stand, pod, "STOP")
    stand.pod(lambda pod: not kube.container(pod, "t3")["ready"], "the Service leaves it out", 90)
    count = restarts(pod)
    stand.pod(lambda pod: restarts(pod) > count and kube.ready(pod), "a new T3 is ready", 420)


def test_t3_works_on_after_an_agent_took_all_memory(real_stand: Callable[..., RealStand], model: ModelApi) -> None:
    """The kernel kills the tool alone, or with cgroup v2 the whole container."""
    stand = real_stand()
    api = stand.control_plane()
    stand.create_thread(api)
    count = restarts(stand.ready())
    model.plans["Take all memory."] = ["node -e 'const a=[];for(;;)a.push(Buffer.alloc(1<<26,1))'; echo \"ended $?\""]
    api.start_turn("Take all memory.")

    def ended() -> bool:
        return "ended 137" in str(model.requests[-1:]) or restarts(stand.pods()[0]) > count

    kube.until(ended, "the kernel kills", timeout=180)
    stand.ready()
    kube.until(lambda: (api.thread()["session"] or {}).get("status") != "running", "the turn ends", timeout=60)
    model.plans["And now?"] = ["true"]
    assert api.run_turn("And now?")["latestTurn"]["state"] == "completed"
