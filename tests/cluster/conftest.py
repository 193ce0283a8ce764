"""A real cluster: namespaces, exports and executors, removed at the end of their test."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import shutil
import socket
import tempfile
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import kube
import pytest
import yaml
from cdk8s import App, JsonPatch
from control_plane import ControlPlane
from model_api import ModelApi
from nfs_exports import Export, export_folder
from products import CLAUDE_CLI_VERSION, T3_VERSION, ProductRegistry, skip_elsewhere
from stub_registry import PORT, registry_objects

from t3afk_constructs import HOME, ClusterChart, NfsVolume, Resources, T3AfkChart, T3Executor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

IMAGE = "docker.io/library/node:24"
LIBATOMIC = "/usr/lib/x86_64-linux-gnu/libatomic.so.1"
SMALL = Resources(cpu="20m", memory="32Mi", memory_limit="512Mi")


@pytest.fixture(scope="session")
def new_namespace(cluster: str) -> Iterator[Callable[..., str]]:
    """Make namespaces of random names. The end of the run deletes them, and waits for their pods alone."""
    assert cluster
    made: list[str] = []

    def make(**labels: str) -> str:
        name = f"t3afk-test-{secrets.token_hex(3)}"
        made.append(name)
        kube.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})
        kube.until(
            lambda: kube.kubectl("-n", name, "get", "serviceaccount", "default", "-o", "name", check=False),
            "the namespace has its service account",
        )
        return name

    yield make
    if made:
        kube.kubectl("delete", "namespace", *made, "--ignore-not-found", "--wait=false")
        # A cluster that stops earlier leaves the routes to its pods behind, and the next one needs those addresses.
        kube.until(lambda: not any(kube.items("pod", name) for name in made), "pods are gone", timeout=60)


@pytest.fixture(scope="session")
def exports(cluster: str) -> Path:
    """The folder of the cluster's NFS exports: SERVER/PATH in it is SERVER:/PATH."""
    assert cluster
    folder = export_folder()
    if "nfs.csi.k8s.io" not in kube.kubectl("get", "csidriver", "-o", "name", check=False):
        pytest.skip("the cluster has no CSI driver nfs.csi.k8s.io")
    if not os.access(folder, os.W_OK) or os.geteuid():
        pytest.skip(f"not root, or T3AFK_TEST_EXPORTS={folder} is not writable")
    return folder


@pytest.fixture(scope="session")
def registry(new_namespace: Callable[..., str]) -> str:
    """The address of an npm registry in the cluster."""
    namespace = new_namespace()
    kube.create(*registry_objects(namespace, IMAGE))
    kube.kubectl("-n", namespace, "wait", "--for=condition=Ready", "--timeout=90s", "pod/registry")
    address = kube.get("pod", "registry", namespace)["status"]["podIP"]
    return f"http://{address}:{PORT}"


