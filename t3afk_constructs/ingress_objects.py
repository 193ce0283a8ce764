"""The objects that an Ingress is made of, as plain values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from t3afk_constructs.api_objects import Manifest, manifest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from t3afk_constructs.dns_records import Record
    from t3afk_constructs.ingress_factory import IngressFactory


def manifests(
    factory: IngressFactory, middlewares: Mapping[str, Mapping[str, Any]], records: Sequence[Record]
) -> dict[str, Manifest]:
    """The objects of an Ingress by their ids below it.

    Args:
        factory: what was decided about it. Nothing of node is there yet.
        middlewares: the specs of its own Middlewares, by what stands before the Ingress's name in theirs.
        records: of its host.
    """
    return {
        "Resource": _ingress(factory),
        **(_middlewares(factory, middlewares) if middlewares else {}),
        **({"Dns": _dns_endpoint(factory, records)} if records else {}),
        **({"Service": _external_service(factory)} if factory.external_name else {}),
    }


def middleware_id(prefix: str) -> str:
    """The id of a Middleware of its own below an Ingress, by what stands before the Ingress's name."""
    return prefix.title().replace("-", "")


def _ingress(factory: IngressFactory) -> Manifest:
    backend = {"service": {"name": factory.service_name, "port": {"number": factory.port}}}
    paths = [{"path": path, "pathType": "ImplementationSpecific", "backend": backend} for path in factory.ingress_path]
    return manifest(
        "networking.k8s.io/v1",
        "Ingress",
        name=factory.name,
        namespace=factory.namespace,
        annotations=factory.annotations,
        spec={
            "ingressClassName": factory.platform.ingress_class,
            "tls": [{"hosts": [factory.full_host], "secretName": factory.tls_secret_name}],
            "rules": [{"host": factory.full_host, "http": {"paths": paths}}],
        },
    )


def _middlewares(factory: IngressFactory, specs: Mapping[str, Mapping[str, Any]]) -> dict[str, Manifest]:
    # Loaded where it is used: each assembly of bindings that node loads costs some 10 ms. Only the manifest is
    # theirs: an object of theirs drops the fields that a caller patches in and their schema does not know.
    from t3afk_constructs.imports.t3afk.io import traefik  # noqa: PLC0415

    return {
        middleware_id(prefix): traefik.Middleware.manifest(
            metadata={"name": f"{prefix}-{factory.name}", "namespace": factory.namespace}, spec=dict(spec)
        )
        for prefix, spec in specs.items()
    }


def _dns_endpoint(factory: IngressFactory, records: Sequence[Record]) -> Manifest:
    from t3afk_constructs.imports.t3afk.io.k8s import externaldns  # noqa: PLC0415 (as above)

    # jsii takes a mapping for a struct, but not inside a list.
    proxied = externaldns.DnsEndpointSpecEndpointsProviderSpecific
    word = factory.platform.dns.cloudflare_proxied_property
    endpoints = [
        externaldns.DnsEndpointSpecEndpoints(
            dns_name=factory.full_host,
            record_type=record.type,
            targets=[record.target],
            provider_specific=[proxied(name=word, value=str(record.proxied).lower())],
        )
        for record in records
    ]
    rendered: Manifest = externaldns.DnsEndpoint.manifest(
        metadata={"name": factory.name, "namespace": factory.namespace}, spec={"endpoints": endpoints}
    )
    return rendered


def _external_service(factory: IngressFactory) -> Manifest:
    port = {"name": f"{factory.name}-web", "port": factory.port, "protocol": "TCP", "targetPort": factory.port}
    return manifest(
        "v1",
        "Service",
        name=factory.name,
        namespace=factory.namespace,
        labels={"app": factory.name},
        spec={"type": "ExternalName", "externalName": factory.external_name, "ports": [port]},
    )
