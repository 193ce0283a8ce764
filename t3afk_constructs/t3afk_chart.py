"""The t3-afk stack: the executor of the unattended implementation pipeline, with its namespace, data and ingress."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

from constructs import Construct

from t3afk_constructs import inputs
from t3afk_constructs.checked import checked
from t3afk_constructs.cluster_chart import ClusterChart
from t3afk_constructs.executor.executor import (
    CLAUDE_CLI_VERSION,
    T3_VERSION,
    Endpoint,
    Lockfile,
    T3Executor,
    Version,
)
from t3afk_constructs.external_secret import Data, ExternalSecret
from t3afk_constructs.formats import AbsolutePath, DnsLabel, Host, ServiceName
from t3afk_constructs.ingress.factory import IngressFactory
from t3afk_constructs.namespace import Namespace
from t3afk_constructs.nfs_volume import NfsVolume
from t3afk_constructs.platform import Platform
from t3afk_constructs.remote_ref import RemoteRef

_INSTRUCTIONS = Path(__file__).parent / "files" / "issue-implementer-CLAUDE.md"
_NAME = "t3-afk"
_CONFIG_MAP = "issue-implementer-claudemd"  # of the chart with the default name: the Terraform stack called it so
_TIER = "4-aux"
_SECRET_DATA = {
    "CLAUDE_CODE_OAUTH_TOKEN": RemoteRef("claude-agent-service", property="claude_oauth_token"),
    "GITHUB_TOKEN": RemoteRef("viktor", property="github_pat"),
    "FORGEJO_TOKEN": RemoteRef("ci/global", property="forgejo_push_token"),
}


def _git_hosts_complaint(platform: Platform, filled: Mapping[str, RemoteRef]) -> str | None:
    missing = [key for key in platform.git_hosts.values() if key not in filled]
    if not missing:
        return None
    return (
        f"names {missing[0]!r} in git_hosts, but the stack's Secret has only {', '.join(filled)}; use one of them, or "
        "add the key to secret_data"
    )


class T3AfkChart(ClusterChart):
    """One T3 Code instance in its own namespace, behind forward authentication.

    A control plane posts issues to its API; T3 runs an agent for each in a git worktree; a person watches in the
    cockpit.

    Attributes:
        namespace_object: the Namespace.
        secrets: the agents' tokens.
        data: T3's data volume.
        executor: T3 itself.
        ingress: the cockpit's host.
    """

    @checked
    def __init__(
        self,
        scope: Construct,
        id: str = "t3-afk",  # noqa: A002
        *,
        platform: Platform,
        name: ServiceName = _NAME,
        namespace: DnsLabel | None = None,
        secret_data: Data | None = None,
        nfs_server: Host | None = None,
        nfs_path: AbsolutePath | None = None,
        t3_version: Version = T3_VERSION,
        claude_cli_version: Version = CLAUDE_CLI_VERSION,
        npm_lockfile: Lockfile | None = None,
        parked: bool = False,
        continue_turns: bool = False,
        telemetry: Endpoint | None = None,
        secrets_api_version: Literal["v1", "v1beta1"] = "v1",
    ) -> None:
        """Render the namespace and everything in it.

        Without `name`, the names are those of the Terraform stack. A second chart in one app needs an `id` and a `name`
        of its own.

        Args:
            scope: the app.
            id: the chart's id, which names its manifest.
            platform: the cluster's facts. The tier of the namespace is the stack's own.
            name: of the Deployment, the Service and the Ingress, whose host is `<name>.` and the platform's domain. The
                names of the other objects begin with it.
            namespace: of all objects; default: `name`.
            secret_data: the keys of the agents' Secret, each with its place in the store; see `ExternalSecret`. The
                platform's `git_hosts` name some of them. Default: the tokens of Claude, GitHub and Forgejo, at their
                places in the home cluster's store.
            nfs_server: of the data volume; default: the platform's.
            nfs_path: of the data volume; default: `<name>-data` below the platform's SSD exports.
            t3_version: version of T3; see `T3Executor`.
            claude_cli_version: version of the Claude CLI; see `T3Executor`.
            npm_lockfile: a lock file for both; see `T3Executor`.
            parked: whether T3 is off.
            continue_turns: whether T3 goes on with interrupted turns by itself; see `T3Executor`.
            telemetry: the OTLP endpoint of your collector; see `T3Executor`.
            secrets_api_version: see `ExternalSecret`.

        Raises:
            InputError: when an input is wrong, or left out although the platform has no default for it, or when the
                platform's `git_hosts` name a key that the stack's Secret does not have.
        """
        namespace = namespace or name
        super().__init__(scope, id, platform=platform, namespace=namespace, disable_resource_name_hashes=True)
        server = platform.nfs.server if nfs_server is None else nfs_server
        ssd = platform.nfs.ssd_root
        path = f"{ssd}/{name}-data" if nfs_path is None and ssd else nfs_path
        entries = _SECRET_DATA if secret_data is None else secret_data
        default = "has no default on this platform; pass it, or set the platform's nfs.{}"
        complaints = {
            "nfs_server": (server, default.format("server") if server is None else None),
            "nfs_path": (path, default.format("ssd_root") if path is None else None),
            "platform": (platform, _git_hosts_complaint(platform, entries)),
        }
        wrong = [(input_, value, complaint) for input_, (value, complaint) in complaints.items() if complaint]
        if wrong or server is None or path is None:
            raise inputs.InputError(type(self).__name__, self.node.path, wrong)
        self.name: Final = name
        self.secret_data: Final = dict(entries)
        self.nfs_server: Final = server
        self.nfs_path: Final = path
        self.t3_version: Final = t3_version
        self.claude_cli_version: Final = claude_cli_version
        self.npm_lockfile: Final = npm_lockfile
        self.parked: Final = parked
        self.continue_turns: Final = continue_turns
        self.telemetry: Final = telemetry
        self.secrets_api_version: Final = secrets_api_version

        self.namespace_object: Final = Namespace(self, "namespace", tier=_TIER).namespace_object
        self.secrets: Final = ExternalSecret(
            self, "secrets", name=f"{name}-secrets", data=entries, api_version=secrets_api_version
        )
        self.data: Final = NfsVolume(
            self,
            "data",
            name=f"{name}-data",
            nfs_server=server,
            nfs_path=path,
            storage="30Gi",
            mount_options="hard",  # T3's database is on it
        )
        self.executor: Final = T3Executor(
            self,
            "executor",
            name=name,
            claim_name=self.data.claim_name,
            secret_name=self.secrets.secret_name,
            agent_instructions=_INSTRUCTIONS.read_text(encoding="utf-8"),
            config_map_name=_CONFIG_MAP if name == _NAME else None,
            t3_version=t3_version,
            claude_cli_version=claude_cli_version,
            npm_lockfile=npm_lockfile,
            parked=parked,
            continue_turns=continue_turns,
            telemetry=telemetry,
        )
        self.ingress: Final = IngressFactory(
            self,
            "ingress",
            name=name,
            service=self.executor,
            auth="required",  # T3 itself asks a browser for a pairing token only
            dns_type="proxied",
        )