@pytest.fixture(scope="session")
def machine(registry: str) -> str:
    """This machine's address, as pods reach it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect((urlsplit(registry).hostname, PORT))
        return str(probe.getsockname()[0])


@pytest.fixture(scope="session")
def products(machine: str) -> Iterator[str]:
    """The address of a registry with the real T3 and the real Claude CLI."""
    skip_elsewhere()
    server = ProductRegistry(machine)
    yield server.url
    server.shutdown()


class Stand:
    """An executor with its own data volume, in a chart of its own."""

    def __init__(self, namespace: str, export: Export, registry: str, outdir: Path, name: str = "executor") -> None:
        self.namespace, self.export, self.registry, self.name = namespace, export, registry, name
        self.volume = f"{namespace}-{name}"
        self.outdir = outdir / self.volume

    def synth(self, *, libatomic: bool = False, **inputs: Any) -> Path:
        """Write the manifest and return its path. The test cluster's image lacks libatomic: borrow the node's."""
        app = App(outdir=str(self.outdir))
        chart = ClusterChart(app, self.name, platform=HOME, namespace=self.namespace, disable_resource_name_hashes=True)
        data = NfsVolume(
            chart,
            "data",
            name=self.volume,
            nfs_server=self.export.server,
            nfs_path=self.export.path,
            mount_options="hard",
        )
        defaults: dict[str, Any] = {
            "name": self.name,
            "claim_name": data.claim_name,
            "secret_name": "tokens",
            "agent_instructions": "Implement the issue.\n$HOME is no variable, über alles.\n",
            "t3_version": "0.0.27",
            "claude_cli_version": "1.0.0",
            "npm_registry": self.registry,
            "resources": SMALL,
        }
        executor = T3Executor(chart, "executor", **{**defaults, **inputs})
        # The node is small, and many executors run on it at a time.
        install = f"/spec/template/spec/initContainers/{int(executor.fix_permissions)}"
        executor.deployment.add_json_patch(JsonPatch.replace(f"{install}/resources/requests", {"cpu": "20m"}))
        if libatomic:
            library = {"name": "libatomic", "hostPath": {"path": LIBATOMIC, "type": "File"}}
            mount = {"name": "libatomic", "mountPath": LIBATOMIC, "readOnly": True}
            executor.deployment.add_json_patch(
                JsonPatch.add("/spec/template/spec/volumes/-", library),
                JsonPatch.add(f"{install}/volumeMounts/-", mount),
                JsonPatch.add("/spec/template/spec/containers/0/volumeMounts/-", mount),
            )
        app.synth()
        return self.outdir / f"{self.name}.k8s.yaml"

    def apply(self, **inputs: Any) -> list[dict[str, Any]]:
        """Write and apply the manifest, and return its objects."""
        manifest = self.synth(**inputs)
        kube.apply(manifest)
        return list(yaml.safe_load_all(manifest.read_text()))

    def create_secret(self) -> None:
        """Create the Secret that External Secrets would write."""
        values = {"CLAUDE_CODE_OAUTH_TOKEN": "claude-secret-value", "GITHUB_TOKEN": "github-secret-value"}
        metadata = {"name": "tokens", "namespace": self.namespace}
        kube.create({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": values})

    def pods(self) -> list[dict[str, Any]]:
        return kube.items("pod", self.namespace, f"app={self.name}")

    def pod(self, condition: Callable[[dict[str, Any]], object], what: str, timeout: float = 120) -> dict[str, Any]:
        """Wait for a pod that meets the condition."""
        try:
            return kube.until(lambda: next((pod for pod in self.pods() if condition(pod)), None), what, timeout)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.story()}") from None

    def story(self) -> str:
        """Events and logs of the pods, for the message of a failed test."""
        events = kube.kubectl("-n", self.namespace, "get", "events", "--no-headers", check=False)
        logs = [self.log(pod, name) for pod in self.pods() for name in ("fix-perms", "install-t3", "t3")]
        return "\n".join([events, *logs])

    def version_runs(self, version: str) -> Callable[[dict[str, Any]], bool]:
        """A condition: the pod runs T3 and is to install that version."""

        def look(pod: dict[str, Any]) -> bool:
            install = next(entry for entry in pod["spec"]["initContainers"] if entry["name"] == "install-t3")
            return kube.running(pod) and {"name": "T3_VERSION", "value": version} in install["env"]

        return look

    def exec(self, pod: dict[str, Any], *command: str, container: str = "t3", check: bool = True) -> str:
        name = pod["metadata"]["name"]
        return kube.kubectl("-n", self.namespace, "exec", name, "-c", container, "--", *command, check=check)

    def log(self, pod: dict[str, Any], container: str) -> str:
        return kube.kubectl("-n", self.namespace, "logs", pod["metadata"]["name"], "-c", container, check=False)

    def line(self, pod: dict[str, Any], container: str, words: str) -> str:
        """Wait for the one line of a container's log with these words."""
        lines = kube.until(
            lambda: [line for line in self.log(pod, container).splitlines() if words in line], f"'{words}' in the log"
        )
        assert len(lines) == 1
        return lines[0]

    def ask(self, pod: dict[str, Any], path: str = "/") -> dict[str, Any]:
        """T3's answer to a request from its own pod, once it listens."""
        program = f"fetch('http://127.0.0.1:3773{path}').then(r => r.text()).then(console.log, () => 0)"

        def answer() -> str | None:
            # kubectl may add a complaint about the closed stream.
            line = self.exec(pod, "node", "-e", program, check=False).partition("\n")[0]
            return line if line.startswith("{") else None

        return json.loads(kube.until(answer, "T3 answers"))

    @cached_property
    def installs(self) -> Path:
        return self.export.folder / "t3-install"


