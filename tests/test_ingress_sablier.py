from pathlib import Path
from typing import Any

import cdk8s_plus_27 as kplus
import pytest
from cdk8s import ApiObject, App, JsonPatch
from manifests import new_chart

from t3afk_constructs import IngressFactory, InputError, Sablier
from t3afk_constructs.ingress.sablier import plugin_settings

DYNAMIC = {"displayName": "my-app", "showDetails": True, "theme": "ghost", "refreshFrequency": "5s"}


@pytest.mark.parametrize(
    ("sablier", "waiting"),
    [
        (Sablier(group="media"), {"group": "media", "dynamic": DYNAMIC}),
        (Sablier(strategy="blocking"), {"group": "my-app", "blocking": {"timeout": "5m"}}),
    ],
)
def test_dynamic_shows_a_waiting_page_and_blocking_holds_the_request(sablier: Sablier, waiting: dict[str, Any]) -> None:
    assert plugin_settings(sablier, "my-app", "http://sablier:10000") == waiting | {
        "sablierUrl": "http://sablier:10000",
        "sessionDuration": "3h",
        "failOpen": True,
        "ignoreUserAgent": ["(?i)uptime-?kuma", "(?i)blackbox", "Go-http-client"],
    }


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"group": "a b"}, "group 'a b' breaks the rule: it must be a label's value"),
        ({"group": ""}, "group '' is empty; leave it out for the Ingress's name"),
        ({"session_duration": "3 hours"}, "session_duration '3 hours' breaks the rule: it must be a duration"),
        ({"session_duration": 3}, "session_duration 3 is not text"),
        ({"strategy": "static"}, "strategy 'static' is not allowed; use one of 'dynamic', 'blocking'"),
        ({"display_name": ""}, "display_name '' is empty"),
        ({"theme": "a\nb"}, "theme .* contains a line break"),
        ({"refresh_frequency": "often"}, "refresh_frequency 'often' breaks the rule"),
        ({"blocking_timeout": "5"}, "blocking_timeout '5' breaks the rule"),
    ],
)
def test_settings_that_sablier_would_refuse_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=f"Sablier: {message}"):
        Sablier(**settings)


@pytest.mark.parametrize(("sablier", "group"), [(Sablier(), "demo"), (Sablier(group="media"), "media"), (None, None)])
def test_sablier_labels_have_the_group_of_the_middleware(sablier: Sablier | None, group: str | None) -> None:
    ingress = IngressFactory(new_chart(), "web", name="demo", sablier=sablier)
    labels = {"sablier.enable": "true", "sablier.group": group, "sablier.ready-after": "5s"}
    assert ingress.sablier_labels == (labels if group else {})


def test_synth_warns_of_a_workload_until_it_follows_the_messages(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    app = App(outdir=str(tmp_path))
    chart = new_chart(app)
    containers = [{"image": "nginxinc/nginx-unprivileged:1.29", "portNumber": 8080}]
    deployment = kplus.Deployment(chart, "app", replicas=1, containers=containers)
    service = deployment.expose_via_service()
    ingress = IngressFactory(chart, "web", name="demo", service=service, sablier=Sablier())
    app.synth()
    place = "warning: test/web/Resource: Ingress 'demo' in namespace 'apps': Deployment 'apps/"
    for line, fault in zip(
        capsys.readouterr().err.splitlines(), ["has spec.replicas", "lacks the labels"], strict=True
    ):
        assert line.startswith(place)
        assert fault in line
    ApiObject.of(deployment).add_json_patch(JsonPatch.remove("/spec/replicas"))
    for key, value in ingress.sablier_labels.items():
        deployment.metadata.add_label(key, value)
    app.synth()
    assert capsys.readouterr().err == ""
