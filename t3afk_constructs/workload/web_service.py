"""A web app of one container: its Deployment and its Service."""

from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal

from constructs import Construct

from t3afk_constructs import formats, inputs
from t3afk_constructs.checked import checked
from t3afk_constructs.cluster_chart import ChartNamespace, ChartPlatform, PlatformConstruct
from t3afk_constructs.ingress.sablier import Sablier
from t3afk_constructs.rules.sablier import workload_labels
from t3afk_constructs.workload.container import Container, ContainerPort, Fields, Words, has_host_port, probe_complaint
from t3afk_constructs.workload.environment import Environment, EnvironmentSources
from t3afk_constructs.workload.mounts import Mounts, keeps_data
from t3afk_constructs.workload.pod import (
    Owner,
    Pod,
    contradicts_owner,
    keel_annotations,
    other_value,
    pod_template,
)
from t3afk_constructs.workload.probes import Probe
from t3afk_constructs.workload.resources import Resources
from t3afk_constructs.workload.service import ServicePort, port_twice, service_spec
from t3afk_constructs.workload.volumes import different_texts

Strategy = Literal["Recreate", "RollingUpdate"]
_PORT_NAME = "http"  # of a Service with several ports
_NEEDS_PORT = "needs port; pass the container's port too"


ExtraPorts = Annotated[Sequence[ServicePort], inputs.every(inputs.instance_of(ServicePort))]


