"""The project in examples/consumer, with the wheel installed."""

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

from t3afk_constructs import HOME

pytestmark = pytest.mark.program

SCRIPTS = {path.read_text(): path.name for path in (ROOT / "t3afk_constructs/executor/scripts").glob("*.sh")}

WRONG_CALLS = """
from cdk8s import App
from cluster import GARDEN

import t3afk_constructs as t3afk

nfs = t3afk.Nfs(storage_class="nfs")
chart = t3afk.ClusterChart(App(), "chart", platform=GARDEN, namespace="n")
ingress = t3afk.IngressFactory(chart, "right", name="a")
ingress.port = 81  # wrong: an input is read-only
t3afk.ClusterChart(App(), "a", namespace="n")  # wrong: one is missing
t3afk.T3Executor(chart, "b", name="b", claim_name="b", secret_name="b")  # wrong: one is missing
t3afk.Resources(cpu="1", cpu_limit="2", memory="1Gi", memory_limit="1Gi")  # wrong
t3afk.Sablier(strategy="wait")  # wrong
t3afk.Manifest(chart, "c", "apiVersion: v1")  # wrong
t3afk.silence(chart, rule="no-such-rule", because="it is a test")  # wrong
t3afk.silence(chart, rule=chart.node.id, because="it is a test")  # wrong
t3afk.guard(chart, platform="garden")  # wrong
t3afk.synth(chart)  # wrong
t3afk.IngressFactory(chart, "d", name="d", prot=80)  # wrong
t3afk.IngressFactory(chart, "e", name="e", service="e")  # wrong
t3afk.IngressFactory(chart, "f", name="f", auth="requird")  # wrong
t3afk.IngressFactory(chart, "g", name="g", dns_type="public")  # wrong
t3afk.IngressFactory(chart, "h", name="h", port="80")  # wrong
t3afk.IngressFactory(chart, "i", name="i", ingress_path=[1])  # wrong
t3afk.IngressFactory(chart, "j", name="j", extra_annotations={"example.com/a": True})  # wrong
t3afk.ExternalSecret(chart, "k", name="k", data={"KEY": "entry"})  # wrong
t3afk.ExternalSecret(chart, "l", name="l", data={"KEY": t3afk.RemoteRef("entry")}, api_version="v2")  # wrong
t3afk.NfsVolume(chart, "m", name="m", nfs_server="m", nfs_path="/m", access_modes=["ReadWrite"])  # wrong
t3afk.NfsVolume(chart, "n", name="n", nfs_server="n", nfs_path="/n", mount_options="firm")  # wrong
t3afk.NfsVolume(chart, "o", name="o", nfs_server="o", nfs_path="/o", storage=10)  # wrong
t3afk.Platform(domain="p", tls_secret_name="p", secret_store="p", nfs=nfs, secret_store_kind="Store")  # wrong
t3afk.Platform(domain="q", tls_secret_name="q", secret_store="q", nfs=nfs, tiers=["4-aux"])  # wrong
t3afk.Platform(domain="r", tls_secret_name="r", secret_store="r", nfs=nfs, default_allowed_groups=[1])  # wrong
"""


@pytest.fixture(scope="session")
def manifests(project: Path) -> str:
    files = sorted((project / "dist").glob("[!.]*"))
    assert [file.name for file in files] == ["gallery.k8s.yaml", "roses.k8s.yaml", "tulips.k8s.yaml"]
    return "---\n".join(file.read_text() for file in files)


def test_the_manifests_match_the_golden_file(golden: Any, manifests: str) -> None:
    def with_scripts_named(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: with_scripts_named(entry) for key, entry in value.items()}
        if isinstance(value, list):
            return [with_scripts_named(entry) for entry in value]
        return f"<{SCRIPTS[value]}>" if value in SCRIPTS else value

    golden("consumer", Yaml.stringify(*with_scripts_named(list(yaml.safe_load_all(manifests)))))


def test_no_manifest_has_a_fact_of_the_home_cluster_which_its_own_manifests_have(manifests: str) -> None:
    facts = {HOME.domain, HOME.tls_secret_name, HOME.secret_store, HOME.secret_store_kind}
    facts |= {HOME.nfs.storage_class, HOME.nfs.driver, *HOME.default_allowed_groups}
    facts |= {f"- {option}\n" for option in HOME.nfs.mount_options}
    facts |= {text for text in (HOME.nfs.server, HOME.nfs.ssd_root) if text}
    facts |= {text for text in asdict(HOME.dns).values() if isinstance(text, str)}
    facts |= {tier.name for tier in HOME.tiers} | set(HOME.git_hosts) | set(HOME.git_hosts.values())
    facts |= {f"{HOME.traefik_namespace}-{name}@" for name in HOME.shared_middlewares}
    facts |= {f"ingressClassName: {HOME.ingress_class}\n", "t3-afk", "issue-implementer"}
    assert [fact for fact in facts if fact in manifests] == []
    rendered = (ROOT / "tests/golden/t3-afk.yaml").read_text()
    assert len([fact for fact in facts if fact in rendered]) > len(facts) / 3


def test_guard_has_no_warning(installed: Environment, project: Path) -> None:
    assert installed.run("sh", "-c", "python main.py 2>&1", cwd=project) == ""


def test_the_projects_own_imports_are_not_shadowed(installed: Environment, project: Path) -> None:
    script = "import imports.io.traefik as own, t3afk_constructs.imports.t3afk.manifest as ours; print(own, ours)"
    own, ours = re.findall(r"from '([^']+)'", installed.run(installed.python, "-c", script, cwd=project))
    assert Path(own).is_relative_to(project)
    assert Path(ours).is_relative_to(installed.folder)


@pytest.mark.slow
def test_cdk8s_import_generates_the_projects_bindings(installed: Environment, project: Path, tmp_path: Path) -> None:
    shutil.copytree(project / "schemas", tmp_path / "schemas")
    shutil.copy(project / "cdk8s.yaml", tmp_path)
    for schema in sorted(tmp_path.glob("schemas/*.yaml")):
        installed.run(CDK8S, "import", "--no-save", schema.relative_to(tmp_path), cwd=tmp_path)
    generated, committed = (
        {p.relative_to(d): p.read_bytes() for p in d.rglob("*") if p.is_file() and "__pycache__" not in p.parts}
        for d in (tmp_path / "imports", CONSUMER / "imports")
    )
    assert generated == committed, "see examples/consumer/cdk8s.yaml"


MYPY = (sys.executable, "-m", "mypy", "--no-error-summary", "--cache-dir", "../cache", ".", "--python-executable")
PYRIGHT = (ROOT / "node_modules/.bin/pyright", "--pythonpath")


@pytest.mark.parametrize(
    ("checker", "pattern"),
    [
        pytest.param(MYPY, r"(.+):(\d+): error: ", id="mypy"),
        pytest.param(PYRIGHT, r" *(.+):(\d+):\d+ - error: ", id="pyright", marks=pytest.mark.slow),
    ],
)
def test_a_type_checker_finds_the_wrong_calls_and_nothing_else(
    checker: tuple[str, ...], pattern: str, installed: Environment, project: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(project, tmp_path / "project")
    (folder / "wrong_calls.py").write_text(WRONG_CALLS)
    output = installed.run(*checker, installed.python, cwd=folder, fails=True)
    matches = [match for line in output.splitlines() if (match := re.match(pattern, line))]
    assert {(Path(match[1]).name, int(match[2])) for match in matches} == {
        ("wrong_calls.py", number) for number, line in enumerate(WRONG_CALLS.splitlines(), 1) if "# wrong" in line
    }
