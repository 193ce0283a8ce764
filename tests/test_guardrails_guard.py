"""Turning the rules on and off, and what stops a synth."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import textwrap
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cdk8s
import jsii
import pytest
from attrs import evolve
from cdk8s import ApiObject, App, Chart, JsonPatch, YamlOutputType
from constructs import Construct, IValidation

from t3afk_constructs import CollisionError, IngressFactory, inputs
from t3afk_constructs.guardrails import guard, silence
from t3afk_constructs.guardrails import guard as _guard_function
from t3afk_constructs.home import HOME
from t3afk_constructs.synthesis import SynthError, synth

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parent.parent
_guard_module = sys.modules[_guard_function.__module__]


def config_map(scope: Construct, name: str = "c", **data: str) -> ApiObject:
    made = ApiObject(scope, name, api_version="v1", kind="ConfigMap", metadata={"name": name, "namespace": "ns"})
    made.add_json_patch(JsonPatch.add("/data", data))
    return made


def pod(scope: Construct, name: str = "p", image: str = "docker.io/library/a:1.2.3", **spec: Any) -> ApiObject:
    made = ApiObject(scope, name, api_version="v1", kind="Pod", metadata={"name": name, "namespace": "ns"})
    made.add_json_patch(JsonPatch.add("/spec", {"containers": [{"name": "app", "image": image}], **spec}))
    return made


@pytest.fixture
def app(tmp_path: Path) -> App:
    return App(outdir=str(tmp_path / "dist"))


def written(app: App) -> list[str]:
    return sorted(str(path.relative_to(app.outdir)) for path in Path(app.outdir).rglob("*") if path.is_file())


# --- guard


def test_all_errors_of_all_charts_come_at_once_with_their_paths_and_nothing_is_written(app: App) -> None:
    pod(Construct(Chart(app, "one"), "inner"), hostPID=True)
    pod(Chart(app, "two"), "q", image="node", hostIPC=True)
    guard(app)
    with pytest.raises(SynthError, match=r"^4 errors, nothing is written:") as caught:
        synth(app)
    assert [re.sub(" .*", "", error) for error in caught.value.errors] == ["two/q:", "two/q:", "one/inner/p:", "two/q:"]
    assert "Pod 'p' in namespace 'ns': the pod sets hostPID" in str(caught.value)
    assert "[no-host-namespaces]" in str(caught.value)
    assert not Path(app.outdir).exists()
    assert not list(Path(app.outdir).parent.iterdir())
    assert "jsii" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_plain_synth_is_stopped_as_well(app: App) -> None:
    pod(Chart(app, "one"), hostPID=True)
    guard(app)
    with pytest.raises(RuntimeError, match="one/p: Pod 'p' in namespace 'ns': the pod sets hostPID"):
        app.synth()
    assert written(app) == []


@pytest.mark.parametrize("write", [synth, App.synth])
def test_the_rules_and_all_other_validations_speak_at_once(app: App, write: Callable[[App], None]) -> None:
    chart = Chart(app, "one")
    pod(chart, hostPID=True)
    strict = evolve(HOME, strict_middlewares=True)
    IngressFactory(chart, "i", name="i", namespace="ns", extra_middlewares=["a-b@kubernetescrd"], platform=strict)
    guard(app)
    with pytest.raises((SynthError, RuntimeError)) as caught:
        write(app)
    assert isinstance(caught.value, SynthError) == (write is synth)
    assert "one/p: Pod 'p' in namespace 'ns': the pod sets hostPID" in str(caught.value)
    assert "[one/i] the middleware 'a-b@kubernetescrd' is neither shared" in str(caught.value)
    assert written(app) == []


def test_no_message_shows_a_credential_wherever_it_stands(app: App, capsys: pytest.CaptureFixture[str]) -> None:
    token, password = "ghp_" + "a1B2" * 9, "hunter2pass"
    chart = Chart(app, token)
    broken = pod(chart, image=f"me:{password}@example.com/{token}:1")
    labels = {"name": token, "namespace": "ns", "labels": {"tier": token}}
    ApiObject(chart, "n", api_version="v1", kind="Namespace", metadata=labels)
    ApiObject(chart, "s", api_version="v1", kind="Secret", metadata=labels).add_json_patch(
        JsonPatch.add("/stringData", {token: "x"})
    )
    ApiObject(chart, "x", api_version="v1", kind="Service", metadata=labels).add_json_patch(
        JsonPatch.add("/spec", {"selector": {"app": token}})
    )
    needs, strict = [f"{token}@file"], evolve(HOME, strict_middlewares=True)
    IngressFactory(chart, "warned", name="a", namespace="ns", extra_middlewares=needs)
    IngressFactory(chart, "refused", name="b", namespace="ns", extra_middlewares=needs, platform=strict)
    silence(broken, rule="no-privileged", because=f"https://me:{password}@example.com says so, with {token}")
    guard(app)
    with pytest.raises(SynthError) as caught:
        synth(app)
    for rule in ("trusted-registries", "known-tier", "no-secret-values"):
        assert f"[{rule}]" in str(caught.value)
    assert "neither shared" in str(caught.value)
    with pytest.raises(RuntimeError) as plainly:
        app.synth()
    with pytest.raises(CollisionError) as twice:
        IngressFactory(chart, "again", name="b", namespace="ns", platform=strict)
    assert "/refused/" in str(twice.value)
    said = capsys.readouterr().err
    assert "neither shared" in said
    assert "[service-selector]" in said
    assert "[unused-silence]" in said
    for secret in (token, password):
        assert secret not in f"{caught.value}{twice.value}{said}"
        assert not re.search(rf"middleware.*{secret}", str(plainly.value))  # paths in front of it are cdk8s's


def test_a_finding_is_the_object_s_that_it_names_whatever_another_chart_renders_itself(app: App) -> None:
    class Own(Chart):
        def to_json(self) -> list[Any]:
            return list(super().to_json())

    chart = Chart(app, "a")
    bad, fine = Construct(chart, "bad"), Construct(chart, "fine")
    pod(bad, hostPID=True)
    pod(fine, "q")
    bad.node.add_dependency(fine)
    config_map(Own(app, "b"))
    silence(fine, rule="no-host-namespaces", because="it is a test")
    guard(app)
    with pytest.raises(SynthError, match="a/bad/p: Pod 'p' in namespace 'ns': the pod sets hostPID"):
        synth(app)


def test_a_silence_goes_with_its_construct(app: App, capsys: pytest.CaptureFixture[str]) -> None:
    quiet = Chart(app, "one")
    pod(quiet, hostPID=True)
    silence(quiet, rule="no-host-namespaces", because="it measures the node")
    guard(app)
    app.node.try_remove_child("one")
    synth(app)
    assert capsys.readouterr().err == ""
    pod(Chart(app, "one"), hostPID=True)
    with pytest.raises(SynthError, match="hostPID"):
        synth(app)


def test_a_chart_alone_is_guarded(app: App) -> None:
    pod(Chart(app, "one"), hostPID=True)
    two = Chart(app, "two")
    pod(two, "q", hostIPC=True)
    guard(two)
    with pytest.raises(SynthError, match="hostIPC") as caught:
        synth(app)
    assert len(caught.value.errors) == 1
    with pytest.raises(RuntimeError, match="hostIPC"):
        two.to_json()


@pytest.mark.parametrize("write", [synth, App.synth])
def test_an_app_that_node_has_made_is_guarded(write: Callable[[App], None]) -> None:
    app = cdk8s.Testing.app()
    chart = Chart(app, "one")
    silence(pod(chart, hostPID=True, hostIPC=True), rule="no-host-namespaces", because="it is a debugger")
    pod(chart, "q", hostPID=True)
    guard(chart)
    guard(app)
    with pytest.raises((SynthError, RuntimeError)) as caught:
        write(app)
    assert str(caught.value).count("sets host") == 1
    assert "one/q: Pod 'q'" in str(caught.value)


def test_a_chart_that_takes_another_s_place_is_guarded_by_its_own_guard(app: App) -> None:
    removed = Chart(app, "one")
    pod(removed, hostPID=True)
    guard(removed)
    app.node.try_remove_child("one")
    chart = Chart(app, "one")
    made = pod(chart, hostIPC=True)
    synth(app)
    guard(chart, platform=evolve(HOME, exact_image_pins=True))
    with pytest.raises(SynthError, match=r"1 error, .*\n.*sets hostIPC"):
        synth(app)
    made.add_json_patch(JsonPatch.remove("/spec/hostIPC"))
    synth(app)


def test_without_a_guard_everything_is_written(app: App) -> None:
    pod(Chart(app, "one"), hostPID=True)
    synth(app)
    assert written(app) == ["one.k8s.yaml"]


def test_what_a_patch_makes_is_what_is_checked(app: App) -> None:
    fine = pod(Chart(app, "one"))
    guard(app)
    synth(app)
    fine.add_json_patch(JsonPatch.add("/spec/hostPID", value=True), JsonPatch.replace("/metadata/name", "other"))
    with pytest.raises(SynthError, match="one/p: Pod 'other' in namespace 'ns': the pod sets hostPID"):
        synth(app)
    fine.add_json_patch(JsonPatch.remove("/spec/hostPID"))
    synth(app)


def test_a_chart_that_changes_after_one_plain_synth_is_checked_in_the_next(app: App) -> None:
    chart = Chart(app, "one")
    fine = pod(chart)
    guard(app)
    app.synth()
    chart.to_json()
    fine.add_json_patch(JsonPatch.add("/spec/hostPID", value=True))
    with pytest.raises(RuntimeError, match="hostPID"):
        app.synth()
    with pytest.raises(RuntimeError, match="hostPID"):
        chart.to_json()


@pytest.mark.parametrize("plain", [True, False])
def test_the_rules_run_once_a_synth_however_many_charts_there_are(
    app: App, plain: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for index in range(5):
        pod(Chart(app, f"c{index}"), f"p{index}")
    guard(app)
    runs = []
    real = _guard_module.check
    monkeypatch.setattr(_guard_module, "check", lambda *given: runs.append(1) or real(*given))
    for times in (1, 2):
        app.synth() if plain else synth(app)
        assert len(runs) == times
    assert len(written(app)) == 5


def test_what_is_rendered_together_is_judged_together(app: App) -> None:
    config_map(Chart(app, "one"))
    config_map(Chart(app, "two"))
    guard(app)
    with pytest.raises(SynthError, match="one/c and two/c: ConfigMap 'c' in namespace 'ns': it is rendered more"):
        synth(app)


def test_an_inner_guard_has_its_own_platform(app: App) -> None:
    lax = evolve(HOME, image_registries=())
    guard(app)
    outer = Chart(app, "outer")
    inner = Chart(outer, "inner")
    pod(inner, image="example.com/a:1")
    guard(inner, platform=lax)
    synth(app)
    pod(outer, "q", image="example.com/a:1")
    with pytest.raises(SynthError, match="outer/q: Pod 'q'") as caught:
        synth(app)
    assert len(caught.value.errors) == 1


def test_a_second_guard_changes_nothing_and_another_platform_is_refused(app: App) -> None:
    guard(app)
    guard(app, platform=HOME)
    with pytest.raises(inputs.InputError, match=r"guard .*: platform .* is not the one that it has"):
        guard(app, platform=evolve(HOME, image_registries=()))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"scope": None}, "scope None is neither an App nor a Chart"),
        ({"platform": "home"}, "platform 'home' is no Platform"),
    ],
)
def test_a_wrong_input_of_guard_is_refused(app: App, given: dict[str, Any], message: str) -> None:
    with pytest.raises(inputs.InputError, match=message):
        guard(**({"scope": app} | given))


# --- silence


def test_a_silence_lets_one_construct_break_one_rule(app: App) -> None:
    chart = Chart(app, "one")
    quiet = Construct(chart, "quiet")
    pod(quiet, hostPID=True)
    silence(quiet, rule="no-host-namespaces", because="it measures the node")
    guard(app)
    synth(app)
    pod(Construct(chart, "quieter"), "q", hostPID=True)
    with pytest.raises(SynthError, match="1 error, nothing is written:\n  one/quieter/q:"):
        synth(app)


def test_a_silence_of_one_rule_is_none_of_another(app: App) -> None:
    made = pod(Chart(app, "one"), image="node", hostPID=True)
    silence(made, rule="no-host-namespaces", because="it measures the node")
    guard(app)
    with pytest.raises(SynthError, match="2 errors") as caught:
        synth(app)
    assert "hostPID" not in str(caught.value)


def test_a_silence_that_is_no_longer_needed_is_a_warning(app: App, capsys: pytest.CaptureFixture[str]) -> None:
    made = pod(Chart(app, "one"))
    silence(made, rule="no-host-namespaces", because="it measures the node")
    guard(app)
    synth(app)
    assert capsys.readouterr().err == (
        "warning: one/p: silence of the rule no-host-namespaces (it measures the node) silences nothing; take it out "
        "[unused-silence]\n"
    )


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"rule": "no-such"}, "silence 'one': rule 'no-such' is not one of the words for it; write one of 'trusted-"),
        ({"because": ""}, "because '' gives no reason"),
        ({"because": " \n"}, "because .* gives no reason"),
        ({"because": None}, "because None gives no reason"),
        ({"construct": None}, "construct None is no Construct"),
    ],
)
def test_a_silence_needs_a_rule_and_a_reason(app: App, given: dict[str, Any], message: str) -> None:
    fine = {"construct": Chart(app, "one"), "rule": "image-tag", "because": "a reason"}
    with pytest.raises(inputs.InputError, match=message):
        silence(**(fine | given))


# --- warnings


def test_a_warning_is_printed_once_and_stops_nothing(app: App, capsys: pytest.CaptureFixture[str]) -> None:
    for index in range(3):
        pod(Chart(app, f"c{index}"), f"p{index}", image="docker.io/library/node:24")
    guard(app, platform=evolve(HOME, exact_image_pins=True))
    synth(app)
    app.synth()
    lines = capsys.readouterr().err.splitlines()
    assert [re.sub(r": Pod .*'docker.io/library/node:24' floats.*\[", " [", line) for line in lines] == [
        "warning: c0/p0 [image-exact]",
        "warning: c1/p1 [image-exact]",
        "warning: c2/p2 [image-exact]",
    ]


# --- writing


@pytest.mark.parametrize("kind", list(YamlOutputType), ids=lambda kind: kind.name)
@pytest.mark.parametrize("nested", [True, False])
def test_what_is_written_is_what_cdk8s_writes(tmp_path: Path, kind: YamlOutputType, nested: bool) -> None:
    def make(outdir: str) -> App:
        app = App(outdir=str(tmp_path / outdir), yaml_output_type=kind, output_file_extension=".yml")
        one = Chart(app, "one")
        config_map(one, text="a: 'b'\n")
        pod(Chart(one if nested else app, "two"))
        guard(app)
        return app

    ours, theirs = make("ours"), make("theirs")
    synth(ours)
    theirs.synth()
    assert written(ours) == written(theirs) != []
    for name in written(ours):
        assert (Path(ours.outdir) / name).read_bytes() == (Path(theirs.outdir) / name).read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ours", "theirs"]


def test_a_chart_whose_class_renders_itself_is_checked_and_written(app: App) -> None:
    class Own(Chart):
        def to_json(self) -> list[Any]:
            return [*super().to_json(), {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "own"}, "spec": spec}]

    spec: dict[str, Any] = {"containers": [{"name": "app", "image": "docker.io/library/a:1.2.3"}]}
    config_map(Own(app, "one"))
    guard(app)
    synth(app)
    assert (Path(app.outdir) / "one.k8s.yaml").read_text().count("\nkind: ") == 2
    spec["hostPID"] = True
    with pytest.raises(SynthError, match="the pod sets hostPID"):
        synth(app)


def test_what_changes_after_a_synth_is_in_the_next_one(app: App) -> None:
    changed = config_map(Chart(app, "one"))
    guard(app)
    for number in ("1", "2"):
        changed.add_json_patch(JsonPatch.add("/data/number", number))
        synth(app)
        assert f'number: "{number}"' in (Path(app.outdir) / "one.k8s.yaml").read_text()
    assert changed.chart.to_json()[0]["data"] == {"number": "2"}


def test_the_metadata_of_constructs_is_written_too(tmp_path: Path) -> None:
    app = App(outdir=str(tmp_path / "dist"), record_construct_metadata=True)
    config_map(Chart(app, "one"))
    guard(app)
    synth(app)
    assert written(app) == ["construct-metadata.json", "one.k8s.yaml"]
    assert "one/c" in (Path(app.outdir) / "construct-metadata.json").read_text()


def test_a_synth_that_fails_leaves_the_app_its_folder(app: App) -> None:
    broken = config_map(Chart(app, "one"))
    broken.add_json_patch(JsonPatch.test("/kind", "Other"))
    before = app.outdir
    with pytest.raises(SynthError):
        synth(app)
    assert app.outdir == before


def test_an_old_file_is_replaced_and_another_stays(app: App) -> None:
    folder = Path(app.outdir)
    folder.mkdir()
    (folder / "one.k8s.yaml").write_text("old")
    (folder / "mine.txt").write_text("mine")
    config_map(Chart(app, "one"))
    synth(app)
    assert "ConfigMap" in (folder / "one.k8s.yaml").read_text()
    assert (folder / "mine.txt").read_text() == "mine"


@pytest.mark.parametrize("guarded", [True, False])
def test_when_cdk8s_fails_in_the_second_chart_nothing_is_written(app: App, guarded: bool) -> None:
    config_map(Chart(app, "one"))
    broken = config_map(Chart(app, "two"))
    broken.add_json_patch(JsonPatch.test("/kind", "Other"))
    if guarded:
        guard(app)
    with pytest.raises(SynthError, match="two/c") as caught:
        synth(app)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    assert len(caught.value.errors) == 1
    assert not list(Path(app.outdir).parent.iterdir())


def test_a_folder_in_a_manifests_place_is_named_and_nothing_else_is_written(app: App) -> None:
    (Path(app.outdir) / "two.k8s.yaml").mkdir(parents=True)
    config_map(Chart(app, "one"))
    config_map(Chart(app, "two"), "d")
    with pytest.raises(SynthError, match=r"two\.k8s\.yaml is a folder where a manifest belongs; remove it"):
        synth(app)
    assert written(app) == []


def test_the_validations_of_other_constructs_are_told_in_full(app: App) -> None:
    @jsii.implements(IValidation)
    class Never:
        def validate(self) -> list[str]:
            return ["one thing", "another thing"]

    chart = Chart(app, "one")
    chart.node.add_validation(Never())
    with pytest.raises(SynthError, match="2 errors") as caught:
        synth(app)
    assert caught.value.errors == ("[one] one thing", "[one] another thing")


def run(tmp_path: Path, *command: str, main: str) -> subprocess.CompletedProcess[str]:
    """Run an app as a program of its own."""
    (tmp_path / "main.py").write_text(textwrap.dedent(main))
    (tmp_path / "cdk8s.yaml").write_text(f"language: python\napp: {sys.executable} main.py\n")
    return subprocess.run([*command], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)


MAIN = """
    import sys
    sys.path.insert(0, {root!r})
    from cdk8s import ApiObject, App, Chart, JsonPatch
    from t3afk_constructs.guardrails import guard
    from t3afk_constructs.synthesis import synth

    app = App()
    for name in ("one", "two"):
        made = ApiObject(Chart(app, name), "p", api_version="v1", kind="Pod",
                         metadata={{"name": name, "namespace": "ns"}})
        made.add_json_patch(JsonPatch.add("/spec", {{"hostPID": {broken} and name == "two"}}))
    guard(app)
    synth(app)
