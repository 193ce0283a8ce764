"""Services: one address for the pods of a workload, or for anything else on the network."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, Literal

from attrs import field, frozen
from constructs import Construct

from t3afk_constructs import formats, inputs
from t3afk_constructs.checked import checked
from t3afk_constructs.cluster_chart import ChartNamespace, ChartPlatform, PlatformConstruct


def _target_port(value: object) -> str | None:
    return formats.port_name(value) if isinstance(value, str) else formats.port(value)


@frozen(field_transformer=inputs.checked_fields)
class ServicePort:
    """A port of a Service.

    Attributes:
        port: the Service's port.
        name: needed if the Service has several ports.
        target_port: the container's port, by number or name; default: `port`.
        protocol: `TCP`, `UDP` or `SCTP`.
        node_port: the port of the nodes; default: the API server chooses one if the type needs it.
    """

    port: formats.Port
    name: formats.DnsLabel | None = field(default=None, kw_only=True)
    target_port: Annotated[int | str, _target_port] | None = field(default=None, kw_only=True)
    protocol: Literal["TCP", "UDP", "SCTP"] = field(default="TCP", kw_only=True)
    node_port: formats.Port | None = field(default=None, kw_only=True)

    def rendered(self) -> dict[str, Any]:
        """The Service's port."""
        return {
            **({"name": self.name} if self.name else {}),
            "port": self.port,
            "targetPort": self.target_port or self.port,
            **({"protocol": self.protocol} if self.protocol != "TCP" else {}),
            **({"nodePort": self.node_port} if self.node_port else {}),
        }


ServiceType = Literal["ClusterIP", "LoadBalancer", "NodePort"]


def port_twice(ports: Sequence[ServicePort]) -> str | None:
    """The complaint about two ports of one number and protocol."""
    keys = [(each.port, each.protocol) for each in ports]
    twice = next((key for key in keys if keys.count(key) > 1), None)
    return twice and f"has the port {twice[0]} of {twice[1]} twice; leave one out"


def _ports(value: object) -> str | None:
    if complaint := inputs.every(inputs.instance_of(ServicePort), at_least=1)(value):
        return complaint
    ports = list(value) if isinstance(value, list | tuple) else []
    names = [port.name for port in ports]
    if len(ports) > 1 and None in names:
        return "has several ports, and one without a name; give each a name"
    if twice := next((name for name in names if names.count(name) > 1), None):
        return f"has the name {twice!r} twice; choose another name"
    return port_twice(ports)


ServicePorts = Annotated[Sequence[ServicePort], _ports]


def service_spec(
    ports: Sequence[ServicePort],
    *,
    selector: Mapping[str, str] | None,
    type: ServiceType = "ClusterIP",  # noqa: A002 (Kubernetes' word)
    fields: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A Service's `spec`."""
    return {
        "type": type,
        **({"selector": dict(selector)} if selector else {}),
        "ports": [port.rendered() for port in ports],
        **(fields or {}),
    }


class Service(PlatformConstruct):
    """One address for pods that labels select, or, without a selector, for the addresses of an EndpointSlice.

    A `WebService` has its own Service. Use this one for a second Service of its pods, such as a LoadBalancer, and for
    a Service without pods.

    Attributes:
        service: the Service.
        service_name: its name.
        service_ports: its ports, by number.
    """

    @checked
    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        name: formats.ServiceName,
        ports: ServicePorts,
        selector: formats.Labels | None = None,
        type: ServiceType = "ClusterIP",  # noqa: A002 (Kubernetes' word)
        headless: bool = False,
        load_balancer_ip: formats.Ipv4Address | None = None,
        external_traffic_policy: Literal["Cluster", "Local"] | None = None,
        labels: formats.Labels | None = None,
        annotations: formats.Annotations | None = None,
        namespace: ChartNamespace = None,
        platform: ChartPlatform = None,
    ) -> None:
        """Render the Service.

        Args:
            scope: the construct's parent.
            id: its id there.
            name: of the Service.
            ports: its ports.
            selector: the labels of its pods; default: no pods; create its EndpointSlice.
            type: `ClusterIP` is reachable inside the cluster, `LoadBalancer` and `NodePort` from outside.
            headless: whether DNS answers with the pods' addresses, and the Service has none.
            load_balancer_ip: the address that a LoadBalancer asks for; default: any of the pool. For MetalLB and
                others that read an annotation instead, use `annotations`.
            external_traffic_policy: `Local` keeps the client's address, and drops requests to nodes without a pod.
            labels: of the Service.
            annotations: of the Service.
            namespace: of the Service; default: the chart's.
            platform: the cluster's facts; default: the chart's.

        Raises:
            InputError: when the API server would refuse an input.
        """
        super().__init__(scope, id, namespace=namespace, platform=platform)
        inside = "is for a Service that is reachable from outside; pass type='LoadBalancer', or leave it out"
        outer = {"load_balancer_ip": load_balancer_ip, "external_traffic_policy": external_traffic_policy}
        refused = {key: (value, inside if value and type == "ClusterIP" else None) for key, value in outer.items()}
        node_ports = any(each.node_port for each in ports) and type == "ClusterIP"
        self._refuse(
            **refused,
            ports=(ports, f"contains a node_port, which {inside}" if node_ports else None),
            headless=(
                headless,
                "is for type='ClusterIP'; leave one of them out" if headless and type != "ClusterIP" else None,
            ),
        )
        self.name: Final = name
        self.ports: Final = tuple(ports)
        self.selector: Final = dict(selector or {})
        self.type: Final = type
        self.headless: Final = headless
        self.load_balancer_ip: Final = load_balancer_ip
        self.external_traffic_policy: Final = external_traffic_policy
        self.labels: Final = dict(labels or {})
        self.annotations: Final = dict(annotations or {})
        self.service_name: Final = name
        self.service_ports: Final = tuple(each.port for each in self.ports)
        self.service: Final = self._object(
            "Resource",
            "v1",
            "Service",
            name=name,
            labels=self.labels,
            annotations=self.annotations,
            spec=service_spec(
                self.ports,
                selector=self.selector,
                type=type,
                fields={
                    **({"clusterIP": "None"} if headless else {}),
                    **({"loadBalancerIP": load_balancer_ip} if load_balancer_ip else {}),
                    **({"externalTrafficPolicy": external_traffic_policy} if external_traffic_policy else {}),
                },
            ),
        )
