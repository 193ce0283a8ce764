"""What an Ingress's inputs may look like: rules from a value to a complaint."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from t3afk_constructs import formats, inputs
from t3afk_constructs.ingress_rules import ENTRY_POINTS, MIDDLEWARES, SHARED, body_size_in_bytes, reference
from t3afk_constructs.sablier import sablier_rule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from t3afk_constructs.platform import Platform

# What a manifest's numbers carry exactly on their way through JavaScript and JSON.
_LARGEST_BODY = 2**53 - 1
_LONGEST_NAME = 63


def body_size(value: object) -> str | None:
    """Digits and an optional unit k, m or g in either case."""
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]+[kmgKMG]?", value):
        return "must be a size as text: digits and an optional unit k, m or g (1024-based); write something like '100m'"
    if body_size_in_bytes(value) > _LARGEST_BODY:
        return f"is larger than {_LARGEST_BODY} bytes, the most that is kept exactly; write '0' for no limit"
    return None


def path(value: object) -> str | None:
    """A path that Traefik can put into a router's rule."""
    complaint = formats.absolute_path(value)
    if complaint is None and "`" in str(value):
        return "has a '`' in it, which ends the path in Traefik's rule; write the path without"
    return complaint


def host(value: object) -> str | None:
    """A host name, or one below a wildcard label."""
    return formats.ingress_host(value.removeprefix("*.") if isinstance(value, str) else value)


def first_label(value: object) -> str | None:
    """The part of a host name before its domain, or the wildcard."""
    return None if value == "*" else host(value)


def middleware(value: object) -> str | None:
    """A middleware as Traefik names it, or nothing: an empty entry is left out."""
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        return "is not text; write something like 'traefik-x402@kubernetescrd'"
    if "," in value:
        return "has a comma in it; write each middleware as an entry of its own"
    if not re.fullmatch(r"[^\s@]+@[a-z][a-z0-9]*", value):
        return (
            "does not say which provider has it, so Traefik would look in vain among those of Ingresses; "
            "write '<namespace>-<name>@kubernetescrd'"
        )
    return None


def external_name(value: object) -> str | None:
    """The host that an ExternalName Service points at."""
    if isinstance(value, str) and re.fullmatch(r"[0-9.]+", value):
        return (
            "is an address, which an ExternalName Service takes for a name that nobody resolves; write a host name, "
            "or give an address by a Service without a selector and an EndpointSlice"
        )
    return formats.host_name(value.removesuffix(".") if isinstance(value, str) else value)


def external_name_of(name: str) -> inputs.Rule:
    """The host of an ExternalName Service, which has the Ingress's name, and whose port is called after it."""

    def check(_: object) -> str | None:
        if complaint := formats.service_name(name):
            return f"makes a Service of the Ingress's name '{name}', which {complaint}"
        if len(port := f"{name}-web") > _LONGEST_NAME:
            return f"makes a Service with the port '{port}' of {len(port)} characters; 63 is the most, so shorten name"
        return None

    return check


def extra_annotations(ingress_class: str) -> inputs.Rule:
    """Annotations that leave the chain and the entry point to the other inputs."""
    reserved = {
        MIDDLEWARES: "would replace the whole chain and with it the gate; name further ones in extra_middlewares",
        ENTRY_POINTS: "would take the host off the encrypted entry point; for another one make an IngressRoute",
    }

    def check(value: object) -> str | None:
        complaint = inputs.mapping(_annotation_key, formats.text)(value)
        if complaint or not isinstance(value, Mapping):
            return complaint
        for key, text in value.items():
            # Traefik reads the part after the prefix without regard to case.
            if reason := reserved.get(key.lower()):
                return f"has the key {key!r}, which {reason}"
            if key == "kubernetes.io/ingress.class" and text != ingress_class:
                return f"has the class {text!r} beside {ingress_class!r}, which the API server refuses; leave it out"
        return None

    return check


def _annotation_key(value: object) -> str | None:
    if value == "constructor":
        return "is a name that cdk8s cannot render; write another one"
    return formats.annotation_key(value)


def sablier_of(name: str) -> inputs.Rule:
    """Settings of Sablier, whose group is called after the Ingress unless they say otherwise."""

    def check(value: Any) -> str | None:
        if complaint := sablier_rule(value):
            return complaint
        complaint = None if value.group else formats.label_value(name)
        return complaint and f"takes its group from name, which {complaint}"

    return check


def own_names(platform: Platform, namespace: str, prefixes: Sequence[str]) -> inputs.Rule:
    """The name of an Ingress that has middlewares of its own, named by a prefix and that name."""

    def check(value: object) -> str | None:
        shared = {
            reference(platform.traefik_namespace, name): f"{platform.traefik_namespace}/{name}"
            for name in (*SHARED, *platform.shared_middlewares)
        }
        for prefix in prefixes:
            name = f"{prefix}-{value}"
            if len(name) > _LONGEST_NAME:
                return (
                    f"makes the Middleware '{name}' of {len(name)} characters; {_LONGEST_NAME} is the most, so write "
                    f"a name of at most {_LONGEST_NAME - len(prefix) - 1}, with service_name and host for the others"
                )
            plain, called = f"{namespace}-{name}@kubernetescrd", reference(namespace, name)
            if plain != called:
                return (
                    f"makes the Middleware '{name}' in '{namespace}', which Traefik calls '{called}': the route would "
                    f"look for '{plain}' in vain and be dropped; write single '-' and no '.' in both names"
                )
            if plain in shared:
                return f"makes the Middleware '{name}', which Traefik cannot tell from '{shared[plain]}'; rename it"
        return None

    return check
