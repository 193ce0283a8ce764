"""Rules for references between objects: from an Ingress to its Service, from a Service to its pods and ports.

They compare the objects of one app. If the app renders no target at all, another stack may own it: no finding.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from t3afk_constructs.manifests import Plain, Pod, at, identity, mappings, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from t3afk_constructs.rules.rendered import Complaints, Rendered


def backends(ingress: Plain) -> Iterator[Plain]:
    """The Services of an Ingress, each with its name and port."""
    yield table(at(ingress, "spec", "defaultBackend", "service"))
    for rule in mappings(at(ingress, "spec", "rules")):
        for path in mappings(at(rule, "http", "paths")):
            yield table(at(path, "backend", "service"))


def ingress_service(rendered: Rendered) -> Complaints:
    """If the app renders Services with pods in an Ingress's namespace, it renders the Ingress's Service too."""
    for ingress in rendered.of_kind("Ingress", "networking.k8s.io/v1"):
        near = rendered.in_namespace(identity(ingress).namespace, "Service")
        for name in dict.fromkeys(str(backend.get("name")) for backend in backends(ingress) if backend):
            if name in near:
                continue
            if others := sorted(other for other, each in near.items() if at(each, "spec", "type") != "ExternalName"):
                message = (
                    f"its backend is the Service '{name}', but the app renders other Services in that namespace "
                    f"({', '.join(others)}); name one of them"
                )
                yield ingress, message


def ingress_port(rendered: Rendered) -> Complaints:
    """An Ingress's Service has the port that the Ingress names."""
    for ingress in rendered.of_kind("Ingress", "networking.k8s.io/v1"):
        near = rendered.in_namespace(identity(ingress).namespace, "Service")
        for backend in {str(backend): backend for backend in backends(ingress) if backend}.values():
            name = str(backend.get("name"))
            number, word = at(backend, "port", "number"), at(backend, "port", "name")
            ports = mappings(at(near.get(name), "spec", "ports"))
            if name in near and not any(p.get("port") == number or (word and p.get("name") == word) for p in ports):
                has = ", ".join(str(port.get("port")) for port in ports)
                asked = word if number is None else number
                way_out = f"which has {has}; name one of its ports" if has else "which has no ports; add it there"
                yield ingress, f"its backend is port {asked} of the Service '{name}', {way_out}"


def _selected(rendered: Rendered, service: Plain) -> tuple[list[Pod], list[Pod]]:
    """The pods that a Service selects, and all pods of its namespace."""
    selector = table(at(service, "spec", "selector"))
    namespace = identity(service).namespace
    return rendered.pods_in(namespace, selector), rendered.pods_in(namespace)


def service_selector(rendered: Rendered) -> Complaints:
    """If the app renders workloads in a Service's namespace, the Service selects some of them."""
    for service in rendered.of_kind("Service", "v1"):
        selector = table(at(service, "spec", "selector"))
        selected, near = _selected(rendered, service)
        if selector and near and not selected:
            labels = ", ".join(f"{key}={value}" for key, value in selector.items())
            message = f"its selector {labels} matches no workload of the app in that namespace; use the labels of a pod"
            yield service, message


def _port_names(pod: Pod) -> set[Any]:
    return {port.get("name") for container in pod.containers() for port in mappings(container.get("ports"))}


def service_target_port(rendered: Rendered) -> Complaints:
    """A named target port of a Service is a port of its pods."""
    for service in rendered.of_kind("Service", "v1"):
        if not at(service, "spec", "selector"):
            continue
        selected, _ = _selected(rendered, service)
        for port in mappings(at(service, "spec", "ports")):
            target = port.get("targetPort")
            if selected and isinstance(target, str) and not any(target in _port_names(pod) for pod in selected):
                yield service, f"its targetPort '{target}' is not a port name of its pods; name the container's port"