"""


@pytest.mark.parametrize("flags", [[], ["-O"], ["-OO"]], ids=["plain", "-O", "-OO"])
def test_the_error_of_an_app_has_no_stack_of_node_whatever_the_optimization(tmp_path: Path, flags: list[str]) -> None:
    done = run(tmp_path, sys.executable, *flags, "main.py", main=MAIN.format(root=str(ROOT), broken=True))
    assert done.returncode == 1
    assert done.stderr.rstrip().splitlines()[-2].endswith("SynthError: 1 error, nothing is written:")
    assert "two/p: Pod 'two' in namespace 'ns': the pod sets hostPID" in done.stderr.splitlines()[-1]
    assert "jsii" not in done.stderr
    assert not (tmp_path / "dist").exists()


@pytest.mark.parametrize("broken", [True, False])
def test_the_cdk8s_command_writes_all_or_nothing(tmp_path: Path, broken: bool) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "old.k8s.yaml").write_text("old")
    cli = ROOT / "node_modules" / ".bin" / "cdk8s"
    done = run(tmp_path, str(cli), "synth", "-o", "out", main=MAIN.format(root=str(ROOT), broken=broken))
    folder = tmp_path / "out"
    there = sorted(path.name for path in folder.iterdir()) if folder.exists() else []
    assert (done.returncode != 0) == broken
    assert there == ([] if broken else ["one.k8s.yaml", "two.k8s.yaml"])
    assert ("the pod sets hostPID" in done.stderr + done.stdout) == broken


def test_a_silence_of_the_app_holds_everywhere_in_it(app: App) -> None:
    pod(Chart(app, "one"), hostPID=True)
    silence(app, rule="no-host-namespaces", because="the whole app measures nodes")
    guard(app)
    synth(app)
    assert written(app) == ["one.k8s.yaml"]


def two_charts_with_old_files(app: App) -> None:
    Path(app.outdir).mkdir()
    for name in ("one", "two"):
        config_map(Chart(app, name))
        (Path(app.outdir) / f"{name}.k8s.yaml").write_text(f"old {name}")


def old_files_are_there(app: App) -> bool:
    there = {file: (Path(app.outdir) / file).read_text() for file in written(app)}
    return there == {"one.k8s.yaml": "old one", "two.k8s.yaml": "old two"}


def test_when_one_file_cannot_take_its_place_all_that_was_there_comes_back(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_charts_with_old_files(app)
    replace = Path.replace

    def refuse(self: Path, target: Path) -> Path:
        if self.parent.name == "written" and target.name == "two.k8s.yaml":
            raise PermissionError(1, "Operation not permitted", str(target))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(SynthError, match=r"two\.k8s\.yaml: Operation not permitted"):
        synth(app)
    assert old_files_are_there(app)


@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("rename", range(4))
def test_an_interrupted_synth_puts_back_what_was_there(
    app: App, monkeypatch: pytest.MonkeyPatch, rename: int, done: bool
) -> None:
    two_charts_with_old_files(app)
    replace, renames = Path.replace, count()

    def interrupt(self: Path, target: Path) -> Path:
        now = next(renames) == rename
        if now and not done:
            raise KeyboardInterrupt
        moved = replace(self, target)
        if now:
            raise KeyboardInterrupt
        return moved

    monkeypatch.setattr(Path, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        synth(app)
    assert next(renames) > rename
    assert old_files_are_there(app)


def test_a_temporary_folder_that_cannot_be_made_is_our_error(
    app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "file"))
    config_map(Chart(app, "one"))
    guard(app)
    with pytest.raises(SynthError, match=r"the rules need a folder for a while, and .* set TMPDIR"):
        synth(app)
    assert not Path(app.outdir).exists()


def test_a_file_in_the_folders_place_is_our_error(tmp_path: Path) -> None:
    (tmp_path / "dist").write_text("")
    app = App(outdir=str(tmp_path / "dist"))
    config_map(Chart(app, "one"))
    with pytest.raises(SynthError, match="dist: File exists"):
        synth(app)


def test_what_is_no_app_is_refused() -> None:
    with pytest.raises(inputs.InputError, match="app 'dist' is no App; pass the app"):
        synth("dist")  # type: ignore[arg-type]
