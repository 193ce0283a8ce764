"""The pod of a T3 executor, as plain values."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import frozen

from t3afk_constructs import inputs, quantities
from t3afk_constructs.quantities import Cpu, Size

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

T3_PORT = 3773
_UID = _GID = 1000  # the user `node` of the image
STARTUP_SECONDS = 600
CONTINUED_STARTS = 3  # in an hour
_DATA = "/data"
_T3_HOME = f"{_DATA}/t3"
_CLAUDE_HOME = f"{_DATA}/claude"
_INSTALLS = f"{_DATA}/t3-install"
_NPM_CACHE = f"{_DATA}/npm-cache"
_INSTRUCTIONS = "/etc/t3-executor"
_LOCKFILE = "/etc/npm-lockfile"
_TOKENS = "/etc/git-tokens"

_DATA_VOLUME = "data"
_INSTRUCTIONS_VOLUME = "agent-claudemd"
INSTRUCTIONS_KEY = "CLAUDE.md"
_CLAUDE_SETTINGS_VOLUME = "claude-settings"
CLAUDE_SETTINGS_KEY = "managed-settings.json"
_CLAUDE_SETTINGS = "/etc/claude-code"  # the Claude CLI reads its managed settings there
# The Claude CLI deletes transcripts and its own worktrees after 30 days. It refuses the value 0.
CLAUDE_SETTINGS = json.dumps({"cleanupPeriodDays": 36500})
_LOCKFILE_VOLUME = "npm-lockfile"
LOCKFILE_KEY = "package-lock.json"
_TOKENS_VOLUME = "git-tokens"


@frozen(kw_only=True, field_transformer=inputs.checked_fields)
class Resources:
    """The requests and the memory limit of a container. It has no CPU limit, by policy.

    Attributes:
        cpu: requested cores, such as `500m`.
        memory: requested memory, such as `2Gi`.
        memory_limit: the kernel kills the container above it.
    """

    cpu: Cpu
    memory: Size
    memory_limit: Size

    def __attrs_post_init__(self) -> None:
        """Refuse a request above the limit, as the API server does."""
        if quantities.quantity_value(self.memory) > quantities.quantity_value(self.memory_limit):
            complaint = f"is above memory_limit {self.memory_limit!r}; raise the limit"
            raise inputs.InputError("Resources", None, [("memory", self.memory, complaint)])

    def agents(self) -> int:
        """The number of Claude CLIs that fit the memory limit: each takes about 256 MiB, and T3 as much as two."""
        return max(1, int(quantities.quantity_value(self.memory_limit)) // (256 * 1024**2) - 2)

    def heap(self) -> int:
        """T3's JavaScript heap in MiB: half of the memory limit. T3's own default is larger than the container."""
        return int(quantities.quantity_value(self.memory_limit)) // (2 * 1024**2)

    def rendered(self) -> dict[str, Any]:
        """The container's `resources`."""
        return {
            "requests": {"cpu": self.cpu, "memory": self.memory},
            "limits": {"memory": self.memory_limit},
        }


@cache
def script(name: str) -> str:
    """The text of one of the package's shell scripts."""
    return (Path(__file__).parent / "scripts" / name).read_text(encoding="utf-8")


def environment(variables: Mapping[str, str | None]) -> list[dict[str, str]]:
    """A container's `env`. Each value arrives as given; None leaves a variable out."""
    return [{"name": name, "value": _literal(value)} for name, value in variables.items() if value is not None]


def _literal(value: str) -> str:
    # The kubelet expands `$(NAME)` in values and takes `$$` for `$`
    # (https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/).
    return value.replace("$", "$$") if "$(" in value or "$$" in value else value


def _mount(volume: str, path: str, *, read_only: bool = False) -> dict[str, Any]:
    return {"name": volume, "mountPath": path} | ({"readOnly": True} if read_only else {})


def _unprivileged(**more: Any) -> dict[str, Any]:
    return {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}} | more


def fix_permissions_container(image: str) -> dict[str, Any]:
    """The root init container that gives the top folder of the data volume to the agent, once."""
    return {
        "name": "fix-perms",
        "image": image,
        "command": ["sh", "-c", script("fix-perms.sh"), "fix-perms", _DATA, str(_UID), str(_GID)],
        "securityContext": {
            "runAsUser": 0,
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"], "add": ["CHOWN", "DAC_OVERRIDE", "FOWNER"]},
        },
        "volumeMounts": [_mount(_DATA_VOLUME, _DATA)],
        "resources": {"requests": {"memory": "32Mi"}, "limits": {"memory": "64Mi"}},
    }


