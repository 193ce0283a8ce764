"""Rules for names that one object gives of another: an Ingress's Service, a Service's pods and ports.

Only what is rendered together is compared: another stack may own the other end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from t3afk_constructs.guardrails.finding import identity
from t3afk_constructs.guardrails.manifests import Manifest, Pod, Rendered, at, mappings, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from t3afk_constructs.guardrails.manifests import Complaints


def _backends(ingress: Manifest) -> Iterator[Manifest]:
    yield table(at(ingress, "spec", "defaultBackend", "service"))
    for rule in mappings(at(ingress, "spec", "rules")):
        for path in mappings(at(rule, "http", "paths")):
            yield table(at(path, "backend", "service"))


def ingress_service(rendered: Rendered) -> Complaints:
    """An Ingress's Service is one of those that are rendered in its namespace, where some are."""
    for ingress in rendered.of_kind("Ingress", "networking.k8s.io/v1"):
        near = rendered.in_namespace(identity(ingress).namespace, "Service")
        for name in dict.fromkeys(str(backend.get("name")) for backend in _backends(ingress) if backend):
            if near and name not in near:
                yield (
                    ingress,
                    (
                        f"its backend is the Service '{name}', and of those rendered in its namespace "
                        f"({', '.join(sorted(near))}) none has that name; name one of them"
                    ),
                )


def ingress_port(rendered: Rendered) -> Complaints:
    """A Service that an Ingress names has the port that the Ingress names."""
    for ingress in rendered.of_kind("Ingress", "networking.k8s.io/v1"):
        near = rendered.in_namespace(identity(ingress).namespace, "Service")
        for backend in {str(backend): backend for backend in _backends(ingress) if backend}.values():
            name = str(backend.get("name"))
            number, word = at(backend, "port", "number"), at(backend, "port", "name")
            ports = mappings(at(near.get(name), "spec", "ports"))
            if name in near and not any(p.get("port") == number or (word and p.get("name") == word) for p in ports):
                there = ", ".join(str(port.get("port")) for port in ports) or "no port"
                asked = word if number is None else number
                yield ingress, f"its backend is port {asked} of the Service '{name}', which has {there}; name that"


def _selected(rendered: Rendered, service: Manifest) -> tuple[list[Pod], list[Pod]]:
    """The pods that a Service selects, and all in its namespace."""
    selector = table(at(service, "spec", "selector"))
    namespace = identity(service).namespace
    return rendered.pods_with(namespace, selector), rendered.pods_in(namespace)


def service_selector(rendered: Rendered) -> Complaints:
    """A Service selects pods of a workload that is rendered with it."""
    for service in rendered.of_kind("Service", "v1"):
        selector = table(at(service, "spec", "selector"))
        selected, near = _selected(rendered, service)
        if selector and near and not selected:
            labels = ", ".join(f"{key}={value}" for key, value in selector.items())
            yield (
                service,
                (
                    f"its selector {labels} matches none of the workloads that are rendered in its namespace; "
                    "take the labels of one of their pods"
                ),
            )


def _port_names(pod: Pod) -> set[Any]:
    return {port.get("name") for container in pod.containers() for port in mappings(container.get("ports"))}


def service_target_port(rendered: Rendered) -> Complaints:
    """A target port that a Service gives by name is a port of the pods that it selects."""
    for service in rendered.of_kind("Service", "v1"):
        if not at(service, "spec", "selector"):
            continue
        selected, _ = _selected(rendered, service)
        for port in mappings(at(service, "spec", "ports")):
            target = port.get("targetPort")
            if selected and isinstance(target, str) and not any(target in _port_names(pod) for pod in selected):
                yield service, f"its targetPort '{target}' is no port's name of the pods that it selects; name the port"
