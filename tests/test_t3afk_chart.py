import inspect
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from cdk8s import App, Chart
from manifests import lock_file, objects, one, render

from t3afk_constructs import HOME, InputError, Nfs, Platform, RemoteRef, T3AfkChart, guard
from t3afk_constructs.executor.executor import CLAUDE_CLI_VERSION, T3_VERSION

ROOT = Path(__file__).parent.parent
LAB = Platform(domain="example.com", tls_secret_name="tls", secret_store="safe", nfs=Nfs(storage_class="nfs"))


@pytest.fixture(scope="module")
def chart() -> Chart:
    return T3AfkChart(App(), platform=HOME)


def test_manifest_matches_the_golden_file(chart: Chart, golden: Any) -> None:
    golden("t3-afk", render(chart))


@pytest.mark.program
def test_cdk8s_synth_writes_the_golden_file_and_nothing_else(tmp_path: Path) -> None:
    subprocess.run([ROOT / "node_modules/.bin/cdk8s", "synth", "--output", tmp_path / "dist"], cwd=ROOT, check=True)
    written = {file.name: file.read_bytes() for file in (tmp_path / "dist").glob("[!.]*")}
    assert written == {"t3-afk.k8s.yaml": (ROOT / "tests/golden/t3-afk.yaml").read_bytes()}


