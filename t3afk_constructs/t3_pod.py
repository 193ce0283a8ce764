"""The pod of a T3 executor, as a plain value."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from t3afk_constructs import t3_containers as containers

if TYPE_CHECKING:
    from t3afk_constructs.t3_executor import T3Executor


def pod_spec(executor: T3Executor) -> dict[str, Any]:
    """The `spec` of the executor's pod template."""
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
            token_files=executor.token_files,
        )
        | executor.env,
        resources=executor.resources,
        token_files=executor.token_files,
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


def _volumes(executor: T3Executor) -> list[dict[str, Any]]:
    volumes: list[dict[str, Any]] = [
        {"name": containers.DATA_VOLUME, "persistentVolumeClaim": {"claimName": executor.claim_name}},
        {"name": containers.INSTRUCTIONS_VOLUME, "configMap": {"name": executor.config_map_name}},
    ]
    if executor.npm_lockfile:
        name = executor.lockfile_config_map_name
        volumes.append({"name": containers.LOCKFILE_VOLUME, "configMap": {"name": name}})
    if executor.token_files:
        keys = sorted(set(executor.git_hosts.values()))
        tokens = {
            "secretName": executor.secret_name,
            "items": [{"key": key, "path": key} for key in keys],
            "optional": True,  # a Secret without one of the keys still mounts
        }
        volumes.append({"name": containers.TOKENS_VOLUME, "secret": tokens})
    return volumes
