"""Plain Ingresses, IngressRoutes and Middlewares for the tests of the rules."""

from typing import Any

from plain import Manifest, thing

from t3afk_constructs.traefik import MIDDLEWARES

LOGIN = "traefik-authentik-forward-auth@kubernetescrd"
OPEN = "traefik-retry@kubernetescrd"
RETRY, AUTH = "traefik/retry", "traefik/authentik-forward-auth"
_OPTION = "traefik.ingress.kubernetes.io/router."


def host(
    host: str | None = "a.d.me",
    path: str | None = "/",
    chain: str = OPEN,
    *,
    name: str = "one",
    namespace: str = "ns",
    backend: str = "app",
    kind: str = "ImplementationSpecific",
    spec: Manifest | None = None,
    **options: str,
) -> Manifest:
    """An Ingress with one path."""
    service = {"service": {"name": backend, "port": {"number": 80}}}
    paths = [{"path": path, "pathType": kind, "backend": service}]
    made = thing("Ingress", "networking.k8s.io/v1", spec={"rules": [{"host": host, "http": {"paths": paths}}]})
    made["spec"] |= spec or {}
    annotations = {MIDDLEWARES: chain, **{f"{_OPTION}{option}": value for option, value in options.items()}}
    made["metadata"] = {"name": name, "namespace": namespace, "annotations": annotations}
    return made


def default_backend(name: str) -> Manifest:
    service = {"service": {"name": "app", "port": {"number": 80}}}
    return thing("Ingress", "networking.k8s.io/v1", name, spec={"defaultBackend": service})


def gated(*where: str | None, **more: Any) -> Manifest:
    return host(*where, chain=LOGIN, **{"name": "gated"} | more)


def route(
    match: str, *middlewares: str, kind: str = "IngressRoute", entry: list[str] | None = None, **fields: Any
) -> Manifest:
    """An IngressRoute with one rule. A middleware is NAMESPACE/NAME."""
    listed = [dict(zip(("namespace", "name"), each.split("/"), strict=True)) for each in middlewares]
    each = {"match": match, "kind": "Rule", "middlewares": listed, "services": [{"name": "app", "port": 80}]} | fields
    spec = {"routes": [each]} | ({"entryPoints": entry} if entry else {})
    return thing(kind, "traefik.io/v1alpha1", "route", spec=spec)


def middleware(name: str, namespace: str) -> Manifest:
    return thing("Middleware", "traefik.io/v1alpha1", spec={}) | {"metadata": {"name": name, "namespace": namespace}}
