"""The Deployment, Service and volumes of a T3 executor, as plain values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from t3afk_constructs.executor.containers import (
    DATA_VOLUME,
    GID,
    INSTRUCTIONS_VOLUME,
    LOCKFILE_VOLUME,
    TOKENS_VOLUME,
    UID,
)
from t3afk_constructs.objects import manifest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


def deployment(
    *, name: str, namespace: str, labels: Mapping[str, str], parked: bool, pod_spec: Mapping[str, Any]
) -> dict[str, Any]:
    """A Deployment of one pod at most."""
    return manifest(
        "apps/v1",
        "Deployment",
        name=name,
        namespace=namespace,
        labels=labels,
        # Keel reads this annotation of the workload alone. Without it, Keel changes the image's version.
        annotations={"keel.sh/policy": "never"},
        spec={
            "replicas": 0 if parked else 1,
            "strategy": {"type": "Recreate"},  # the database has one writer: the old pod ends before the new one starts
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod_spec},
        },
    )


def service(*, name: str, namespace: str, labels: Mapping[str, str], port: int) -> dict[str, Any]:
    """The Service of the pod."""
    return manifest(
        "v1",
        "Service",
        name=name,
        namespace=namespace,
        labels=labels,
        spec={"type": "ClusterIP", "selector": labels, "ports": [{"port": port, "targetPort": port}]},
    )


def pod_spec(
    *,
    init_containers: Sequence[Mapping[str, Any]],
    container: Mapping[str, Any],
    volumes: Sequence[Mapping[str, Any]],
    root_allowed: bool,
) -> dict[str, Any]:
    """The pod. Only an init container may run as root, and only with `root_allowed`."""
    return {
        "automountServiceAccountToken": False,  # agents run arbitrary code: no credential of the cluster
        "shareProcessNamespace": True,  # process 1 then reaps orphans, and T3 gets SIGTERM as others do
        "securityContext": {
            **({} if root_allowed else {"runAsNonRoot": True}),
            "runAsUser": UID,
            "runAsGroup": GID,
            "fsGroup": GID,
            "fsGroupChangePolicy": "OnRootMismatch",  # else the kubelet walks the whole volume at every start
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "initContainers": init_containers,
        "containers": [container],
        "volumes": volumes,
    }


def volumes(
    *,
    claim_name: str,
    config_map_name: str,
    lockfile_config_map_name: str | None,
    secret_name: str,
    token_keys: Iterable[str],
) -> list[dict[str, Any]]:
    """The volumes of the pod: its data, and the files that it reads."""
    found: list[dict[str, Any]] = [
        {"name": DATA_VOLUME, "persistentVolumeClaim": {"claimName": claim_name}},
        {"name": INSTRUCTIONS_VOLUME, "configMap": {"name": config_map_name}},
    ]
    if lockfile_config_map_name:
        found.append({"name": LOCKFILE_VOLUME, "configMap": {"name": lockfile_config_map_name}})
    if keys := sorted(set(token_keys)):  # an empty list of items would mount every key of the Secret
        tokens = {
            "secretName": secret_name,
            "items": [{"key": key, "path": key} for key in keys],
            "optional": True,  # the pod starts even if the Secret lacks a key
        }
        found.append({"name": TOKENS_VOLUME, "secret": tokens})
    return found
