"""Executors recover from kills, failed installs and lost nodes."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import kube
import pytest

from t3afk_constructs import Resources

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Stand

pytestmark = pytest.mark.cluster

KILLS = 10


def test_install_that_is_killed_ten_times_ends_ready(stand: Stand) -> None:
    """Each pod's install is killed twice: at first, and after the kubelet's restart. Then the pod is replaced."""
    moments = random.Random(6)
    killed: set[tuple[str, int]] = set()

    def is_installing(pod: dict[str, Any]) -> bool:
        restarts = kube.container(pod, "install-t3").get("restartCount")
        return kube.running(pod, "install-t3") and (pod["metadata"]["uid"], restarts) not in killed

    stand.apply(npm_registry=f"{stand.registry}/slow/1500")
    while len(killed) < KILLS:
        pod = stand.pod(is_installing, "an install runs")
        restarts = kube.container(pod, "install-t3")["restartCount"]
        killed.add((pod["metadata"]["uid"], restarts))
        program = f"sleep {moments.uniform(0, 2.5):.2f}; kill -9 -1"
        stand.exec(pod, "bash", "-c", program, container="install-t3", check=False)
        uid = pod["metadata"]["uid"]
        pod = stand.pod(
            lambda pod, uid=uid, n=restarts: (
                pod["metadata"]["uid"] == uid
                and kube.ended(pod, "install-t3")
                and (kube.container(pod, "install-t3")["restartCount"] > n or not kube.running(pod, "install-t3"))
            ),
            "the install is killed",
        )
        assert kube.ended(pod, "install-t3")["exitCode"] == 137
        if restarts:
            kube.kubectl("-n", stand.namespace, "delete", "pod", pod["metadata"]["name"], "--wait=false")
    assert not (stand.installs / "current").exists(), "every kill came too late"

    pod = stand.pod(kube.ready, "ready in the end")
    assert stand.ask(pod)["version"] == "0.0.27"
    assert len(list(stand.installs.glob("install.*"))) == 1, "leftovers are removed"


def test_versions_and_parking_follow_the_manifest(stand: Stand) -> None:
    stand.apply()
    first = stand.pod(stand.version_runs("0.0.27"), "the first version runs")
    assert stand.ask(first, "/write")["written"] == 1

    stand.apply(t3_version="0.0.28")
    raised = stand.pod(stand.version_runs("0.0.28"), "the raised version runs")
    assert [pod["metadata"]["name"] for pod in stand.pods()] == [raised["metadata"]["name"]], "the old pod is gone"
    assert stand.ask(raised) == stand.ask(raised) | {"version": "0.0.28", "opened": 2, "written": 1, "check": "ok"}
    installs = [*stand.installs.glob("install.*")]
    assert [(i / "wanted").read_text().split()[0] for i in installs] == ["t3@0.0.28"]

    stand.apply(t3_version="0.0.404")
    failed = stand.pod(lambda pod: kube.ended(pod, "install-t3").get("exitCode"), "the install fails")
    line = stand.line(failed, "install-t3", "install-t3: cannot install t3@0.0.404 ")
    assert "(ETARGET)" in line
    assert "still there, untouched: t3@0.0.28" in line

    stand.apply(t3_version="0.0.28")
    back = stand.pod(stand.version_runs("0.0.28"), "the version before runs again")
    machine = stand.exec(back, "uname", "-m").strip()
    assert f"0.0.28 @anthropic-ai/claude-code@1.0.0 for {machine} is installed" in stand.log(back, "install-t3")
    assert [*stand.installs.glob("install.*")] == installs, "nothing was installed to go back"

    kept = ("pvc", stand.volume), ("service", stand.name), ("configmap", f"{stand.name}-claudemd")
    before = [kube.get(kind, name, stand.namespace)["metadata"]["uid"] for kind, name in kept]
    stand.apply(t3_version="0.0.28", parked=True)
    kube.until(lambda: not stand.pods(), "parked: no pod")
    assert [kube.get(kind, name, stand.namespace)["metadata"]["uid"] for kind, name in kept] == before
    stand.apply(t3_version="0.0.28")
    unparked = stand.pod(stand.version_runs("0.0.28"), "it runs again")
    assert stand.ask(unparked) == stand.ask(unparked) | {"opened": 4, "written": 1, "check": "ok"}


def test_second_deployment_on_the_export_does_not_open_the_database(
    stand: Stand, new_stand: Callable[..., Stand]
) -> None:
    stand.apply()
    first = stand.pod(kube.running, "the first runs")
    assert stand.ask(first)["opened"] == 1
    second = new_stand(export=stand.export)
    second.apply()
    refused = second.pod(lambda pod: kube.ended(pod, "t3"), "the second has ended")
    assert kube.ended(refused, "t3")["exitCode"] == 75
    assert second.line(refused, "t3", f"is in use by {first['metadata']['name']} since").startswith("start-t3: ")
    answer = stand.ask(first)
    assert (answer["opened"], answer["hosts"]) == (1, [{"host": first["metadata"]["name"]}])


def test_pod_of_a_lost_node_stays_the_only_writer_until_it_ends(stand: Stand) -> None:
    """The Deployment replaces a pod whose container still runs: here, because the pod's label changes."""
    stand.apply()
    lost = stand.pod(kube.running, "T3 runs")
    name = lost["metadata"]["name"]
    assert stand.ask(lost)["opened"] == 1
    kube.kubectl("-n", stand.namespace, "label", "pod", name, "app=lost", "--overwrite")
    refused = stand.pod(lambda pod: kube.ended(pod, "t3"), "its successor has ended")
    assert kube.ended(refused, "t3")["exitCode"] == 75
    assert stand.line(refused, "t3", f"is in use by {name} since").startswith("start-t3: ")
    assert stand.ask(lost, "/write")["hosts"] == [{"host": name}]

    kube.kubectl("-n", stand.namespace, "delete", "pod", name, "--wait=false")
    successor = stand.pod(kube.running, "the successor runs once the lost pod is gone")
    answer = stand.ask(successor)
    assert (answer["opened"], answer["written"], answer["check"]) == (2, 1, "ok")


def test_t3_above_its_memory_limit_restarts_without_losing_data(stand: Stand) -> None:
    stand.apply(resources=Resources(cpu="20m", memory="32Mi", memory_limit="256Mi"))
    pod = stand.pod(kube.running, "T3 runs")
    for _ in range(5):
        assert stand.ask(pod, "/write")["check"] == "ok"
    stand.ask(pod, "/allocate")
    killed = stand.pod(lambda pod: kube.ended(pod, "t3"), "the kernel kills T3")
    assert kube.ended(killed, "t3")["reason"] == "OOMKilled"
    again = stand.pod(kube.running, "T3 runs again")
    assert again["metadata"]["uid"] == pod["metadata"]["uid"], "the container was restarted, not the pod"
    answer = stand.ask(again)
    assert (answer["opened"], answer["written"], answer["check"]) == (2, 5, "ok")
