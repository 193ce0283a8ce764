from pathlib import Path
from typing import Any

import cdk8s_plus_27 as kplus
import pytest
from cdk8s import ApiObject, App, Chart, JsonPatch
from manifests import new_chart

from t3afk_constructs import IngressFactory, InputError, Sablier
from t3afk_constructs.sablier import plugin_settings, workload_complaints, workload_labels

LABELS = {"sablier.enable": "true", "sablier.group": "demo", "sablier.ready-after": "5s"}
URL = "http://sablier:10000"
CONTAINER = kplus.ContainerProps(image="docker.io/library/nginx:1.29", port_number=80)


def service(selector: dict[str, str] | None, name: str = "demo", namespace: str = "apps") -> dict[str, Any]:
    spec = {"selector": selector} if selector else {}
    return {"kind": "Service", "metadata": {"name": name, "namespace": namespace}, "spec": spec}


def workload(
    name: str = "demo", *, labels: dict[str, str] | None = None, replicas: int | None = None, namespace: str = "apps"
) -> dict[str, Any]:
    spec: dict[str, Any] = {"template": {"metadata": {"labels": {"app": name, "more": "x"}}}}
    if replicas is not None:
        spec["replicas"] = replicas
    metadata = {"name": name, "namespace": namespace} | ({"labels": labels} if labels else {})
    return {"kind": "Deployment", "metadata": metadata, "spec": spec}


def complaints(*objects: dict[str, Any]) -> list[str]:
    return workload_complaints("demo", "apps", "demo", objects)


def test_the_dynamic_strategy_shows_a_waiting_page() -> None:
    settings = plugin_settings(Sablier().resolved("my-app"), URL)
    assert settings["dynamic"] == {
        "displayName": "my-app",
        "showDetails": True,
        "theme": "ghost",
        "refreshFrequency": "5s",
    }
    assert "blocking" not in settings


def test_the_blocking_strategy_holds_the_request_back() -> None:
    settings = plugin_settings(Sablier(strategy="blocking").resolved("my-app"), URL)
    assert settings["blocking"] == {"timeout": "5m"}
    assert "dynamic" not in settings


def test_sablier_lets_requests_through_when_it_fails_and_is_not_woken_by_probes() -> None:
    settings = plugin_settings(Sablier(group="media").resolved("my-app"), URL)
    del settings["dynamic"]
    assert settings == {
        "sablierUrl": URL,
        "group": "media",
        "sessionDuration": "3h",
        "failOpen": True,
        "ignoreUserAgent": ["(?i)uptime-?kuma", "(?i)blackbox", "Go-http-client"],
    }


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"group": "a b"}, "group 'a b' does not keep the rule: it must be a label's value"),
        ({"group": ""}, "group '' is empty"),
        ({"session_duration": "3 hours"}, "session_duration '3 hours' does not keep the rule"),
        ({"session_duration": 3}, "session_duration 3 is not text"),
        ({"strategy": "static"}, "write one of 'dynamic', 'blocking'"),
        ({"display_name": ""}, "display_name '' is empty"),
        ({"theme": "a\nb"}, "has a line break"),
        ({"refresh_frequency": "often"}, "refresh_frequency 'often'"),
        ({"blocking_timeout": "5"}, "blocking_timeout '5'"),
    ],
)
def test_settings_that_sablier_would_refuse_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Sablier(**settings)


@pytest.mark.parametrize(("sablier", "group"), [(Sablier(), "demo"), (Sablier(group="media"), "media")])
def test_the_labels_handed_out_carry_the_middlewares_group(sablier: Sablier, group: str) -> None:
    ingress = IngressFactory(new_chart(), "web", name="demo", namespace="apps", sablier=sablier)
    assert ingress.sablier_labels == workload_labels(group) == {**LABELS, "sablier.group": group}


def test_without_sablier_there_are_no_labels_to_put_on_a_workload() -> None:
    assert IngressFactory(new_chart(), "web", name="demo", namespace="apps").sablier_labels == {}


def test_a_workload_with_the_labels_and_no_replicas_is_fine() -> None:
    assert complaints(service({"app": "demo"}), workload(labels=LABELS)) == []


