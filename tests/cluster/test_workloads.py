"""WebService, CronJob and Service on an API server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import kube
import pytest
from cdk8s import App
from manifests import new_chart, render
from test_workload import ALL, KINDS, MINIMAL

from t3afk_constructs import File, Files, Pod, WebService

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.cluster

SHOW = "cat /etc/app.yml /etc/app.d/*; sleep 1000"


def applied(folder: Path, namespace: str, kind: type[Any] = WebService, **inputs: Any) -> str:
    chart = new_chart(App(outdir=str(folder)), namespace=namespace)
    kind(chart, "made", **inputs)
    (folder / "made.yaml").write_text(render(chart))
    return kube.apply(folder / "made.yaml")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_all_inputs_are_accepted_and_a_second_apply_changes_nothing(
    kind: type[Any], new_namespace: Callable[..., str], tmp_path: Path
) -> None:
    namespace = new_namespace()
    inputs = {name: value for name, value in ALL[kind].items() if name != "namespace"}
    inputs |= {"replicas": 0} if kind is WebService else {}
    lines = applied(tmp_path, namespace, kind, **inputs).splitlines()
    assert lines
    before = [kube.kubectl("get", line.split()[0], "-n", namespace, "-o", "jsonpath={.spec}") for line in lines]
    assert applied(tmp_path, namespace, kind, **inputs).splitlines() == lines
    after = [kube.kubectl("get", line.split()[0], "-n", namespace, "-o", "jsonpath={.spec}") for line in lines]
    assert before == after


def test_the_strategy_changes_both_ways(new_namespace: Callable[..., str], tmp_path: Path) -> None:
    namespace = new_namespace()
    for strategy in ("RollingUpdate", "Recreate", "RollingUpdate"):
        applied(tmp_path, namespace, **MINIMAL[WebService], replicas=0, strategy=strategy)
        live = kube.get("deployment", "photos", namespace)["spec"]["strategy"]
        assert live["type"] == strategy


def test_files_arrive_and_a_changed_file_starts_a_new_pod(new_namespace: Callable[..., str], tmp_path: Path) -> None:
    namespace = new_namespace()

    def log() -> str:
        return kube.kubectl("-n", namespace, "logs", "deployment/demo", check=False)

    for text in ("first\n", "second\n"):
        applied(
            tmp_path,
            namespace,
            name="demo",
            image="docker.io/library/busybox:1.37",
            command=["sh", "-c", SHOW],
            mounts={"/etc/app.yml": File(text), "/etc/app.d": Files({"a": "a: $x\n", "app.yml": "b\n"})},
            strategy="Recreate",
            pod=Pod(termination_grace_period_seconds=0),
        )
        kube.until(lambda expected=text: log() == f"{expected}a: $x\nb\n", f"{text!r} is in the log")