@pytest.mark.program
def test_second_run_gives_the_same_bytes(chart: Chart) -> None:
    program = (
        "from cdk8s import App; from t3afk_constructs import *; a = App(); T3AfkChart(a, platform=HOME); "
        "print(a.synth_yaml())"
    )
    again = subprocess.run(
        [sys.executable, "-OO", "-c", program], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    assert again == render(chart) + "\n"


def test_namespace_comes_first_and_contains_all_other_namespaced_objects(chart: Chart) -> None:
    namespace, *others = objects(chart)
    assert (namespace["kind"], namespace["metadata"]["name"]) == ("Namespace", "t3-afk")
    cluster_scoped = [o["kind"] for o in [namespace, *others] if "namespace" not in o["metadata"]]
    assert cluster_scoped == ["Namespace", "PersistentVolume"]
    assert {o["metadata"]["namespace"] for o in others if o["kind"] != "PersistentVolume"} == {"t3-afk"}


def test_references_between_the_objects_resolve(chart: Chart) -> None:
    found = objects(chart)
    spec = one(found, "Deployment", "t3-afk")["spec"]["template"]["spec"]
    data, *config_maps = spec["volumes"]
    one(found, "PersistentVolumeClaim", data["persistentVolumeClaim"]["claimName"])
    for volume in config_maps:
        keys = one(found, "ConfigMap", volume["configMap"]["name"])["data"].keys()
        assert {item["key"] for item in volume["configMap"].get("items", [])} <= keys
    secret = spec["containers"][0]["envFrom"][0]["secretRef"]["name"]
    external = next(o for o in found if o["kind"] == "ExternalSecret")["spec"]
    assert external["target"]["name"] == secret
    variables = {env["name"]: env.get("value") for env in spec["containers"][0]["env"]}
    tokens = {pair.partition("=")[2] for pair in variables["GIT_HOSTS"].split()}
    assert tokens < {entry["secretKey"] for entry in external["data"]}
    backend = one(found, "Ingress", "t3-afk")["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]
    ports = one(found, "Service", backend["name"])["spec"]["ports"]
    assert backend["port"]["number"] in [port["port"] for port in ports]


def test_every_input_reads_back_with_its_default() -> None:
    inputs: dict[str, Any] = {
        "name": "t3-afk",
        "namespace": "t3-afk",
        "nfs_server": HOME.nfs.server,
        "nfs_path": f"{HOME.nfs.ssd_root}/t3-afk-data",
        "t3_version": T3_VERSION,
        "claude_cli_version": CLAUDE_CLI_VERSION,
        "npm_lockfile": None,
        "parked": False,
        "continue_turns": False,
        "telemetry": None,
        "secrets_api_version": "v1",
        "platform": HOME,
    }
    signature = inspect.signature(T3AfkChart.__init__).parameters.keys()
    assert {*inputs, "secret_data"} == signature - {"self", "scope", "id"}
    chart = T3AfkChart(App(), platform=HOME)
    assert {name: getattr(chart, name) for name in inputs} == inputs
    assert chart.secret_data == chart.secrets.data
    assert chart.secret_data.keys() > set(HOME.git_hosts.values())


TOKENS = {"CLAUDE_CODE_OAUTH_TOKEN": RemoteRef("review", property="claude"), "GIT": RemoteRef("review", property="git")}


def test_a_second_chart_in_one_app_shares_no_name_with_the_first() -> None:
    app = App()
    platform = evolve(HOME, git_hosts={"git.example.com": "GIT"})
    first = T3AfkChart(app, platform=HOME)
    second = T3AfkChart(
        app,
        "review",
        platform=platform,
        name="t3-review",
        secret_data=TOKENS,
        continue_turns=True,
        telemetry="http://collector.monitoring:4318",
    )
    guard(app)
    app.synth()
    text = render(second)
    assert "t3-afk" not in text
    assert "issue-implementer-claudemd" not in text
    found = objects(second)
    assert {each["metadata"].get("namespace", "t3-review") for each in found} == {"t3-review"}
    assert second.secret_data == TOKENS
    assert second.nfs_path == f"{HOME.nfs.ssd_root}/t3-review-data"
    assert one(found, "Ingress", "t3-review")["spec"]["rules"][0]["host"] == f"t3-review.{HOME.domain}"
    assert (second.executor.continue_turns, second.executor.telemetry) == (True, "http://collector.monitoring:4318")
    kinds = [(each["kind"], each["metadata"].get("namespace")) for each in objects(first)]
    assert kinds == [(kind, namespace and "t3-afk") for kind, namespace in kinds]
    assert [each["kind"] for each in found] == [kind for kind, _ in kinds]


def test_a_namespace_of_another_name_contains_the_stack() -> None:
    found = objects(T3AfkChart(App(), platform=HOME, name="t3-review", namespace="agents"))
    assert one(found, "Namespace", "agents")
    assert {each["metadata"]["namespace"] for each in found if "namespace" in each["metadata"]} == {"agents"}


def test_a_second_chart_without_a_name_is_refused_by_object_with_the_way_out() -> None:
    app = App()
    T3AfkChart(app, platform=HOME)
    with pytest.raises(InputError, match="id 't3-afk' is already the id of a sibling; choose another id"):
        T3AfkChart(app, platform=HOME, name="t3-review")
    T3AfkChart(app, "review", platform=HOME)
    with pytest.raises(RuntimeError, match=r"t3-afk/executor/Resource and review/executor/Resource: .*; rename one"):
        app.synth()


def test_another_platform_renders_no_fact_of_the_home_cluster() -> None:
    text = render(T3AfkChart(App(), platform=LAB, nfs_server="nas.example.com", nfs_path="/fast"))
    for fact in (HOME.domain, HOME.secret_store, HOME.nfs.storage_class, str(HOME.nfs.server), "Home Server"):
        assert fact not in text


NO_SERVER = "nfs_server None has no default on this platform; pass it, or set the platform's nfs.server"
NO_PATH = "nfs_path None has no default on this platform; pass it, or set the platform's nfs.ssd_root"


@pytest.mark.parametrize(
    ("inputs", "complaint"),
    [
        ({"platform": LAB}, f"T3AfkChart 't3-afk': 2 wrong inputs\n  {NO_SERVER}\n  {NO_PATH}"),
        ({"platform": LAB, "nfs_server": "10.0.0.1"}, f"T3AfkChart 't3-afk': {NO_PATH}"),
        ({"platform": LAB, "nfs_path": "/data"}, f"T3AfkChart 't3-afk': {NO_SERVER}"),
        ({"platform": None}, "is not a Platform"),
        (
            {"platform": evolve(HOME, git_hosts={"git.example.com": "LAB_TOKEN"})},
            "names 'LAB_TOKEN' in git_hosts, but the stack's Secret has only CLAUDE_CODE_OAUTH_TOKEN, GITHUB_TOKEN, ",
        ),
        ({"secret_data": {"A": RemoteRef("a")}}, r"in git_hosts, but the stack's Secret has only A; .* to secret_data"),
        ({"secret_data": {"A": "a"}}, "secret_data .* is not a RemoteRef"),
        ({"name": "T3"}, "name 'T3' .* must be a Service's name"),
        ({"nfs_path": ""}, "nfs_path '' is not absolute"),
        ({"nfs_server": ""}, "nfs_server ''"),
        ({"nfs_server": []}, r"nfs_server \[\]"),
        ({"t3_version": "bad version"}, "T3AfkChart 't3-afk': t3_version 'bad version'"),
        ({"npm_lockfile": lock_file("1.0.0", "1.0.0")}, "T3Executor 't3-afk/executor': npm_lockfile .* pins t3 1.0.0"),
    ],
)
def test_wrong_input_is_refused_and_leaves_no_part_of_the_stack(inputs: dict[str, Any], complaint: str) -> None:
    app = App()
    with pytest.raises(InputError, match=complaint):
        T3AfkChart(app, **{"platform": HOME} | inputs)
    assert app.node.children == []
