"""T3 Code as the executor of an unattended pipeline: one pod whose agents work in git worktrees."""

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Final

from cdk8s import ApiObjectMetadata, App, Chart
from constructs import Construct

from t3afk_constructs import formats, inputs
from t3afk_constructs.checked import checked
from t3afk_constructs.cluster_chart import ChartNamespace, ChartPlatform, PlatformConstruct
from t3afk_constructs.credentials import credential_in
from t3afk_constructs.executor import pod
from t3afk_constructs.executor.lock_file import PACKAGES, lockfile_complaint, pinned_versions, sha256_of
from t3afk_constructs.executor.pod import T3_PORT
from t3afk_constructs.formats import ConfigKey, DnsSubdomain, Image, Line, ServiceName
from t3afk_constructs.platform import GitHosts
from t3afk_constructs.secret_key import SecretKey
from t3afk_constructs.workload.pod import keel_annotations, pod_template
from t3afk_constructs.workload.resources import Resources
from t3afk_constructs.workload.service import ServicePort, service_spec

if TYPE_CHECKING:
    import cdk8s_plus_27 as kplus

# The newest versions that the tests have run as a whole: a turn, a stop, a restart.
T3_VERSION = "0.0.42"
CLAUDE_CLI_VERSION = "2.1.331"
DEFAULT_RESOURCES = Resources(cpu="1", memory="2Gi", memory_limit="4Gi")

_version = inputs.pattern(
    r"[0-9A-Za-z][0-9A-Za-z.+_-]*",
    "must be one version or tag of npm, not a range; write '0.0.42', for example",
    longest=100,
)
_registry = inputs.pattern(
    r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~-]+)*/?",
    "must be the address of an npm registry, without a login; write 'http://npm.example.com:4873', for example",
)
_endpoint = inputs.pattern(
    r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~-]+)*",
    "must be the address of an OTLP collector over HTTP, without a login and without '/v1/metrics'; write "
    "'http://collector.monitoring:4318', for example",
)
_reserved = frozenset(
    pod.t3_environment(
        git_user_name="", git_user_email="", git_hosts={}, token_files=True, continue_turns=True, self_updates=True
    )
)


def _own_variable(name: object) -> str | None:
    reserved = name in _reserved
    return "is reserved for the construct; leave it out" if reserved else formats.environment_name(name)


def _public_text(value: object) -> str | None:
    if isinstance(value, str) and credential_in(value):
        return "contains a credential; put it into the Secret, whose keys become environment variables"
    return formats.text(value)


def _instructions(value: object) -> str | None:
    return formats.filled_text(value) or formats.config_size(value)


Version = Annotated[str, _version]
Registry = Annotated[str, _registry]
Endpoint = Annotated[str, _endpoint]
Instructions = Annotated[str, _instructions]
Lockfile = Annotated[str, lockfile_complaint]
Environment = Mapping[Annotated[str, _own_variable], Annotated[str, _public_text]]


def _other_versions(lockfile: str | None, t3_version: str, claude_cli_version: str) -> str | None:
    """The complaint about a lock file that pins other versions than the inputs."""
    if lockfile is None:
        return None
    pinned = pinned_versions(lockfile)
    wanted = {"t3_version": t3_version, "claude_cli_version": claude_cli_version}
    for (name, version), package in zip(wanted.items(), PACKAGES, strict=True):
        if version not in (pinned[package], "latest"):
            return f"pins {package} {pinned[package]}, but {name} is {version!r}; pass {name}={pinned[package]!r}"
    return None