class WebService(PlatformConstruct):
    """A program of one container that answers on a port: a Deployment and its Service.

    Attributes:
        deployment: the Deployment.
        service: the Service; None without a port.
        config_map: the ConfigMap with the files from text; None without files.
        service_name: the Service's name.
        service_ports: its ports, by number.
        address: its name in the cluster's DNS, `<name>.<namespace>.svc.cluster.local`.
    """

    @checked
    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        name: formats.ServiceName,
        image: formats.Image,
        image_owner: Owner = "manifest",
        container_name: formats.DnsLabel | None = None,
        port: formats.Port | None = None,
        service_port: formats.Port | None = None,
        service_name: formats.ServiceName | None = None,
        extra_ports: ExtraPorts = (),
        command: Words = (),
        args: Words = (),
        working_dir: formats.AbsolutePath | None = None,
        env: Environment | None = None,
        env_from: EnvironmentSources = (),
        mounts: Mounts | None = None,
        resources: Resources | None = None,
        readiness: Probe | None = None,
        liveness: Probe | None = None,
        startup: Probe | None = None,
        lifecycle: Fields | None = None,
        security_context: Fields | None = None,
        pod: Pod | None = None,
        strategy: Strategy | None = None,
        replicas: formats.Count | None = 1,
        scale_to_zero: Sablier | None = None,
        selector: formats.Labels | None = None,
        labels: formats.Labels | None = None,
        annotations: formats.Annotations | None = None,
        service_annotations: formats.Annotations | None = None,
        namespace: ChartNamespace = None,
        platform: ChartPlatform = None,
    ) -> None:
        """Render the Deployment, its Service and the ConfigMap of its files.

        Args:
            scope: the construct's parent.
            id: its id there.
            name: of the Deployment and its Service.
            image: a repository and a tag or digest.
            image_owner: `manifest`: each apply sets the image, and Keel leaves it alone (`keel.sh/policy: never`).
                `cluster`: the first apply alone sets it, and Keel or a person moves it; see docs/moving-fields.md.
            container_name: default: `name`. To take a Deployment over, give it its own.
            port: the container's port; default: none, and no Service.
            service_port: the Service's port; default: `port`.
            service_name: the Service's name; default: `name`.
            extra_ports: more ports of the Service, each with a name. The first one is named `http` then.
            command: the program and its first arguments, instead of the image's entry point; no shell.
            args: the arguments.
            working_dir: the folder in which the program starts; default: the image's.
            env: the environment: text, `secret.key(…)`, `ConfigMapKey` or `FieldRef`, by name. The kubelet expands
                `$(NAME)` of earlier variables, and takes `$$` for `$`.
            env_from: whole Secrets and ConfigMaps as environment: `ExternalSecret`, `SecretRef`, `ConfigMapRef`.
            mounts: the volumes by mount path; see `Container`.
            resources: requests and memory limit; default: those of the namespace's LimitRange.
            readiness: whether the Service sends requests to the pod; default: as soon as the container runs.
            liveness: whether the kubelet restarts the container; default: if its program ends.
            startup: the other probes wait for this one.
            lifecycle: Kubernetes' `lifecycle`, the hooks after the start and before the stop.
            security_context: Kubernetes' `securityContext` of the container.
            pod: the rarer fields: init containers, sidecars, pull secrets, service account, nodes.
            strategy: `Recreate` ends the old pod before the new one starts, `RollingUpdate` after. Default: `Recreate`
                if a container writes to a claim or an export, because two pods would write at once, and a block volume
                is on one node at a time; and if the pod takes ports or GPUs of a node, which the new one would wait
                for. Else `RollingUpdate`.
            replicas: the number of pods. None leaves it to another writer; the API server begins with 1.
            scale_to_zero: run the pods only while requests come: Sablier's labels, and no replica count. An
                `IngressFactory(service=…)` takes the setting from here. Its group is `name` by default.
            selector: the labels by which the Deployment and the Service find the pods; default: `app: <name>`. It is
                immutable: to take a Deployment over, give it its own.
            labels: of the Deployment and the Service, beside the selector's.
            annotations: of the Deployment.
            service_annotations: of the Service.
            namespace: of all objects; default: the chart's.
            platform: the cluster's facts; default: the chart's.

        Raises:
            InputError: when the API server would refuse an input, or two inputs contradict each other.
        """
        super().__init__(scope, id, namespace=namespace, platform=platform)
        own_pod, own_mounts = pod or Pod(), mounts or {}
        all_mounts = [own_mounts, *own_pod.mounts()]
        own_selector = selector or {"app": name}
        self._refuse(
            service_port=(service_port, _NEEDS_PORT if service_port and not port else None),
            extra_ports=(extra_ports, _wrong_extra_ports(extra_ports, service_port or port)),
            replicas=(
                replicas,
                "contradicts scale_to_zero; leave one of them out"
                if scale_to_zero and replicas not in (None, 1)
                else None,
            ),
            readiness=(readiness, probe_complaint("readiness", readiness, has_port=bool(port))),
            liveness=(liveness, probe_complaint("liveness", liveness, has_port=bool(port))),
            startup=(startup, probe_complaint("startup", startup, has_port=bool(port))),
            mounts=(mounts, different_texts(all_mounts)),
            selector=(selector, "is empty; give a label, or leave it out" if selector == {} else None),
            labels=(labels, other_value(own_selector, labels)),
            pod=(pod, other_value(own_selector, own_pod.labels)),
            annotations=(annotations, contradicts_owner(image_owner, annotations)),
        )
        self.name: Final = name
        self.image: Final = image
        self.image_owner: Final = image_owner
        self.container_name: Final = container_name or name
        self.port: Final = port
        self.service_port: Final = service_port or port
        self.service_name: Final = service_name or name
        self.extra_ports: Final = tuple(extra_ports)
        self.command: Final = tuple(command)
        self.args: Final = tuple(args)
        self.working_dir: Final = working_dir
        self.env: Final = dict(env or {})
        self.env_from: Final = tuple(env_from)
        self.mounts: Final = dict(own_mounts)
        self.resources: Final = resources
        self.readiness: Final = readiness
        self.liveness: Final = liveness
        self.startup: Final = startup
        self.lifecycle: Final = lifecycle
        self.security_context: Final = security_context
        self.pod: Final = own_pod
        self.scale_to_zero: Final = scale_to_zero.resolved(name) if scale_to_zero else None
        self.replicas: Final = None if scale_to_zero else replicas
        self.selector: Final = dict(own_selector)
        self.labels: Final = dict(labels or {})
        self.annotations: Final = dict(annotations or {})
        self.service_annotations: Final = dict(service_annotations or {})
        self.address: Final = f"{self.service_name}.{self.namespace}.svc.cluster.local"

        container = Container(
            name=self.container_name,
            image=image,
            command=command,
            args=args,
            working_dir=working_dir,
            ports=_container_ports(port, self.extra_ports),
            env=self.env,
            env_from=env_from,
            mounts=self.mounts,
            resources=resources,
            readiness=readiness,
            liveness=liveness,
            startup=startup,
            lifecycle=lifecycle,
            security_context=security_context,
        )
        self.strategy: Final[Strategy] = strategy or (
            "Recreate" if _runs_alone(container, own_pod) else "RollingUpdate"
        )
        files_name = f"{name}-files"
        template = pod_template(container, own_pod, labels=self.selector, files_name=files_name)
        sablier_labels = workload_labels(self.scale_to_zero.group or name) if self.scale_to_zero else {}
        self.deployment: Final = self._object(
            "Resource",
            "apps/v1",
            "Deployment",
            name=name,
            labels={**self.labels, **self.selector, **sablier_labels},
            annotations=keel_annotations(image_owner) | self.annotations,
            initial=template.images(image_owner, "spec", "template"),
            spec={
                **({} if self.replicas is None else {"replicas": self.replicas}),
                "strategy": _rendered_strategy(self.strategy),
                "selector": {"matchLabels": self.selector},
                "template": template.rendered,
            },
        )
        self.config_map: Final = (
            self._object("Files", "v1", "ConfigMap", name=files_name, data=template.files) if template.files else None
        )
        first = self.service_port and ServicePort(
            self.service_port, name=_PORT_NAME if extra_ports else None, target_port=port
        )
        ports = (first, *self.extra_ports) if first else ()
        self.service_ports: Final = tuple(each.port for each in ports)
        self.service: Final = (
            self._object(
                "Service",
                "v1",
                "Service",
                name=self.service_name,
                labels={**self.labels, **self.selector},
                annotations=self.service_annotations,
                spec=service_spec(ports, selector=self.selector),
            )
            if ports
            else None
        )


