"""The t3-afk stack: the executor of the unattended implementation pipeline, with its namespace, data and ingress."""

from pathlib import Path
from typing import Annotated, Any, Final, Literal

from constructs import Construct

from t3afk_constructs import inputs
from t3afk_constructs.checked import checked
from t3afk_constructs.cluster_chart import ClusterChart
from t3afk_constructs.executor.executor import CLAUDE_CLI_VERSION, T3_VERSION, Lockfile, T3Executor, Version
from t3afk_constructs.external_secret import ExternalSecret
from t3afk_constructs.formats import AbsolutePath, Host
from t3afk_constructs.ingress.factory import IngressFactory
from t3afk_constructs.namespace import Namespace
from t3afk_constructs.nfs_volume import NfsVolume
from t3afk_constructs.platform import Platform

_INSTRUCTIONS = Path(__file__).parent / "files" / "issue-implementer-CLAUDE.md"
_NAMESPACE = "t3-afk"
_TIER = "4-aux"
_SECRETS = [
    ("CLAUDE_CODE_OAUTH_TOKEN", "claude-agent-service", "claude_oauth_token"),
    ("GITHUB_TOKEN", "viktor", "github_pat"),
    ("FORGEJO_TOKEN", "ci/global", "forgejo_push_token"),
]
"""The keys of the stack's Secret, each with its entry in the store and that entry's property."""


def _platform(value: Any) -> str | None:
    if complaint := inputs.instance_of(Platform)(value):
        return complaint
    filled = [key for key, _, _ in _SECRETS]
    missing = [key for key in value.git_hosts.values() if key not in filled]
    if not missing:
        return None
    return (
        f"names {missing[0]!r} in git_hosts, but the stack's Secret has only {', '.join(filled)}; use one of them, or "
        "compose the parts in a chart of your own"
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
        platform: Annotated[Platform, _platform],
        nfs_server: Host | None = None,
        nfs_path: AbsolutePath | None = None,
        t3_version: Version = T3_VERSION,
        claude_cli_version: Version = CLAUDE_CLI_VERSION,
        npm_lockfile: Lockfile | None = None,
        parked: bool = False,
        secrets_api_version: Literal["v1", "v1beta1"] = "v1",
    ) -> None:
        """Render the namespace and everything in it. Names are those of the Terraform stack, without hashes.

        Args:
            scope: the app.
            id: the chart's id, which names its manifest.
            platform: the cluster's facts. The tier of the namespace and the entries in the store are the stack's own.
            nfs_server: of the data volume; default: the platform's.
            nfs_path: of the data volume; default: `t3-afk-data` below the platform's SSD exports.
            t3_version: version of T3; see `T3Executor`.
            claude_cli_version: version of the Claude CLI; see `T3Executor`.
            npm_lockfile: a lock file for both; see `T3Executor`.
            parked: whether T3 is off.
            secrets_api_version: see `ExternalSecret`.

        Raises:
            InputError: when an input is wrong, or left out although the platform has no default for it, or when the
                platform's `git_hosts` name a key that the stack's Secret does not have.
        """
        super().__init__(scope, id, platform=platform, namespace=_NAMESPACE, disable_resource_name_hashes=True)
        server = platform.nfs.server if nfs_server is None else nfs_server
        ssd = platform.nfs.ssd_root
        path = f"{ssd}/t3-afk-data" if nfs_path is None and ssd else nfs_path
        if server is None or path is None:
            default = "has no default on this platform; pass it, or set the platform's nfs.{}"
            missing = {"nfs_server": (server, "server"), "nfs_path": (path, "ssd_root")}
            wrong = [(name, None, default.format(fact)) for name, (value, fact) in missing.items() if value is None]
            raise inputs.InputError(type(self).__name__, self.node.path, wrong)
        self.nfs_server: Final = server
        self.nfs_path: Final = path
        self.t3_version: Final = t3_version
        self.claude_cli_version: Final = claude_cli_version
        self.npm_lockfile: Final = npm_lockfile
        self.parked: Final = parked
        self.secrets_api_version: Final = secrets_api_version

        self.namespace_object: Final = Namespace(self, "namespace", tier=_TIER).namespace_object
        self.secrets: Final = ExternalSecret(
            self, "secrets", name="t3-afk-secrets", data=_SECRETS, api_version=secrets_api_version
        )
        self.data: Final = NfsVolume(
            self,
            "data",
            name="t3-afk-data",
            nfs_server=server,
            nfs_path=path,
            storage="30Gi",
            mount_options="hard",  # T3's database is on it
        )
        self.executor: Final = T3Executor(
            self,
            "executor",
            name="t3-afk",
            claim_name=self.data.claim_name,
            secret_name=self.secrets.secret_name,
            agent_instructions=_INSTRUCTIONS.read_text(encoding="utf-8"),
            config_map_name="issue-implementer-claudemd",
            t3_version=t3_version,
            claude_cli_version=claude_cli_version,
            npm_lockfile=npm_lockfile,
            parked=parked,
        )
        self.ingress: Final = IngressFactory(
            self,
            "ingress",
            name="t3-afk",
            service=self.executor,
            auth="required",  # T3 itself asks a browser for a pairing token only
            dns_type="proxied",
        )
