"""The command that follows a rollout names what is wrong with it, on the cluster's own words."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import kube
import pytest

from t3afk_constructs import Resources

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Stand

pytestmark = pytest.mark.cluster

RESUME = "run `kubectl rollout resume deployment executor`"
QUOTA = {"apiVersion": "v1", "kind": "ResourceQuota", "spec": {"hard": {"requests.memory": "1Mi"}}}
# cause: what the manifest asks for, the namespace's labels, seconds, and what the verdict has to say
CAUSES: dict[str, tuple[dict[str, Any], dict[str, str], int, str]] = {
    "secret missing": ({"secret_name": "not-there"}, {}, 90, 'secret "not-there" not found'),
    "claim unbound": ({"claim_name": "not-there"}, {}, 20, "claim not-there does not exist"),
    "quota": ({}, {}, 60, "exceeded quota"),
    "refused by admission": ({}, {"pod-security.kubernetes.io/enforce": "restricted"}, 60, "violates PodSecurity"),
    "image pull": ({"image": "docker.io/library/node:not-there"}, {}, 30, "docker.io/library/node:not-there"),
    "install failed": ({"t3_version": "0.0.404"}, {}, 90, "(ETARGET)"),
    "node too old": ({"t3_version": "0.0.99"}, {}, 90, "needs node ^98.1 || >=99.4"),
    "crash loop": ({"t3_version": "0.0.66"}, {}, 120, "t3: out of luck"),
    "out of memory": (
        {"t3_version": "0.0.77", "resources": Resources(cpu="20m", memory="32Mi", memory_limit="128Mi")},
        {},
        90,
        "container t3 was killed at its memory limit",
    ),
    "other version": ({"t3_version": "0.0.55"}, {}, 120, "T3 0.0.54 answers, but 0.0.55 is wanted (pod executor-"),
    "unknown protocol": ({"t3_version": "0.0.46"}, {}, 120, "T3 0.0.46 speaks orchestration protocol 2 (pod executor-"),
    "no room": ({"resources": Resources(cpu="999", memory="32Mi", memory_limit="64Mi")}, {}, 20, "Insufficient cpu"),
}


READS = [
    {"apiGroups": ["apps"], "resources": ["deployments", "replicasets"], "verbs": ["get", "list"]},
    {
        "apiGroups": [""],
        "resources": ["pods", "pods/log", "events", "persistentvolumeclaims"],
        "verbs": ["get", "list"],
    },
]
ASKS = {"apiGroups": [""], "resources": ["pods/proxy"], "verbs": ["get"]}


def verify(stand: Stand, timeout: int, kubeconfig: Path | None = None) -> subprocess.CompletedProcess[str]:
    target = f"{stand.namespace}/{stand.name}"
    command = [sys.executable, "-m", "t3afk_constructs", "verify", target, "--timeout", str(timeout)]
    environment = os.environ | ({"KUBECONFIG": str(kubeconfig)} if kubeconfig else {})
    return subprocess.run(
        command, capture_output=True, text=True, timeout=timeout + 60, check=False, cwd=kube.ROOT, env=environment
    )


def account(namespace: str, name: str, rules: list[dict[str, Any]], folder: Path) -> Path:
    """The kubeconfig of a new service account with these rights in its namespace."""
    metadata, group = {"name": name, "namespace": namespace}, "rbac.authorization.k8s.io"
    subject = {"kind": "ServiceAccount", **metadata}
    role = {"apiGroup": group, "kind": "Role", "name": name}
    kube.create(
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata},
        {"apiVersion": f"{group}/v1", "kind": "Role", "metadata": metadata, "rules": rules},
        {
            "apiVersion": f"{group}/v1",
            "kind": "RoleBinding",
            "metadata": metadata,
            "roleRef": role,
            "subjects": [subject],
        },
    )
    config = json.loads(kube.kubectl("config", "view", "--minify", "--raw", "-o", "json"))
    token = kube.kubectl("-n", namespace, "create", "token", name).strip()
    config["users"] = [{"name": user["name"], "user": {"token": token}} for user in config["users"]]
    path = folder / f"{name}.kubeconfig"
    path.write_text(json.dumps(config))
    return path


def test_a_rollout_that_ends_well_is_followed_and_so_is_parking(stand: Stand) -> None:
    stand.apply(npm_registry=f"{stand.registry}/slow/1500")
    done = verify(stand, 120)
    assert (done.returncode, done.stdout.count("\n")) == (0, 1), done.stdout + done.stderr
    assert done.stdout.startswith(f"{stand.namespace}/executor is ready: T3 0.0.27, pod executor-")
    assert "install-t3 is running: install-t3: installing t3@0.0.27" in done.stderr
    assert "t3 is running but not ready yet" in done.stderr
    stand.apply(parked=True)
    done = verify(stand, 60)
    assert (done.returncode, done.stdout) == (
        0,
        f"{stand.namespace}/executor is parked: 0 replicas, no pod\n",
    )


def test_each_known_cause_is_named_with_what_the_cluster_says_of_it(new_stand: Callable[..., Stand]) -> None:
    """All at once, because most of the time is waiting."""
    stands = {}
    for cause, (inputs, labels, _, _) in CAUSES.items():
        stands[cause] = new_stand(labels)
        if cause == "quota":
            kube.create(QUOTA | {"metadata": {"name": "small", "namespace": stands[cause].namespace}})
        stands[cause].apply(**inputs)
    with ThreadPoolExecutor(4) as pool:
        runs = {cause: pool.submit(verify, stand, CAUSES[cause][2]) for cause, stand in stands.items()}
    wrong = {}
    for cause, run in runs.items():
        done = run.result()
        start = f"{stands[cause].namespace}/executor fails ({cause}): "
        fine = done.returncode == 1 and done.stdout.startswith(start) and CAUSES[cause][3] in done.stdout
        if not fine or done.stdout.count("\n") != 1:
            wrong[cause] = f"{done.returncode}\n{done.stdout}{done.stderr}\n{stands[cause].story()}"
    assert not wrong, "\n\n".join(f"--- {cause}: {text}" for cause, text in wrong.items())


def test_a_paused_deployment_is_not_ready_until_it_is_resumed(stand: Stand) -> None:
    def rollout(*arguments: str) -> None:
        kube.kubectl("-n", stand.namespace, *arguments)

    deployment = f"deployment/{stand.name}"
    stand.apply()
    stand.pod(kube.ready, "the first is ready")
    rollout("rollout", "pause", deployment)
    rollout("set", "env", deployment, "WANTED=1", "--containers=t3")
    done = verify(stand, 60)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "fails (paused): the Deployment is paused, and its last change is not rolled out" in done.stdout
    assert RESUME in done.stdout
    rollout("rollout", "resume", deployment)
    done = verify(stand, 120)
    assert done.returncode == 0, done.stdout + done.stderr
    pod = next(pod for pod in stand.pods() if pod["metadata"]["name"] in done.stdout)
    assert {"name": "WANTED", "value": "1"} in pod["spec"]["containers"][0]["env"]


def test_neither_a_failed_pod_nor_a_foreign_one_is_waited_for(stand: Stand) -> None:
    stand.apply()
    running = stand.pod(kube.running, "T3 runs")
    name = running["metadata"]["name"]
    metadata = {"name": "foreign", "namespace": stand.namespace, "labels": {"app": stand.name}}
    containers = [{"name": "x", "image": "docker.io/library/node:24", "command": ["sleep", "3600"]}]
    owner = {"apiVersion": "v1", "kind": "ConfigMap", "name": f"{stand.name}-claudemd", "controller": True}
    owner["uid"] = kube.get("configmap", owner["name"], stand.namespace)["metadata"]["uid"]
    metadata["ownerReferences"] = [owner]  # or the ReplicaSet would adopt it
    spec = {"containers": containers, "terminationGracePeriodSeconds": 0}
    kube.create({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})
    deadline = json.dumps({"spec": {"activeDeadlineSeconds": 1}})  # which is over: the kubelet fails the pod
    kube.kubectl("patch", "pod", name, "-n", stand.namespace, "--type=merge", "-p", deadline)
    stand.pod(lambda pod: pod["metadata"]["name"] == name and pod["status"]["phase"] == "Failed", "the pod fails")
    stand.apply(parked=True)
    done = verify(stand, 60)
    assert {pod["metadata"]["name"] for pod in stand.pods()} == {"foreign", name}, "both are kept"
    assert (done.returncode, " is parked: " in done.stdout) == (0, True), done.stdout + done.stderr


def test_a_second_writer_is_named(stand: Stand, new_stand: Callable[..., Stand]) -> None:
    stand.apply()
    first = stand.pod(kube.running, "the first runs")
    stand.ask(first)
    second = new_stand(export=stand.export)
    second.apply()
    done = verify(second, 20)
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"fails (second writer): start-t3: /data/t3 is in use by {first['metadata']['name']} " in done.stdout


def test_only_an_account_that_may_not_ask_gets_an_unconfirmed_version(stand: Stand, tmp_path: Path) -> None:
    """Both have all other rights that the guide names, and no more."""
    stand.apply()
    done = verify(stand, 120, account(stand.namespace, "asks", [*READS, ASKS], tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert " is ready: T3 0.0.27, pod executor-" in done.stdout
    done = verify(stand, 120, account(stand.namespace, "reads", READS, tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert " is ready: T3 0.0.27 (not confirmed: HTTP status 403: pods " in done.stdout
    assert 'cannot get resource "pods/proxy"' in done.stdout


def test_t3_without_a_description_or_without_any_answer_is_ready(new_stand: Callable[..., Stand]) -> None:
    reasons = {"0.0.20": "it names no version", "0.0.33": "no answer: .*timed out"}
    stands = {version: new_stand() for version in reasons}
    for version, stand in stands.items():
        stand.apply(t3_version=version)
    with ThreadPoolExecutor() as pool:
        runs = {version: pool.submit(verify, stand, 180) for version, stand in stands.items()}
    for version, reason in reasons.items():
        done = runs[version].result()
        assert done.returncode == 0, done.stdout + done.stderr
        assert re.search(rf" is ready: T3 {version} \(not confirmed: {reason}\), pod executor-", done.stdout)