def _wrong_extra_ports(extra: Sequence[ServicePort], first: int | None) -> str | None:
    """The complaint about further ports of a Service with a first one."""
    if not extra:
        return None
    if first is None:
        return _NEEDS_PORT
    if any(each.name in (None, _PORT_NAME) for each in extra):
        return f"has a port without a name of its own; name each, and none '{_PORT_NAME}'"
    if any(each.node_port for each in extra):
        return "has a node_port, which a Service of type ClusterIP lacks; render a Service(…, type='NodePort')"
    return port_twice([ServicePort(first), *extra])


def _container_ports(port: int | None, extra: Sequence[ServicePort]) -> list[ContainerPort]:
    """The container's ports: its own, and the numbers behind the further ports of the Service."""
    found = [ContainerPort(port, name=_PORT_NAME if extra else None)] if port else []
    for each in extra:
        number = each.port if each.target_port is None else each.target_port
        if isinstance(number, int) and (number, each.protocol) not in {(p.number, p.protocol) for p in found}:
            name = each.name if formats.port_name(each.name) is None else None  # a Service's names may be longer
            found.append(ContainerPort(number, name=name, protocol=each.protocol))
    return found


def _runs_alone(container: Container, pod: Pod) -> bool:
    """Whether a second pod would write to the same data, or wait for ports or GPUs of its node."""
    containers = (container, *pod.sidecars, *pod.init_containers)
    return pod.host_network or any(
        keeps_data(each.mounts) or (each.resources and each.resources.gpus) or has_host_port(each.ports)
        for each in containers
    )


def _rendered_strategy(kind: Strategy) -> dict[str, Any]:
    """A Deployment's `strategy`.

    `RollingUpdate` is written with the API server's defaults. Without them, the manifest does not own `rollingUpdate`,
    and a server-side apply of `Recreate` is refused later.
    """
    if kind == "Recreate":
        return {"type": "Recreate"}
    return {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}}