def install_container(
    image: str,
    *,
    t3_version: str,
    claude_cli_version: str,
    npm_registry: str | None,
    npm_token: tuple[str, str] | None,
    lockfile_sha256: str | None,
) -> dict[str, Any]:
    """The init container that installs T3 and the Claude CLI on the data volume when their versions change.

    `npm_token` is the Secret and its key with the registry's token. A changed hash of the lock file starts a new pod.
    """
    token = npm_token and {"secretKeyRef": {"name": npm_token[0], "key": npm_token[1]}}
    locked = lockfile_sha256 is not None
    return {
        "name": "install-t3",
        "image": image,
        "command": ["bash", "-c", script("install-t3.sh"), "install-t3"],
        "env": [
            *environment(
                {
                    "T3_INSTALL": _INSTALLS,
                    "T3_VERSION": t3_version,
                    "CLAUDE_CLI_VERSION": claude_cli_version,
                    "npm_config_cache": _NPM_CACHE,
                    "NPM_REGISTRY": npm_registry,
                    "NPM_LOCKFILE": f"{_LOCKFILE}/{LOCKFILE_KEY}" if locked else None,
                    "NPM_LOCKFILE_SHA256": lockfile_sha256,
                }
            ),
            *([{"name": "NPM_TOKEN", "valueFrom": token}] if token else []),
        ],
        "securityContext": _unprivileged(),
        "volumeMounts": [
            _mount(_DATA_VOLUME, _DATA),
            *([_mount(_LOCKFILE_VOLUME, _LOCKFILE, read_only=True)] if locked else []),
        ],
        "resources": Resources(cpu="200m", memory="512Mi", memory_limit="1Gi").rendered(),
    }


def t3_environment(
    *,
    git_user_name: str,
    git_user_email: str,
    git_hosts: Mapping[str, str],
    token_files: bool,
    continue_turns: bool,
    self_updates: bool,
) -> dict[str, str | None]:
    """The environment that the start script and T3 read."""
    return {
        "HOME": "/home/node",
        "T3CODE_HOME": _T3_HOME,
        "T3_SETTINGS": json.dumps({"enableProviderUpdateChecks": self_updates}),
        "CONTINUE_TURNS": str(CONTINUED_STARTS) if continue_turns else None,
        "CLAUDE_CONFIG_DIR": _CLAUDE_HOME,
        "T3_INSTALL": _INSTALLS,
        "npm_config_cache": _NPM_CACHE,
        "AGENT_INSTRUCTIONS": f"{_INSTRUCTIONS}/{INSTRUCTIONS_KEY}",
        "GIT_USER_NAME": git_user_name,
        "GIT_USER_EMAIL": git_user_email,
        "GIT_HOSTS": " ".join(f"{host}={variable}" for host, variable in git_hosts.items()),
        "GIT_TOKEN_DIR": _TOKENS if token_files else None,
        "GIT_TERMINAL_PROMPT": "0",
    }


def default_environment(
    *, heap: int, self_updates: bool, vendor_telemetry: bool, telemetry: str | None, workload: Mapping[str, str]
) -> dict[str, str | None]:
    """The environment that `env` may override: T3's heap in MiB, updates, telemetry.

    `workload` has the collector's labels.
    """
    no_updates, no_telemetry = None if self_updates else "1", None if vendor_telemetry else "1"
    return {
        "NODE_OPTIONS": f"--max-old-space-size={heap}",  # T3 reads it, and does not pass it on
        "DISABLE_AUTOUPDATER": no_updates,
        "DISABLE_TELEMETRY": no_telemetry,
        "DISABLE_ERROR_REPORTING": no_telemetry,
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": no_updates and no_telemetry,
        "T3CODE_TELEMETRY_ENABLED": None if vendor_telemetry else "0",
        **(_collector(telemetry, workload) if telemetry else {}),
    }


