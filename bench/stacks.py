"""Executors from the library, each with its volume, secrets and ingress. `bench.naive` makes the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cdk8s import App, Chart

INSTRUCTIONS = "# Agent\n\nOne task is one issue of one repository.\n"
SECRETS = {
    "CLAUDE_CODE_OAUTH_TOKEN": ("claude-agent-service", "claude_oauth_token"),
    "GITHUB_TOKEN": ("viktor", "github_pat"),
    "FORGEJO_TOKEN": ("ci/global", "forgejo_push_token"),
}
NAMESPACE = "executors"


def stack_name(index: int) -> str:
    """The name of an executor. All names have the same length, so that all executors render to the same size."""
    return f"agent{index:04}"


def new_chart(app: App) -> Chart:
    """The chart of all executors."""
    from t3afk_constructs import HOME, ClusterChart  # noqa: PLC0415

    return ClusterChart(app, "executors", platform=HOME, namespace=NAMESPACE, disable_resource_name_hashes=True)


def add_stack(chart: Chart, index: int) -> None:
    """Add one executor with its volume, secrets and ingress."""
    from t3afk_constructs import (  # noqa: PLC0415
        HOME,
        ExternalSecret,
        IngressFactory,
        NfsVolume,
        RemoteRef,
        T3Executor,
    )

    name = stack_name(index)
    volume = NfsVolume(
        chart,
        f"{name}-data",
        name=f"{name}-data",
        nfs_server=str(HOME.nfs.server),
        nfs_path=f"{HOME.nfs.ssd_root}/{name}",
        storage="30Gi",
        mount_options="hard",
    )
    data = {key: RemoteRef(entry, property=field) for key, (entry, field) in SECRETS.items()}
    secrets = ExternalSecret(chart, f"{name}-secrets", name=f"{name}-secrets", data=data)
    executor = T3Executor(
        chart,
        name,
        name=name,
        claim_name=volume.claim_name,
        secret_name=secrets.secret_name,
        agent_instructions=INSTRUCTIONS,
        claude_cli_version="2.0.1",
    )
    IngressFactory(
        chart,
        f"{name}-ingress",
        name=name,
        service=executor,
        dns_type="proxied",
    )