@pytest.fixture
def new_export(exports: Path) -> Iterator[Callable[..., Export]]:
    made: list[Export] = []

    def make(server: str | None = None, path: str = "/srv/data") -> Export:
        export = Export(exports, server or f"nfs-{secrets.token_hex(4)}.example", path)
        made.append(export)
        return export

    yield make
    for export in made:
        shutil.rmtree(export.folder, ignore_errors=True)
        for parent in export.folder.relative_to(exports).parents[:-1]:
            with contextlib.suppress(OSError):  # not empty: exports of other tests
                (exports / parent).rmdir()


@pytest.fixture
def new_stand(
    new_namespace: Callable[..., str], new_export: Callable[..., Export], registry: str, tmp_path: Path
) -> Iterator[Callable[..., Stand]]:
    """Make an executor's namespace, export and Secret. Its pods are deleted before exports and volumes."""
    made: list[Stand] = []

    def make(
        labels: dict[str, str] | None = None,
        *,
        export: Export | None = None,
        secret: bool = True,
        kind: type[Stand] = Stand,
    ) -> Stand:
        stand = kind(new_namespace(**(labels or {})), export or new_export(), registry, tmp_path)
        made.append(stand)
        if secret:
            stand.create_secret()
        return stand

    yield make
    if made:
        kube.kubectl("delete", "namespace", *(s.namespace for s in made), "--ignore-not-found", "--wait=false")
        for stand in made:
            kube.until(lambda stand=stand: not kube.items("pod", stand.namespace), "pods are gone", timeout=60)
        kube.kubectl("delete", "pv", *(stand.volume for stand in made), "--ignore-not-found", "--wait=false")


@pytest.fixture
def stand(new_stand: Callable[..., Stand]) -> Stand:
    """A namespace with an empty export and a Secret, for an executor."""
    return new_stand()


class RealStand(Stand):
    """An executor with the real T3 and the real Claude CLI, which asks a stand-in for the model's API."""

    def apply_real(self, products: str, model: ModelApi, env: dict[str, str], **inputs: Any) -> None:
        """Apply the manifest. The volume belongs to the executor as soon as its pod runs."""
        defaults = {
            "t3_version": T3_VERSION,
            "claude_cli_version": CLAUDE_CLI_VERSION,
            "npm_registry": products,
            "resources": Resources(cpu="20m", memory="32Mi", memory_limit="4Gi"),
        }
        self.apply(libatomic=True, env={"ANTHROPIC_BASE_URL": model.url} | env, **defaults | inputs)

    def ready(self) -> dict[str, Any]:
        return self.pod(kube.ready, "T3 is ready", timeout=300)

    def control_plane(self) -> ControlPlane:
        """The API of T3, as soon as its pod is ready."""
        pod = self.ready()
        program = (
            "bash",
            "-c",
            'exec "$T3_INSTALL/current/node_modules/.bin/t3" "$@"',
            "t3",
            "auth",
            "session",
            "issue",
        )
        issued = self.exec(pod, *program, "--base-dir", "/data/t3", "--ttl", "1h", "--json")
        return ControlPlane(f"http://{pod['status']['podIP']}:3773", json.loads(issued)["token"])

    def create_thread(self, api: ControlPlane) -> None:
        """A repository on the volume, and a thread in a worktree of it."""
        commit = "git -c user.name=a -c user.email=a@b commit -qm first --allow-empty"
        worktree = "git worktree add -qb t3/issue /data/issue"
        self.exec(self.ready(), "bash", "-c", f"git init -qb main /data/app && cd /data/app && {commit} && {worktree}")
        api.create_thread(repository="/data/app", worktree="/data/issue", branch="t3/issue")

    def processes(self, pod: dict[str, Any]) -> list[str]:
        """The names of all processes of the pod that run."""
        program = "cat /proc/[0-9]*/stat 2>/dev/null | awk '$3 != \"Z\" {print $2}'; true"
        return [name.strip("()") for name in self.exec(pod, "bash", "-c", program).split()]


@pytest.fixture
def model(machine: str) -> Iterator[ModelApi]:
    server = ModelApi(machine)
    yield server
    server.shutdown()


