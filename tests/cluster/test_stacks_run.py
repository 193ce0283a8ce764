"""The example stacks on a real cluster: the API server accepts every object, and two of them answer."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Any

import kube
import pytest
from cdk8s import App
from manifests import objects, one
from stacks import STACKS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nfs_exports import Export

    Objects = list[dict[str, Any]]

pytestmark = pytest.mark.cluster

NODE, BUSYBOX = "docker.io/library/node:24", "docker.io/library/busybox:1.37"


def rendered(name: str, namespace: str) -> Objects:
    """The objects of a stack, without its Namespace, in another one."""
    app = App()
    STACKS[name](app)
    found = [each for chart in app.charts for each in objects(chart) if each["kind"] != "Namespace"]
    for each in found:
        if "namespace" in each["metadata"]:
            each["metadata"]["namespace"] = namespace
    return found


def apply(found: Objects, *options: str) -> list[str]:
    documents = json.dumps({"apiVersion": "v1", "kind": "List", "items": found})
    answers = kube.kubectl(
        "apply", "--server-side", f"--field-manager={kube.MANAGER}", *options, "-f", "-", stdin=documents
    )
    return answers.splitlines()


def test_api_server_accepts_every_object_of_every_stack(new_namespace: Callable[..., str]) -> None:
    namespace = new_namespace()
    found = [each for name in STACKS for each in rendered(name, namespace)]
    answers = apply(found, "--dry-run=server")
    assert len(answers) == len(found) > 100
    assert all(line.endswith(" serverside-applied (server dry run)") for line in answers)


@pytest.fixture
def run(new_namespace: Callable[..., str]) -> Iterator[Callable[[str, Callable[[Objects], None]], str]]:
    """Apply a stack whose objects a function has changed for this cluster, and return its namespace."""
    volumes: list[str] = []
    namespaces: list[str] = []

    def start(name: str, adapt: Callable[[Objects], None]) -> str:
        namespace = new_namespace()
        namespaces.append(namespace)
        found = rendered(name, namespace)
        adapt(found)
        for each in [claim for claim in found if claim["kind"] == "PersistentVolumeClaim"]:
            volume = f"{namespace}-{each['metadata']['name']}"
            volumes.append(volume)
            if wanted := each["spec"].get("volumeName"):
                one(found, "PersistentVolume", wanted)["metadata"]["name"] = volume
                each["spec"]["volumeName"] = volume
            else:
                found.insert(0, block_volume(volume, namespace, each))
        apply(found)
        return namespace

    yield start
    for namespace in namespaces:
        kube.kubectl("-n", namespace, "delete", "deployment,cronjob", "--all", "--cascade=foreground", "--timeout=60s")
    if volumes:
        kube.kubectl("delete", "pv", *volumes, "--ignore-not-found", "--wait=false")


def block_volume(name: str, namespace: str, claim: dict[str, Any]) -> dict[str, Any]:
    """A folder of the node as the volume of a claim, in place of a disk."""
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": name},
        "spec": {
            "capacity": claim["spec"]["resources"]["requests"],
            "accessModes": claim["spec"]["accessModes"],
            "storageClassName": claim["spec"]["storageClassName"],
            "persistentVolumeReclaimPolicy": "Delete",
            "claimRef": {"namespace": namespace, "name": claim["metadata"]["name"]},
            "hostPath": {"path": f"/var/tmp/{name}", "type": "DirectoryOrCreate"},
        },
    }


def answer(namespace: str, deployment: str, service: str, port: int) -> str:
    """The answer of a Deployment's ready pods through their Service."""
    kube.kubectl("-n", namespace, "rollout", "status", f"deployment/{deployment}", "--timeout=90s")
    path = f"/api/v1/namespaces/{namespace}/services/{service}:{port}/proxy/"
    return kube.until(lambda: _body(kube.kubectl("get", "--raw", path, check=False)), "the Service answers", timeout=30)


def _body(text: str) -> str | None:
    return text if text.startswith(("{", "[")) else None


def node(deployment: dict[str, Any], port: int, answer: str) -> None:
    """Let Node.js answer each request with a value, in the place of the app."""
    pod = deployment["spec"]["template"]["spec"]
    container = pod["containers"][0]
    program = f"require('http').createServer((_, a) => a.end(JSON.stringify({answer}))).listen({port})"
    container |= {"image": NODE, "command": ["node", "-e", program], "resources": {}}
    pod["terminationGracePeriodSeconds"] = 1  # the first process of a container ignores SIGTERM
    for each in pod.get("initContainers", []):
        each["image"] = BUSYBOX


def test_the_plain_web_app_runs_with_its_volume_and_secret(run: Callable[..., str]) -> None:
    password = secrets.token_hex(8)

    def adapt(found: Objects) -> None:
        folder = "require('fs').existsSync('/etc/linkding/data')"
        node(one(found, "Deployment", "linkding"), 9090, f"[process.env.LD_SUPERUSER_PASSWORD, {folder}]")
        external = one(found, "ExternalSecret", "linkding-secrets")
        found.remove(external)  # no operator runs here
        identity = {"name": external["spec"]["target"]["name"], "namespace": external["metadata"]["namespace"]}
        secret = {"apiVersion": "v1", "kind": "Secret", "metadata": identity, "stringData": {"password": password}}
        found.insert(0, secret)

    namespace = run("linkding", adapt)
    assert json.loads(answer(namespace, "linkding", "linkding", 9090)) == [password, True]


def test_meshcentral_starts_with_the_settings_that_its_init_container_has_corrected(
    run: Callable[..., str], new_export: Callable[..., Export]
) -> None:
    export = new_export(path="/srv/backups")

    def adapt(found: Objects) -> None:
        settings = "/opt/meshcentral/meshcentral-data/config.json"
        written = "require('fs').writeFileSync('/opt/meshcentral/meshcentral-backups/copy', 'copied')"
        read = f"JSON.parse(require('fs').readFileSync('{settings}'))"
        node(one(found, "Deployment", "meshcentral"), 443, f"({written}, {read})")
        volume = one(found, "PersistentVolume", "meshcentral-backups-host")["spec"]["csi"]
        volume["volumeAttributes"] = {"server": export.server, "share": export.path}
        volume["volumeHandle"] = export.server

    namespace = run("meshcentral", adapt)
    answered = json.loads(answer(namespace, "meshcentral", "meshcentral", 80))
    assert answered["settings"]["TLSOffload"] is True
    assert answered["settings"]["cert"] == "meshcentral.viktorbarzin.me"
    assert (export.folder / "copy").read_text() == "copied"
