"""Rules for the middlewares of an Ingress."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from t3afk_constructs.manifests import Plain, at, identity, mappings, table
from t3afk_constructs.traefik import SHARED_MIDDLEWARES, reference, router_options

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from t3afk_constructs.platform import Platform
    from t3afk_constructs.rules.rendered import Complaints, Rendered


def chain_of(ingress: Plain) -> list[str]:
    """The middlewares of an Ingress, by Traefik's names."""
    chain = router_options(table(at(ingress, "metadata", "annotations"))).get("middlewares", "")
    return [entry.strip() for entry in chain.split(",") if entry.strip()]


def chains(rendered: Rendered) -> Iterator[tuple[Plain, list[str]]]:
    """Each Ingress with middlewares, and their names in Traefik."""
    for ingress in rendered.of_kind("Ingress", "networking.k8s.io/v1"):
        if chain := chain_of(ingress):
            yield ingress, chain


def flattened(chain: Iterable[str], known: Mapping[str, Plain], *, around: tuple[str, ...] = ()) -> tuple[str, ...]:
    """A chain with the entries of each known Middleware of the kind `chain` in its place."""
    found: list[str] = []
    for entry in chain:
        middleware = known.get(entry)
        listed = mappings(at(middleware, "spec", "chain", "middlewares"))
        if middleware is None or not listed or entry in around:
            found.append(entry)
            continue
        namespace = identity(middleware).namespace or "default"
        inner = (named(each, namespace) for each in listed)
        found += flattened(inner, known, around=(*around, entry))
    return tuple(found)


def named(each: Plain, namespace: str) -> str:
    """Traefik's name for the middleware that an object names; `namespace` is the object's own."""
    name = str(each.get("name"))
    return name if "@" in name else reference(str(each.get("namespace") or namespace), name)


def middlewares_by_reference(rendered: Rendered) -> dict[str, Plain]:
    """The rendered Middlewares, by Traefik's names for them."""
    # Compare names in Traefik's form. It cannot be split again: `a-b-c` is `c` in `a-b`, or `b-c` in `a`.
    return {
        reference(who.namespace or "default", who.name): middleware
        for middleware in rendered.of_kind("Middleware", "traefik.io/v1alpha1")
        for who in (identity(middleware),)
    }


def shared_by_reference(platform: Platform) -> dict[str, str]:
    """The shared middlewares of the platform as NAMESPACE/NAME, by Traefik's names. Patterns are left out."""
    names = (name for name in (*SHARED_MIDDLEWARES, *platform.shared_middlewares) if not {*"@*"} & {*name})
    return {reference(platform.traefik_namespace, name): f"{platform.traefik_namespace}/{name}" for name in names}


def unknown(chain: Iterable[str], platform: Platform, rendered: Iterable[str]) -> list[str]:
    """The middlewares of a chain that are neither shared on the platform nor rendered by the app.

    Args:
        chain: middlewares by Traefik's names.
        platform: the cluster's facts. It lists a shared middleware of another provider by Traefik's name (`name@file`).
        rendered: the app's Middlewares, by Traefik's names.
    """
    known = set(rendered)
    shared = re.compile("|".join(_pattern(platform, name) for name in platform.shared_middlewares) or "(?!)")
    return [entry for entry in chain if entry not in known and not shared.fullmatch(entry)]


def _pattern(platform: Platform, name: str) -> str:
    # As traefik.reference, but `*` stays.
    crd = re.sub(r"[^A-Za-z0-9*]+", "-", f"{platform.traefik_namespace}-{name}") + "@kubernetescrd"
    return re.escape(name if "@" in name else crd).replace(r"\*", "[a-z0-9-]+")


def known_middlewares(rendered: Rendered) -> Complaints:
    """An Ingress names middlewares that the platform shares or the app renders."""
    if rendered.platform is None:
        return
    own = middlewares_by_reference(rendered)
    for ingress, chain in chains(rendered):
        for entry in unknown(chain, rendered.platform, own):
            message = (
                f"the middleware '{entry}' is neither shared on the platform nor rendered by the app, and without it "
                "Traefik drops the route; correct the name, render the Middleware, or add it to the platform's "
                "shared_middlewares"
            )
            yield ingress, message


def allowed_groups(rendered: Rendered) -> Complaints:
    """An Ingress behind forward authentication names the groups that it admits."""
    if rendered.platform is None:
        return
    annotation = f"authentik.{rendered.platform.domain}/allowed-groups"
    for ingress in rendered.of_kind("Ingress", "networking.k8s.io/v1"):
        if at(ingress, "metadata", "annotations", annotation) == "":
            yield ingress, "allowed_groups is empty, so Authentik alone decides whom to admit; name the groups"
