"""One container of a pod."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from attrs import field, frozen

from t3afk_constructs import formats, inputs
from t3afk_constructs.workload import environment, probes
from t3afk_constructs.workload.environment import Environment, EnvironmentSources
from t3afk_constructs.workload.mounts import Mounts
from t3afk_constructs.workload.probes import Probe
from t3afk_constructs.workload.resources import Resources
from t3afk_constructs.workload.volumes import Volumes


def _fields(value: object) -> str | None:
    if isinstance(value, Mapping):
        complaint = _plain(value)
        return complaint and f"contains {complaint}"
    return "is not a mapping; write Kubernetes' own fields, such as {'runAsUser': 1000}"


def _plain(value: object) -> str | None:
    """A value that JSON and the API server hold: text, whole numbers, booleans, lists, mappings."""
    if isinstance(value, Mapping):
        lost = next((key for key in value if not isinstance(key, str)), None)
        if lost is not None:
            return f"{inputs.shown(lost)}, which is not a field's name; write text"
        return next(filter(None, map(_plain, [*value, *value.values()])), None)
    if isinstance(value, list | tuple):
        return next(filter(None, map(_plain, value)), None)
    if isinstance(value, str):
        complaint = formats.text(value)
        return complaint and f"{inputs.shown(value)}, which {complaint}"
    right = isinstance(value, int) and -(2**63) <= value < 2**63
    return (
        None if right else f"{inputs.shown(value)}, which is not plain; write text, a whole number, a list or a mapping"
    )


Fields = Annotated[Mapping[str, Any], _fields]
"""Fields in Kubernetes' own names, rendered as written. The rule `known-fields` finds misspelt ones."""

NO_PORT = "has no port; pass port= to the probe or the container"

Words = Annotated[Sequence[str], inputs.every(formats.text, repeats=True)]


@frozen(field_transformer=inputs.checked_fields)
class ContainerPort:
    """A port of a container.

    Attributes:
        number: the port.
        name: for Services and probes; default: none.
        protocol: `TCP`, `UDP` or `SCTP`.
        host_port: the same port of the node; default: none.
    """

    number: formats.Port
    name: formats.PortName | None = field(default=None, kw_only=True)
    protocol: Literal["TCP", "UDP", "SCTP"] = field(default="TCP", kw_only=True)
    host_port: formats.Port | None = field(default=None, kw_only=True)

    def rendered(self) -> dict[str, Any]:
        """The container's port."""
        return {
            **({"name": self.name} if self.name else {}),
            "containerPort": self.number,
            **({"hostPort": self.host_port} if self.host_port else {}),
            **({"protocol": self.protocol} if self.protocol != "TCP" else {}),
        }


def _port(value: object) -> str | None:
    return None if isinstance(value, ContainerPort) else formats.port(value)


def has_host_port(ports: Sequence[int | ContainerPort]) -> bool:
    """Whether a container takes a port of its node."""
    return any(isinstance(port, ContainerPort) and port.host_port is not None for port in ports)


def probe_complaint(name: str, probe: Any, *, has_port: bool) -> str | None:
    """The complaint about a probe of a container."""
    if not has_port and probes.needs_port(probe):
        return NO_PORT
    return probes.ONCE if name != "readiness" and probe and probe.success_threshold not in (None, 1) else None


@frozen(kw_only=True, field_transformer=inputs.checked_fields)
class Container:
    """A container beside a workload's own, or before it. Left-out fields are the image's or the API server's.

    Attributes:
        name: of the container.
        image: a repository and a tag or digest.
        command: the program and its first arguments, instead of the image's entry point; no shell.
        args: the arguments.
        working_dir: the folder in which the program starts.
        ports: numbers, or `ContainerPort`s.
        env: the environment: text, `secret.key(…)`, `ConfigMapKey` or `FieldRef`, by name. The kubelet expands
            `$(NAME)` of earlier variables, and takes `$$` for `$`.
        env_from: whole Secrets and ConfigMaps as environment: `ExternalSecret`, `SecretRef`, `ConfigMapRef`.
        mounts: the volumes by mount path: `NfsVolume`, `BlockClaim`, `Claim`, `File`, `Files`, `EmptyDir`,
            `SecretFiles`, `ConfigMapFiles`, `HostPath`, `NfsExport`, or one of them in a `Mount` with options.
        resources: requests and limits; default: those of the namespace's LimitRange.
        readiness: whether Services send requests to the pod.
        liveness: whether the kubelet restarts the container.
        startup: the other probes wait for this one.
        lifecycle: Kubernetes' `lifecycle`, the hooks after the start and before the stop.
        security_context: Kubernetes' `securityContext` of the container.
        restart_always: whether an init container runs beside the others for the whole life of the pod.
    """

    name: formats.DnsLabel
    image: formats.Image
    command: Words = ()
    args: Words = ()
    working_dir: formats.AbsolutePath | None = None
    ports: Annotated[Sequence[int | ContainerPort], inputs.every(_port)] = ()
    env: Environment = field(factory=dict)
    env_from: EnvironmentSources = ()
    mounts: Mounts = field(factory=dict)
    resources: Resources | None = None
    readiness: Probe | None = None
    liveness: Probe | None = None
    startup: Probe | None = None
    lifecycle: Fields | None = None
    security_context: Fields | None = None
    restart_always: bool = False

    def __attrs_post_init__(self) -> None:
        """Refuse a probe of a port that the container does not name."""
        for name in ("readiness", "liveness", "startup"):
            probe = getattr(self, name)
            if complaint := probe_complaint(name, probe, has_port=bool(self.ports)):
                raise inputs.InputError("Container", None, [(name, probe, complaint)])

    def rendered(self, volumes: Volumes) -> dict[str, Any]:
        """The container. Its volumes are added to those of its pod."""
        ports = [port if isinstance(port, ContainerPort) else ContainerPort(port) for port in self.ports]
        first = ports[0].number if ports else None
        fields = {
            "name": self.name,
            "image": self.image,
            "command": list(self.command),
            "args": list(self.args),
            "workingDir": self.working_dir,
            "ports": [port.rendered() for port in ports],
            "envFrom": environment.env_from(self.env_from),
            "env": environment.env(self.env),
            "securityContext": self.security_context,
            "startupProbe": self.startup and probes.rendered(self.startup, first),
            "readinessProbe": self.readiness and probes.rendered(self.readiness, first),
            "livenessProbe": self.liveness and probes.rendered(self.liveness, first),
            "lifecycle": self.lifecycle,
            "volumeMounts": [volumes.mount(path, mounted) for path, mounted in self.mounts.items()],
            "resources": self.resources and self.resources.rendered(),
            "restartPolicy": "Always" if self.restart_always else None,
        }
        return {name: value for name, value in fields.items() if value}
