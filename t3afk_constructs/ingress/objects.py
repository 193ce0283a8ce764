"""The objects of an Ingress, as plain values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from t3afk_constructs.objects import manifest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from t3afk_constructs.ingress.dns import Record


def ingress(
    *,
    name: str,
    namespace: str,
    annotations: Mapping[str, str],
    ingress_class: str,
    host: str,
    tls_secret_name: str,
    paths: Sequence[str],
    service_name: str,
    port: int,
) -> dict[str, Any]:
    """The Ingress: one host over TLS, with some paths to one Service."""
    backend = {"service": {"name": service_name, "port": {"number": port}}}
    return manifest(
        "networking.k8s.io/v1",
        "Ingress",
        name=name,
        namespace=namespace,
        annotations=annotations,
        spec={
            "ingressClassName": ingress_class,
            "tls": [{"hosts": [host], "secretName": tls_secret_name}],
            "rules": [
                {
                    "host": host,
                    "http": {
                        "paths": [
                            {"path": path, "pathType": "ImplementationSpecific", "backend": backend} for path in paths
                        ]
                    },
                }
            ],
        },
    )


def middleware(*, name: str, namespace: str, spec: Mapping[str, Any]) -> dict[str, Any]:
    """A Middleware of Traefik."""
    return manifest("traefik.io/v1alpha1", "Middleware", name=name, namespace=namespace, spec=spec)


def dns_endpoint(
    *, name: str, namespace: str, host: str, records: Sequence[Record], proxied_property: str
) -> dict[str, Any]:
    """The DNS records of a host, for external-dns."""
    return manifest(
        "externaldns.k8s.io/v1alpha1",
        "DNSEndpoint",
        name=name,
        namespace=namespace,
        spec={
            "endpoints": [
                {
                    "dnsName": host,
                    "recordType": record.type,
                    "targets": [record.target],
                    "providerSpecific": [{"name": proxied_property, "value": str(record.proxied).lower()}],
                }
                for record in records
            ]
        },
    )


def external_service(*, name: str, namespace: str, external_name: str, port: int) -> dict[str, Any]:
    """An ExternalName Service."""
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
