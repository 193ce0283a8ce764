"""The formats of an Ingress's inputs, as rules and as types."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

from t3afk_constructs import formats, inputs
from t3afk_constructs.ingress.chain import body_size_in_bytes
from t3afk_constructs.rules.middlewares import shared_by_reference
from t3afk_constructs.traefik import PRIORITY, option_complaint, reference, router_options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from t3afk_constructs.platform import Platform

# The largest integer that JavaScript and JSON carry exactly.
_LARGEST_BODY = 2**53 - 1
_LONGEST_NAME = 63


def body_size(value: object) -> str | None:
    """Digits and an optional unit k, m or g in either case."""
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]+[kmgKMG]?", value):
        return "must be a size as text: digits and an optional unit k, m or g (1024-based); write '100m', for example"
    if body_size_in_bytes(value) > _LARGEST_BODY:
        return f"is larger than {_LARGEST_BODY} bytes, the largest exact number; write '0' for no limit"
    return None


def path(value: object) -> str | None:
    """A path in the rule of a Traefik router, which Go's parser reads."""
    complaint = formats.absolute_path(value)
    if complaint is None and "`" in str(value):
        return "contains '`', which ends the path in Traefik's rule; leave it out"
    if complaint is None and "\ufeff" in str(value):
        return "contains a byte order mark (U+FEFF), with which Traefik drops the rule; leave it out"
    return complaint


def host(value: object) -> str | None:
    """A host name, or one below a wildcard label."""
    return formats.ingress_host(value.removeprefix("*.") if isinstance(value, str) else value)


def first_label(value: object) -> str | None:
    """The part of a host name before its domain, or the wildcard."""
    return None if value == "*" else host(value)


def middleware(value: object) -> str | None:
    """Traefik's name for a middleware. Empty entries are dropped."""
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        return "is not text; write 'traefik-x402@kubernetescrd', for example"
    if "," in value:
        return "contains a comma; write one entry for each middleware"
    if not re.fullmatch(r"[^\s@]+@[a-z][a-z0-9]*", value):
        return (
            "has no provider, so Traefik would search the provider of Ingresses, which has no middlewares; "
            "write '<namespace>-<name>@kubernetescrd'"
        )
    return None


def external_name(value: object) -> str | None:
    """The host that an ExternalName Service points at."""
    if isinstance(value, str) and re.fullmatch(r"[0-9.]+", value):
        return (
            "is an address, but an ExternalName Service resolves it as a name; write a host name, or render an "
            "EndpointSlice and a Service without a selector"
        )
    return formats.host_name(value.removesuffix(".") if isinstance(value, str) else value)


def external_name_of(name: str) -> str | None:
    """The complaint about the name of an ExternalName Service and of its port: the Ingress's."""
    if complaint := formats.service_name(name):
        return f"renders a Service with the Ingress's name '{name}', which {complaint}"
    if len(port := f"{name}-web") > _LONGEST_NAME:
        return f"renders a Service with the port '{port}' of {len(port)} characters; 63 is the maximum, so shorten name"
    return None


def whole_name(host: str, *domains: str) -> str | None:
    """The complaint about a host that already ends in a domain."""
    for domain in domains:
        if host == domain or host.endswith(f".{domain}"):
            return f"ends in '{domain}', but the domain is added to it; write it without, or full_host='{host}'"
    return None


def wildcard(host: str, annotations: Mapping[str, str]) -> str | None:
    """The complaint about a wildcard whose route may come before those of single hosts."""
    priority = router_options(annotations).get("priority", "0")
    most = len(f"Host(`a.{host.removeprefix('*.')}`)") - 1
    if not host.startswith("*.") or option_complaint("priority", priority) or int(priority) in range(1, most + 1):
        return None
    return (
        "is a wildcard, and until Traefik 3.6 its long rule takes the requests of each single host below it, login "
        f"included; give it a lower priority: extra_annotations={{'{PRIORITY}': '1'}} ({most} at most)"
    )


def unused_groups(groups: Sequence[str] | None, auth: str) -> str | None:
    """The complaint about groups that nobody checks."""
    if groups is None or auth == "required":
        return None
    return f"needs auth='required', but auth is '{auth}', where nobody checks groups; leave one of the two out"


_RESERVED = {
    "middlewares": "would replace the whole middleware chain, the login included; use extra_middlewares",
    "entrypoints": "would move the host away from TLS; render an IngressRoute for another entry point",
    **dict.fromkeys(
        ("pathmatcher", "rulesyntax"),
        "would change the rule, which may then match other hosts; render an IngressRoute for another rule",
    ),
}


def extra_annotations(value: object) -> str | None:
    """Annotations. Those of the router have names and values that Traefik accepts, and do not open the host."""
    complaint = inputs.mapping(_annotation_key, formats.text)(value)
    if complaint or not isinstance(value, Mapping):
        return complaint
    for name, option in router_options(value).items():
        if reason := _RESERVED.get(name):
            return f"has the key 'router.{name}', which {reason}"
        if reason := option_complaint(name, option):
            return f"has the key 'router.{name}', which {reason}"
    return None


def other_class(annotations: Mapping[str, str], ingress_class: str) -> str | None:
    """The complaint about an annotation whose class is not the Ingress's."""
    given = annotations.get("kubernetes.io/ingress.class", ingress_class)
    if given == ingress_class:
        return None
    return (
        f"has the class {given!r}, but the Ingress has {ingress_class!r}, and the API server refuses two classes; "
        "leave the annotation out"
    )


def _annotation_key(value: object) -> str | None:
    if value == "constructor":
        return "is a key that cdk8s cannot render; choose another key"
    return formats.annotation_key(value)


def own_middlewares(name: str, namespace: str, platform: Platform, prefixes: Sequence[str]) -> str | None:
    """The complaint about the name of an Ingress: the names of its own Middlewares end in it."""
    shared = shared_by_reference(platform)
    for prefix in prefixes:
        middleware = f"{prefix}-{name}"
        if len(middleware) > _LONGEST_NAME:
            return (
                f"renders the Middleware '{middleware}' of {len(middleware)} characters, but {_LONGEST_NAME} is the "
                f"maximum; shorten name to {_LONGEST_NAME - len(prefix) - 1} (service_name and host may be longer)"
            )
        plain, called = f"{namespace}-{middleware}@kubernetescrd", reference(namespace, middleware)
        if plain != called:
            return (
                f"renders the Middleware '{middleware}' in '{namespace}', which Traefik calls '{called}', as it may "
                "call another one; write single '-' and no '.' in name and namespace"
            )
        if plain in shared:
            return (
                f"renders the Middleware '{middleware}', which has the same name in Traefik as the shared "
                f"'{shared[plain]}'; choose another name"
            )
    return None


BodySize = Annotated[str, body_size]
IngressPaths = Annotated[list[str] | tuple[str, ...], inputs.every(path, at_least=1, repeats=True)]
IngressHost = Annotated[str, host]
FirstLabel = Annotated[str, first_label]
Middlewares = Annotated[list[str | None] | list[str] | tuple[str | None, ...], inputs.every(middleware, repeats=True)]
Groups = Annotated[list[str] | tuple[str, ...], inputs.every(formats.group, repeats=True)]
ExternalName = Annotated[str, external_name]
ExtraAnnotations = Annotated[Mapping[str, str], extra_annotations]
