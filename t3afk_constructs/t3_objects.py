"""The objects of a T3 executor, as plain values."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from t3afk_constructs import t3_containers as containers
from t3afk_constructs.api_objects import Manifest, manifest

if TYPE_CHECKING:
    from t3afk_constructs.t3_executor import T3Executor


def manifests(executor: T3Executor) -> dict[str, Manifest]:
    """The executor's objects by their ids below it, from what was decided about them. Nothing of node is there yet."""
    instructions = {containers.INSTRUCTIONS_KEY: executor.agent_instructions}
    made = {"Instructions": _config_map(executor, executor.config_map_name, instructions)}
    if executor.npm_lockfile:
        lockfile = {containers.LOCKFILE_KEY: executor.npm_lockfile}
        made["Lockfile"] = _config_map(executor, executor.lockfile_config_map_name, lockfile)
    return made | {"Resource": _deployment(executor), "Service": _service(executor)}


def _config_map(executor: T3Executor, name: str, data: dict[str, str]) -> Manifest:
    return manifest("v1", "ConfigMap", name=name, namespace=executor.namespace, data=data)


def _deployment(executor: T3Executor) -> Manifest:
    return manifest(
        "apps/v1",
        "Deployment",
        name=executor.name,
        namespace=executor.namespace,
        labels=executor.labels,
        # Keel reads it here and nowhere else. Without it, Keel moves the image to another version.
        annotations={"keel.sh/policy": "never"},
        spec={
            "replicas": 0 if executor.parked else 1,
            "strategy": {"type": "Recreate"},  # one writer of the database: the old pod goes before the new one
            "selector": {"matchLabels": executor.labels},
            "template": {"metadata": {"labels": executor.labels}, "spec": _pod_spec(executor)},
        },
    )


def _service(executor: T3Executor) -> Manifest:
    return manifest(
        "v1",
        "Service",
        name=executor.service_name,
        namespace=executor.namespace,
        labels=executor.labels,
        spec={
            "type": "ClusterIP",
            "selector": executor.labels,
            "ports": [{"port": executor.port, "targetPort": executor.port}],
        },
    )


def _pod_spec(executor: T3Executor) -> dict[str, Any]:
    install = containers.install_container(
        executor.image,
        t3_version=executor.t3_version,
        claude_cli_version=executor.claude_cli_version,
        npm_registry=executor.npm_registry,
        npm_token=(executor.secret_name, executor.npm_token_key) if executor.npm_token_key else None,
        lockfile_sha256=sha256(executor.npm_lockfile.encode()).hexdigest() if executor.npm_lockfile else None,
    )
    t3 = containers.t3_container(
        executor.image,
        secret_name=executor.secret_name,
        env=containers.t3_environment(
            git_user_name=executor.git_user_name,
            git_user_email=executor.git_user_email,
            git_hosts=executor.git_hosts,
            token_files=_mounts_tokens(executor),
        )
        | executor.env,
        resources=executor.resources,
        token_files=_mounts_tokens(executor),
    )
    fix = [containers.fix_permissions_container(executor.fix_permissions_image)] if executor.fix_permissions else []
    return {
        "automountServiceAccountToken": False,  # agents run arbitrary code: no credential of the cluster
        "shareProcessNamespace": True,  # process 1 then reaps orphans, and T3 gets SIGTERM as others do
        "securityContext": {
            **({} if executor.fix_permissions else {"runAsNonRoot": True}),
            "runAsUser": containers.UID,
            "runAsGroup": containers.GID,
            "fsGroup": containers.GID,
            "fsGroupChangePolicy": "OnRootMismatch",  # else the kubelet walks the whole volume at every start
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "initContainers": [*fix, install],
        "containers": [t3],
        "volumes": _volumes(executor),
    }


def _mounts_tokens(executor: T3Executor) -> bool:
    # An empty list of items would mount every key of the Secret.
    return executor.token_files and bool(executor.git_hosts)


def _volumes(executor: T3Executor) -> list[dict[str, Any]]:
    volumes: list[dict[str, Any]] = [
        {"name": containers.DATA_VOLUME, "persistentVolumeClaim": {"claimName": executor.claim_name}},
        {"name": containers.INSTRUCTIONS_VOLUME, "configMap": {"name": executor.config_map_name}},
    ]
    if executor.npm_lockfile:
        name = executor.lockfile_config_map_name
        volumes.append({"name": containers.LOCKFILE_VOLUME, "configMap": {"name": name}})
    if _mounts_tokens(executor):
        keys = sorted(set(executor.git_hosts.values()))
        tokens = {
            "secretName": executor.secret_name,
            "items": [{"key": key, "path": key} for key in keys],
            "optional": True,  # a Secret without one of the keys still mounts
        }
        volumes.append({"name": containers.TOKENS_VOLUME, "secret": tokens})
    return volumes
