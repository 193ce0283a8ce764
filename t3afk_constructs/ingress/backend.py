"""The Service behind an Ingress."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, Protocol

from constructs import Construct

from t3afk_constructs.ingress.sablier import Sablier

if TYPE_CHECKING:
    from collections.abc import Sequence

    import cdk8s_plus_27 as kplus


class ServiceFacts(NamedTuple):
    """Name, namespace and ports of a Service. The namespace None is the current one of the kubeconfig."""

    name: str
    namespace: str | None
    ports: tuple[int, ...]

    def out_of_reach(self, namespace: str) -> str | None:
        """The complaint about a Service in another namespace than its Ingress, or without a port."""
        if self.namespace not in (None, namespace):
            return (
                f"is in the namespace '{self.namespace}', but the Ingress is in '{namespace}' and reaches only "
                "Services of its own namespace; use one namespace for both"
            )
        return None if self.ports else f"has no port; pass port= to '{self.name}', or add a port to that Service"

    def other_name(self, given: str | None) -> str | None:
        """The complaint about another service_name."""
        right = given in (None, self.name)
        return (
            None if right else f"is not the name of the given service, which is '{self.name}'; leave service_name out"
        )

    def other_port(self, given: int | None) -> str | None:
        """The complaint about a port that the Service does not have."""
        if given is None or not self.ports or given in self.ports:
            return None
        return f"is not a port of the Service '{self.name}'; use {' or '.join(map(str, self.ports))}"


def _is_plus_service(value: object) -> bool:
    plus: Any = sys.modules.get("cdk8s_plus_27")  # whoever made a Service has loaded it
    return plus is not None and isinstance(value, plus.Service)


def _service(value: object) -> str | None:
    owns = isinstance(value, Construct) and all(
        hasattr(value, name) for name in ("service_name", "namespace", "service_ports")
    )
    if owns or _is_plus_service(value):
        return None
    return "is not a Service; pass a WebService, Service, T3Executor or kplus.Service, or its name as service_name"


if TYPE_CHECKING:

    class ServiceOwner(Protocol):
        """A construct with a Service, such as `WebService`."""

        @property
        def service_name(self) -> str:
            """The Service's name."""
            ...

        @property
        def namespace(self) -> str:
            """The Service's namespace."""
            ...

        @property
        def service_ports(self) -> Sequence[int]:
            """The Service's ports, the first one by default."""
            ...

    ServiceInput = kplus.Service | ServiceOwner
else:
    ServiceInput = Annotated[Any, _service]


def facts_of(service: ServiceInput) -> ServiceFacts:
    """Read name, namespace and ports of a Service."""
    given: Any = service
    if _is_plus_service(given):
        return ServiceFacts(given.name, given.metadata.namespace, tuple(int(each.port) for each in given.ports))
    return ServiceFacts(given.service_name, given.namespace, tuple(given.service_ports))


def scale_to_zero_of(service: ServiceInput | None) -> Sablier | None:
    """The setting of a service that scales to zero, or None."""
    setting = getattr(service, "scale_to_zero", None)
    return setting if isinstance(setting, Sablier) else None
