"""The t3-afk stack: the executor of the unattended implementation pipeline, with all that it needs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from cdk8s import ApiObject, Chart

from t3afk_constructs import formats, inputs
from t3afk_constructs.api_objects import ApiObjects, manifest
from t3afk_constructs.external_secret import ExternalSecret
from t3afk_constructs.home import HOME
from t3afk_constructs.ingress_factory import IngressFactory
from t3afk_constructs.nfs_volume import NfsVolume
from t3afk_constructs.platform import Platform, platform_rule
from t3afk_constructs.t3_executor import T3Executor

if TYPE_CHECKING:
    from constructs import Construct

_INSTRUCTIONS = Path(__file__).parent / "files" / "issue-implementer-CLAUDE.md"
_TIER = "4-aux"
_SECRETS = [
    ("CLAUDE_CODE_OAUTH_TOKEN", "claude-agent-service", "claude_oauth_token"),
    ("GITHUB_TOKEN", "viktor", "github_pat"),
    ("FORGEJO_TOKEN", "ci/global", "forgejo_push_token"),
]
"""The keys of the stack's Secret, each with its entry in the store and that entry's field."""


def _platform(value: Any) -> str | None:
    if complaint := platform_rule(value):
        return complaint
    filled = [key for key, _, _ in _SECRETS]
    missing = [key for key in value.git_hosts.values() if key not in filled]
    if not missing:
        return None
    return (
        f"names {missing[0]!r} in git_hosts, and the stack's Secret has only {', '.join(filled)}; take one of them, "
        "or compose the parts in a chart of your own"
    )


def _or_fact(rule: inputs.Rule, fact: str) -> inputs.Rule:
    """An input that a fact of the platform stands in for."""

    def check(value: object) -> str | None:
        if value is None:
            return f"is left out, and so is the platform's {fact}; give one of the two"
        return rule(value)

    return check


class T3AfkChart(Chart):
    """One dedicated T3 Code instance in a namespace of its own, behind forward authentication.

    A control plane posts issues to its API; T3 runs an agent for each in a git worktree; a person watches in the
    cockpit.
    """

    def __init__(
        self,
        scope: Construct,
        id: str = "t3-afk",  # noqa: A002
        *,
        nfs_server: str | None = None,
        nfs_path: str | None = None,
        t3_version: str = "0.0.27",
        claude_cli_version: str = "latest",
        npm_lockfile: str | None = None,
        parked: bool = False,
        secrets_api_version: Literal["v1", "v1beta1"] = "v1",
        platform: Platform = HOME,
    ) -> None:
        """Render the namespace and everything in it. Names are those of the Terraform stack, without hashes.

        Args:
            scope: the app.
            id: the chart's id, which names its manifest.
            nfs_server: of the data volume; default: the platform's.
            nfs_path: of the data volume; default: `t3-afk-data` below the platform's SSD exports.
            t3_version: version of T3; see `T3Executor`.
            claude_cli_version: version of the Claude CLI; see `T3Executor`.
            npm_lockfile: a lock file for both; see `T3Executor`.
            parked: whether T3 is off.
            secrets_api_version: see `ExternalSecret`.
            platform: the cluster's facts. The tier of the namespace and the entries in the store are the stack's own.

        Raises:
            InputError: when an input is wrong, or left out where the platform has no fact to take its place, or when
                the platform's `git_hosts` name a key that the stack's Secret does not have.
        """
        inputs.check("T3AfkChart", scope, id, platform=(platform, _platform))
        if scope.node.try_find_child(id):
            raise inputs.InputError("T3AfkChart", inputs.path_below(scope, id), "id", id, inputs.ID_TAKEN)
        server = platform.nfs.server if nfs_server is None else nfs_server
        ssd = platform.nfs.ssd_root
        path = f"{ssd}/t3-afk-data" if nfs_path is None and ssd else nfs_path
        inputs.check_more(
            "T3AfkChart",
            scope,
            id,
            nfs_server=(server, _or_fact(formats.host, "nfs.server")),
            nfs_path=(path, _or_fact(formats.absolute_path, "nfs.ssd_root")),
        )
        super().__init__(scope, id, disable_resource_name_hashes=True)
        self.nfs_server: Final = str(server)
        self.nfs_path: Final = str(path)
        self.t3_version: Final = t3_version
        self.claude_cli_version: Final = claude_cli_version
        self.npm_lockfile: Final = npm_lockfile
        self.parked: Final = parked
        self.secrets_api_version: Final = secrets_api_version
        self.platform: Final = platform
        try:
            namespace = "t3-afk"
            self._namespace: Final = ApiObjects(
                self,
                "namespace",
                platform=platform,
                manifests={"Resource": manifest("v1", "Namespace", name=namespace, labels={"tier": _TIER})},
            )
            self.secrets: Final = ExternalSecret(
                self,
                "secrets",
                name="t3-afk-secrets",
                namespace=namespace,
                data=_SECRETS,
                api_version=secrets_api_version,
                platform=platform,
            )
            self.data: Final = NfsVolume(
                self,
                "data",
                name="t3-afk-data",
                namespace=namespace,
                nfs_server=self.nfs_server,
                nfs_path=self.nfs_path,
                storage="30Gi",
                platform=platform,
            )
            self.executor: Final = T3Executor(
                self,
                "executor",
                name="t3-afk",
                namespace=namespace,
                claim_name=self.data.claim_name,
                secret_name=self.secrets.secret_name,
                agent_instructions=_INSTRUCTIONS.read_text(encoding="utf-8"),
                config_map_name="issue-implementer-claudemd",
                t3_version=t3_version,
                claude_cli_version=claude_cli_version,
                npm_lockfile=npm_lockfile,
                parked=parked,
                platform=platform,
            )
            self.ingress: Final = IngressFactory(
                self,
                "ingress",
                auth="required",  # the cockpit has no login of its own
                dns_type="proxied",
                namespace=namespace,
                name="t3-afk",
                service_name=self.executor.service_name,
                port=self.executor.port,
                tls_secret_name=platform.tls_secret_name,
                platform=platform,
            )
        except ValueError:
            # An input of a part is wrong. Half a stack must not be written by whoever goes on after the error.
            scope.node.try_remove_child(id)
            raise

    @property
    def namespace_object(self) -> ApiObject:
        """The Namespace."""
        return ApiObject.of(self._namespace)
