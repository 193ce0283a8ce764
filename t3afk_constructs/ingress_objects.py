"""The objects that an Ingress is made of, from what was decided about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from t3afk_constructs.api_object import api_object

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cdk8s import ApiObject
    from constructs import Construct

    from t3afk_constructs.dns_records import Record
    from t3afk_constructs.platform import Platform


def ingress(
    scope: Construct,
    *,
    platform: Platform,
    namespace: str,
    name: str,
    host: str,
    tls_secret_name: str,
    paths: Sequence[str],
    service_name: str,
    port: int,
    annotations: Mapping[str, str],
) -> ApiObject:
    """The Ingress: one host, served over TLS, with all its paths to one Service."""
    backend = {"service": {"name": service_name, "port": {"number": port}}}
    rules = [{"path": path, "pathType": "ImplementationSpecific", "backend": backend} for path in paths]
    return api_object(
        scope,
        "Resource",
        platform=platform,
        api_version="networking.k8s.io/v1",
        kind="Ingress",
        name=name,
        namespace=namespace,
        annotations=annotations,
        spec={
            "ingressClassName": platform.ingress_class,
            "tls": [{"hosts": [host], "secretName": tls_secret_name}],
            "rules": [{"host": host, "http": {"paths": rules}}],
        },
    )


def own_middlewares(
    scope: Construct, *, platform: Platform, namespace: str, name: str, specs: Mapping[str, Mapping[str, Any]]
) -> dict[str, ApiObject]:
    """The Middlewares of one Ingress, each named by what stands before the Ingress's name."""
    if not specs:
        return {}
    # Loaded where it is used: each assembly of bindings that node loads costs some 10 ms. Only the manifest is taken
    # from them: an object of theirs drops the fields that a caller patches in and their schema does not know.
    from t3afk_constructs.imports.t3afk.io import traefik  # noqa: PLC0415

    return {
        prefix: api_object(
            scope,
            prefix.title().replace("-", ""),
            platform=platform,
            api_version="traefik.io/v1alpha1",
            kind="Middleware",
            name=f"{prefix}-{name}",
            namespace=namespace,
            spec=traefik.Middleware.manifest(spec=spec)["spec"],
        )
        for prefix, spec in specs.items()
    }


def dns_endpoint(
    scope: Construct, *, platform: Platform, namespace: str, name: str, host: str, records: Sequence[Record]
) -> ApiObject:
    """The records of a host, as external-dns reads them."""
    from t3afk_constructs.imports.t3afk.io.k8s import externaldns  # noqa: PLC0415 (as above)

    # jsii takes a mapping for a struct, but not inside a list.
    proxied = externaldns.DnsEndpointSpecEndpointsProviderSpecific
    endpoints = [
        externaldns.DnsEndpointSpecEndpoints(
            dns_name=host,
            record_type=record.type,
            targets=[record.target],
            provider_specific=[
                proxied(name=platform.dns.cloudflare_proxied_property, value=str(record.proxied).lower())
            ],
        )
        for record in records
    ]
    return api_object(
        scope,
        "Dns",
        platform=platform,
        api_version="externaldns.k8s.io/v1alpha1",
        kind="DNSEndpoint",
        name=name,
        namespace=namespace,
        spec=externaldns.DnsEndpoint.manifest(spec={"endpoints": endpoints})["spec"],
    )


def external_service(
    scope: Construct, *, platform: Platform, namespace: str, name: str, external_name: str, port: int
) -> ApiObject:
    """A Service that stands for a host name elsewhere."""
    return api_object(
        scope,
        "Service",
        platform=platform,
        api_version="v1",
        kind="Service",
        name=name,
        namespace=namespace,
        labels={"app": name},
        spec={
            "type": "ExternalName",
            "externalName": external_name,
            "ports": [{"name": f"{name}-web", "port": port, "protocol": "TCP", "targetPort": port}],
        },
    )
