"""The pod of a T3 executor, as plain values."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from t3afk_constructs import quantities
from t3afk_constructs.workload.container import Container
from t3afk_constructs.workload.environment import SecretRef
from t3afk_constructs.workload.mounts import Claim, ConfigMapFiles, Mount, SecretFiles
from t3afk_constructs.workload.pod import Pod
from t3afk_constructs.workload.probes import HttpProbe
from t3afk_constructs.workload.resources import Resources

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from t3afk_constructs.secret_key import SecretKey

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

INSTRUCTIONS_KEY = "CLAUDE.md"
CLAUDE_SETTINGS_KEY = "managed-settings.json"
_CLAUDE_SETTINGS = "/etc/claude-code"  # the Claude CLI reads its managed settings there
# The Claude CLI deletes transcripts and its own worktrees after 30 days. It refuses the value 0.
CLAUDE_SETTINGS = json.dumps({"cleanupPeriodDays": 36500})
LOCKFILE_KEY = "package-lock.json"


def agents(resources: Resources) -> int:
    """The number of Claude CLIs that fit the memory limit: each takes about 256 MiB, and T3 as much as two."""
    return max(1, int(quantities.quantity_value(resources.limit)) // (256 * 1024**2) - 2)


def heap(resources: Resources) -> int:
    """T3's JavaScript heap in MiB: half of the memory limit. T3's own default is larger than the container."""
    return int(quantities.quantity_value(resources.limit)) // (2 * 1024**2)


@cache
def script(name: str) -> str:
    """The text of one of the package's shell scripts."""
    return (Path(__file__).parent / "scripts" / name).read_text(encoding="utf-8")


def environment(variables: Mapping[str, str | None]) -> dict[str, str]:
    """The variables with a value. Each value arrives as given."""
    return {name: _literal(value) for name, value in variables.items() if value is not None}


def _literal(value: str) -> str:
    # The kubelet expands `$(NAME)` in values and takes `$$` for `$`
    # (https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/).
    return value.replace("$", "$$") if "$(" in value or "$$" in value else value


def _unprivileged() -> dict[str, Any]:
    return {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}


def _data(claim_name: str) -> Mount:
    return Mount(Claim(claim_name), volume_name="data")


def fix_permissions_container(image: str, *, claim_name: str) -> Container:
    """The root init container that gives the top folder of the data volume to the agent, once."""
    return Container(
        name="fix-perms",
        image=image,
        command=["sh", "-c", script("fix-perms.sh"), "fix-perms", _DATA, str(_UID), str(_GID)],
        security_context={
            "runAsUser": 0,
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"], "add": ["CHOWN", "DAC_OVERRIDE", "FOWNER"]},
        },
        mounts={_DATA: _data(claim_name)},
        resources=Resources(memory="32Mi", memory_limit="64Mi"),
    )


def install_container(
    image: str,
    *,
    claim_name: str,
    t3_version: str,
    claude_cli_version: str,
    npm_registry: str | None,
    npm_token: SecretKey | None,
    lockfile: tuple[str, str] | None,
) -> Container:
    """The init container that installs T3 and the Claude CLI on the data volume when their versions change.

    `npm_token` is the registry's token. `lockfile` is the ConfigMap and the hash of the lock file; a changed hash
    starts a new pod.
    """
    config_map_name, sha256 = lockfile or (None, None)
    variables = {
        "T3_INSTALL": _INSTALLS,
        "T3_VERSION": t3_version,
        "CLAUDE_CLI_VERSION": claude_cli_version,
        "npm_config_cache": _NPM_CACHE,
        "NPM_REGISTRY": npm_registry,
        "NPM_LOCKFILE": f"{_LOCKFILE}/{LOCKFILE_KEY}" if lockfile else None,
        "NPM_LOCKFILE_SHA256": sha256,
    }
    mounts: dict[str, Mount] = {_DATA: _data(claim_name)}
    if config_map_name:
        mounts[_LOCKFILE] = Mount(ConfigMapFiles(config_map_name), read_only=True, volume_name="npm-lockfile")
    return Container(
        name="install-t3",
        image=image,
        command=["bash", "-c", script("install-t3.sh"), "install-t3"],
        env={**environment(variables), **({"NPM_TOKEN": npm_token} if npm_token else {})},
        security_context=_unprivileged(),
        mounts=mounts,
        resources=Resources(cpu="200m", memory="512Mi", memory_limit="1Gi"),
    )


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
    image: str,
    *,
    claim_name: str,
    config_map_name: str,
    secret_name: str,
    env: Mapping[str, str | None],
    resources: Resources,
    token_keys: Sequence[str],
) -> Container:
    """The container that runs T3.

    T3 answers on `/` without a login. A T3 that hangs keeps its port open, so the probes ask over HTTP. A request that
    arrives too early is never answered: the startup probe waits two seconds for each answer, and asks again.
    """
    settings = ConfigMapFiles(config_map_name, items={CLAUDE_SETTINGS_KEY: CLAUDE_SETTINGS_KEY})
    mounts = {
        _DATA: _data(claim_name),
        _INSTRUCTIONS: Mount(ConfigMapFiles(config_map_name), read_only=True, volume_name="agent-claudemd"),
        _CLAUDE_SETTINGS: Mount(settings, read_only=True, volume_name="claude-settings"),
    }
    if token_keys:  # without items, every key of the Secret would be mounted
        # The pod starts even if the Secret lacks a key.
        tokens = SecretFiles(secret_name, items={key: key for key in token_keys}, optional=True)
        mounts[_TOKENS] = Mount(tokens, read_only=True, volume_name="git-tokens")
    return Container(
        name="t3",
        image=image,
        command=["bash", "-c", script("start-t3.sh"), "start-t3"],
        args=["t3", "serve", "--mode", "web", "--host", "0.0.0.0", "--port", str(T3_PORT), "--base-dir", _T3_HOME],  # noqa: S104
        ports=[T3_PORT],
        env_from=[SecretRef(secret_name)],
        env=environment(env),
        security_context=_unprivileged(),
        # A new version migrates the database at its first start: minutes for one of some GiB.
        startup=HttpProbe(period_seconds=1, timeout_seconds=2, failure_threshold=STARTUP_SECONDS),
        readiness=HttpProbe(period_seconds=10, timeout_seconds=10),
        liveness=HttpProbe(period_seconds=60, timeout_seconds=10, failure_threshold=3),
        lifecycle={"preStop": {"exec": {"command": ["bash", "-c", script("freeze-agents.sh"), "freeze-agents"]}}},
        mounts=mounts,
        resources=resources,
    )


def pod(init_containers: Sequence[Container], *, root_allowed: bool, agents: int) -> Pod:
    """The pod. Only an init container may run as root, and only with `root_allowed`."""
    return Pod(
        init_containers=init_containers,
        termination_grace_period_seconds=20 + 2 * agents,  # T3 ends turns one after another, in 2 s each
        # No service account: agents run arbitrary code, and get no credential of the cluster.
        share_process_namespace=True,  # process 1 then reaps orphans, and T3 gets SIGTERM as others do
        security_context={
            **({} if root_allowed else {"runAsNonRoot": True}),
            "runAsUser": _UID,
            "runAsGroup": _GID,
            "fsGroup": _GID,
            "fsGroupChangePolicy": "OnRootMismatch",  # else the kubelet walks the whole volume at every start
            "seccompProfile": {"type": "RuntimeDefault"},
        },
    )
