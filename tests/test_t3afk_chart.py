import inspect
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from cdk8s import App, Chart
from manifests import objects, one, synth

from t3afk_constructs import HOME, InputError, Nfs, Platform, T3AfkChart

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def chart() -> Chart:
    return T3AfkChart(App())


def test_the_manifest_matches_the_golden_file(chart: Chart, golden: Any) -> None:
    golden("t3-afk", synth(chart))


def test_cdk8s_synth_writes_the_golden_file_and_nothing_else(tmp_path: Path) -> None:
    subprocess.run([ROOT / "node_modules/.bin/cdk8s", "synth", "--output", tmp_path / "dist"], cwd=ROOT, check=True)
    written = {file.name: file.read_bytes() for file in (tmp_path / "dist").iterdir()}
    assert written == {"t3-afk.k8s.yaml": (ROOT / "tests/golden/t3-afk.yaml").read_bytes()}


def test_two_runs_give_the_same_bytes(chart: Chart) -> None:
    program = "from cdk8s import App; from t3afk_constructs import *; a = App(); T3AfkChart(a); print(a.synth_yaml())"
    again = subprocess.run(
        [sys.executable, "-OO", "-c", program], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    assert again == synth(chart) + "\n"


def test_the_namespace_comes_first_and_everything_else_is_in_it(chart: Chart) -> None:
    namespace, *others = objects(chart)
    assert (namespace["kind"], namespace["metadata"]["name"]) == ("Namespace", "t3-afk")
    cluster_scoped = [o["kind"] for o in [namespace, *others] if "namespace" not in o["metadata"]]
    assert cluster_scoped == ["Namespace", "PersistentVolume"]
    assert {o["metadata"]["namespace"] for o in others if o["kind"] != "PersistentVolume"} == {"t3-afk"}


def test_references_between_the_objects_meet(chart: Chart) -> None:
    found = objects(chart)
    spec = one(found, "Deployment", "t3-afk")["spec"]["template"]["spec"]
    data, instructions = spec["volumes"]
    one(found, "PersistentVolumeClaim", data["persistentVolumeClaim"]["claimName"])
    one(found, "ConfigMap", instructions["configMap"]["name"])
    secret = spec["containers"][0]["envFrom"][0]["secretRef"]["name"]
    external = next(o for o in found if o["kind"] == "ExternalSecret")["spec"]
    assert external["target"]["name"] == secret
    variables = {env["name"]: env.get("value") for env in spec["containers"][0]["env"]}
    tokens = {pair.partition("=")[2] for pair in variables["GIT_HOSTS"].split()}
    assert tokens < {entry["secretKey"] for entry in external["data"]}
    backend = one(found, "Ingress", "t3-afk")["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]
    ports = one(found, "Service", backend["name"])["spec"]["ports"]
    assert backend["port"]["number"] in [port["port"] for port in ports]


def test_another_platform_needs_an_nfs_server() -> None:
    platform = Platform(domain="example.com", tls_secret_name="tls", secret_store="s", nfs=Nfs(storage_class="nfs"))
    with pytest.raises(InputError, match=r"T3AfkChart 't3-afk': nfs_server None .* the platform's nfs.server"):
        T3AfkChart(App(), platform=platform)
    with pytest.raises(InputError, match=r"T3AfkChart 't3-afk': nfs_path None .* the platform's nfs.ssd_root"):
        T3AfkChart(App(), platform=platform, nfs_server="10.0.0.1")


def test_a_git_host_whose_token_the_stack_does_not_have_is_refused() -> None:
    app = App()
    with pytest.raises(InputError, match="names 'LAB_TOKEN' in git_hosts, and the stack's Secret has only CLAUDE_"):
        T3AfkChart(app, platform=evolve(HOME, git_hosts={"git.example.com": "LAB_TOKEN"}))
    assert app.node.children == []


def test_every_input_reads_back_with_its_default_resolved() -> None:
    inputs: dict[str, Any] = {
        "nfs_server": str(HOME.nfs.server),
        "nfs_path": f"{HOME.nfs.ssd_root}/t3-afk-data",
        "t3_version": "0.0.27",
        "claude_cli_version": "latest",
        "npm_lockfile": None,
        "parked": False,
        "secrets_api_version": "v1",
        "platform": HOME,
    }
    assert inputs.keys() == inspect.signature(T3AfkChart.__init__).parameters.keys() - {"self", "scope", "id"}
    chart = T3AfkChart(App())
    assert {name: getattr(chart, name) for name in inputs} == inputs


def test_of_the_home_cluster_another_platform_leaves_only_what_is_the_stack_s_own() -> None:
    nfs = Nfs(storage_class="nfs", server="nas.example.com", ssd_root="/fast")
    platform = Platform(domain="example.com", tls_secret_name="tls", secret_store="safe", nfs=nfs)
    text = synth(T3AfkChart(App(), platform=platform))
    for fact in (HOME.domain, HOME.secret_store, HOME.nfs.storage_class, str(HOME.nfs.server), "Home Server"):
        assert fact not in text


@pytest.mark.parametrize("inputs", [{"nfs_path": ""}, {"nfs_server": ""}, {"nfs_server": []}, {"nfs_path": 0}])
def test_an_empty_input_is_wrong_and_not_left_out(inputs: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=next(iter(inputs))):
        T3AfkChart(App(), **inputs)


def test_a_wrong_input_of_a_part_leaves_no_half_of_the_stack() -> None:
    app = App()
    with pytest.raises(InputError, match="t3_version"):
        T3AfkChart(app, t3_version="bad version")
    assert app.node.children == []
    T3AfkChart(app)
