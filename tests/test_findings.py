"""The places of findings, which a silence may name, and their order."""

from pathlib import Path
from typing import Any

import pytest
from cdk8s import App, Chart, JsonPatch
from constructs import Construct
from plain import container, pod, thing, workload

from t3afk_constructs import HOME, ClusterChart, InputError, Manifest, SynthError, guard, silence, synth
from t3afk_constructs.rules.registry import check

SECRET, TAG = "no-secret-values", "image-tag"


@pytest.fixture
def app(tmp_path: Path) -> App:
    return App(outdir=str(tmp_path / "dist"))


@pytest.fixture
def chart(app: App) -> Chart:
    guard(app)
    return new_chart(app, "one")


def new_chart(app: Construct, id: str) -> ClusterChart:  # noqa: A002
    chart = ClusterChart(app, id, platform=HOME, namespace="ns", disable_resource_name_hashes=True)
    Manifest(chart, "namespace", {"apiVersion": "v1", "kind": "Namespace", "metadata": space(id)})
    return chart


def space(name: str) -> dict[str, Any]:
    return {"name": "ns" if name == "one" else name, "labels": {"tier": "4-aux"}}


def errors(app: App) -> list[str]:
    with pytest.raises(SynthError) as refused:
        synth(app)
    return list(refused.value.errors)


ENV = [{"name": "DB_PASSWORD", "value": "hunter2"}, {"name": "APP_TOKEN", "value": "hunter3"}]
TWO = pod(container(env=ENV, image="docker.io/app"), container(name="side", image="docker.io/side"))
ENV_POINTER = "/spec/template/spec/containers/0/env/1/value"
URL = {"name": "URL", "value": "postgres://me:hunter2pass@db"}


@pytest.mark.parametrize(
    ("rule", "at", "left"),
    [
        (SECRET, "DB_PASSWORD", ["APP_TOKEN has a plain value"]),
        (SECRET, "app", []),
        (TAG, "app", ["container 'side'"]),
        (TAG, "docker.io/side", ["container 'app'"]),
        (TAG, None, []),
    ],
)
def test_a_silence_holds_at_a_variable_container_or_image(
    app: App, chart: Chart, rule: Any, at: str | None, left: list[str]
) -> None:
    made = Manifest(chart, "app", workload(template=TWO))
    silence(made, rule=rule, at=at, because="it is public")
    found = [line for line in errors(app) if f"[{rule}]" in line]
    assert len(found) == len(left)
    assert all(part in line for part, line in zip(left, found, strict=True))


@pytest.mark.parametrize("at", ["URL", ENV_POINTER, "/spec/template", "spec.template.spec.containers[0].env[1].value"])
def test_a_silence_holds_at_a_field_and_below_it(app: App, chart: Chart, at: str) -> None:
    plain = workload(template=pod(container(env=[{"name": "A", "value": "b"}, URL])))
    made = Manifest(chart, "app", plain)
    assert len([line for line in errors(app) if SECRET in line]) == 1
    silence(made, rule=SECRET, at=at, because="the database is empty")
    synth(app)


def test_a_silence_holds_at_a_key_of_binary_data(app: App, chart: Chart) -> None:
    data = {"a/b": "Z2hwX2ExQjJhMUIyYTFCMmExQjJhMUIyYTFCMmExQjJhMUIy"}
    made = Manifest(chart, "c", {"apiVersion": "v1", "kind": "ConfigMap", "binaryData": data})
    assert SECRET in "".join(errors(app))
    silence(made, rule=SECRET, at="a/b", because="it is revoked")
    synth(app)


@pytest.mark.parametrize("at", ["OTHER", "/spec/template/spec/containers/0/env/1/val", "s "])
def test_a_silence_of_another_place_is_unused(
    app: App, chart: Chart, at: str, capsys: pytest.CaptureFixture[str]
) -> None:
    silence(Manifest(chart, "app", workload(template=TWO)), rule=SECRET, at=at, because="a reason")
    errors(app)
    assert f"one/app: the silence of {SECRET} at '{at}' (a reason) has no finding" in capsys.readouterr().err


