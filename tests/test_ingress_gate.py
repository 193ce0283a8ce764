"""Who may enter a host: what synth refuses when patches, other Ingresses or other objects open it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cdk8s import ApiObject, App, JsonPatch
from manifests import new_chart

from t3afk_constructs import IngressFactory, SynthError, T3Executor, silence, synth
from t3afk_constructs.ingress.chain import AUTHS


@pytest.fixture
def app(tmp_path: Path) -> App:
    return App(outdir=str(tmp_path))


def annotation(option: str, value: str | None) -> JsonPatch:
    """A patch of a router annotation; None removes it."""
    path = f"/metadata/annotations/traefik.ingress.kubernetes.io~1router.{option}"
    return JsonPatch.remove(path) if value is None else JsonPatch.add(path, value)


@pytest.mark.parametrize(
    ("patches", "message"),
    [
        ([annotation("middlewares", None)], "router.middlewares from 'traefik-retry.*' to None"),
        ([annotation("middlewares", "a@file")], "'demo' .* to 'a@file', so other people may enter"),
        ([annotation("entrypoints", "web")], "router.entrypoints from 'websecure' to 'web'"),
        ([annotation("pathmatcher", "PathRegexp")], "router.pathmatcher from None to 'PathRegexp'"),
        ([annotation("middlewares", None), JsonPatch.replace("/metadata/name", "more")], "Ingress 'more' .* to None"),
        ([JsonPatch.replace("/metadata/name", "more"), annotation("priority", "40")], None),
        ([annotation("Middlewares", "a@file")], None),  # Traefik reads the lower-case key last
    ],
)
@pytest.mark.parametrize("run", [synth, App.synth])
def test_no_patch_changes_who_may_enter(
    app: App, patches: list[JsonPatch], message: str | None, run: Callable[[App], None]
) -> None:
    ApiObject.of(IngressFactory(new_chart(app), "web", name="demo")).add_json_patch(*patches)
    if message is None:
        run(app)
        return
    with pytest.raises((SynthError, RuntimeError), match=rf"test/web/Resource: .*{message}.* \[declared-middlewares\]"):
        run(app)


def test_a_patch_of_one_of_two_ingresses_with_one_name_is_found(app: App) -> None:
    chart = new_chart(app)
    for id in ("a", "b"):  # noqa: A001
        IngressFactory(chart, id, name="demo", host=id)
    renamed = ApiObject.of(chart.node.find_child("b"))
    renamed.add_json_patch(JsonPatch.replace("/metadata/name", "more"), annotation("middlewares", "a@file"))
    with pytest.raises(SynthError, match=r"^1 error, .*\n  test/b/Resource: Ingress 'more' .* to 'a@file'"):
        synth(app)


HOSTS = {
    "route-order": [{"name": "demo"}, {"name": "other", "host": "demo", "auth": "none"}],
    "traefik-names": [{"name": "demo", "host": "api-demo"}, {"name": "demo-api", "host": "demo"}],
    "executor-login": [{"name": "demo", "service_name": "backend", "port": 3773, "auth": "app"}],
}


@pytest.mark.parametrize(("rule", "inputs"), HOSTS.items())
@pytest.mark.parametrize("silent", [True, False])
def test_synth_refuses_hosts_that_open_each_other_unless_a_silence_gives_the_reason(
    app: App, rule: Any, inputs: list[dict[str, Any]], silent: bool
) -> None:
    chart = new_chart(app)
    if rule == "executor-login":
        given = {"claim_name": "data", "secret_name": "tokens", "agent_instructions": "Work.\n"}
        T3Executor(chart, "executor", name="backend", **given)
    for index, each in enumerate(inputs):
        IngressFactory(chart, f"web-{index}", **each)
    if silent:
        silence(chart, rule=rule, because="a test")
        synth(app)
        return
    with pytest.raises(SynthError, match=rf"^1 error, .*\n.*test/web-{len(inputs) - 1}/.* \[{rule}\]"):
        synth(app)


def test_a_host_may_have_other_postures_on_other_paths(app: App, capsys: pytest.CaptureFixture[str]) -> None:
    chart = new_chart(app)
    IngressFactory(chart, "web", name="demo")
    for index, auth in enumerate(AUTHS):
        IngressFactory(
            chart, auth, name=f"demo-{auth}", host="demo", ingress_path=[f"/{index}", f"/api/{index}"], auth=auth
        )
    synth(app)
    assert capsys.readouterr().err == ""
