"""Workloads of cdk8s-plus that leave to admission what it sets."""

from pathlib import Path
from typing import Any
from unittest.mock import patch

import cdk8s_plus_27 as kplus
import pytest
from cdk8s import ApiObject, App, Chart, Cron, JsonPatch, Size
from constructs import Construct
from jsii._kernel.providers.process import _NodeProcess
from manifests import new_chart, objects, one

from t3afk_constructs import InputError, Namespace, NfsVolume, guard, leave_to_admission, synth

IMAGE = "docker.io/nginxinc/nginx-unprivileged:1.29.1"
KINDS: dict[type[Any], dict[str, Any]] = {
    kplus.Deployment: {},
    kplus.StatefulSet: {},
    kplus.DaemonSet: {},
    kplus.Job: {},
    kplus.CronJob: {"schedule": Cron.daily()},
    kplus.Pod: {},
}


def make(kind: type[Any], scope: Construct) -> Any:
    needed = {"service": kplus.Service(scope, "service", ports=[{"port": 80}])} if kind is kplus.StatefulSet else {}
    return kind(scope, "made", **KINDS[kind], **needed)


def text(folder: Path) -> str:
    return "".join(file.read_text() for file in folder.glob("*.yaml"))


@pytest.mark.parametrize("write", [App.synth, synth], ids=["app.synth()", "synth(app)"])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_the_plainest_workload_is_right_under_guard(kind: type[Any], write: Any, tmp_path: Path, capfd: Any) -> None:
    app = App(outdir=str(tmp_path))
    chart = new_chart(app)
    Namespace(chart, "namespace", tier="4-aux")
    workload = make(kind, chart)
    workload.add_container(image=IMAGE)
    guard(app)
    with pytest.raises(RuntimeError, match=r"(?s)\[no-cpu-limits\].*\[as-admitted\]"):
        app.synth()
    leave_to_admission(workload)
    for name in ("second", "third"):  # later containers count too, also after a synth
        workload.add_container(image=IMAGE, name=name)
        workload.add_init_container(image=IMAGE, name=f"init-{name}")
        write(app)
        assert name in text(tmp_path)
        assert not {"imagePullPolicy", "resources"} & set(text(tmp_path).replace(":", "").split())
    assert capfd.readouterr().err == ""


def test_fields_of_your_own_stay() -> None:
    chart = new_chart()
    deployment = kplus.Deployment(chart, "made", replicas=3)
    resources = kplus.ContainerResources(memory=kplus.MemoryResources(request=Size.mebibytes(64)))
    deployment.add_container(image=IMAGE, port_number=80, resources=resources)
    before = one(objects(chart), "Deployment", ApiObject.of(deployment).name)
    ApiObject.of(deployment).add_json_patch(JsonPatch.add("/spec/revisionHistoryLimit", 1))
    leave_to_admission(deployment)
    leave_to_admission(deployment)
    after = one(objects(chart), "Deployment", ApiObject.of(deployment).name)
    before["spec"]["revisionHistoryLimit"] = 1
    assert before["spec"]["template"]["spec"]["containers"][0].pop("imagePullPolicy") == "Always"
    assert after == before


def test_a_workload_costs_one_message_at_each_synth_and_few_for_its_patches(tmp_path: Path) -> None:
    app = App(outdir=str(tmp_path))
    workloads = [kplus.Deployment(Chart(app, f"c{i}"), "made", containers=[{"image": IMAGE}]) for i in range(4)]

    def messages(call: Any) -> int:
        with patch.object(_NodeProcess, "send", autospec=True, side_effect=_NodeProcess.send) as send:
            call()
        return send.call_count

    synth(app)
    plain = messages(lambda: synth(app))
    for workload in workloads:
        leave_to_admission(workload)
    assert [messages(lambda: synth(app)) - plain for _ in range(2)] == [4 * 4, 4]


def test_only_a_workload_is_accepted() -> None:
    chart = new_chart()
    volume = NfsVolume(chart, "data", name="data", nfs_path="/srv/data")
    for wrong in (volume, Construct(chart, "empty"), chart, None, "deployment"):
        with pytest.raises(InputError, match=r"leave_to_admission.*: workload .* is not a workload; pass a Deployment"):
            leave_to_admission(wrong)  # type: ignore[arg-type]
