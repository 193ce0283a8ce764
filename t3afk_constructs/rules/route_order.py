"""Rules for routes of Traefik that match the same requests."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations
from typing import TYPE_CHECKING

from t3afk_constructs.manifests import identity
from t3afk_constructs.rules.routes import Route, routes
from t3afk_constructs.traefik import LOGIN, reference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from t3afk_constructs.rules.rendered import Complaints, Rendered


def _pairs(rendered: Rendered) -> Iterator[tuple[Route, Route]]:
    """The pairs of routes that may match the same host."""
    by_host: dict[str, list[int]] = defaultdict(list)
    broad = []
    found = routes(rendered)
    for index, route in enumerate(found):
        hosts = {each.host for each in route.matches}
        if all(host.kind == "exact" for host in hosts):
            for host in sorted(hosts):
                by_host[host.text].append(index)
        elif hosts:
            broad.append(index)
    pairs = {pair for near in by_host.values() for pair in combinations(near, 2)}
    pairs |= {(min(one, two), max(one, two)) for one in broad for two in range(len(found)) if one != two}
    for one, two in sorted(pairs):
        if (
            not found[one].entry_points
            or not found[two].entry_points
            or found[one].entry_points & found[two].entry_points
        ):
            yield found[one], found[two]


def _outranks(one: Route, two: Route) -> bool:
    return any(mine > other for mine, other in zip(one.ranks, two.ranks, strict=True))


def _ties(one: Route, two: Route) -> bool:
    same = any(mine == other for mine, other in zip(one.ranks, two.ranks, strict=True))
    return same and any(a.overlaps(b) for a in one.matches for b in two.matches)


def _hides(one: Route, two: Route) -> bool:
    """Whether a route takes all requests of an alternative of another one."""
    return _outranks(one, two) and any(a.covers(b) for a in one.matches for b in two.matches)


def _opens(one: Route, two: Route, login: str) -> bool:
    """Whether a route for more hosts takes requests from the login of a route for fewer."""
    return (
        login in two.chain
        and login not in one.chain
        and _outranks(one, two)
        and any(
            a.overlaps(b) and a.host.covers(b.host) and not b.host.covers(a.host)
            for a in one.matches
            for b in two.matches
        )
    )


def _login(rendered: Rendered) -> str:
    """Traefik's name for the login; empty if the platform is unknown."""
    return reference(rendered.platform.traefik_namespace, LOGIN) if rendered.platform else ""


def _shown(route: Route) -> str:
    return f"{route.rule} of {identity(route.owner)}"


_RANKS = "Traefik ranks routes by priority, or else by the length of the rule"


def route_order(rendered: Rendered) -> Complaints:
    """No route takes the requests of another one with other middlewares."""
    login = _login(rendered)
    for pair in _pairs(rendered):
        one, two = pair
        if one.chain == two.chain:
            continue
        if _ties(one, two):
            message = (
                f"its route {two.rule} and {_shown(one)} have the same rank and different middlewares, so Traefik "
                "picks one of them by chance at each reload; give them the same middlewares, or different paths"
            )
            yield two.owner, message
            continue
        for first, second in (pair, pair[::-1]):
            ranks = f"{_RANKS} ({max(first.ranks)} and {min(second.ranks)})"
            if _hides(first, second):
                message = (
                    f"its route {first.rule} takes every request of {_shown(second)}, whose middlewares then never "
                    f"run: {ranks}; set a lower router.priority, or a narrower host or path"
                )
                yield first.owner, message
            elif _opens(first, second, login):
                message = (
                    f"its route {first.rule} has no login and takes requests of {_shown(second)}, which has one: "
                    f"{ranks}; set a lower router.priority, or a narrower host"
                )
                yield first.owner, message


def open_prefix(rendered: Rendered) -> Complaints:
    """No path without login begins a path with login in the middle of a word."""
    login = _login(rendered)
    for pair in _pairs(rendered):
        for one, two in (pair, pair[::-1]):
            if login in one.chain or login not in two.chain:
                continue
            for a, b in ((a, b) for a in one.matches for b in two.matches):
                rest = b.path.text.removeprefix(a.path.text)
                if (
                    a.overlaps(b)
                    and a.path.kind == "prefix"
                    and b.path.kind in ("prefix", "exact")
                    and not (a.path.text.endswith("/") or rest.startswith("/") or rest in ("", b.path.text))
                ):
                    message = (
                        f"its path '{a.path.text}' without login is a prefix, so it also opens paths such as "
                        f"'{a.path.text}-…' beside '{b.path.text}' of {identity(two.owner)}, which needs a login; "
                        f"write '{a.path.text}/' to open the folder alone"
                    )
                    yield one.owner, message
