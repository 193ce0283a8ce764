"""The project in examples/consumer, built against the installed wheel as its owner would."""

import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from attrs import asdict
from cdk8s import Yaml
from installed import CDK8S, CONSUMER, ROOT, Environment
from manifests import one

from t3afk_constructs import HOME

PYRIGHT = ROOT / "node_modules/.bin/pyright"
SCRIPTS = {path.read_text(): path.name for path in (ROOT / "t3afk_constructs/scripts").glob("*.sh")}

# A checker names the line of the input; or of the call, where a keyword is unknown or missing.
WRONG_CALLS = """
from cdk8s import App, Chart

import t3afk_constructs as t3afk

chart = Chart(App(), "wrong")
a = t3afk.T3Executor(chart, "a", namespace="n", name="a", claim_name="a", secret_name="a")  # wrong: one is missing
b = t3afk.IngressFactory(chart, "b", name="b", namespace="n", prot=80)  # wrong
c = t3afk.Resources(cpu="1", cpu_limit="2", memory="1Gi", memory_limit="1Gi")  # wrong
d = t3afk.Sablier(strategy="wait")  # wrong
ingress = t3afk.IngressFactory(
    chart,
    "ingress",
    name="a",
    namespace="n",
    auth="requird",  # wrong
    dns_type="public",  # wrong
    port="80",  # wrong
    ingress_path=[1],  # wrong
    extra_annotations={"example.com/a": True},  # wrong
)
secret = t3afk.ExternalSecret(
    chart,
    "secret",
    name="a",
    namespace="n",
    data=[("KEY", "entry")],  # wrong
    api_version="v2",  # wrong
)
volume = t3afk.NfsVolume(
    chart,
    "volume",
    name="a",
    namespace="n",
    nfs_server="a",
    nfs_path="/a",
    access_modes=["ReadWrite"],  # wrong
    mount_options="firm",  # wrong
    storage=10,  # wrong
)
platform = t3afk.Platform(
    domain="example.com",
    tls_secret_name="tls",
    secret_store="store",
    nfs=t3afk.Nfs(storage_class="nfs"),
    secret_store_kind="Store",  # wrong
    tiers=["4-aux"],  # wrong
    default_allowed_groups=[1],  # wrong
)
ingress.port = 81  # wrong: an input is read-only
"""
WRONG_LINES = {number for number, line in enumerate(WRONG_CALLS.splitlines(), 1) if "# wrong" in line}


@pytest.fixture(scope="session")
def manifests(project: Path) -> str:
    files = sorted((project / "dist").iterdir())
    assert [file.name for file in files] == ["gallery.k8s.yaml", "roses.k8s.yaml", "tulips.k8s.yaml"]
    return "---\n".join(file.read_text() for file in files)


@pytest.fixture(scope="session")
def found(manifests: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(manifests))


