"""The objects that an Ingress is made of, from what was decided about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from t3afk_constructs.api_objects import Manifest, manifest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from t3afk_constructs.dns_records import Record


def ingress(
    *,
    namespace: str,
    name: str,
    ingress_class: str,
    host: str,
    tls_secret_name: str,
    paths: Sequence[str],
    service_name: str,
    port: int,
    annotations: Mapping[str, str],
) -> Manifest:
    """The Ingress: one host, served over TLS, with all its paths to one Service."""
    backend = {"service": {"name": service_name, "port": {"number": port}}}
    rules = [{"path": path, "pathType": "ImplementationSpecific", "backend": backend} for path in paths]
    return manifest(
        "networking.k8s.io/v1",
        "Ingress",
        name=name,
        namespace=namespace,
        annotations=annotations,
        spec={
            "ingressClassName": ingress_class,
            "tls": [{"hosts": [host], "secretName": tls_secret_name}],
            "rules": [{"host": host, "http": {"paths": rules}}],
        },
    )


def middleware_id(prefix: str) -> str:
    """The id of an Ingress's own Middleware below it, by what stands before the Ingress's name."""
    return prefix.title().replace("-", "")


def own_middlewares(*, namespace: str, name: str, specs: Mapping[str, Mapping[str, Any]]) -> dict[str, Manifest]:
    """The Middlewares of one Ingress, by their ids."""
    if not specs:
        return {}
    # Loaded where it is used: each assembly of bindings that node loads costs some 10 ms. Only the spec is taken from
    # them: an object of theirs drops the fields that a caller patches in and their schema does not know.
    from t3afk_constructs.imports.t3afk.io import traefik  # noqa: PLC0415

    return {
        middleware_id(prefix): manifest(
            "traefik.io/v1alpha1",
            "Middleware",
            name=f"{prefix}-{name}",
            namespace=namespace,
            spec=traefik.Middleware.manifest(spec=spec)["spec"],
        )
        for prefix, spec in specs.items()
    }


def dns_endpoint(*, namespace: str, name: str, host: str, records: Sequence[Record], proxied_property: str) -> Manifest:
    """The records of a host, as external-dns reads them; `proxied_property` is its word for Cloudflare's proxy."""
    from t3afk_constructs.imports.t3afk.io.k8s import externaldns  # noqa: PLC0415 (as above)

    # jsii takes a mapping for a struct, but not inside a list.
    proxied = externaldns.DnsEndpointSpecEndpointsProviderSpecific
    endpoints = [
        externaldns.DnsEndpointSpecEndpoints(
            dns_name=host,
            record_type=record.type,
            targets=[record.target],
            provider_specific=[proxied(name=proxied_property, value=str(record.proxied).lower())],
        )
        for record in records
    ]
    return manifest(
        "externaldns.k8s.io/v1alpha1",
        "DNSEndpoint",
        name=name,
        namespace=namespace,
        spec=externaldns.DnsEndpoint.manifest(spec={"endpoints": endpoints})["spec"],
    )


def external_service(*, namespace: str, name: str, external_name: str, port: int) -> Manifest:
    """A Service that stands for a host name elsewhere."""
    return manifest(
        "v1",
        "Service",
        name=name,
        namespace=namespace,
        labels={"app": name},
        spec={
            "type": "ExternalName",
            "externalName": external_name,
            "ports": [{"name": f"{name}-web", "port": port, "protocol": "TCP", "targetPort": port}],
        },
    )
