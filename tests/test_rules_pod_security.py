"""The rule for Namespaces that enforce a Pod Security level, and the cluster that agrees with it."""

import random
import time
from typing import Any

import pytest
from plain import Manifest, container, found, is_one, pod, thing, workload

PREFIX = "pod-security.kubernetes.io"
NON_ROOT = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
NARROW = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
VOLUMES = {"hostPath": {"path": "/x"}, "nfs": {"server": "x", "path": "/x"}, "emptyDir": {}}


def namespace(level: str, version: str | None = None, name: str = "ns") -> Manifest:
    labels = {f"{PREFIX}/enforce": level} | ({f"{PREFIX}/enforce-version": version} if version else {})
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def secured(context: Manifest, **of_pod: Any) -> Manifest:
    return pod(container(securityContext=context), **of_pod)


def volumes(*kinds: str) -> list[Manifest]:
    return [{"name": kind.lower(), kind: VOLUMES[kind]} for kind in kinds]


BASELINE = [
    (pod(hostNetwork=True), "the pod has hostNetwork: True"),
    (pod(hostIPC=False), None),
    (secured({"privileged": True}), "container 'app' has securityContext.privileged: True"),
    (secured({"procMount": "Unmasked"}), "procMount: Unmasked"),
    (secured({"seccompProfile": {"type": "Unconfined"}}), "securityContext.seccompProfile.type: Unconfined"),
    (pod(securityContext={"appArmorProfile": {"type": "Unconfined"}}), "the pod has securityContext.appArmorProfile"),
    (secured({"seLinuxOptions": {"type": "spc_t"}}), "seLinuxOptions.type: spc_t"),
    (secured({"seLinuxOptions": {"type": "container_t", "level": "s0"}}), None),
    (pod(securityContext={"seLinuxOptions": {"user": "system_u"}}), "seLinuxOptions.user: system_u"),
    (pod(securityContext={"windowsOptions": {"hostProcess": True}}), "windowsOptions.hostProcess: True"),
    (secured({"capabilities": {"add": ["CHOWN", "NET_RAW"]}}), "container 'app' adds the capability NET_RAW"),
    (secured({"capabilities": {"add": ["CHOWN", "NET_BIND_SERVICE"]}}), None),
    (pod(volumes=volumes("hostPath", "nfs")), "the volume 'hostpath' is of the type hostPath"),
    (pod(container(ports=[{"containerPort": 80, "hostPort": 80}])), "has the hostPort 80"),
    (pod(container(ports=[{"containerPort": 80}])), None),
    (pod(container(livenessProbe={"httpGet": {"port": 80, "host": "node"}})), "livenessProbe.httpGet.host"),
    (pod(container(lifecycle={"preStop": {"tcpSocket": {"port": 80, "host": "x"}}})), "preStop.tcpSocket.host"),
    (pod(securityContext={"sysctls": [{"name": "kernel.msgmax"}]}), "the pod sets the sysctl kernel.msgmax"),
    (pod(securityContext={"sysctls": [{"name": "net.ipv4.tcp_syncookies"}]}), None),
    (
        pod() | {"metadata": {"annotations": {"container.apparmor.security.beta.kubernetes.io/app": "unconfined"}}},
        "the pod has the annotation container.apparmor.security.beta.kubernetes.io/app: unconfined",
    ),
]
RESTRICTED = [
    (secured(NARROW, securityContext=NON_ROOT), None),
    (secured(NARROW | NON_ROOT), None),
    (secured(NARROW | NON_ROOT, initContainers=[container(name="init", securityContext=NARROW)]), "'init' lacks"),
    (secured(NARROW | {"runAsNonRoot": False}, securityContext=NON_ROOT), "container 'app' lacks runAsNonRoot: true"),
    (secured(NARROW | {"runAsUser": 0}, securityContext=NON_ROOT), "container 'app' has runAsUser: 0"),
    (secured(NARROW, securityContext=NON_ROOT | {"runAsUser": 0}), "the pod has runAsUser: 0"),
    (secured(NARROW, securityContext={"runAsNonRoot": True}), "container 'app' lacks a seccompProfile"),
    (secured({"capabilities": {"drop": ["ALL"]}}, securityContext=NON_ROOT), "lacks allowPrivilegeEscalation: false"),
    (secured({"allowPrivilegeEscalation": False}, securityContext=NON_ROOT), "does not drop the capability ALL"),
    (
        secured(NARROW | {"capabilities": {"drop": ["ALL"], "add": ["CHOWN"]}}, securityContext=NON_ROOT),
        "container 'app' adds the capability CHOWN",
    ),
    (
        secured(NARROW, securityContext=NON_ROOT, volumes=volumes("nfs", "emptyDir")),
        "the volume 'nfs' is of the type nfs",
    ),
    (secured({"runAsNonRoot": True}, os={"name": "windows"}), None),
]


