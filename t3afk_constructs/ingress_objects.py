"""The objects that an Ingress is made of, as plain values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from t3afk_constructs.api_objects import Manifest, manifest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from t3afk_constructs.dns_records import Record
    from t3afk_constructs.ingress_factory import IngressFactory


def manifests(
    made: IngressFactory, middlewares: Mapping[str, Mapping[str, Any]], records: Sequence[Record]
) -> dict[str, Manifest]:
    """The objects of an Ingress by their ids below it.

    Args:
        made: what was decided about it.
        middlewares: the specs of its own Middlewares, by what stands before the Ingress's name in theirs.
        records: of its host.
    """
    return {
        "Resource": _ingress(made),
        **(_middlewares(made, middlewares) if middlewares else {}),
        **({"Dns": _dns_endpoint(made, records)} if records else {}),
        **({"Service": _external_service(made)} if made.external_name else {}),
    }


def middleware_id(prefix: str) -> str:
    """The id of a Middleware of its own below an Ingress, by what stands before the Ingress's name."""
    return prefix.title().replace("-", "")


def _ingress(made: IngressFactory) -> Manifest:
    backend = {"service": {"name": made.service_name, "port": {"number": made.port}}}
    paths = [{"path": path, "pathType": "ImplementationSpecific", "backend": backend} for path in made.ingress_path]
    return manifest(
        "networking.k8s.io/v1",
        "Ingress",
        name=made.name,
        namespace=made.namespace,
        annotations=made.annotations,
        spec={
            "ingressClassName": made.platform.ingress_class,
            "tls": [{"hosts": [made.full_host], "secretName": made.tls_secret_name}],
            "rules": [{"host": made.full_host, "http": {"paths": paths}}],
        },
    )


def _middlewares(made: IngressFactory, specs: Mapping[str, Mapping[str, Any]]) -> dict[str, Manifest]:
    # Loaded where it is used: each assembly of bindings that node loads costs some 10 ms. Only the spec is taken from
    # them: an object of theirs drops the fields that a caller patches in and their schema does not know.
    from t3afk_constructs.imports.t3afk.io import traefik  # noqa: PLC0415

    return {
        middleware_id(prefix): manifest(
            "traefik.io/v1alpha1",
            "Middleware",
            name=f"{prefix}-{made.name}",
            namespace=made.namespace,
            spec=traefik.Middleware.manifest(spec=spec)["spec"],
        )
        for prefix, spec in specs.items()
    }


def _dns_endpoint(made: IngressFactory, records: Sequence[Record]) -> Manifest:
    from t3afk_constructs.imports.t3afk.io.k8s import externaldns  # noqa: PLC0415 (as above)

    # jsii takes a mapping for a struct, but not inside a list.
    proxied = externaldns.DnsEndpointSpecEndpointsProviderSpecific
    word = made.platform.dns.cloudflare_proxied_property
    endpoints = [
        externaldns.DnsEndpointSpecEndpoints(
            dns_name=made.full_host,
            record_type=record.type,
            targets=[record.target],
            provider_specific=[proxied(name=word, value=str(record.proxied).lower())],
        )
        for record in records
    ]
    return manifest(
        "externaldns.k8s.io/v1alpha1",
        "DNSEndpoint",
        name=made.name,
        namespace=made.namespace,
        spec=externaldns.DnsEndpoint.manifest(spec={"endpoints": endpoints})["spec"],
    )


def _external_service(made: IngressFactory) -> Manifest:
    port = {"name": f"{made.name}-web", "port": made.port, "protocol": "TCP", "targetPort": made.port}
    return manifest(
        "v1",
        "Service",
        name=made.name,
        namespace=made.namespace,
        labels={"app": made.name},
        spec={"type": "ExternalName", "externalName": made.external_name, "ports": [port]},
    )
