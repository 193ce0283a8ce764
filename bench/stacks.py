"""An executor with its volume, secrets and ingress, as often as asked: from the library, and from cdk8s-plus-27."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cdk8s import Chart

INSTRUCTIONS = "# Agent\n\nOne task is one issue of one repository.\n"
SECRETS = [
    ("CLAUDE_CODE_OAUTH_TOKEN", "claude-agent-service", "claude_oauth_token"),
    ("GITHUB_TOKEN", "viktor", "github_pat"),
    ("FORGEJO_TOKEN", "ci/global", "forgejo_push_token"),
]
NAMESPACE = "executors"


def stack_name(index: int) -> str:
    """The executor of that number. All names have one length, so that all stacks have one size."""
    return f"agent{index:04}"


def add_stack(chart: Chart, index: int) -> None:
    """One executor from the library."""
    from t3afk_constructs import HOME, ExternalSecret, IngressFactory, NfsVolume, T3Executor  # noqa: PLC0415

    name = stack_name(index)
    volume = NfsVolume(
        chart,
        f"{name}-data",
        name=f"{name}-data",
        namespace=NAMESPACE,
        nfs_server=str(HOME.nfs.server),
        nfs_path=f"{HOME.nfs.ssd_root}/{name}",
        storage="30Gi",
    )
    secrets = ExternalSecret(chart, f"{name}-secrets", name=f"{name}-secrets", namespace=NAMESPACE, data=SECRETS)
    executor = T3Executor(
        chart,
        name,
        name=name,
        namespace=NAMESPACE,
        claim_name=volume.claim_name,
        secret_name=secrets.secret_name,
        agent_instructions=INSTRUCTIONS,
        claude_cli_version="2.0.1",
    )
    IngressFactory(
        chart,
        f"{name}-ingress",
        name=name,
        namespace=NAMESPACE,
        service_name=executor.service_name,
        port=executor.port,
        dns_type="proxied",
    )