@pytest.mark.parametrize(
    ("level", "template", "message"),
    [("baseline", *case) for case in BASELINE] + [("restricted", *case) for case in RESTRICTED],
)
def test_a_pod_fits_the_level_that_its_namespace_enforces(level: str, template: Manifest, message: str | None) -> None:
    made = workload(template=template)
    messages = found("pod-security", namespace(level), made, platform=None)
    if message and "'init'" in message:
        assert len(messages) == 2  # runAsNonRoot and seccompProfile
        assert all(message in each for each in messages)
    else:
        assert is_one(messages, message)
    assert all(f"which the level {level} of its Namespace refuses" in each for each in messages)
    assert not found("pod-security", namespace("privileged"), made)
    assert not found("pod-security", namespace(level, name="other"), made)


@pytest.mark.parametrize("mode", ["enforce", "audit", "warn"])
def test_a_level_that_does_not_exist_is_an_error(mode: str) -> None:
    made = thing("Namespace", name="ns") | {"metadata": {"name": "ns", "labels": {f"{PREFIX}/{mode}": "strict"}}}
    (message,) = found("pod-security", made, workload(template=pod(hostPID=True)))
    assert f"its label {PREFIX}/{mode} is 'strict'; write one of privileged, baseline, restricted" in message


@pytest.mark.parametrize(
    ("template", "refused", "allowed"),
    [
        (pod(container(livenessProbe={"httpGet": {"port": 80, "host": "x"}})), "v1.34", "v1.33"),
        (pod(securityContext={"sysctls": [{"name": "net.ipv4.tcp_rmem"}]}), "v1.31", "v1.32"),
        (pod(securityContext={"seLinuxOptions": {"type": "container_engine_t"}}), "v1.30", "v1.31"),
    ],
)
def test_the_namespace_chooses_the_version_of_the_standard(template: Manifest, refused: str, allowed: str) -> None:
    made = workload(template=template)
    assert found("pod-security", namespace("baseline", refused), made)
    assert not found("pod-security", namespace("baseline", allowed), made)


@pytest.mark.cluster
@pytest.mark.usefixtures("cluster")
@pytest.mark.parametrize("level", ["baseline", "restricted"])
def test_the_api_server_refuses_the_pods_that_the_rule_refuses(level: str) -> None:
    from lightkube import Client  # noqa: PLC0415 (only with a cluster)

    name = f"pod-security-{level}-{random.SystemRandom().randrange(10**6)}"
    space = namespace(level, name=name)
    with Client()._client._client as http:  # noqa: SLF001 (requests of any kind)
        assert http.post("/api/v1/namespaces", json=space).status_code == 201
        try:
            time.sleep(2)  # until the namespace has its service account
            for template, _ in (*BASELINE, *RESTRICTED):
                made = workload("Pod", template={"metadata": {}} | template)
                made["metadata"]["namespace"] = name
                answer = http.post(f"/api/v1/namespaces/{name}/pods", params={"dryRun": "All"}, json=made)
                if answer.status_code != 422:  # the API server refuses some for other reasons
                    assert (answer.status_code == 403) is bool(found("pod-security", space, made)), answer.text
        finally:
            http.delete(f"/api/v1/namespaces/{name}")
