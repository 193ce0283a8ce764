"""Every form that cdk8s writes contains the same objects."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from cdk8s import App, YamlOutputType
from installed import CDK8S, Environment

from t3afk_constructs import HOME, ClusterChart, ExternalSecret, RemoteRef, T3AfkChart, synth

pytestmark = pytest.mark.program


def identity(o: dict[str, Any]) -> tuple[str, str, str]:
    return o["kind"], o["metadata"].get("namespace", ""), o["metadata"]["name"]


def written(folder: Path) -> list[dict[str, Any]]:
    found = [o for path in folder.rglob("*.yaml") for o in yaml.safe_load_all(path.read_text()) if o]
    assert found
    return sorted(found, key=identity)


@pytest.mark.parametrize("form", list(YamlOutputType), ids=lambda form: form.name)
def test_every_form_contains_the_same_objects(form: YamlOutputType, tmp_path: Path) -> None:
    app = App(outdir=str(tmp_path), yaml_output_type=form)
    charts = [T3AfkChart(app, platform=HOME), ClusterChart(app, "other", platform=HOME, namespace="a")]
    ExternalSecret(charts[1], "secret", name="tokens", data={"KEY": RemoteRef("entry")})
    synth(app)
    rendered = json.loads(json.dumps([o for chart in charts for o in chart.to_json()]))
    assert written(tmp_path) == sorted(rendered, key=identity)


@pytest.fixture(scope="module")
def helm_chart(installed: Environment, project: Path, once: Callable[..., Path]) -> Path:
    """The project in examples/consumer as a Helm chart."""
    options = ("--format", "helm", "--chart-version", "1.0.0", "--output")
    return once("helm", lambda folder: installed.run(CDK8S, "synth", *options, folder / "chart", cwd=project)) / "chart"


def test_a_helm_chart_contains_the_same_manifests_no_template_and_no_crd(helm_chart: Path, project: Path) -> None:
    plain = {path.name: path.read_text() for path in (project / "dist").glob("[!.]*")}
    assert plain
    assert {path.name: path.read_text() for path in (helm_chart / "templates").glob("[!.]*")} == plain
    assert [name for name, text in plain.items() if "{{" in text] == []
    assert not (helm_chart / "crds").exists()


def test_helm_renders_the_same_objects(helm_chart: Path, project: Path) -> None:
    helm = shutil.which("helm")
    if helm is None:
        pytest.skip("helm is not installed: `make helm` installs it with go")
    lint = subprocess.run([helm, "lint", "--strict", helm_chart], capture_output=True, text=True, check=False)
    assert lint.returncode == 0, lint.stdout
    command = [helm, "template", "garden", helm_chart]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rendered = [o for o in yaml.safe_load_all(output) if o]
    assert sorted(rendered, key=identity) == written(project / "dist")