class T3Executor(PlatformConstruct):
    """One T3 Code instance behind a Service: a Deployment of one pod at most, its agents' instructions, a Service.

    The pod runs as uid 1000 with no capability and no service account token. It installs T3 and the Claude CLI on its
    data volume when their versions change, and locks the volume before T3 opens its database.

    Attributes:
        config_map: the ConfigMap with the agents' instructions.
        lockfile_config_map: the ConfigMap with the lock file; None without `npm_lockfile`.
        deployment: the Deployment.
        service: the Service.
        service_name: the Service's name.
        port: the Service's port.
        labels: the labels of the pod and its objects.
    """

    @checked
    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        name: ServiceName,
        claim_name: DnsSubdomain,
        secret_name: DnsSubdomain,
        agent_instructions: Instructions,
        namespace: ChartNamespace = None,
        config_map_name: DnsSubdomain | None = None,
        t3_version: Version = T3_VERSION,
        claude_cli_version: Version = CLAUDE_CLI_VERSION,
        image: Image = "docker.io/library/node:24",
        fix_permissions_image: Image = "docker.io/library/busybox:1.37",
        fix_permissions: bool = True,
        resources: Resources = DEFAULT_RESOURCES,
        parked: bool = False,
        env: Environment | None = None,
        git_hosts: GitHosts | None = None,
        git_user_name: Line = "issue-implementer (AFK)",
        git_user_email: Line | None = None,
        token_files: bool = False,
        npm_registry: Registry | None = None,
        npm_token_key: ConfigKey | None = None,
        npm_lockfile: Lockfile | None = None,
        continue_turns: bool = False,
        self_updates: bool = False,
        vendor_telemetry: bool = False,
        telemetry: Endpoint | None = None,
        platform: ChartPlatform = None,
    ) -> None:
        """Render the ConfigMap, the Deployment and the Service.

        Args:
            scope: the construct's parent.
            id: its id there.
            name: of the Deployment and the Service, and the value of their label `app`, by which the Service selects
                the pod. Unique in the namespace.
            claim_name: the PersistentVolumeClaim for T3's state, worktrees and installed packages. Only this executor
                may mount it.
            secret_name: the Secret whose keys become the agents' environment: `CLAUDE_CODE_OAUTH_TOKEN` and the
                tokens that `git_hosts` names. The pod starts only when it exists.
            agent_instructions: the text of the user's CLAUDE.md, which every agent reads.
            namespace: of all objects; default: the chart's.
            config_map_name: of the ConfigMap with that text; default: `<name>-claudemd`.
            t3_version: version of the npm package `t3`. The next start of a pod installs a changed one. A newer T3
                migrates its database, and an older one cannot use it afterwards: copy the volume before you raise it.
            claude_cli_version: version of `@anthropic-ai/claude-code`. `latest` is the newest version at the time of
                the install, and stays that one until this input or `t3_version` changes.
            image: with Node 22 or later, npm, git and bash, on Debian: T3 needs its C library, libstdc++ and libatomic.
                T3 before 0.0.42 also needs Node 22.16, 23.11 or 24.10 at least, and a compiler. The pod names in one
                line what the image lacks.
            fix_permissions_image: with a busybox shell.
            fix_permissions: whether a root init container gives the volume's top folder to the agent. Without it, no
                container runs as root, and the namespace may enforce the Pod Security level `restricted`. The kubelet
                then gives the volume to the agent's group, which a server with `root_squash` does not allow.
            resources: of the T3 container. Default: requests of 1 core and 2Gi, a memory limit of 4Gi, no CPU limit.
            parked: whether T3 is off: no pod, but all objects and data stay.
            env: more environment variables of the T3 container, arriving as written. No credentials.
            git_hosts: the Git servers that agents push to over HTTPS, as `host` or `host:port`, and the key of the
                Secret with the token of each. Default: the platform's. Git sends a token to its own host and port
                alone; SSH addresses lead to the first port of a host.
            git_user_name: the author of the agents' commits.
            git_user_email: the author's address; default: `afk-agent@` and the platform's domain.
            token_files: whether the pod also mounts the tokens of `git_hosts` as files: git then uses a rotated token
                without a restart.
            npm_registry: the registry of the packages; default: npm's own.
            npm_token_key: the key of the Secret with that registry's token; default: no token.
            npm_lockfile: the text of a `package-lock.json` that pins T3, the Claude CLI and all their dependencies:
                the install is then `npm ci` and checks every package's hash. `t3afk lockfile` writes one.
            continue_turns: whether T3 goes on by itself with the turns that a restart interrupted, at most at three
                starts in an hour. The model does not learn the outcome of the tool that ran, and may run it again.
                Without it, the next message of a thread goes on in the same session.
            self_updates: whether the Claude CLI updates itself, and T3 looks for updates of it.
            vendor_telemetry: whether T3 and the Claude CLI send telemetry and error reports to their vendors.
            telemetry: the OTLP endpoint of your collector, such as `http://collector.monitoring:4318`. T3 and every
                agent send it their metrics (turns, tokens, cost; no text), over HTTP as JSON.
                Default: none.
            platform: the cluster's facts; default: the chart's.

        Raises:
            InputError: when the cluster or the pod's scripts would refuse or misread an input.
        """
        super().__init__(scope, id, namespace=namespace, platform=platform)
        needs_registry = "needs npm_registry: npm's own registry takes no token; pass npm_registry too"
        self._refuse(
            npm_lockfile=(npm_lockfile, _other_versions(npm_lockfile, t3_version, claude_cli_version)),
            npm_token_key=(npm_token_key, needs_registry if npm_token_key and not npm_registry else None),
        )
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
        self.git_hosts: Final = dict(self.platform.git_hosts if git_hosts is None else git_hosts)
        self.git_user_name: Final = git_user_name
        self.git_user_email: Final = git_user_email or f"afk-agent@{self.platform.domain}"
        self.token_files: Final = token_files
        self.npm_registry: Final = npm_registry
        self.npm_token_key: Final = npm_token_key
        self.npm_lockfile: Final = npm_lockfile
        self.continue_turns: Final = continue_turns
        self.self_updates: Final = self_updates
        self.vendor_telemetry: Final = vendor_telemetry
        self.telemetry: Final = telemetry
        self.lockfile_config_map_name: Final = f"{name}-npm-lockfile"
        self.service_name: Final = name
        self.port: Final = T3_PORT
        self.service_ports: Final = (T3_PORT,)
        self.labels: Final = {"app": name}

        init_containers = (
            [pod.fix_permissions_container(fix_permissions_image, claim_name=claim_name)] if fix_permissions else []
        )
        init_containers.append(
            pod.install_container(
                image,
                claim_name=claim_name,
                t3_version=t3_version,
                claude_cli_version=claude_cli_version,
                npm_registry=npm_registry,
                npm_token=SecretKey(secret_name, npm_token_key) if npm_token_key else None,
                lockfile=(self.lockfile_config_map_name, sha256_of(npm_lockfile)) if npm_lockfile else None,
            )
        )
        token_keys = sorted(set(self.git_hosts.values())) if token_files else []
        t3_environment = pod.t3_environment(
            git_user_name=git_user_name,
            git_user_email=self.git_user_email,
            git_hosts=self.git_hosts,
            token_files=bool(token_keys),
            continue_turns=continue_turns,
            self_updates=self_updates,
        ) | pod.default_environment(
            heap=pod.heap(resources),
            self_updates=self_updates,
            vendor_telemetry=vendor_telemetry,
            telemetry=telemetry,
            workload={"k8s.namespace.name": self.namespace, "k8s.deployment.name": name},
        )
        t3 = pod.t3_container(
            image,
            claim_name=claim_name,
            config_map_name=self.config_map_name,
            secret_name=secret_name,
            env=t3_environment | self.env,
            resources=resources,
            token_keys=token_keys,
        )
        settings = pod.pod(init_containers, root_allowed=fix_permissions, agents=pod.agents(resources))
        template = pod_template(t3, settings, labels=self.labels, files_name=self.config_map_name)

        self.config_map: Final = self._object(
            "Instructions",
            "v1",
            "ConfigMap",
            name=self.config_map_name,
            data={pod.INSTRUCTIONS_KEY: agent_instructions, pod.CLAUDE_SETTINGS_KEY: pod.CLAUDE_SETTINGS},
        )
        self.lockfile_config_map: Final = (
            self._object(
                "Lockfile",
                "v1",
                "ConfigMap",
                name=self.lockfile_config_map_name,
                data={pod.LOCKFILE_KEY: npm_lockfile},
            )
            if npm_lockfile
            else None
        )
        self.deployment: Final = self._object(
            "Resource",
            "apps/v1",
            "Deployment",
            name=name,
            labels=self.labels,
            annotations=keel_annotations("manifest"),
            spec={
                "replicas": 0 if parked else 1,
                "strategy": {"type": "Recreate"},  # the database has one writer: the old pod ends before the new one
                "selector": {"matchLabels": self.labels},
                "template": template.rendered,
            },
        )
        self.service: Final = self._object(
            "Service",
            "v1",
            "Service",
            name=name,
            labels=self.labels,
            spec=service_spec([ServicePort(T3_PORT)], selector=self.labels),
        )

    @cached_property
    def pods(self) -> "kplus.Pods":
        """The pod as a cdk8s-plus selection, for a NetworkPolicy or a Service. Loads cdk8s-plus-27."""
        import cdk8s_plus_27 as kplus  # noqa: PLC0415 (a fifth of a second that only its users pay)

        return kplus.Pods.select(self, "Pods", labels=self.labels)

    @cached_property
    def service_handle(self) -> "kplus.Service":
        """The Service as a cdk8s-plus object, for a `kplus.Ingress`. Loads cdk8s-plus-27.

        cdk8s-plus has no class for a Service that exists already. This one is in an app of its own, so that nothing
        renders it.
        """
        import cdk8s_plus_27 as kplus  # noqa: PLC0415 (as above)

        return kplus.Service(
            Chart(App(), "handles"),
            "Service",
            metadata=ApiObjectMetadata(name=self.service_name, namespace=self.namespace),
            ports=[kplus.ServicePort(port=self.port)],
        )