@pytest.fixture
def real_stand(new_stand: Callable[..., Stand], products: str, model: ModelApi) -> Callable[..., RealStand]:
    """Apply an executor with the real programs, on an empty export."""

    def make(**inputs: Any) -> RealStand:
        stand = new_stand(kind=RealStand)
        assert isinstance(stand, RealStand)
        stand.apply_real(products, model, **{"env": {}} | inputs)
        return stand

    return make


NAMESPACE, VOLUME = "t3-afk", "t3-afk-data"


class Stack:
    """The whole `T3AfkChart`. Its namespace and volume have fixed names."""

    export: Export

    def __init__(self, workdir: Path, registry: str | None = None) -> None:
        self.registry, self.workdir = registry, workdir
        self.manifest = workdir / "dist/t3-afk.k8s.yaml"

    def synth(self, **inputs: Any) -> list[dict[str, Any]]:
        """Write dist/t3-afk.k8s.yaml and return its objects. If there is a registry, T3 comes from it."""
        app = App(outdir=str(self.manifest.parent))
        stand_ins = {"t3_version": "0.0.27", "claude_cli_version": "1.0.0"}
        executor = T3AfkChart(app, platform=HOME, **stand_ins | inputs).executor
        if self.registry:
            variable = {"name": "NPM_REGISTRY", "value": self.registry}
            executor.deployment.add_json_patch(JsonPatch.add("/spec/template/spec/initContainers/1/env/-", variable))
        app.synth()
        return self.objects()

    def objects(self) -> list[dict[str, Any]]:
        return list(yaml.safe_load_all(self.manifest.read_text()))

    def live(self) -> dict[tuple[str, str], dict[str, Any]]:
        """The manifest's objects in the cluster, with all their metadata, by kind and name."""
        text = kube.kubectl("get", "-f", self.manifest, "-o", "json", "--show-managed-fields")
        return {(each["kind"], each["metadata"]["name"]): each for each in json.loads(text)["items"]}

    def create_secret(self) -> None:
        """Create the Secret that External Secrets would write."""
        values = {"CLAUDE_CODE_OAUTH_TOKEN": "claude-secret-value", "GITHUB_TOKEN": "github-secret-value"}
        metadata = {"name": "t3-afk-secrets", "namespace": NAMESPACE}
        kube.create({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": values})

    def pod(self, condition: Callable[[dict[str, Any]], object], what: str) -> dict[str, Any]:
        def find() -> dict[str, Any] | None:
            return next((pod for pod in kube.items("pod", NAMESPACE, "app=t3-afk") if condition(pod)), None)

        return kube.until(find, what, 120)


@pytest.fixture
def stack_lock() -> Iterator[None]:
    """Only one test of this machine has the stack at a time."""
    with (Path(tempfile.gettempdir()) / "t3afk-cluster-tests.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@pytest.fixture
def unmounted_stack(cluster: str, stack_lock: None, tmp_path: Path) -> Iterator[Stack]:
    """The stack for a test that runs no pod. The cluster has nothing of it before and after the test."""
    assert cluster
    assert stack_lock is None

    def existing() -> list[dict[str, Any]]:
        both = (("namespace", NAMESPACE), ("pv", VOLUME))
        texts = (kube.kubectl("get", *each, "--ignore-not-found", "-o", "json") for each in both)
        return [json.loads(text) for text in texts if text]

    deleted = "the objects of an earlier run are deleted"
    kube.until(lambda: not [each for each in existing() if "deletionTimestamp" in each["metadata"]], deleted)
    if taken := [f"{each['kind']} {each['metadata']['name']}" for each in existing()]:
        pytest.skip(f"the cluster has {' and '.join(taken)} already: this may be a real stack")
    yield Stack(tmp_path)
    delete = ("delete", "--ignore-not-found", "--timeout=90s")
    kube.kubectl(*delete, "deployment", "--all", "-n", NAMESPACE, "--cascade=foreground", check=False)
    kube.kubectl(*delete, f"namespace/{NAMESPACE}")
    kube.kubectl(*delete, f"pv/{VOLUME}")


@pytest.fixture
def stack(unmounted_stack: Stack, new_export: Callable[..., Export], registry: str) -> Stack:
    """The stack with its export and a registry."""
    unmounted_stack.export = new_export("192.168.1.127", "/srv/nfs-ssd/t3-afk-data")
    unmounted_stack.registry = registry
    return unmounted_stack
