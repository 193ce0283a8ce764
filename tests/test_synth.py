"""What `synth` writes, and what it leaves alone when it fails."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

import pytest
from cdk8s import App, Chart, JsonPatch, YamlOutputType

from t3afk_constructs import HOME, ClusterChart, InputError, Manifest, SynthError, guard, synth
from t3afk_constructs.output_folder import RECORD

if TYPE_CHECKING:
    from constructs import Construct

ROOT = Path(__file__).parent.parent
FILE_PER_RESOURCE = YamlOutputType.FILE_PER_RESOURCE
FOLDER_PER_CHART = YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE


@pytest.fixture
def app(tmp_path: Path) -> App:
    return App(outdir=str(tmp_path / "dist"))


def new_chart(scope: Construct, id: str) -> ClusterChart:  # noqa: A002
    return ClusterChart(scope, id, platform=HOME, namespace="ns")


def config_map(scope: Construct, name: str = "c", **data: str) -> Manifest:
    metadata = {"name": name, "namespace": "ns"}
    return Manifest(scope, name, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})


def two_charts(app: App) -> list[Manifest]:
    return [config_map(new_chart(app, name), name) for name in ("one", "two")]


def written(app: App) -> dict[str, bytes]:
    """The files in the app's folder but the record, after a look that nothing else is beside it."""
    folder = Path(app.outdir)
    assert {path.name for path in folder.parent.iterdir()} <= {"dist", "ours", "theirs"}
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != RECORD)
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.mark.parametrize("layout", list(YamlOutputType), ids=lambda layout: layout.name)
@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize("dependency", [None, "chart", "construct"])
def test_the_files_are_those_of_cdk8s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, layout: YamlOutputType, nested: bool, dependency: str | None
) -> None:
    monkeypatch.setenv("CDK8S_RECORD_CONSTRUCT_METADATA", "true")

    def make(outdir: str) -> App:
        options = {"yaml_output_type": layout, "output_file_extension": ".yml"}
        # node has read the environment already
        app = App(outdir=str(tmp_path / outdir), record_construct_metadata=True, **options)
        one = new_chart(app, "one")
        two = Chart(one if nested else app, "two")
        new_chart(app, "empty")
        first = config_map(one, text="a: 'b'\n\n", number="0x1F", accent="\u00e9\U0001f600")
        second = Manifest(two, "numbers", {"apiVersion": "e.com/v1", "kind": "N", "list": [1.0, 2**31, 1e21, None, {}]})
        config_map(one, "a").node.add_dependency(config_map(one, "z"))
        if dependency:
            first.node.add_dependency(two if dependency == "chart" else second)
        guard(app)
        return app

    ours, theirs = make("ours"), make("theirs")
    synth(ours)
    theirs.synth()
    assert len(written(theirs)) > 1
    found, expected = written(ours), written(theirs)
    assert json.loads(found.pop("construct-metadata.json")) == json.loads(expected.pop("construct-metadata.json"))
    assert found == expected


def two_namespaces(app: App, *charts: str) -> None:
    """Two objects of one kind and name, in two namespaces and in one or two charts."""
    for namespace, chart in zip(("first", "second"), charts, strict=True):
        metadata = {"name": "same", "namespace": namespace}
        scope = app.node.try_find_child(chart) or new_chart(app, chart)
        Manifest(scope, namespace, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata})


@pytest.mark.parametrize("write", [App.synth, synth], ids=["app.synth()", "synth(app)"])
@pytest.mark.parametrize(
    ("layout", "charts"), [(FILE_PER_RESOURCE, ("one", "two")), (FOLDER_PER_CHART, ("one", "one"))]
)
def test_an_object_whose_file_another_one_overwrites_is_refused(
    tmp_path: Path, write: Any, layout: YamlOutputType, charts: tuple[str, str]
) -> None:
    app = App(outdir=str(tmp_path / "dist"), yaml_output_type=layout)
    two_namespaces(app, *charts)
    message = (
        rf"{charts[0]}: ConfigMap 'same' in namespace 'first' and {charts[1]}: ConfigMap 'same' in namespace 'second': "
        rf"the layout {layout.name} has one file for them, 'ConfigMap\.same'.*FILE_PER_CHART.* \[lost-object\]"
    )
    with pytest.raises((SynthError, RuntimeError), match=message):
        write(app)
    assert list(tmp_path.rglob("*.yaml")) == []