def _collector(endpoint: str, workload: Mapping[str, str]) -> dict[str, str]:
    # Only metrics: T3's traces have paths and SQL. Agents run side by side, so the CLI's Prometheus port is no way.
    return {
        "T3CODE_OTLP_METRICS_URL": f"{endpoint}/v1/metrics",
        "CLAUDE_CODE_ENABLE_TELEMETRY": "1",
        "OTEL_METRICS_EXPORTER": "otlp",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/json",
        "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": f"{endpoint}/v1/metrics",
        "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE": "cumulative",
        "OTEL_RESOURCE_ATTRIBUTES": ",".join(f"{name}={value}" for name, value in workload.items()),
    }


def t3_container(
    image: str, *, secret_name: str, env: Mapping[str, str | None], resources: Resources, token_files: bool
) -> dict[str, Any]:
    """The container that runs T3.

    T3 answers on `/` without a login. A T3 that hangs keeps its port open, so the probes ask over HTTP. A request that
    arrives too early is never answered: the startup probe waits two seconds for each answer, and asks again.
    """
    probe = {"httpGet": {"path": "/", "port": T3_PORT}}
    serve = ["t3", "serve", "--mode", "web", "--host", "0.0.0.0", "--port", str(T3_PORT), "--base-dir", _T3_HOME]  # noqa: S104
    return {
        "name": "t3",
        "image": image,
        "command": ["bash", "-c", script("start-t3.sh"), "start-t3"],
        "args": serve,
        "ports": [{"containerPort": T3_PORT}],
        "envFrom": [{"secretRef": {"name": secret_name}}],
        "env": environment(env),
        "securityContext": _unprivileged(),
        # A new version migrates the database at its first start: minutes for one of some GiB.
        "startupProbe": probe | {"periodSeconds": 1, "timeoutSeconds": 2, "failureThreshold": STARTUP_SECONDS},
        "readinessProbe": probe | {"periodSeconds": 10, "timeoutSeconds": 10},
        "livenessProbe": probe | {"periodSeconds": 60, "timeoutSeconds": 10, "failureThreshold": 3},
        "lifecycle": {"preStop": {"exec": {"command": ["bash", "-c", script("freeze-agents.sh"), "freeze-agents"]}}},
        "volumeMounts": [
            _mount(_DATA_VOLUME, _DATA),
            _mount(_INSTRUCTIONS_VOLUME, _INSTRUCTIONS, read_only=True),
            _mount(_CLAUDE_SETTINGS_VOLUME, _CLAUDE_SETTINGS, read_only=True),
            *([_mount(_TOKENS_VOLUME, _TOKENS, read_only=True)] if token_files else []),
        ],
        "resources": resources.rendered(),
    }


def pod_spec(
    *,
    init_containers: Sequence[Mapping[str, Any]],
    container: Mapping[str, Any],
    volumes: Sequence[Mapping[str, Any]],
    root_allowed: bool,
    agents: int,
) -> dict[str, Any]:
    """The pod. Only an init container may run as root, and only with `root_allowed`."""
    return {
        "terminationGracePeriodSeconds": 20 + 2 * agents,  # T3 ends turns one after another, in 2 s each
        "automountServiceAccountToken": False,  # agents run arbitrary code: no credential of the cluster
        "shareProcessNamespace": True,  # process 1 then reaps orphans, and T3 gets SIGTERM as others do
        "securityContext": {
            **({} if root_allowed else {"runAsNonRoot": True}),
            "runAsUser": _UID,
            "runAsGroup": _GID,
            "fsGroup": _GID,
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
    token_keys: Sequence[str],
) -> list[dict[str, Any]]:
    """The volumes of the pod: its data, and the files that it reads."""
    found: list[dict[str, Any]] = [
        {"name": _DATA_VOLUME, "persistentVolumeClaim": {"claimName": claim_name}},
        {"name": _INSTRUCTIONS_VOLUME, "configMap": {"name": config_map_name}},
        {
            "name": _CLAUDE_SETTINGS_VOLUME,
            "configMap": {
                "name": config_map_name,
                "items": [{"key": CLAUDE_SETTINGS_KEY, "path": CLAUDE_SETTINGS_KEY}],
            },
        },
    ]
    if lockfile_config_map_name:
        found.append({"name": _LOCKFILE_VOLUME, "configMap": {"name": lockfile_config_map_name}})
    if token_keys:  # an empty list of items would mount every key of the Secret
        tokens = {
            "secretName": secret_name,
            "items": [{"key": key, "path": key} for key in token_keys],
            "optional": True,  # the pod starts even if the Secret lacks a key
        }
        found.append({"name": _TOKENS_VOLUME, "secret": tokens})
    return found