def with_scripts_named(value: Any) -> Any:
    """The value with the text of each of the package's scripts replaced by its name."""
    if isinstance(value, dict):
        return {key: with_scripts_named(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [with_scripts_named(entry) for entry in value]
    return f"<{SCRIPTS[value]}>" if value in SCRIPTS else value


def test_the_manifests_match_the_golden_file(golden: Any, found: list[dict[str, Any]]) -> None:
    golden("consumer", Yaml.stringify(*with_scripts_named(found)))


def home_facts() -> set[str]:
    facts = {HOME.domain, HOME.tls_secret_name, HOME.secret_store, HOME.secret_store_kind}
    facts |= {HOME.nfs.storage_class, HOME.nfs.driver, *HOME.default_allowed_groups}
    facts |= {f"- {option}\n" for option in HOME.nfs.mount_options}
    facts |= {text for text in (HOME.nfs.server, HOME.nfs.ssd_root) if text}
    facts |= {text for text in asdict(HOME.dns).values() if isinstance(text, str)}
    facts |= {tier.name for tier in HOME.tiers} | set(HOME.git_hosts) | set(HOME.git_hosts.values())
    facts |= {f"{HOME.traefik_namespace}-{name}@" for name in HOME.shared_middlewares}
    facts |= {f"ingressClassName: {HOME.ingress_class}\n", "t3-afk", "issue-implementer"}
    return facts


def test_nothing_of_the_home_cluster_leaks(manifests: str) -> None:
    assert [fact for fact in home_facts() if fact in manifests] == []


def test_the_home_cluster_s_own_chart_has_what_is_looked_for_here() -> None:
    rendered = (ROOT / "tests/golden/t3-afk.yaml").read_text()
    assert len([fact for fact in home_facts() if fact in rendered]) > len(home_facts()) / 3


def test_the_bindings_of_the_project_keep_the_fields_that_the_library_does_not_know(
    found: list[dict[str, Any]],
) -> None:
    spec = one(found, "ExternalSecret", "gallery-api-keys")["spec"]
    assert spec["dataFrom"] == [{"extract": {"key": "gallery/api-keys", "version": "3"}}]
    assert spec["refreshPolicy"] == "OnChange"
    assert one(found, "Middleware", "slow-down")["spec"]["rateLimit"] == {"average": 5, "burst": 50, "period": "1s"}
    # The library's own object of the same kind, in the same chart.
    assert one(found, "ExternalSecret", "gallery-login")["spec"]["data"]


def test_a_project_s_own_imports_are_not_shadowed(installed: Environment, project: Path) -> None:
    script = "import imports.io.traefik as own, t3afk_constructs.imports.t3afk.io.traefik as ours; print(own, ours)"
    own, ours = re.findall(r"from '([^']+)'", installed.run(installed.python, "-c", script, cwd=project))
    assert Path(own).is_relative_to(project)
    assert Path(ours).is_relative_to(installed.folder)


@pytest.mark.slow
def test_the_bindings_of_the_project_are_what_cdk8s_import_makes(
    installed: Environment, project: Path, tmp_path: Path
) -> None:
    shutil.copytree(project / "schemas", tmp_path / "schemas")
    shutil.copy(project / "cdk8s.yaml", tmp_path)
    for schema in sorted(tmp_path.glob("schemas/*.yaml")):
        installed.run(CDK8S, "import", "--no-save", schema.relative_to(tmp_path), cwd=tmp_path)
    made, held = (
        {p.relative_to(d): p.read_bytes() for p in d.rglob("*") if p.is_file() and "__pycache__" not in p.parts}
        for d in (tmp_path / "imports", CONSUMER / "imports")
    )
    assert made == held, "see examples/consumer/cdk8s.yaml"


def test_what_no_input_says_is_added_in_one_line_each(found: list[dict[str, Any]]) -> None:
    (deployment,) = (o for o in found if o["kind"] == "Deployment" and o["metadata"]["namespace"] == "agents-roses")
    pod = deployment["spec"]["template"]["spec"]
    assert deployment["metadata"]["annotations"] == {"garden.example/owner": "roses", "keel.sh/policy": "never"}
    assert pod["nodeSelector"] == {"kubernetes.io/arch": "amd64"}
    assert pod["containers"][0]["env"][-1] == {"name": "TZ", "value": "UTC"}
    assert [container["name"] for container in pod["containers"]] == ["t3", "pairing"]
    (policy,) = (o for o in found if o["kind"] == "NetworkPolicy" and o["metadata"]["namespace"] == "agents-roses")
    assert policy["spec"]["podSelector"]["matchLabels"] == deployment["spec"]["selector"]["matchLabels"]


def test_mypy_finds_the_wrong_calls_and_nothing_else(installed: Environment, project: Path, tmp_path: Path) -> None:
    checked = typed_project(project, tmp_path)
    options = ("--python-executable", installed.python, "--cache-dir", tmp_path / "cache", "--no-error-summary")
    told = installed.run(sys.executable, "-m", "mypy", *options, ".", cwd=checked, fails=True)
    assert errors(told, r"(.+):(\d+): error: ") == {("wrong_calls.py", line) for line in WRONG_LINES}


@pytest.mark.slow
def test_pyright_finds_the_wrong_calls_and_nothing_else(installed: Environment, project: Path, tmp_path: Path) -> None:
    checked = typed_project(project, tmp_path)
    told = installed.run(PYRIGHT, "--pythonpath", installed.python, cwd=checked, fails=True)
    assert errors(told, r" *(.+):(\d+):\d+ - error: ") == {("wrong_calls.py", line) for line in WRONG_LINES}


def typed_project(project: Path, folder: Path) -> Path:
    """The project with the wrong calls beside its modules."""
    checked = folder / "project"
    shutil.copytree(project, checked)
    (checked / "wrong_calls.py").write_text(WRONG_CALLS)
    return checked


def errors(told: str, pattern: str) -> set[tuple[str, int]]:
    matches = (re.match(pattern, line) for line in told.splitlines())
    return {(Path(match[1]).name, int(match[2])) for match in matches if match}