@pytest.mark.parametrize("write", [App.synth, synth], ids=["app.synth()", "synth(app)"])
@pytest.mark.parametrize(
    "layout", [each for each in YamlOutputType if each != FILE_PER_RESOURCE], ids=lambda layout: layout.name
)
def test_a_chart_for_each_namespace_writes_all(tmp_path: Path, write: Any, layout: YamlOutputType) -> None:
    app = App(outdir=str(tmp_path / "dist"), yaml_output_type=layout)
    two_namespaces(app, "one", "two")
    write(app)
    assert sum(text.count(b"name: same") for text in written(app).values()) == 2


def test_objects_without_a_name_have_one_file(tmp_path: Path) -> None:
    app = App(outdir=str(tmp_path), yaml_output_type=FOLDER_PER_CHART)
    chart = new_chart(app, "one")
    for namespace in ("first", "second"):
        metadata = {"generateName": "a-", "namespace": namespace}
        made = Manifest(chart, namespace, {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata})
        made.add_json_patch(JsonPatch.remove("/metadata/name"))
    with pytest.raises(SynthError, match=r"has one file for them, 'Job\.undefined'"):
        synth(app)


def test_a_chart_that_has_the_name_of_another_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CDK8S_RECORD_CONSTRUCT_METADATA", "true")
    app = App(outdir=str(tmp_path / "dist"), output_file_extension=".json")
    config_map(new_chart(app, "construct-metadata"))
    with pytest.raises(SynthError, match=r"construct-metadata\.json: two files have this name; choose another output_"):
        synth(app)


def test_warnings_are_errors_on_demand_and_nothing_is_written(app: App, capsys: pytest.CaptureFixture[str]) -> None:
    chart = new_chart(app, "one")
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole"}
    Manifest(chart, "role", {**role, "metadata": {"name": "r", "namespace": "ns"}})
    config_map(chart)
    for _ in range(2):
        with pytest.raises(
            SynthError, match=r"^1 error, nothing is written:\n  one/role: .* \[no-namespace-in-cluster\]$"
        ):
            synth(app, warnings="error")
    assert written(app) == {}
    assert capsys.readouterr().err == ""
    synth(app)
    assert capsys.readouterr().err.startswith("warning: one/role: ClusterRole 'r'")
    with pytest.raises(SynthError, match="no-namespace-in-cluster"):  # also if it is printed already
        synth(app, warnings="error")
    chart.node.try_remove_child("role")
    config_map(chart, "new")
    synth(app, warnings="error")
    assert b"name: new" in written(app)["one.k8s.yaml"]
    with pytest.raises(InputError, match="synth: warnings 'fail' is not allowed; use one of 'print', 'error'"):
        synth(app, warnings="fail")  # type: ignore[arg-type]


def test_when_cdk8s_fails_in_the_second_chart_nothing_is_written(app: App) -> None:
    _, second = two_charts(app)
    second.add_json_patch(JsonPatch.test("/kind", "Other"))
    with pytest.raises(SynthError, match="two/two") as caught:
        synth(app)
    assert caught.value.__suppress_context__
    assert len(caught.value.errors) == 1
    assert "jsii" not in str(caught.value)
    assert written(app) == {}
    assert not Path(app.outdir).exists()


def test_an_error_without_a_message_is_reported(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ClusterChart, "to_json", Mock(side_effect=RuntimeError))
    new_chart(app, "one")
    with pytest.raises(SynthError, match="cdk8s gives no reason"):
        synth(app)


@pytest.mark.parametrize(
    ("blocked", "complaint"),
    [
        ("two/ConfigMap.two.k8s.yaml/", r"two\.k8s\.yaml is a folder in the place of a manifest; remove it"),
        ("two", "dist/two: File exists"),
        ("", "dist: File exists"),
    ],
)
def test_what_is_in_the_way_is_named_and_nothing_is_written(tmp_path: Path, blocked: str, complaint: str) -> None:
    app = App(outdir=str(tmp_path / "dist"), yaml_output_type=FOLDER_PER_CHART)
    two_charts(app)
    place = tmp_path / "dist" / blocked
    if blocked.endswith("/"):
        place.mkdir(parents=True)
    else:
        place.parent.mkdir(exist_ok=True)
        place.touch()
    before = written(app)
    with pytest.raises(SynthError, match=complaint):
        synth(app)
    assert written(app) == before