@pytest.mark.parametrize("at", ["", " ", 7])
def test_a_silence_names_its_place(chart: Chart, at: Any) -> None:
    with pytest.raises(InputError, match=r"at .* names no place; write a name from the message or a JSON pointer"):
        silence(chart, rule=SECRET, at=at, because="a reason")


def test_a_silence_of_misread_text_is_used_by_app_synth_alone(
    app: App, chart: Chart, capsys: pytest.CaptureFixture[str]
) -> None:
    made = Manifest(chart, "c", {"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "0o7"}})
    with pytest.raises(RuntimeError, match="misread-text"):
        app.synth()
    silence(made, rule="misread-text", because="nobody reads it")
    synth(app)
    app.synth()
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("changed", [False, True])
def test_a_silence_on_one_of_two_objects_of_one_name_leaves_the_other(app: App, chart: Chart, changed: bool) -> None:
    for id in ("a", "b"):  # noqa: A001
        made = Manifest(chart, id, workload(template=pod(container(image="docker.io/node"))))
        if id == "a":
            silence(made, rule=TAG, because="it is a trial")
        elif changed:
            made.add_json_patch(JsonPatch.add("/metadata/labels", {"b": "c"}))
    found = [line.partition(": ")[0] for line in errors(app) if TAG in line]
    assert found == ["one/b"]


def test_errors_come_by_chart_and_object_with_the_cause_first(app: App, chart: Chart) -> None:
    bad = pod(container(image="example.com/app", securityContext={"privileged": True}), hostPID=True)
    new_chart(app, "two")
    for scope, names in ((chart, "ba"), (app.charts[1], "dc")):
        for name in names:
            Manifest(scope, name, workload(name=name, template=bad))
    Manifest(chart, "again", workload(name="b", template=bad))
    rules = ["trusted-registries", "image-tag", "no-privileged", "no-host-namespaces"]
    objects = {"one/b and one/again": ["unique-objects", *rules], "one/a": rules, "two/d": rules, "two/c": rules}
    found = [(line.partition(":")[0], line.rpartition("[")[2][:-1]) for line in errors(app)]
    assert found == [(path, rule) for path, broken in objects.items() for rule in broken]


PLACES = {
    "known-fields": ("/spec/template/spec/containers/0/livenesProbe", "livenesProbe", "/spec/template"),
    "unique-entries": ("/spec/template/spec/containers/0/env/1", "/spec/template/spec/containers/0/env"),
    "mounted-volumes": ("gone", "app"),
    "unused-volumes": ("idle",),
    "non-root-user": ("docker.io/library/node:24", "app"),
    "database-mounts": ("/data/x.db", "A", "app", "shared"),
    "no-secret-values": ("gethomepage.dev/widget.key", "/metadata/annotations/gethomepage.dev~1widget.key"),
}


def test_a_finding_of_a_rule_about_pods_has_its_place() -> None:
    claim = {"name": "data", "persistentVolumeClaim": {"claimName": "data"}}
    faulty = container(
        image="docker.io/library/node:24",
        livenesProbe={},
        env=[{"name": "A", "value": "/data/x.db"}] * 2,
        volumeMounts=[{"name": "data", "mountPath": "/data"}, {"name": "gone", "mountPath": "/gone"}],
        securityContext={"runAsNonRoot": True},
    )
    made = workload(template=pod(faulty, volumes=[claim, {"name": "idle", "emptyDir": {}}]))
    made["metadata"]["annotations"] = {"gethomepage.dev/widget.key": "correct horse"}
    csi = {"csi": {"driver": "nfs.csi.k8s.io"}, "mountOptions": ["soft"]}
    volumes = (thing("PersistentVolume", name="shared", spec=csi), thing("PersistentVolumeClaim", name="data"))
    volumes[1]["spec"] = {"volumeName": "shared"}
    findings = {each.rule: each for each in check([made, *volumes], HOME)}
    for rule, places in PLACES.items():
        assert [place for place in places if not findings[rule].is_at(place)] == []
        assert not findings[rule].is_at("/spec/replicas")
