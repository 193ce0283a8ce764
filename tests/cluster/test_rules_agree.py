"""The rules about the form of objects against a real API server: small random faults, each in a server-side apply.

The API server refuses every object in which a rule finds an error. It refuses no other object for a reason of these
rules.
"""

from __future__ import annotations

import copy
import json
import os
import random
import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import kube
import pytest
from lightkube import Client

from t3afk_constructs.rules.registry import FACTS, check

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.cluster

FAULTS = int(os.environ.get("T3AFK_TEST_FAULTS", "800"))
AT_ONCE = 8
NAMES = {"known-fields", "unique-entries", "workload-selector", "mounted-volumes"}
RULES = [rule for rule in FACTS if rule.name in NAMES]
# Refusals of the API server for a reason of these rules, and for no other.
OURS = re.compile(
    r"(?!.*(Required value|Forbidden))(.*not declared in schema|.*expected .*, got|.*cannot (convert|unmarshal)|"
    r".*duplicate entries|.*Duplicate value|.*does not match template|.*empty selector|.*\.name: Not found|"
    r".*quantities must match)",
    re.DOTALL,
)
LABELS = {"app": "agree", "tier": "web"}


def _pod(**more: Any) -> dict[str, Any]:
    probe = {"httpGet": {"path": "/", "port": "http"}, "periodSeconds": 5}
    container = {
        "name": "main",
        "image": "docker.io/library/busybox:1.37",
        "command": ["sleep", "1"],
        "env": [
            {"name": "A", "value": "1"},
            {"name": "B", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k", "optional": True}}},
            {"name": "C", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
        ],
        "envFrom": [{"configMapRef": {"name": "c"}}],
        "ports": [{"name": "http", "containerPort": 80}, {"name": "dns", "containerPort": 53, "protocol": "UDP"}],
        "readinessProbe": probe,
        "livenessProbe": {"exec": {"command": ["true"]}, "failureThreshold": 2},
        "lifecycle": {"preStop": {"sleep": {"seconds": 1}}},
        "resources": {"requests": {"cpu": 1, "memory": "1Mi"}, "limits": {"memory": "64Mi"}},
        "securityContext": {"runAsUser": 1000, "capabilities": {"drop": ["ALL"]}, "readOnlyRootFilesystem": True},
        "volumeMounts": [
            {"name": "data", "mountPath": "/data"},
            {"name": "tmp", "mountPath": "/tmp", "readOnly": True},
        ],
    }
    first = {"name": "first", "image": "a", "volumeMounts": [{"name": "tmp", "mountPath": "/x", "subPath": "x"}]}
    spec = {
        "initContainers": [first],
        "containers": [container, {"name": "side", "image": "b", "ports": [{"containerPort": 81, "name": "side"}]}],
        "volumes": [
            {"name": "data", "persistentVolumeClaim": {"claimName": "data"}},
            {"name": "tmp", "emptyDir": {"medium": "Memory", "sizeLimit": "1Mi"}},
            {"name": "file", "configMap": {"name": "c", "items": [{"key": "a", "path": "b"}], "defaultMode": 420}},
        ],
        "tolerations": [{"key": "gpu", "operator": "Exists"}],
        "hostAliases": [{"ip": "10.0.0.1", "hostnames": ["a"]}, {"ip": "10.0.0.2", "hostnames": ["b"]}],
        "nodeSelector": {"disk": "ssd"},
        "securityContext": {"fsGroup": 1000, "runAsNonRoot": True},
        "terminationGracePeriodSeconds": 5,
        "topologySpreadConstraints": [
            {
                "maxSkew": 1,
                "topologyKey": "zone",
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": {"app": "agree"}},
            }
        ],
    }
    return {"metadata": {"labels": dict(LABELS), "annotations": {"a.b/c": "d"}}, "spec": spec | more}


def _made(api_version: str, kind: str, **fields: Any) -> dict[str, Any]:
    metadata = {"name": "agree", "labels": {"app": "agree"}, "annotations": {"a.b/c": "d"}}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata} | fields


SELECTOR = {"matchLabels": {"app": "agree"}, "matchExpressions": [{"key": "tier", "operator": "In", "values": ["web"]}]}
JOB = {"backoffLimit": 1, "template": _pod(restartPolicy="Never")}
CLAIM = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}, "storageClassName": "a"}
BACKEND = {"service": {"name": "a", "port": {"number": 80}}}
OBJECTS = [
    _made("apps/v1", "Deployment", spec={"selector": SELECTOR, "template": _pod(), "strategy": {"type": "Recreate"}}),
    _made(
        "apps/v1",
        "StatefulSet",
        spec={
            "selector": SELECTOR,
            "serviceName": "a",
            "template": _pod(),
            "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": CLAIM}],
        },
    ),
    _made("apps/v1", "DaemonSet", spec={"selector": SELECTOR, "template": _pod()}),
    _made("batch/v1", "Job", spec=JOB),
    _made("batch/v1", "CronJob", spec={"schedule": "0 0 * * *", "suspend": True, "jobTemplate": {"spec": JOB}}),
    _made(
        "v1",
        "Service",
        spec={
            "selector": {"app": "agree"},
            "ports": [{"name": "a", "port": 80, "targetPort": "http"}, {"name": "b", "port": 81, "targetPort": 8081}],
        },
    ),
    _made(
        "networking.k8s.io/v1",
        "Ingress",
        spec={
            "ingressClassName": "a",
            "rules": [{"host": "a.b", "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": BACKEND}]}}],
            "tls": [{"hosts": ["a.b"], "secretName": "a"}],
        },
    ),
    _made("v1", "PersistentVolumeClaim", spec=CLAIM),
    _made("v1", "ConfigMap", data={"a": "b", "c": "1"}, immutable=False),
    _made("v1", "Secret", stringData={"a": "b"}, type="Opaque"),
    _made("traefik.io/v1alpha1", "Middleware", spec={}),
]


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container of values, with each of its keys."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in list(pairs):
        yield value, key
        yield from _places(each)