def test_a_full_disk_leaves_nothing_behind(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    full = OSError(28, "No space left on device", "dist/one.k8s.yaml")
    monkeypatch.setattr(Path, "replace", Mock(side_effect=full))
    two_charts(app)
    with pytest.raises(SynthError, match=r"dist/one\.k8s\.yaml: No space left on device; check the output folder"):
        synth(app)
    assert written(app) == {}
    assert not Path(app.outdir).exists()


def test_the_manifest_of_a_removed_chart_is_removed_and_named(app: App, capsys: pytest.CaptureFixture[str]) -> None:
    two_charts(app)
    synth(app)
    app.node.try_remove_child("two")
    synth(app)
    assert written(app).keys() == {"one.k8s.yaml"}
    assert capsys.readouterr().err == f"removed {app.outdir}/two.k8s.yaml: the app no longer renders it\n"


def test_text_that_kubectl_reads_as_a_number_is_quoted_and_refused_where_cdk8s_writes_it(app: App) -> None:
    config_map(new_chart(app, "one"), number="0B11")
    synth(app)
    assert b'number: "0B11"' in written(app)["one.k8s.yaml"]
    with pytest.raises(RuntimeError, match=r"data\.number is not what kubectl reads, .*; call synth\(app\) instead"):
        app.synth()


def test_two_apps_of_one_program_keep_each_others_files(app: App) -> None:
    other = App(outdir=app.outdir)
    config_map(new_chart(app, "one"))
    config_map(new_chart(other, "two"))
    for each in (app, other, app):
        synth(each)
    assert written(app).keys() == {"one.k8s.yaml", "two.k8s.yaml"}


def test_only_an_app_that_cdk8s_writes_is_accepted(app: App) -> None:
    class Named(App):
        pass

    class Writes(App):
        def synth(self) -> None:
            """Write nothing."""

    with pytest.raises(InputError, match=r"^synth: app <.*Writes.*> has a class with its own synth; call app\.synth"):
        synth(Writes())
    for value in ("dist", new_chart(app, "one")):
        with pytest.raises(InputError, match=r"^synth: app .* is not an App; pass the app"):
            synth(value)
    named = Named(outdir=app.outdir)
    two_charts(named)
    synth(named)
    assert len(written(named)) == 2


MAIN = """
    import sys
    sys.path.insert(0, {root!r})
    from cdk8s import App
    from t3afk_constructs import HOME, ClusterChart, Manifest, guard, synth

    app = App()
    for name in ("one", "two"):
        spec = {{"hostPID": {broken} and name == "two"}}
        chart = ClusterChart(app, name, platform=HOME, namespace="ns")
        Manifest(chart, "p", {{"apiVersion": "v1", "kind": "Pod", "metadata": {{"name": name}}, "spec": spec}})
    guard(app)
    {write}(app)
"""


def run(tmp_path: Path, *command: str, broken: bool, write: str = "synth") -> subprocess.CompletedProcess[str]:
    """Run an app as a program of its own."""
    main = textwrap.dedent(MAIN).format(root=str(ROOT), broken=broken, write=write)
    (tmp_path / "main.py").write_text(main)
    (tmp_path / "cdk8s.yaml").write_text(f"language: python\napp: {sys.executable} main.py\n")
    return subprocess.run([*command], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.program
@pytest.mark.parametrize("flags", [[], ["-O"], ["-OO"]], ids=["plain", "-O", "-OO"])
def test_the_error_of_a_program_has_no_stack_of_node(tmp_path: Path, flags: list[str]) -> None:
    done = run(tmp_path, sys.executable, *flags, "main.py", broken=True)
    assert done.returncode == 1
    assert done.stderr.rstrip().splitlines()[-2].endswith("SynthError: 1 error, nothing is written:")
    assert "two/p: Pod 'two' in namespace 'ns': the pod sets hostPID" in done.stderr.splitlines()[-1]
    assert "jsii" not in done.stderr
    assert not (tmp_path / "dist").exists()


@pytest.mark.program
@pytest.mark.parametrize("broken", [True, False])
@pytest.mark.parametrize("write", ["synth", "App.synth"])
def test_the_cdk8s_command_writes_all_or_nothing(tmp_path: Path, broken: bool, write: str) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "old.k8s.yaml").write_text("old")
    cli = ROOT / "node_modules" / ".bin" / "cdk8s"
    done = run(tmp_path, str(cli), "synth", "-o", "out", broken=broken, write=write)
    assert (done.returncode != 0) == broken
    assert sorted(path.name for path in (tmp_path / "out").glob("[!.]*")) == (
        [] if broken else ["one.k8s.yaml", "two.k8s.yaml"]
    )
    assert ("the pod sets hostPID" in done.stderr + done.stdout) == broken
