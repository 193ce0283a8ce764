"""The routes of Traefik that Ingresses and IngressRoutes make, as its Kubernetes providers read them.

https://doc.traefik.io/traefik/reference/routing-configuration/kubernetes/ingress/
https://doc.traefik.io/traefik/reference/routing-configuration/kubernetes/crd/http/ingressroute/
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, NamedTuple

from t3afk_constructs.manifests import Plain, at, identity, mappings, table
from t3afk_constructs.rules.matches import Match, alternatives
from t3afk_constructs.rules.middlewares import chain_of, flattened, middlewares_by_reference, named
from t3afk_constructs.traefik import normalized, option_complaint, router_options

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from t3afk_constructs.rules.rendered import Rendered

    _Grouped = Mapping[tuple[str | None, str], Plain]  # the TraefikServices by namespace and name

CRD = "traefik.io/v1alpha1"


class Backend(NamedTuple):
    """A Service behind a route."""

    namespace: str | None
    name: str
    port: str


class Route(NamedTuple):
    """A router of Traefik.

    Attributes:
        owner: the Ingress, IngressRoute or IngressRouteTCP.
        name: the router's name in Traefik. Of two routers with one name, Traefik keeps one.
        rule: the requests, in Traefik's language.
        matches: the same as alternatives.
        ranks: the priority or the rule's length, for the rules of Traefik until 3.6 and from 3.7 on: the largest wins.
        chain: the middlewares by Traefik's names, without those of the kind `chain`, which stand for others.
        entry_points: the names of its entry points; empty for all.
        backends: the Services.
    """

    owner: Plain
    name: tuple[str, ...]
    rule: str
    matches: tuple[Match, ...]
    ranks: tuple[float, float]
    chain: tuple[str, ...]
    entry_points: frozenset[str]
    backends: tuple[Backend, ...]


def routes(rendered: Rendered) -> list[Route]:
    """All routes of the app."""
    return rendered.once(_read)


def _read(rendered: Rendered) -> list[Route]:
    known = middlewares_by_reference(rendered)
    grouped = {identity(each)[2:]: each for each in rendered.of_kind("TraefikService", CRD)}
    found = [
        *(route for ingress in rendered.of_kind("Ingress", "networking.k8s.io/v1") for route in _of_ingress(ingress)),
        *(route for crd in rendered.of_kind("IngressRoute", CRD) for route in _of_route(crd, grouped)),
        *(route for crd in rendered.of_kind("IngressRouteTCP", CRD) for route in _of_tcp_route(crd, grouped)),
    ]
    mine = rendered.platform.ingress_class if rendered.platform else None
    return [
        route._replace(chain=flattened(route.chain, known))
        for route in found
        if mine is None or _ingress_class(route.owner) in (None, mine)
    ]


def _ingress_class(owner: Plain) -> object:
    annotated = at(owner, "metadata", "annotations", "kubernetes.io/ingress.class")
    return at(owner, "spec", "ingressClassName") or annotated


_MATCHERS = {"Exact": "Path", "Prefix": "PathPrefix"}
_LAST = -(2**31)  # the priority of a default backend


def _of_ingress(ingress: Plain) -> Iterator[Route]:
    options = router_options(table(at(ingress, "metadata", "annotations")))
    written = options.get("priority", "0")
    priority = 0 if option_complaint("priority", written) else int(written)
    who = identity(ingress)

    def route(name: str, rule: str, ranks: tuple[int, int], backend: object) -> Route:
        service = table(at(backend, "service"))
        port = at(service, "port", "name") or at(service, "port", "number")
        return Route(
            owner=ingress,
            name=("Ingress", name),
            rule=rule,
            matches=alternatives(rule),
            ranks=ranks,
            chain=tuple(chain_of(ingress)),
            entry_points=frozenset(filter(None, map(str.strip, options.get("entrypoints", "").split(",")))),
            backends=(Backend(who.namespace, str(service.get("name")), str(port)),),
        )

    if not at(ingress, "spec", "rules") and (backend := at(ingress, "spec", "defaultBackend")):
        yield route("default-router", "PathPrefix(`/`)", (_LAST, _LAST), backend)
    found = []
    for host, path in _paths(ingress):
        matcher = _MATCHERS.get(str(path.get("pathType")), options.get("pathmatcher", "PathPrefix"))
        where = str(path.get("path") or "")
        rule, lengths = _rule(host, matcher, where)
        name = normalized(f"{who.namespace or 'default'}-{who.name}-{host}{where}")
        found.append(route(name, rule, (priority, priority) if priority else lengths, path.get("backend")))
    names = [each.name for each in found]
    for each in found:  # Traefik adds a hash of the rule where one Ingress has a name twice
        yield each._replace(name=(*each.name, each.rule)) if names.count(each.name) > 1 else each


def _paths(ingress: Plain) -> Iterator[tuple[str, Plain]]:
    for rule in mappings(at(ingress, "spec", "rules")):
        for path in mappings(at(rule, "http", "paths")):
            yield str(rule.get("host") or ""), path


def _rule(host: str, matcher: str, path: str) -> tuple[str, tuple[int, int]]:
    """The rule of a path of an Ingress, and its lengths until Traefik 3.6 and from 3.7 on."""
    hosts, old_hosts = [f"Host({_quoted(host)})"] * bool(host), [f"Host(`{host}`)"] * bool(host)
    if host.startswith("*."):  # a regular expression until 3.6, whose length wins over each single host
        suffix = host[1:].replace(".", r"\.")
        old_hosts = [f"HostRegexp(`^[a-zA-Z0-9-]+{suffix}$`)"]
    rule = " && ".join([*hosts, *[f"{matcher}({_quoted(path)})"] * bool(path)])
    old = " && ".join([*old_hosts, *[f"{matcher}(`{path}`)"] * bool(path)])
    return rule, (len(old.encode()), len(rule.encode()))


def _quoted(text: str) -> str:
    """Text as Traefik 3.7 quotes it, or in backticks if that is as long: easier to read."""
    quoted = json.dumps(text, ensure_ascii=False)
    return f"`{text}`" if quoted == f'"{text}"' and "`" not in text else quoted


def _of_route(crd: Plain, grouped: _Grouped) -> Iterator[Route]:
    who = identity(crd)
    namespace = who.namespace or "default"
    for route in mappings(at(crd, "spec", "routes")):
        rule = str(route.get("match") or "")
        priority = route.get("priority")
        rank = priority if isinstance(priority, int) and priority else len(rule.encode())
        yield Route(
            owner=crd,
            name=("IngressRoute", normalized(f"{namespace}-{who.name}"), rule),
            rule=rule,
            # A child route gets the requests that its parent passes on.
            matches=() if at(crd, "spec", "parentRefs") else alternatives(rule),
            ranks=(rank, rank),
            chain=tuple(named(each, namespace) for each in mappings(route.get("middlewares"))),
            entry_points=_entry_points(crd),
            backends=tuple(_backends(route.get("services"), who.namespace, grouped)),
        )


def _of_tcp_route(crd: Plain, grouped: _Grouped) -> Iterator[Route]:
    who = identity(crd)
    for route in mappings(at(crd, "spec", "routes")):
        rule = str(route.get("match") or "")
        yield Route(
            owner=crd,
            name=("IngressRouteTCP", normalized(f"{who.namespace or 'default'}-{who.name}"), rule),
            rule=rule,
            # The rule for all names comes after the hosts of HTTP.
            matches=tuple(each for each in alternatives(rule) if each.host.kind != "any"),
            ranks=(math.inf, math.inf),  # TCP comes before HTTP
            chain=(),
            entry_points=_entry_points(crd),
            backends=tuple(_backends(route.get("services"), who.namespace, grouped)),
        )


def _entry_points(crd: Plain) -> frozenset[str]:
    listed: Any = at(crd, "spec", "entryPoints")
    return frozenset(map(str, listed if isinstance(listed, list) else ()))


def _backends(value: object, namespace: str | None, grouped: _Grouped) -> Iterator[Backend]:
    """The Services in a list or mapping of an IngressRoute, those of its TraefikServices included."""
    service = table(value)
    inner = [each for key, each in service.items() if key != "sticky"]  # a cookie has a name too
    for each in value if isinstance(value, list) else inner:
        yield from _backends(each, namespace, grouped)
    if "name" not in service:
        return
    where, name = service.get("namespace") or namespace, str(service["name"])
    if service.get("kind") == "TraefikService":
        rest = {key: each for key, each in grouped.items() if key != (where, name)}  # one may name itself
        yield from _backends(at(grouped.get((where, name)), "spec"), where, rest)
    else:
        yield Backend(where, name, str(service.get("port")))
