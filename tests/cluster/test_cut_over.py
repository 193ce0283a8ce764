"""Run docs/migration.md: from the Terraform stack's objects to ours, back, and forward again."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import kube
import pytest
from stub_registry import T3
from terraform_seed import MANIFEST_MANAGER, NAMESPACE, SEED_MANAGER, seed_objects

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Stack

pytestmark = pytest.mark.cluster

GUIDE = (kube.ROOT / "docs/migration.md").read_text()
KEEL = {"metadata": {"annotations": {"keel.sh/pollSchedule": "@every 1h", "keel.sh/trigger": "poll"}}}
DNS_CONFIG = {"options": [{"name": "ndots", "value": "2"}]}
KYVERNO = {
    "metadata": {"labels": {"tier": "4-aux"}},
    "spec": {"template": {"spec": {"dnsConfig": DNS_CONFIG}}},
}
ASK = "fetch('http://127.0.0.1:3773{}').then(r => r.text()).then(console.log, () => 0)"


def guide(section: str, number: int, stack: Stack) -> subprocess.CompletedProcess[str]:
    """Run one of the bash blocks below a heading of the guide."""
    text = re.split(r"^## ", GUIDE, flags=re.MULTILINE)
    body = next(part for part in text if part.startswith(section))
    block = re.findall(r"^```bash\n(.*?)^```", body, flags=re.MULTILINE | re.DOTALL)[number]
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block],
        cwd=stack.workdir,
        env={**os.environ, "PATH": path, "PYTHONPATH": str(kube.ROOT)},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


def follow_guide(section: str, number: int, stack: Stack) -> str:
    done = guide(section, number, stack)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def create_seed(stack: Stack, change: Callable[[dict[str, Any]], None] = lambda _: None) -> None:
    """Create the objects of `terraform apply`, and the Secret of External Secrets."""
    ours = stack.objects()
    for each in seed_objects(ours):
        change(each)
        kube.create(each, manager=SEED_MANAGER)
    secret = next(each for each in ours if each["kind"] == "ExternalSecret")
    options = ("apply", "--server-side", f"--field-manager={MANIFEST_MANAGER}", "-f", "-")
    kube.kubectl(*options, stdin=json.dumps(secret))
    # The Terraform stack used v1beta1, which the CRD of a newer operator lacks.
    was = [{"op": "replace", "path": "/metadata/managedFields/0/apiVersion", "value": "external-secrets.io/v1beta1"}]
    name = ("externalsecret", secret["metadata"]["name"], "-n", NAMESPACE)
    kube.kubectl("patch", *name, "--type=json", "-p", json.dumps(was))
    stack.create_secret()


def patch_deployment(patch: dict[str, Any], manager: str) -> None:
    options = ("-n", NAMESPACE, "--type=merge", f"--field-manager={manager}", "-p", json.dumps(patch))
    kube.kubectl("patch", "deployment", "t3-afk", *options)


def uids(stack: Stack) -> dict[tuple[str, str], str]:
    return {key: each["metadata"]["uid"] for key, each in stack.live().items()}


def ask(stack: Stack, runs: Callable[[dict[str, Any]], bool], path: str = "/") -> dict[str, Any]:
    pod = stack.pod(runs, "T3 runs")
    command = ("-n", NAMESPACE, pod["metadata"]["name"], "-c", "t3", "--", "node", "-e", ASK.format(path))
    return json.loads(kube.until(lambda: kube.kubectl("exec", *command, check=False).strip(), "T3 answers"))


def runs_ours(pod: dict[str, Any]) -> bool:
    return kube.running(pod) and pod["spec"].get("shareProcessNamespace", False)


def runs_seed(pod: dict[str, Any]) -> bool:
    return kube.running(pod) and not pod["spec"].get("shareProcessNamespace", False)


def assert_only_ours(stack: Stack) -> None:
    """Assert that Terraform owns no field, and that each spec equals that of a new object."""
    live = stack.live()
    managers = {entry["manager"] for each in live.values() for entry in each["metadata"]["managedFields"]}
    assert kube.MANAGER in managers
    assert not managers & {SEED_MANAGER, MANIFEST_MANAGER}
    rendered = {each["kind"]: each for each in stack.objects()}
    for kind in ("Deployment", "Service", "Ingress", "ExternalSecret"):
        fresh = rendered[kind] | {"metadata": rendered[kind]["metadata"] | {"name": "fresh"}}
        options = ("create", "--dry-run=server", "-o", "json", "-f", "-")
        expected = json.loads(kube.kubectl(*options, stdin=json.dumps(fresh)))["spec"]
        found = live[kind, rendered[kind]["metadata"]["name"]]["spec"]
        if kind == "Deployment":
            assert found["template"]["spec"].pop("dnsConfig") == DNS_CONFIG, "Kyverno's"
        for address in ("clusterIP", "clusterIPs"):
            expected.pop(address, None)
            found.pop(address, None)
        assert found == expected
    deployment = live["Deployment", "t3-afk"]["metadata"]
    added = {"deployment.kubernetes.io/revision", *KEEL["metadata"]["annotations"]}
    assert deployment["annotations"].keys() - rendered["Deployment"]["metadata"]["annotations"].keys() == added
    assert deployment["labels"] == {"app": "t3-afk", "tier": "4-aux"}


def test_guide_takes_over_the_terraform_stack_and_gives_it_back(stack: Stack) -> None:
    stack.synth()
    programs = stack.export.folder / "npm-global/bin"
    programs.mkdir(parents=True)
    (programs / "t3").write_text(T3)
    (programs / "t3").chmod(0o755)
    (programs / "package.json").write_text('{"version": "seed"}')
    create_seed(stack)
    patch_deployment(KYVERNO, "kyverno")
    patch_deployment(KEEL, "keel")
    assert ask(stack, runs_seed, "/write")["written"] == 1
    opened = ask(stack, runs_seed)["opened"]
    before = uids(stack)
    assert len(before) == 8

    versions = {key: each["metadata"]["resourceVersion"] for key, each in stack.live().items()}
    answers = follow_guide("1.", 0, stack).splitlines()
    assert len([line for line in answers if line.endswith("replaced (server dry run)")]) == 8
    follow_guide("1.", 1, stack)
    settled = [key for key, each in stack.live().items() if each["metadata"]["resourceVersion"] == versions[key]]
    assert len(settled) >= 7, "step 1 changes nothing (the Deployment's status may change by itself)"

    generation = stack.live()["Deployment", "t3-afk"]["metadata"]["generation"]
    assert follow_guide("3.", 0, stack).count(" patched") == 8
    assert follow_guide("3.", 0, stack) == ""
    assert stack.live()["Deployment", "t3-afk"]["metadata"]["generation"] == generation, "step 3 starts no pod"
    difference = guide("4.", 0, stack)
    assert difference.returncode == 1, difference.stderr
    assert "-          subPath: CLAUDE.md" in difference.stdout
    done = follow_guide("5.", 0, stack)
    assert "t3-afk/t3-afk is ready: T3 0.0.27" in done

    assert uids(stack) == before
    assert_only_ours(stack)
    assert ask(stack, runs_ours) | {"hosts": []} == {
        "version": "0.0.27",
        "opened": opened + 1,
        "written": 1,
        "check": "ok",
        "hosts": [],
    }

    follow_guide("The way back", 0, stack)
    back = ask(stack, runs_seed)
    assert (back["version"], back["opened"], back["written"], back["check"]) == ("seed", opened + 2, 1, "ok")
    assert uids(stack) == before

    follow_guide("1.", 0, stack)
    follow_guide("3.", 0, stack)
    kube.apply(stack.manifest)
    assert_only_ours(stack)
    again = ask(stack, runs_ours)
    assert (again["version"], again["written"], again["check"]) == ("0.0.27", 1, "ok")


def test_impossible_changes_are_found_before_anything_changes(stack: Stack) -> None:
    def differ(each: dict[str, Any]) -> None:
        if each["kind"] == "Deployment":
            each["spec"]["replicas"] = 0
            each["spec"]["selector"]["matchLabels"] = {"app": "other"}
            each["spec"]["template"]["metadata"]["labels"] = {"app": "other"}
        if each["kind"] == "PersistentVolume":
            each["spec"]["csi"]["volumeAttributes"]["share"] = "/srv/nfs-hdd/t3-afk-data"
        if each["kind"] == "PersistentVolumeClaim":
            each["spec"]["accessModes"] = ["ReadWriteOnce"]

    stack.synth()
    create_seed(stack, differ)
    kube.until(lambda: stack.live()["Deployment", "t3-afk"].get("status", {}).get("observedGeneration"), "seen")
    before = {key: each["metadata"]["resourceVersion"] for key, each in stack.live().items()}
    done = guide("1.", 0, stack)
    assert done.returncode != 0
    for words in (
        r'Deployment.* "t3-afk" is invalid: spec\.selector: .*field is immutable',
        r'PersistentVolume "t3-afk-data" is invalid: spec\.persistentvolumesource: .*is immutable',
        r'PersistentVolumeClaim "t3-afk-data" is invalid: spec: .*is immutable',
    ):
        assert re.search(words, done.stderr), done.stderr
    assert {key: each["metadata"]["resourceVersion"] for key, each in stack.live().items()} == before
