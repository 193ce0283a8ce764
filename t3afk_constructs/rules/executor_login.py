"""The rule that nobody reaches a T3 executor without a login: its agents run any code."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from t3afk_constructs.manifests import at, identity, table
from t3afk_constructs.rules.routes import routes
from t3afk_constructs.rules.single_writer import is_executor
from t3afk_constructs.traefik import LOGIN, reference

if TYPE_CHECKING:
    from t3afk_constructs.rules.rendered import Complaints, Rendered

_IN_CLUSTER = re.compile(r"([a-z0-9-]+)\.([a-z0-9-]+)(\.svc(\..+)?)?\.?")


def _leads_to_executor(rendered: Rendered, namespace: str | None, name: str) -> bool:
    service = rendered.in_namespace(namespace, "Service").get(name)
    target = _IN_CLUSTER.fullmatch(str(at(service, "spec", "externalName")))
    if target:
        namespace, service = target[2], rendered.in_namespace(target[2], "Service").get(target[1])
    selector = table(at(service, "spec", "selector"))
    return bool(selector) and any(map(is_executor, rendered.pods_in(namespace, selector)))


def executor_login(rendered: Rendered) -> Complaints:
    """An executor's host asks for a login, and its Service has no address outside of the cluster."""
    if rendered.platform is None or not any(map(is_executor, rendered.pods)):
        return
    login = reference(rendered.platform.traefik_namespace, LOGIN)
    for route in routes(rendered):
        for backend in route.backends:
            if login not in route.chain and _leads_to_executor(rendered, backend.namespace, backend.name):
                message = (
                    f"its route {route.rule} leads to an executor without the middleware '{login}', so strangers "
                    "reach agents that run any code; write auth='required'"
                )
                yield route.owner, message
    for service in rendered.of_kind("Service", "v1"):
        kind, who = at(service, "spec", "type"), identity(service)
        if kind in ("LoadBalancer", "NodePort") and _leads_to_executor(rendered, who.namespace, who.name):
            message = (
                f"its type {kind} opens an executor to the network without a login, and its agents run any code; "
                "use ClusterIP, and an IngressFactory in front"
            )
            yield service, message
