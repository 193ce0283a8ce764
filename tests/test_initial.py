"""Initial fields: what `synth` writes for the first apply, and for all later ones."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from attrs import evolve
from cdk8s import App, Chart, JsonPatch, YamlOutputType
from manifests import new_chart
from plain import Manifest as Plain
from plain import container, pod, workload

from t3afk_constructs import HOME, ClusterChart, InputError, Manifest, WebService, silence, synth
from t3afk_constructs.initial import field_complaint, parts

IMAGE = "/spec/template/spec/containers/app/image"
SIDE = "/spec/template/spec/containers/side/image"


def deployment(*containers: Plain, **spec: Any) -> Plain:
    return workload(template=pod(*containers), **spec)


def written(app: App) -> dict[str, Any]:
    folder = Path(app.outdir)
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != ".synth")
    return {str(path.relative_to(folder)): list(yaml.safe_load_all(path.read_text())) for path in files}


@pytest.fixture
def app(tmp_path: Path) -> App:
    return App(outdir=str(tmp_path / "dist"))


def test_each_field_is_in_one_part_and_both_together_are_the_manifest() -> None:
    side = container(name="side", env=[{"name": "A", "value": "1"}])
    made = deployment(container(), side, replicas=0)
    made["metadata"]["labels"] = {"a": "b"}
    rest, handover = parts(made, [IMAGE, "/spec/replicas", SIDE, "/metadata/labels/a"])
    assert handover == {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "app", "namespace": "ns", "labels": {"a": "b"}},
        "spec": {
            "replicas": 0,
            "template": {
                "spec": {
                    "containers": [
                        {"name": "app", "image": "docker.io/library/app:1.2.3"},
                        {"name": "side", "image": "docker.io/library/app:1.2.3"},
                    ]
                }
            },
        },
    }
    template = {"metadata": {"labels": {"app": "app"}}}
    template["spec"] = {"containers": [{"name": "app"}, {"name": "side", "env": side["env"]}]}  # type: ignore[dict-item]
    assert rest == made | {
        "metadata": {"name": "app", "namespace": "ns"},
        "spec": {"selector": made["spec"]["selector"], "template": template},
    }


def test_a_map_that_becomes_empty_leaves_the_manifest() -> None:
    claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "a"}}
    claim["spec"] = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}  # type: ignore[assignment]
    rest, handover = parts(claim, ["/spec/resources/requests/storage"])
    assert rest == claim | {"spec": {"accessModes": ["ReadWriteOnce"]}}
    assert handover == claim | {"spec": {"resources": {"requests": {"storage": "1Gi"}}}}


@pytest.mark.parametrize("layout", list(YamlOutputType), ids=lambda layout: layout.name)
def test_the_first_apply_has_its_own_files_in_each_layout(tmp_path: Path, layout: YamlOutputType) -> None:
    app = App(outdir=str(tmp_path), yaml_output_type=layout)
    chart = new_chart(app)
    whole = deployment()
    made = Manifest(chart, "web", whole, initial=[IMAGE])
    Manifest(chart, "other", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "other"}})
    new_chart_of_others = Chart(app, "plain")
    Manifest(new_chart_of_others, "c", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}})
    synth(app)
    files = written(app)
    name = "app" if layout == YamlOutputType.FILE_PER_APP else "test"
    first, handover = files.pop(f"{name}.first"), files.pop(f"{name}.handover")
    rest, expected = parts(made.to_json(), [IMAGE])
    assert handover == [expected]
    assert made.to_json() in first
    assert all(file.endswith(".yaml") for file in files)
    assert {each["metadata"]["name"] for each in first} == {"app", "other"} | ({"c"} if name == "app" else set())
    assert [each for file in files.values() for each in file if each["kind"] == "Deployment"] == [rest]


@pytest.mark.parametrize(
    "layout", [YamlOutputType.FILE_PER_CHART, YamlOutputType.FILE_PER_APP], ids=lambda each: each.name
)
def test_an_object_of_another_cluster_keeps_its_image(tmp_path: Path, layout: YamlOutputType) -> None:
    app = App(outdir=str(tmp_path), yaml_output_type=layout)
    lab = evolve(HOME, domain="lab.example.com")
    image = "docker.io/library/web:1.2.3"
    for name, platform, owner in (("home", HOME, "cluster"), ("lab", lab, "manifest")):
        chart = ClusterChart(app, name, platform=platform, namespace="web")
        WebService(chart, "web", name="web", image=image, image_owner=owner, port=80)
    synth(app)
    files = written(app)
    one = layout == YamlOutputType.FILE_PER_APP
    later = files["app.k8s.yaml"] if one else [*files["home.k8s.yaml"], *files["lab.k8s.yaml"]]
    pods = [each["spec"]["template"]["spec"] for each in later if each["kind"] == "Deployment"]
    assert [pod["containers"][0].get("image") for pod in pods] == [None, image]
    assert {file for file in files if not file.endswith(".yaml")} == (
        {"app.first", "app.handover"} if one else {"home.first", "home.handover"}
    )
    assert len(files["app.handover" if one else "home.handover"]) == 1


def test_a_new_first_apply_is_named_once(app: App, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("one", "two", "three"):
        Manifest(Chart(app, name), "web", deployment() | {"metadata": {"name": name}}, initial=[IMAGE])
    Manifest(Chart(app, "plain"), "web", deployment())
    synth(app)
    text = "one.first{}: the first apply takes three commands (docs/moving-fields.md)\n"
    assert capsys.readouterr().err == text.format(" and 2 more")
    synth(app)
    assert capsys.readouterr().err == ""
    Path(app.outdir, "one.first").unlink()
    synth(app)
    assert capsys.readouterr().err == text.format("")


def test_patches_and_renamed_objects_are_divided_as_they_are_rendered(app: App) -> None:
    chart = Chart(app, "test")
    whole = deployment()
    renamed = Manifest(chart, "one", whole, initial=[IMAGE])
    renamed.add_json_patch(
        JsonPatch.replace("/metadata/name", "two"), JsonPatch.replace("/spec/template/spec/containers/0/image", "a:1")
    )
    without = Manifest(chart, "three", whole | {"metadata": {"name": "three"}}, initial=[IMAGE])
    without.add_json_patch(JsonPatch.remove("/spec/template/spec/containers/0/image"))
    synth(app)
    (handover,) = written(app)["test.handover"]
    assert handover["metadata"]["name"] == "two"
    assert handover["spec"]["template"]["spec"]["containers"] == [{"name": "app", "image": "a:1"}]
    assert [each["metadata"]["name"] for each in written(app)["test.k8s.yaml"]] == ["two", "three"]


def test_the_synth_of_cdk8s_writes_whole_manifests_and_warns(app: App, capsys: pytest.CaptureFixture[str]) -> None:
    chart = Chart(app, "test")
    quiet = deployment() | {"metadata": {"name": "quiet"}}
    Manifest(chart, "web", deployment(), initial=[IMAGE])
    silence(Manifest(chart, "quiet", quiet, initial=[IMAGE]), rule="owned-fields", because="Argo CD ignores it")
    app.synth()
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"warning: test/web: Deployment 'app' in namespace 'ns': app.synth() writes {IMAGE}, and ")
    assert written(app) == {"test.k8s.yaml": [deployment(), quiet]}


@pytest.mark.parametrize(
    ("field", "complaint"),
    [
        ("spec.replicas", "is not a JSON pointer; write '/spec/replicas'"),
        ("/spec/replicas", "names no field of the manifest"),
        ("/spec/template/spec/containers/0/image", "names no field of the manifest"),
        ("/spec/template/spec/containers/app/name", "is part of an identity"),
        ("/metadata/name", "is part of an identity"),
        (3, "is not a JSON pointer"),
    ],
)
def test_a_field_that_cannot_be_handed_over_is_an_error(app: App, field: Any, complaint: str) -> None:
    with pytest.raises(InputError, match=f"Manifest 'test/web': initial .*{complaint}"):
        Manifest(Chart(app, "test"), "web", deployment(), initial=[field])


@pytest.mark.parametrize(
    ("field", "whole"),
    [
        ("/spec/template/spec/containers/app/ports/http/hostPort", "/spec/template/spec/containers/app/ports"),
        (
            "/spec/template/spec/containers/app/volumeMounts/data/mountPath",
            "/spec/template/spec/containers/app/volumeMounts",
        ),
    ],
)
def test_a_list_that_the_api_server_does_not_merge_by_name_is_initial_as_a_whole(
    app: App, field: str, whole: str
) -> None:
    ports = [{"name": "http", "containerPort": 80, "hostPort": 80}]
    made = deployment(container(ports=ports, volumeMounts=[{"name": "data", "mountPath": "/data"}]))
    chart = Chart(app, "test")
    complaint = (
        f"initial '{field}' is in a list that the API server does not merge by 'name'; name the whole list, '{whole}'"
    )
    with pytest.raises(InputError, match=re.escape(complaint)):
        Manifest(chart, "web", made, initial=[field])
    Manifest(chart, "web", made, initial=[whole])


def test_a_list_is_judged_by_the_kind_of_its_object() -> None:
    ports = [{"name": "http", "port": 80, "nodePort": 30080}]
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}, "spec": {"ports": ports}}
    subjects = [{"kind": "User", "name": "me", "apiGroup": "rbac.authorization.k8s.io"}]
    binding = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "subjects": subjects}
    own = {"apiVersion": "example.com/v1", "kind": "Own", "metadata": {"name": "a"}, "spec": {"ports": ports}}
    field = "/spec/ports/http/nodePort"
    assert "name the whole list, '/spec/ports'" in (field_complaint(field, service) or "")
    assert "name the whole list, '/subjects'" in (field_complaint("/subjects/me/kind", binding) or "")
    assert field_complaint(field, own) is None  # nothing here knows the lists of a custom resource
    assert parts(service, ["/spec/ports"]).handover == service


def test_the_example_of_the_page_writes_the_files_on_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (Path(__file__).parents[1] / "docs/moving-fields.md").read_text()
    (example,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    exec(example, {})
    listed = set(re.findall(r"^\| `(dist/\S+)` \|", text, re.MULTILINE))
    assert listed == {str(file.relative_to(tmp_path)) for file in tmp_path.glob("dist/[!.]*")}
    assert "nginx" not in (tmp_path / "dist/web.k8s.yaml").read_text()


def test_one_text_instead_of_a_list_is_an_error(app: App) -> None:
    with pytest.raises(InputError, match="put the value in"):
        Manifest(Chart(app, "test"), "web", deployment(), initial="/spec/x")
