"""Rules for the names that Traefik gives to routes, Services and Middlewares.

It joins namespace and name by '-', so two objects may get one name. It then keeps one of them, by chance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from t3afk_constructs.manifests import identity
from t3afk_constructs.rules.middlewares import shared_by_reference
from t3afk_constructs.rules.routes import CRD, Route, routes
from t3afk_constructs.traefik import normalized, reference

if TYPE_CHECKING:
    from t3afk_constructs.manifests import Plain
    from t3afk_constructs.rules.rendered import Complaints, Rendered


def traefik_names(rendered: Rendered) -> Complaints:
    """Each route, Service and Middleware has a name of its own in Traefik."""
    named: dict[Any, Route] = {}
    for route in routes(rendered):
        first = named.setdefault(route.name, route)
        if first.owner is not route.owner or first.backends != route.backends:
            message = (
                f"its route {route.rule} has the name '{route.name[1]}' in Traefik, as {first.rule} of "
                f"{identity(first.owner)} has: one of the two does not exist; choose another name, host or path"
            )
            yield route.owner, message
    services: dict[Any, Any] = {}
    for route in routes(rendered):
        for backend in route.backends:
            name = normalized("-".join((backend.namespace or "default", *backend[1:])))
            other = services.setdefault((route.name[0], name), backend)
            if other != backend:
                message = (
                    f"its Service '{backend.namespace}/{backend.name}' with port {backend.port} has the name "
                    f"'{name}' in Traefik, as '{other.namespace}/{other.name}' with port {other.port} has: both "
                    "hosts lead to one of the two; rename a Service"
                )
                yield route.owner, message
    middlewares: dict[str, Plain] = {}
    for middleware in rendered.of_kind("Middleware", CRD):
        who = identity(middleware)
        name = reference(who.namespace or "default", who.name)
        other = middlewares.setdefault(name, middleware)
        if identity(other) != who:
            message = (
                f"it has the name '{name}' in Traefik, as {identity(other)} has: one of the two does not exist; "
                "rename one"
            )
            yield middleware, message


def shared_names(rendered: Rendered) -> Complaints:
    """No Middleware has the name of a shared one in Traefik."""
    shared = shared_by_reference(rendered.platform) if rendered.platform else {}
    for middleware in rendered.of_kind("Middleware", CRD):
        who = identity(middleware)
        name = reference(who.namespace or "default", who.name)
        if name in shared:
            message = (
                f"it has the name '{name}' in Traefik, which is the shared middleware '{shared[name]}' of all "
                "hosts; choose another name, or silence this rule in the chart that owns the shared one"
            )
            yield middleware, message
