"""Whatever form cdk8s writes an app in, the cluster gets the same objects."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from attrs import evolve
from cdk8s import App, Chart, YamlOutputType
from installed import CDK8S, Environment

from t3afk_constructs import HOME, CollisionError, ExternalSecret, IngressFactory, NfsVolume, T3AfkChart, T3Executor

Objects = list[dict[str, Any]]


def small_chart(app: App, name: str) -> Chart:
    """Each construct once, all names with the chart's."""
    chart = Chart(app, name, disable_resource_name_hashes=True)
    NfsVolume(chart, "data", name=f"{name}-data", namespace="a", nfs_server="nfs", nfs_path="/data")
    ExternalSecret(chart, "secret", name=name, namespace="a", data=[("KEY", "entry", None)])
    T3Executor(
        chart,
        "executor",
        name=name,
        namespace="a",
        claim_name=f"{name}-data",
        secret_name=name,
        agent_instructions="Be exact.\n",
    )
    IngressFactory(chart, "ingress", name=name, namespace="a", max_body_size="1g")
    return chart


def written(folder: Path) -> dict[str, Objects]:
    files = {str(path.relative_to(folder)): path for path in sorted(folder.rglob("*.yaml"))}
    return {name: [o for o in yaml.safe_load_all(path.read_text()) if o] for name, path in files.items()}


def identity(o: dict[str, Any]) -> tuple[str, str, str]:
    return o["kind"], o["metadata"].get("namespace", ""), o["metadata"]["name"]


def sorted_objects(files: dict[str, Objects]) -> Objects:
    found = [o for objects in files.values() for o in objects]
    assert found
    return sorted(found, key=identity)


@pytest.mark.parametrize(
    ("form", "files"),
    [
        (YamlOutputType.FILE_PER_APP, 1),
        (YamlOutputType.FILE_PER_CHART, 2),
        (YamlOutputType.FILE_PER_RESOURCE, 16),
        (YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE, 16),
    ],
)
def test_every_form_holds_the_same_objects(form: YamlOutputType, files: int, tmp_path: Path) -> None:
    app = App(outdir=str(tmp_path), yaml_output_type=form)
    charts = [T3AfkChart(app), small_chart(app, "other")]
    app.synth()
    found = written(tmp_path)
    assert len(found) == files
    rendered = json.loads(json.dumps([o for chart in charts for o in chart.to_json()]))
    assert sorted_objects(found) == sorted(rendered, key=identity)


def test_a_file_per_resource_is_named_by_kind_and_name_alone(tmp_path: Path) -> None:
    # cdk8s: the second object of two namespaces takes the first one's file (docs/cdk8s-plus-traps.md).
    app = App(outdir=str(tmp_path), yaml_output_type=YamlOutputType.FILE_PER_RESOURCE)
    chart = Chart(app, "both")
    for namespace in ("a", "b"):
        ExternalSecret(chart, namespace, name="tokens", namespace=namespace, data=[("KEY", "entry", None)])
    app.synth()
    assert [path.name for path in tmp_path.iterdir()] == ["ExternalSecret.tokens.k8s.yaml"]


@pytest.fixture(scope="module")
def helm_chart(installed: Environment, project: Path, once: Callable[..., Path]) -> Path:
    """The project in examples/consumer as a Helm chart."""
    options = ("--format", "helm", "--chart-version", "1.0.0", "--output")
    return once("helm", lambda folder: installed.run(CDK8S, "synth", *options, folder / "chart", cwd=project)) / "chart"


def test_a_helm_chart_holds_the_same_manifests_and_no_template(helm_chart: Path, project: Path) -> None:
    plain = {path.name: path.read_text() for path in (project / "dist").iterdir()}
    assert plain
    assert {path.name: path.read_text() for path in (helm_chart / "templates").iterdir()} == plain
    assert [name for name, text in plain.items() if "{{" in text] == []


def test_a_helm_chart_installs_no_part_of_a_crd(helm_chart: Path) -> None:
    assert not (helm_chart / "crds").exists()


def test_helm_renders_the_same_objects(helm_chart: Path, project: Path) -> None:
    helm = shutil.which("helm")
    if helm is None:
        pytest.skip("helm is not installed: `make helm` installs it where go is at hand")
    lint = subprocess.run([helm, "lint", "--strict", helm_chart], capture_output=True, text=True, check=False)
    assert lint.returncode == 0, lint.stdout
    command = [helm, "template", "garden", helm_chart]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rendered = [o for o in yaml.safe_load_all(told) if o]
    assert sorted_objects({"": rendered}) == sorted_objects(written(project / "dist"))


def make_data(chart: Chart, id: str) -> None:  # noqa: A002
    NfsVolume(chart, id, name="data", namespace=id, nfs_server="nfs", nfs_path="/data")


def make_secret(chart: Chart, id: str) -> None:  # noqa: A002
    ExternalSecret(chart, id, name="tokens", namespace="a", data=[("KEY", "entry", None)])


def make_executor(chart: Chart, id: str) -> None:  # noqa: A002
    T3Executor(
        chart, id, name="worker", namespace="a", claim_name=id, secret_name="tokens", agent_instructions="Be exact.\n"
    )


def make_ingress(chart: Chart, id: str) -> None:  # noqa: A002
    IngressFactory(chart, id, name="site", namespace="a", host=id)


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (make_data, "PersistentVolume 'data' in the cluster"),
        (make_secret, "ExternalSecret 'tokens' in namespace 'a'"),
        (make_executor, "ConfigMap 'worker-claudemd' in namespace 'a'"),
        (make_ingress, "Ingress 'site' in namespace 'a'"),
    ],
)
@pytest.mark.parametrize("second", ["one", "two"])
def test_names_that_collide_are_refused_with_both_paths(
    make: Callable[[Chart, str], None], what: str, second: str
) -> None:
    app = App()
    charts = {name: Chart(app, name) for name in ("one", "two")}
    make(charts["one"], "first")
    with pytest.raises(CollisionError) as refused:
        make(charts[second], "second")
    message = str(refused.value)
    assert message.startswith(f"{what} is made twice: by 'one/first")
    assert f"and by '{second}/second" in message


def test_another_namespace_app_or_platform_is_no_collision() -> None:
    app = App()
    chart = Chart(app, "one")
    make_secret(chart, "first")
    make_secret(Chart(App(), "one"), "first")
    ExternalSecret(chart, "second", name="tokens", namespace="b", data=[("KEY", "entry", None)])
    ExternalSecret(
        Chart(app, "two"),
        "third",
        name="tokens",
        namespace="a",
        data=[("KEY", "entry", None)],
        platform=evolve(HOME, domain="other.example"),
    )