@pytest.mark.parametrize("replicas", [0, 1, 3])
def test_a_fixed_replica_count_is_named_with_the_way_out(replicas: int) -> None:
    (complaint,) = complaints(service({"app": "demo"}), workload(labels=LABELS, replicas=replicas))
    assert complaint.startswith("Deployment 'apps/demo' has spec.replicas")
    assert "leave the field out" in complaint


def test_missing_labels_are_named_with_the_way_out() -> None:
    (complaint,) = complaints(service({"app": "demo"}), workload(labels={"sablier.enable": "true"}))
    assert "'apps/demo' lacks sablier.group=demo, sablier.ready-after=5s" in complaint
    assert "`sablier_labels`" in complaint


def test_labels_of_another_group_are_missing_labels() -> None:
    (complaint,) = complaints(service({"app": "demo"}), workload(labels=LABELS | {"sablier.group": "other"}))
    assert "lacks sablier.group=demo" in complaint


@pytest.mark.parametrize(
    "objects",
    [
        [],
        [workload()],
        [service({"app": "demo"}, name="other"), workload()],
        [service({"app": "demo"}, namespace="other"), workload()],
        [service({"app": "demo"}), workload(namespace="other")],
        [service({"app": "demo", "tier": "x"}), workload()],
        [service(None), workload()],
    ],
)
def test_a_workload_that_the_ingress_does_not_lead_to_is_not_named(objects: list[dict[str, Any]]) -> None:
    assert complaints(*objects) == []


def test_objects_whose_names_a_patch_took_away_are_none_of_the_ingress() -> None:
    nameless: list[dict[str, Any]] = [{"kind": "Service", "spec": {"selector": {"a": "b"}}}, {"kind": "Deployment"}]
    assert workload_complaints("demo", "apps", "demo", nameless) == []


@pytest.mark.parametrize("odd", ["x", ["x"], {"selector": "x"}, {"selector": ["x"]}, {"template": "x"}, None])
def test_an_object_that_the_cluster_would_refuse_is_left_to_the_cluster(odd: Any) -> None:
    refused = [service({}) | {"spec": odd}, workload() | {"spec": odd}]
    assert complaints(*refused, workload(labels={"sablier.group": ["demo"]})) == []  # type: ignore[dict-item]
    (complaint,) = complaints(workload(labels={**LABELS, "sablier.enable": ["true"]}))  # type: ignore[dict-item]
    assert "lacks sablier.enable=true" in complaint


def test_a_proxy_before_the_workload_may_stay_awake() -> None:
    proxy, sleeper = workload(replicas=2), workload("app", labels=LABELS)
    assert complaints(service({"app": "demo"}), proxy, sleeper) == []
    (complaint,) = complaints(service({"app": "demo"}), proxy, workload("app", labels=LABELS, replicas=1))
    assert complaint.startswith("Deployment 'apps/app' has spec.replicas")


def test_a_workload_of_cdk8s_plus_with_fixed_replicas_is_said_once_at_synth(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    app = App(outdir=str(tmp_path))
    chart = Chart(app, "test", namespace="apps")
    Chart(app, "another")
    deployment = kplus.Deployment(chart, "app", replicas=1, containers=[CONTAINER])
    exposed = deployment.expose_via_service(ports=[{"port": 80}])
    IngressFactory(chart, "web", name="demo", namespace="apps", service_name=exposed.name, sablier=Sablier())
    app.synth()
    lines = capfd.readouterr().err.splitlines()
    assert len(lines) == 2
    assert all(line.startswith("warning: test/web: Deployment 'apps/test-app-") for line in lines)
    assert [word in line for line, word in zip(lines, ["spec.replicas", "lacks"], strict=True)] == [True, True]


def test_the_labels_and_a_free_replica_count_say_nothing_at_synth(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    app = App(outdir=str(tmp_path))
    chart = Chart(app, "test", namespace="apps")
    deployment = kplus.Deployment(chart, "app", containers=[CONTAINER])
    exposed = deployment.expose_via_service(ports=[{"port": 80}])
    ingress = IngressFactory(chart, "web", name="demo", namespace="apps", service_name=exposed.name, sablier=Sablier())
    for key, value in ingress.sablier_labels.items():
        deployment.metadata.add_label(key, value)
    ApiObject.of(deployment).add_json_patch(JsonPatch.remove("/spec/replicas"))
    app.synth()
    assert capfd.readouterr().err == ""
