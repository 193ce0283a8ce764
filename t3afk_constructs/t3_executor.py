"""T3 Code as the executor of an unattended pipeline: one pod whose agents work in git worktrees."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

from t3afk_constructs import formats, inputs
from t3afk_constructs import t3_containers as containers
from t3afk_constructs.api_objects import ApiObjects
from t3afk_constructs.home import HOME
from t3afk_constructs.npm_lockfile import PACKAGES, lockfile_complaint, pinned_versions
from t3afk_constructs.platform import Platform, git_hosts_rule, platform_rule
from t3afk_constructs.t3_containers import T3_PORT, Resources
from t3afk_constructs.t3_objects import manifests

if TYPE_CHECKING:
    from collections.abc import Mapping

    import cdk8s_plus_27 as kplus
    from cdk8s import ApiObject
    from constructs import Construct

DEFAULT_RESOURCES = Resources(cpu="1", memory="2Gi", memory_limit="4Gi")

_version = inputs.pattern(
    r"[0-9A-Za-z][0-9A-Za-z.+_-]*",
    "must be one version or tag of npm, not a range; write something like '0.0.27'",
    longest=100,
)
_registry = inputs.pattern(
    r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~-]+)*/?",
    "must be the address of an npm registry without a login in it; write something like 'http://npm.example.com:4873'",
)
_reserved = frozenset(containers.t3_environment(git_user_name="", git_user_email="", git_hosts={}, token_files=True))


def _own_variable(name: object) -> str | None:
    reserved = name in _reserved
    return "is set by the construct itself; leave it out" if reserved else formats.environment_name(name)


def _public_text(value: object) -> str | None:
    if isinstance(value, str) and inputs.TOKEN.search(value):
        return "has a credential in it; put it into the Secret, whose keys become environment variables"
    return formats.text(value)


def _instructions(value: object) -> str | None:
    return formats.filled_text(value) or formats.config_size(value)


def _needs_registry(_: object) -> str:
    return "is for a registry of one's own; give npm_registry as well"


def _lockfile(t3_version: str, claude_cli_version: str) -> inputs.Rule:
    t3, claude_cli = PACKAGES
    wanted = {"t3_version": (t3, t3_version), "claude_cli_version": (claude_cli, claude_cli_version)}

    def check(value: object) -> str | None:
        if complaint := lockfile_complaint(value):
            return complaint
        pinned = pinned_versions(str(value))
        for name, (package, version) in wanted.items():
            if version not in (pinned[package], "latest"):
                return f"pins {package} {pinned[package]}, and {name} is {version!r}; give {name}={pinned[package]!r}"
        return None

    return check


class T3Executor(ApiObjects):
    """One T3 Code instance behind a Service: a Deployment of at most one pod, its agents' instructions, a Service.

    The pod runs as uid 1000 with no capability and no service account token. It installs T3 and the Claude CLI on its
    data volume when the wanted versions change, and takes a lock on the volume before T3 opens its database.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        namespace: str,
        name: str,
        claim_name: str,
        secret_name: str,
        agent_instructions: str,
        config_map_name: str | None = None,
        t3_version: str = "0.0.27",
        claude_cli_version: str = "latest",
        image: str = "docker.io/library/node:24",
        fix_permissions_image: str = "docker.io/library/busybox:1.37",
        fix_permissions: bool = True,
        resources: Resources = DEFAULT_RESOURCES,
        parked: bool = False,
        env: Mapping[str, str] | None = None,
        git_hosts: Mapping[str, str] | None = None,
        git_user_name: str = "issue-implementer (AFK)",
        git_user_email: str | None = None,
        token_files: bool = False,
        npm_registry: str | None = None,
        npm_token_key: str | None = None,
        npm_lockfile: str | None = None,
        platform: Platform = HOME,
    ) -> None:
        """Render the ConfigMap, the Deployment and the Service.

        Args:
            scope: the construct's parent.
            id: its id there.
            namespace: of all three objects.
            name: of the Deployment and the Service, and the value of their label `app`, by which the Service finds
                the pod. Unique in the namespace.
            claim_name: the PersistentVolumeClaim with T3's state, worktrees and installed packages. One executor has
                it alone.
            secret_name: the Secret whose keys become the agents' environment: `CLAUDE_CODE_OAUTH_TOKEN` and the
                tokens that `git_hosts` names. The pod starts only when it exists.
            agent_instructions: the text of `~/.claude/CLAUDE.md`, which every agent reads.
            config_map_name: of the ConfigMap with that text; default: `<name>-claudemd`.
            t3_version: version of the npm package `t3`. Another one is installed at the next start of a pod.
            claude_cli_version: version of `@anthropic-ai/claude-code`. The default `latest` means whatever is newest
                when it is installed, and stays that until this input or `t3_version` changes: pin it.
            image: with Node, npm, git, bash and a compiler for native modules. T3 0.0.27 needs Node 22.16, 23.11
                or 24.10 at least; the pod says so in one line where the image is too old.
            fix_permissions_image: with a busybox shell.
            fix_permissions: whether a root init container gives the volume's top folder to the agent. Without it no
                container runs as root, the namespace may enforce the Pod Security level `restricted`, and the
                kubelet's fsGroup does the work, which a server with `root_squash` does not allow.
            resources: of the T3 container. Default: 1 core and 2Gi asked for, killed above 4Gi. There is no CPU
                limit.
            parked: whether T3 is off: no pod, everything else stays, the data too.
            env: more environment variables of the T3 container, arriving as written. Nothing secret.
            git_hosts: the Git servers that agents push to over HTTPS, as `host` or `host:port`, and the key of the
                Secret with the token of each. Default: the platform's. A token is given to its own host and port
                alone; addresses for SSH lead to the first port that is named of a host.
            git_user_name: the author of the agents' commits.
            git_user_email: likewise; default: `afk-agent@` and the platform's domain.
            token_files: whether the tokens of `git_hosts` are mounted as files too: git then uses a rotated token
                without a restart.
            npm_registry: where packages are installed from; default: npm's own.
            npm_token_key: the key of the Secret with that registry's token; default: none is sent.
            npm_lockfile: the text of a `package-lock.json` that pins T3, the Claude CLI and all that they depend on:
                the install is then `npm ci` and checks every package's hash.
                `python -m t3afk_constructs.npm_lockfile` writes one.
            platform: the cluster's facts.

        Raises:
            InputError: when the cluster or the pod's scripts would refuse or misread an input.
            CollisionError: when another construct of this library makes an object of one of these names in the app.
        """
        inputs.check(
            "T3Executor",
            scope,
            id,
            platform=(platform, platform_rule),
            namespace=(namespace, formats.dns_label),
            name=(name, formats.service_name),
            claim_name=(claim_name, formats.dns_subdomain),
            secret_name=(secret_name, formats.dns_subdomain),
            agent_instructions=(agent_instructions, _instructions),
            config_map_name=(config_map_name, inputs.optional(formats.dns_subdomain)),
            t3_version=(t3_version, _version),
            claude_cli_version=(claude_cli_version, _version),
            image=(image, formats.image),
            fix_permissions_image=(fix_permissions_image, formats.image),
            fix_permissions=(fix_permissions, inputs.boolean),
            resources=(resources, inputs.instance_of(Resources, "pass Resources(cpu=…, memory=…, memory_limit=…)")),
            parked=(parked, inputs.boolean),
            env=(env, inputs.optional(inputs.mapping(_own_variable, _public_text))),
            git_hosts=(git_hosts, inputs.optional(git_hosts_rule)),
            git_user_name=(git_user_name, formats.one_line),
            git_user_email=(git_user_email, inputs.optional(formats.one_line)),
            token_files=(token_files, inputs.boolean),
            npm_registry=(npm_registry, inputs.optional(_registry)),
            npm_token_key=(npm_token_key, inputs.optional(formats.config_key)),
            npm_lockfile=(npm_lockfile, inputs.optional(_lockfile(t3_version, claude_cli_version))),
        )
        if not npm_registry:
            inputs.check_more("T3Executor", scope, id, npm_token_key=(npm_token_key, inputs.optional(_needs_registry)))
        self.namespace: Final = namespace
        self.name: Final = name
        self.claim_name: Final = claim_name
        self.secret_name: Final = secret_name
        self.agent_instructions: Final = agent_instructions
        self.config_map_name: Final = config_map_name or f"{name}-claudemd"
        self.t3_version: Final = t3_version
        self.claude_cli_version: Final = claude_cli_version
        self.image: Final = image
        self.fix_permissions_image: Final = fix_permissions_image
        self.fix_permissions: Final = fix_permissions
        self.resources: Final = resources
        self.parked: Final = parked
        self.env: Final = dict(env or {})
        self.git_hosts: Final = dict(platform.git_hosts if git_hosts is None else git_hosts)
        self.git_user_name: Final = git_user_name
        self.git_user_email: Final = git_user_email or f"afk-agent@{platform.domain}"
        self.token_files: Final = token_files
        self.npm_registry: Final = npm_registry
        self.npm_token_key: Final = npm_token_key
        self.npm_lockfile: Final = npm_lockfile
        self.platform: Final = platform
        self.lockfile_config_map_name: Final = f"{name}-npm-lockfile"
        self.service_name: Final = name
        self.port: Final = T3_PORT
        self.labels: Final = {"app": name}

        super().__init__(scope, id, platform=platform, manifests=manifests(self))

    @property
    def config_map(self) -> ApiObject:
        """The ConfigMap with the agents' instructions."""
        return self._api_object("Instructions")

    @property
    def lockfile_config_map(self) -> ApiObject | None:
        """The ConfigMap with the lock file; None without `npm_lockfile`."""
        return self._api_object("Lockfile") if self.npm_lockfile else None

    @property
    def deployment(self) -> ApiObject:
        """The Deployment."""
        return self._api_object("Resource")

    @property
    def service(self) -> ApiObject:
        """The Service."""
        return self._api_object("Service")

    @cached_property
    def pods(self) -> kplus.Pods:
        """The executor's pod as cdk8s-plus selects it, for a NetworkPolicy or a Service. Loads cdk8s-plus-27."""
        import cdk8s_plus_27 as kplus  # noqa: PLC0415 (a fifth of a second that only its users pay)

        return kplus.Pods.select(self, "Pods", labels=self.labels)
