import inspect
from typing import Any

import pytest
from attrs import evolve
from cdk8s import App, Chart
from manifests import new_chart, objects, render

from t3afk_constructs import HOME, ClusterChart, InputError, Namespace, guard, synth

ALL: dict[str, Any] = {
    "name": "photos",
    "tier": "2-gpu",
    "keel": True,
    "istio_injection": False,
    "custom_limit_range": True,
    "custom_quota": True,
    "labels": {"pod-security.kubernetes.io/enforce": "baseline"},
    "annotations": {"example.com/owner": "me"},
    "platform": evolve(HOME, domain="example.com"),
}


def test_manifest_matches_the_golden_file(golden: Any) -> None:
    chart = new_chart()
    Namespace(chart, "minimal")
    Namespace(chart, "all", **ALL)
    golden("namespace", render(chart))


def test_every_input_reads_back_with_its_default() -> None:
    assert ALL.keys() == inspect.signature(Namespace.__init__).parameters.keys() - {"self", "scope", "id"}
    made = Namespace(new_chart(), "namespace")
    defaults = {**dict.fromkeys(ALL, False), "tier": None, "istio_injection": None, "labels": {}, "annotations": {}}
    assert {name: getattr(made, name) for name in ALL} == {**defaults, "name": "apps", "platform": HOME}
    assert made.namespace == "apps"


def test_an_app_with_a_namespace_of_a_tier_is_right_under_guard(tmp_path: Any, capsys: Any) -> None:
    app = App(outdir=str(tmp_path))
    Namespace(ClusterChart(app, "test", platform=HOME, namespace="apps"), "namespace", tier="4-aux")
    guard(app)
    synth(app)
    assert capsys.readouterr().err == ""


def test_a_platform_without_tiers_has_any() -> None:
    chart = new_chart(platform=evolve(HOME, tiers=()))
    Namespace(chart, "namespace", tier="gold")
    assert objects(chart)[0]["metadata"]["labels"] == {"tier": "gold"}


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("name", "photos.data", "must be a DNS label"),
        ("tier", "5-none", "is not a tier of the platform; use one of '0-core', '1-cluster', "),
        ("tier", "a b", "must be a label's value"),
        ("keel", "true", "is not a boolean"),
        ("labels", {"tier": "4-aux"}, "has the key 'tier', which has an input; pass tier="),
        ("labels", {"keel.sh/enrolled": "true"}, "which has an input; pass keel="),
        ("labels", {"a b": "c"}, "has the key 'a b', which must be a key"),
        ("labels", ["a"], "is not a mapping"),
        ("annotations", {"a": 1}, "has the value 1 at 'a', which is not text"),
    ],
)
def test_wrong_input_is_refused(name: str, value: object, complaint: str) -> None:
    chart = new_chart()
    with pytest.raises(InputError, match=complaint) as refused:
        Namespace(chart, "namespace", **{name: value})
    assert (refused.value.path, *refused.value.wrong[0][:2]) == ("test/namespace", name, value)
    assert chart.node.children == []


def test_a_chart_without_a_namespace_needs_a_name() -> None:
    chart = Chart(App(), "test")
    with pytest.raises(InputError, match="name None is missing: give the chart a namespace, or pass name= itself"):
        Namespace(chart, "namespace", platform=HOME)
    assert Namespace(chart, "namespace", platform=HOME, name="a").namespace == "a"
    with pytest.raises(InputError, match="name None is the chart's 'A_B', which breaks the rule"):
        Namespace(Chart(App(), "test", namespace="A_B"), "namespace", platform=HOME)
