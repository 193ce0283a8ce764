"""Who may enter a host: what synth refuses when patches, other Ingresses or other objects open it."""

from pathlib import Path
from typing import Any

import pytest
from cdk8s import App
from manifests import new_chart

from t3afk_constructs import IngressFactory, SynthError, silence, synth
from t3afk_constructs.ingress.chain import AUTHS


@pytest.fixture
def app(tmp_path: Path) -> App:
    return App(outdir=str(tmp_path))


HOSTS = {
    "route-order": [{"name": "demo"}, {"name": "other", "host": "demo", "auth": "none"}],
}


@pytest.mark.parametrize(("rule", "inputs"), HOSTS.items())
@pytest.mark.parametrize("silent", [True, False])
def test_synth_refuses_hosts_that_open_each_other_unless_a_silence_gives_the_reason(
    app: App, rule: Any, inputs: list[dict[str, Any]], silent: bool
) -> None:
    chart = new_chart(app)
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
