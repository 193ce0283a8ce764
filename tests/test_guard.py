"""The engine: which rules apply where, what silences them, and how their errors and warnings read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cdk8s
import cdk8s_plus_27 as kplus
import jsii
import pytest
from attrs import evolve
from cdk8s import ApiObject, App, Chart, JsonPatch
from constructs import Construct, IValidation

from t3afk_constructs import (
    HOME,
    ClusterChart,
    IngressFactory,
    InputError,
    Manifest,
    NfsVolume,
    SynthError,
    guard,
    silence,
    synth,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from t3afk_constructs import Platform

    Write = Callable[[App], None]
    Capture = pytest.CaptureFixture[str]

LAB = evolve(HOME, domain="lab.example.com", shared_middlewares=("retry@file",), strict_middlewares=True)
TOKEN, PASSWORD = "ghp_" + "a1B2" * 9, "hunter2pass"
HOST_PID, SECRET = "no-host-namespaces", "no-secret-values"
both_ways = pytest.mark.parametrize("write", [synth, App.synth], ids=["synth(app)", "app.synth()"])


@pytest.fixture
def app(tmp_path: Path) -> App:
    return App(outdir=str(tmp_path / "dist"))


def new_chart(scope: Construct, id: str = "one", platform: Platform = HOME) -> ClusterChart:  # noqa: A002
    return ClusterChart(scope, id, platform=platform, namespace="ns", disable_resource_name_hashes=True)


def pod(scope: Construct, name: str = "p", image: str = "docker.io/library/a:1.2.3", **spec: Any) -> Manifest:
    spec = {"containers": [{"name": "app", "image": image}]} | spec
    return Manifest(scope, name, {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec})


def volume(scope: Construct, name: str = "data", **inputs: Any) -> NfsVolume:
    return NfsVolume(scope, name, name=name, nfs_server="nfs", nfs_path="/data", **inputs)


def ingress(scope: Construct, name: str, **inputs: Any) -> IngressFactory:
    return IngressFactory(scope, name, name=name, **inputs)


def refused(app: App, match: str, write: Write = synth) -> list[str]:
    """The errors that stop a synth, after a look that it has written nothing."""
    with pytest.raises((SynthError, RuntimeError), match=match) as caught:
        write(app)
    assert isinstance(caught.value, SynthError) == (write is synth)
    assert write is not synth or (caught.value.__cause__ is None and "jsii" not in str(caught.value))
    assert not list(Path(app.outdir).rglob("*"))
    return [line.strip() for line in str(caught.value).splitlines()[1:]]


# --- guard


@jsii.implements(IValidation)
class Refuses:
    def validate(self) -> list[str]:
        """Refuse everything."""
        return ["the first reason", "the second reason"]


@both_ways
def test_all_errors_of_all_charts_come_at_once_with_their_paths(app: App, write: Write) -> None:
    chart = new_chart(app)
    pod(Construct(new_chart(chart, "inner"), "below"), image="node", hostPID=True)
    ingress(new_chart(app, "lab", LAB), "i", extra_middlewares=["a-b@kubernetescrd"])
    new_chart(app, "third").node.add_validation(Refuses())
    guard(chart)
    errors = refused(app, "^11 errors, nothing is written:" if write is synth else "Validation failed", write)
    text = "\n".join(errors)
    assert "one/inner/below/p: Pod 'p' in namespace 'ns': the pod sets hostPID, which admission refuses" in text
    assert "lab/i/Resource: Ingress 'i' in namespace 'ns': the middleware 'a-b@kubernetescrd' is neither" in text
    assert text.count("[third] the first reason\n[third] the second reason") == 1
    assert "more than once" not in text


@both_ways
@pytest.mark.parametrize("guarded", ["app", "chart", "outer chart"])
def test_a_guard_covers_its_scope_and_nothing_else(app: App, guarded: str, write: Write) -> None:
    outer = new_chart(app, "outer")
    inner = new_chart(outer, "inner")
    for scope in (outer, inner, new_chart(app, "other")):
        pod(scope, scope.node.id, hostPID=True)
    guard({"app": app, "chart": inner, "outer chart": outer}[guarded])
    errors = refused(app, "the pod sets hostPID", write)
    assert len(errors) == {"app": 3, "chart": 1, "outer chart": 2}[guarded]
    with pytest.raises(RuntimeError, match="outer/inner/inner: Pod 'inner' in namespace 'ns': the pod sets hostPID"):
        inner.to_json()


@pytest.mark.parametrize("write", [synth, App.synth, lambda app: app.charts[1].to_json()])
@pytest.mark.parametrize("stock", [False, True])
def test_facts_need_no_guard(app: App, write: Write, stock: bool) -> None:
    for name in ("one", "two"):
        chart = Chart(app, name, namespace="ns") if stock else new_chart(app, name)
        volume(Construct(chart, "inner"), platform=HOME if stock else None)
    errors = refused(app, "renders it more than once", write)
    assert len(errors) == 2
    assert "one/inner/data/Claim and two/inner/data/Claim: PersistentVolumeClaim 'data' in namespace 'ns'" in errors[1]


def test_an_object_in_an_inner_chart_is_named_once(app: App) -> None:
    pod(new_chart(app))
    pod(new_chart(app.charts[0], "inner"))
    (error,) = refused(app, "renders it more than once")
    assert sorted(error.partition(":")[0].split(" and ")) == ["one/inner/p", "one/p"]


def test_the_items_of_a_list_are_checked(app: App) -> None:
    chart = new_chart(app)
    item = pod(chart, hostPID=True).to_json()
    chart.node.try_remove_child("p")
    inner = {"apiVersion": "v1", "kind": "List", "items": [item]}
    listed = Manifest(chart, "list", {"apiVersion": "v1", "kind": "List", "items": [inner]})
    guard(app)
    refused(app, "one/list: Pod 'p' in namespace 'ns': the pod sets hostPID")
    silence(listed, rule=HOST_PID, because="it is a debugger")
    synth(app)


@both_ways
@pytest.mark.parametrize("made", ["app", "app and chart"])
def test_an_app_that_node_makes_is_guarded(write: Write, made: str) -> None:
    chart: Any = cdk8s.Testing.chart() if made == "app and chart" else Chart(cdk8s.Testing.app(), "test")
    app: Any = chart.node.root
    silence(pod(chart, hostPID=True, hostIPC=True), rule=HOST_PID, because="it is a debugger")
    pod(chart, "q", hostPID=True)
    guard(chart, platform=HOME)
    guard(app, platform=HOME)
    (error,) = refused(app, "test/q: Pod 'q'", write)
    assert "test/q: Pod 'q': the pod sets hostPID" in error


def test_a_removed_chart_takes_its_guard_and_its_silences_along(app: App, capsys: Capture) -> None:
    guard(new_chart(app))
    silence(pod(app.charts[0], hostPID=True), rule=HOST_PID, because="it measures the node")
    app.node.try_remove_child("one")
    chart = new_chart(app)
    pod(chart, hostPID=True)
    synth(app)
    assert capsys.readouterr().err == ""
    guard(chart)
    with pytest.raises(SynthError, match=r"1 error, .*\n.*sets hostPID"):
        synth(app)


def test_each_synth_reads_the_patches_made_so_far(app: App) -> None:
    chart = new_chart(app)
    made = pod(chart)
    guard(app)
    for write in (synth, App.synth, lambda _: chart.to_json()):
        made.add_json_patch(JsonPatch.add("/spec/hostPID", value=True), JsonPatch.replace("/metadata/name", "other"))
        with pytest.raises((SynthError, RuntimeError), match=r"one/p: Pod 'other' in namespace 'ns': .* hostPID"):
            write(app)
        made.add_json_patch(JsonPatch.remove("/spec/hostPID"))
        write(app)


class Renders(ClusterChart):
    def to_json(self) -> list[Any]:
        """Add a pod, and leave out the pod `hidden`."""
        metadata, spec = {"name": "own", "namespace": "ns"}, {"hostPID": True}
        others = [each for each in super().to_json() if each["metadata"]["name"] != "hidden"]
        return [{"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}, *others]


@both_ways
def test_a_chart_whose_class_renders_is_checked_and_written_as_it_renders(app: App, write: Write) -> None:
    chart = Renders(app, "one", platform=HOME)
    pod(chart, "hidden", hostIPC=True)
    guard(app)
    (error,) = refused(app, "one: Pod 'own' in namespace 'ns': the pod sets hostPID", write)
    assert error.endswith(f"[{HOST_PID}]")
    silence(chart, rule=HOST_PID, because="it is a debugger")
    write(app)
    assert re.findall("name: .*", (Path(app.outdir) / "one.k8s.yaml").read_text()) == ["name: own"]


# --- platforms


def test_each_chart_has_its_own_platform(app: App, capsys: Capture) -> None:
    for name, platform in (("home", HOME), ("lab", LAB)):
        chart = new_chart(app, name, platform)
        volume(chart)
        ingress(chart, "i", **({"auth": "none"} if platform is LAB else {"allowed_groups": []}))
        ingress(Chart(chart, "stock", namespace="ns"), "s", extra_middlewares=["unknown@file"])
    guard(app, platform=evolve(HOME, image_registries=()))
    pod(Chart(app, "other"), image="example.com/a:1")
    errors = refused(app, "unknown@file")
    assert {error.partition(":")[0] for error in errors} == {"lab/i/Resource", "lab/stock/s/Resource"}
    warnings = capsys.readouterr().err
    assert "home/i/Resource: Ingress 'i' in namespace 'ns': allowed_groups is empty" in warnings
    assert "home/stock/s/Resource: Ingress 's' in namespace 'ns': the middleware 'unknown@file'" in warnings


@both_ways
@pytest.mark.parametrize("made", ["stock", "stock, guarded for another platform", "cluster chart"])
def test_a_construct_of_another_platform_than_its_guarded_chart_is_refused(app: App, made: str, write: Write) -> None:
    chart = new_chart(app) if made == "cluster chart" else Chart(app, "one", namespace="ns")
    lost = ingress(chart, "lost", platform=evolve(HOME, domain="x.example.com"))
    chart.node.try_remove_child(lost.node.id)
    ingress(chart, "home", platform=HOME)
    ingress(chart, "lab", platform=LAB)
    guard(app, platform=LAB if "another" in made else None)
    wrong = "home" if "another" in made else "lab"
    (error,) = [each for each in refused(app, "its platform is not", write) if "other-platform" in each]
    assert f"one/{wrong}: its platform is not the one of its guarded chart; leave platform= out, or move it" in error


@pytest.mark.parametrize("stock", [False, True])
def test_without_a_guard_the_facts_of_the_charts_platform_hold_for_every_construct(
    app: App, stock: bool, capsys: Capture
) -> None:
    chart = Chart(app, "one", namespace="ns") if stock else new_chart(app)
    volume(chart, platform=HOME)
    ingress(chart, "lab", platform=LAB, extra_middlewares=["b@file"])
    synth(app)
    assert (
        "warning: one/lab/Resource: Ingress 'lab' in namespace 'ns': the middleware 'b@file'" in capsys.readouterr().err
    )


def test_a_guard_needs_a_platform(app: App) -> None:
    pod(Chart(app, "stock"))
    guard(app)
    refused(
        app, r"stock: guard does not know the chart's platform; pass platform=, or use a ClusterChart \[unknown-pla"
    )
    new_chart(app, "lab", LAB)
    synth(app)
    new_chart(app, "home")
    with pytest.raises(SynthError, match="stock: guard does not know the chart's platform"):
        synth(app)


def test_a_second_guard_changes_nothing_and_another_platform_is_refused(app: App) -> None:
    chart = new_chart(app)
    pod(chart, image="example.com/a:1")
    guard(app)
    guard(app, platform=HOME)
    guard(app, platform=HOME)
    guard(app)
    for scope in (app, chart):
        with pytest.raises(InputError, match=r"^guard( 'one')?: platform .* is not the platform that it already has"):
            guard(scope, platform=evolve(HOME, image_registries=()))
    refused(app, "trusted-registries")


# --- silence


def test_a_silence_covers_one_rule_below_one_construct(app: App) -> None:
    chart = new_chart(app)
    quiet = Construct(chart, "quiet")
    pod(quiet, hostPID=True, image="docker.io/node")
    pod(Construct(chart, "quieter"), "q", hostPID=True)
    inner = new_chart(chart, "inner", LAB)
    pod(inner, "i")
    for construct in (quiet, inner):
        silence(construct, rule=HOST_PID, because="it measures the node")
    guard(chart)
    errors = refused(app, "^2 errors")
    assert sorted(error.partition(": ")[0] for error in errors) == ["one/quiet/p", "one/quieter/q"]


@both_ways
@pytest.mark.parametrize("where", ["app", "chart", "deployment", "object that node makes"])
def test_a_silence_holds_on_any_construct_around_the_object(app: App, where: str, write: Write) -> None:
    chart = new_chart(app)
    deployment = kplus.Deployment(chart, "d", host_network=True)
    deployment.add_container(image="docker.io/library/a:1.2.3", resources={})
    made = ApiObject.of(deployment)
    made.add_json_patch(JsonPatch.remove("/spec/template/spec/containers/0/imagePullPolicy"))
    places = {"app": app, "chart": chart, "deployment": deployment, "object that node makes": made}
    guard(app)
    refused(app, "one/d/Resource: Deployment 'one-d' in namespace 'ns': the pod sets hostNetwork", write)
    silence(places[where], rule=HOST_PID, because="it measures the node")
    write(app)


def test_a_silence_finds_its_object_after_a_patch_of_name_and_kind(app: App) -> None:
    made = Manifest(new_chart(app), "c", {"apiVersion": "v1", "kind": "ConfigMap", "stringData": {"a": "b"}})
    made.add_json_patch(JsonPatch.replace("/kind", "Secret"), JsonPatch.replace("/metadata/name", "other"))
    guard(app)
    refused(app, "^1 error.*\n  one/c: Secret 'other' in namespace 'ns'")
    silence(made, rule=SECRET, because="it is public")
    synth(app)


@pytest.mark.parametrize(("rule", "guarded"), [(HOST_PID, "app"), (HOST_PID, "chart"), ("unique-objects", "other")])
@pytest.mark.parametrize("where", ["app", "chart", "pod"])
def test_a_silence_without_a_finding_is_a_warning(
    app: App, rule: Any, guarded: str, where: str, capsys: Capture
) -> None:
    places: dict[str, Any] = {"app": app, "chart": new_chart(app), "other": new_chart(app, "other")}
    places["pod"] = pod(places["chart"])
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "ns", "labels": {"tier": "4-aux"}}}
    Manifest(places["other"], "namespace", namespace)
    guard(places[guarded])
    silence(places[where], rule=rule, because="a reason")
    synth(app)
    message = f"the silence of {rule} (a reason) has no finding; remove it [unused-silence]"
    assert capsys.readouterr().err == f"warning: {places[where].node.path or 'the app'}: {message}\n"


def test_a_silence_of_a_policy_waits_for_a_guard(app: App, capsys: Capture) -> None:
    chart = new_chart(app)
    for construct in (chart, pod(chart, hostPID=True)):
        silence(construct, rule=HOST_PID, because="it measures the node")
    guard(new_chart(app, "other"))
    synth(app)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"scope": None}, "^guard: scope None is neither an App nor a Chart"),
        ({"platform": "home"}, r"^guard: platform 'home' is not a Platform; pass Platform\(…\)"),
        ({"rule": "no-such"}, "silence 'one': rule 'no-such' is not allowed; use one of 'unique-objects', "),
        ({"because": ""}, "because '' gives no reason; write in a sentence why the rule does not apply"),
        ({"because": " \n"}, "because .* gives no reason"),
        ({"because": None}, "because None gives no reason"),
        ({"construct": None}, "construct None is not a Construct; pass the construct itself"),
        ({"rule": "no-such", "because": ""}, "2 wrong inputs\n  rule .*\n  because "),
    ],
)
def test_a_wrong_input_of_guard_or_silence_is_refused(app: App, given: dict[str, Any], message: str) -> None:
    fine = {"construct": new_chart(app), "rule": "image-tag", "because": "a reason"}
    with pytest.raises(InputError, match=message):
        silence(**(fine | given)) if given.keys() <= fine.keys() else guard(**({"scope": app} | given))


# --- messages


def test_a_warning_is_printed_once_and_stops_nothing(app: App, capsys: Capture) -> None:
    for name in ("a", "b"):
        pod(new_chart(app, name, evolve(HOME, exact_image_pins=True)), name, image="docker.io/node:24")
    guard(app)
    synth(app)
    app.synth()
    found = re.findall(r"^warning: (.*): Pod .*'docker.io/node:24'.*\[(.*)\]\n", capsys.readouterr().err, re.MULTILINE)
    assert found == [("a/a", "image-exact"), ("b/b", "image-exact")]


def test_no_message_contains_a_credential(app: App, capsys: Capture) -> None:
    chart = new_chart(app, TOKEN)
    metadata = {"name": TOKEN, "namespace": "ns", "labels": {"tier": TOKEN}}
    more = {"Namespace": {}, "Secret": {"stringData": {TOKEN: "x"}}, "Service": {"spec": {"selector": {"app": TOKEN}}}}
    for kind, fields in more.items():
        Manifest(chart, kind, {"apiVersion": "v1", "kind": kind, "metadata": metadata, **fields})
    broken = pod(chart, f"p{TOKEN}", image=f"me:{PASSWORD}@example.com/{TOKEN}:1")
    ingress(chart, "warned", extra_middlewares=[f"{TOKEN}@file"])
    ingress(new_chart(app, f"lab{TOKEN}", LAB), "refused", extra_middlewares=[f"{TOKEN}@file"])
    silence(broken, rule="no-privileged", because=f"https://me:{PASSWORD}@example.com says so, with {TOKEN}")
    Construct(chart, "other").node.add_validation(Refuses())
    guard(app)
    errors = "\n".join(refused(app, "nothing is written"))
    for part in ("trusted-registries", "known-tier", SECRET, "known-middlewares", "the first reason"):
        assert part in errors
    with pytest.raises(RuntimeError, match="known-middlewares") as plainly:
        app.synth()
    with pytest.raises(InputError, match="is not the platform that it already has") as twice:
        guard(chart, platform=LAB)
    warnings = capsys.readouterr().err
    for rule in ("known-middlewares", "service-selector", "unused-silence"):
        assert f"[{rule}]" in warnings
    ours = [line for line in str(plainly.value).splitlines() if "[] " in line]  # cdk8s shows paths of the others
    assert not re.search(f"{TOKEN}|{PASSWORD}", f"{errors}{twice.value}{warnings}{ours}")