OTHER_VALUES = (1, 1.5, True, "x", "80", "512MB", " 1Gi", "", "true", [], {}, ["x"], {"a": "b"}, None)


def _fault(chance: random.Random) -> dict[str, Any]:
    """An object with one fault, which may be none. The rules know the metadata alone of a custom resource."""
    made = copy.deepcopy(chance.choice(OBJECTS))
    own = made["metadata"] if made["kind"] == "Middleware" else made
    kept = [(made, key) for key in ("apiVersion", "kind", "metadata")] + [(made["metadata"], "name")]
    places = [place for place in _places(own) if not any(place[0] is owner and place[1] == key for owner, key in kept)]
    owner, key = chance.choice(places)
    kind = chance.choice(("rename", "misplace", "value", "value", "twice", "text"))
    if kind == "rename" and isinstance(owner, dict) and len(key) > 1:
        at = chance.randrange(len(key))
        renamed = chance.choice((key[:at] + key[at + 1 :], key[:at] + key[at] + key[at:], key.swapcase(), key + "s"))
        owner[renamed] = owner.pop(key)
    elif kind == "misplace" and isinstance(owner, dict):
        target = chance.choice([each for each, _ in places if isinstance(each, dict)])
        target[key] = copy.deepcopy(owner[key])
    elif kind == "twice" and isinstance(owner, list):
        owner.append(copy.deepcopy(owner[key]))
    elif kind == "text" and isinstance(owner[key], str):
        owner[key] = chance.choice(("agree", "web", "tmp", "data", "main", "http", "A", owner[key] + "x"))
    elif kind == "value":
        owner[key] = copy.deepcopy(chance.choice(OTHER_VALUES))
    made["metadata"]["namespace"] = "default"
    return made


@pytest.fixture(scope="module")
def apply(cluster: str) -> Iterator[Callable[[dict[str, Any]], str | None]]:
    """A server-side apply as a dry run: None if the API server accepts the object, else its message."""
    assert cluster
    http = Client()._client._client  # noqa: SLF001 (requests of any shape)

    def answer(manifest: dict[str, Any]) -> str | None:
        group = manifest["apiVersion"]
        prefix = f"/apis/{group}" if "/" in group else f"/api/{group}"
        plural = {"Ingress": "ingresses"}.get(manifest["kind"], f"{manifest['kind'].lower()}s")
        done = http.patch(
            f"{prefix}/namespaces/default/{plural}/agree",
            params={"dryRun": "All", "fieldManager": "agree", "force": "true"},
            content=json.dumps(manifest),
            headers={"Content-Type": "application/apply-patch+yaml"},
        )
        return None if done.status_code in (200, 201) else str(done.json()["message"])

    yield answer
    http.close()


def test_the_rules_find_what_the_api_server_refuses(apply: Callable[[dict[str, Any]], str | None]) -> None:
    for made in OBJECTS:
        made["metadata"] |= {"namespace": "default"}
        assert (apply(made), check([made], None, RULES)) == (None, [])
    chance = random.Random(os.environ.get("T3AFK_TEST_SEED", "faults"))
    faults = list(
        {json.dumps(fault, sort_keys=True): fault for fault in (_fault(chance) for _ in range(FAULTS))}.values()
    )
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(apply, faults))
    findings = [[finding.message for finding in check([fault], None, RULES)] for fault in faults]
    pairs = list(zip(faults, findings, answers, strict=True))
    assert sum(bool(ours) for _, ours, _ in pairs) > len(faults) / 4
    assert sum(not ours for _, ours, _ in pairs) > len(faults) / 8
    assert [ours for _, ours, theirs in pairs if ours and theirs is None] == []
    assert [theirs for _, ours, theirs in pairs if not ours and theirs and OURS.match(theirs)] == []


def test_the_kubelet_starts_no_container_that_the_rule_about_users_finds(new_namespace: Callable[..., str]) -> None:
    busybox, node = "docker.io/library/busybox:1.37", "docker.io/library/node:24"
    contexts = {
        "root-image": (busybox, {}),
        "node": (node, {}),
        "zero": (busybox, {"runAsUser": 0}),
        "number": (busybox, {"runAsUser": 1000}),
        "allowed": (busybox, {"runAsNonRoot": False}),
    }
    containers = [
        {"name": name, "image": image, "command": ["sleep", "60"], "securityContext": context}
        for name, (image, context) in contexts.items()
    ]
    spec = {"containers": containers, "securityContext": {"runAsNonRoot": True}, "terminationGracePeriodSeconds": 0}
    namespace = new_namespace()
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "users", "namespace": namespace}, "spec": spec}
    (rule,) = (rule for rule in FACTS if rule.name == "non-root-user")
    found = {re.findall("container '([a-z-]+)'", finding.message)[0] for finding in check([pod], None, [rule])}
    kube.create(pod)

    def stopped() -> set[str] | None:
        statuses = kube.get("pod", "users", namespace)["status"].get("containerStatuses", [])
        reasons = {each["name"]: each["state"].get("waiting", {}).get("reason") for each in statuses}
        settled = len(reasons) == len(containers) and not {"ContainerCreating", "PodInitializing"} & {*reasons.values()}
        return {name for name, reason in reasons.items() if reason == "CreateContainerConfigError"} if settled else None

    assert kube.until(stopped, "every container runs or is refused") == found
