"""Names and annotations of Traefik 3."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_ROUTER = "traefik.ingress.kubernetes.io/router."
ENTRY_POINTS = f"{_ROUTER}entrypoints"
MIDDLEWARES = f"{_ROUTER}middlewares"
PRIORITY = f"{_ROUTER}priority"

LOGIN = "authentik-forward-auth"
"""The shared middleware that admits users of Authentik alone."""

SHARED_MIDDLEWARES = (
    "real-ip",
    "retry",
    "error-pages",
    "rate-limit",
    "csp-headers",
    "ai-bot-block",
    "anti-ai-headers",
    LOGIN,
    f"{LOGIN}-public",
    "local-only",
)
"""The shared middlewares of an Ingress, in the order of a request."""

LARGEST_PRIORITY = 2**63 - 1 - 1000
"""Traefik drops a router with a larger one."""


@cache
def normalized(name: str) -> str:
    """Traefik's form of a name: one '-' for each run of characters other than letters and digits.

    https://github.com/traefik/traefik/blob/v3.5.0/pkg/provider/configuration.go (Normalize)
    """
    return "-".join("".join(each if each.isalnum() else " " for each in name).split())


def reference(namespace: str, name: str) -> str:
    """Traefik's name for a Middleware."""
    return normalized(f"{namespace}-{name}") + "@kubernetescrd"


def router_options(annotations: Mapping[str, object]) -> dict[str, str]:
    """The options of an Ingress's routers, by their lower-case names: Traefik ignores the case after the '/'."""
    prefix, _, router = _ROUTER.rpartition("/")
    options = {}
    for key in sorted(annotations):  # of two keys that differ in case alone, Traefik takes the last
        before, _, name = key.rpartition("/")
        if before == prefix and name.lower().startswith(router):
            options[name.lower().removeprefix(router)] = str(annotations[key])
    return options


def _whole_number(value: str) -> bool:
    return bool(re.fullmatch(r"[+-]?[0-9]{1,19}", value)) and -(2**63) <= int(value) <= LARGEST_PRIORITY


# Each option's name and values as patterns, and the values in words.
_FLAG = "[tTfF10]|TRUE|FALSE|[tT]rue|[fF]alse"
_OPTIONS = (
    ("entrypoints|middlewares", r"(?s:.*)", ""),
    (r"tls\.(options|certresolver|domains\.[0-9]+\.(main|sans))", r"(?s:.+)", "some text"),
    ("tls|observability", "(?i:true|false)?", "'true' or 'false'"),
    (r"observability\.(accesslogs|metrics|tracing)", _FLAG, "'true' or 'false'"),
    (r"observability\.traceverbosity", "minimal|detailed", "'minimal' or 'detailed'"),
    ("pathmatcher", "Path|PathPrefix|PathRegexp", "'Path', 'PathPrefix' or 'PathRegexp'"),
    ("rulesyntax", "v2|v3|default", "'v3' or 'v2'"),
)


def option_complaint(name: str, value: str) -> str | None:
    """The complaint about an option of a router: Traefik would drop the whole Ingress, or ignore the value.

    https://doc.traefik.io/traefik/reference/routing-configuration/kubernetes/ingress/#on-ingress
    """
    if name == "priority":
        return None if _whole_number(value) else f"has the value {value!r}; write a whole number as text"
    for names, values, words in _OPTIONS:
        if re.fullmatch(names, name):
            return None if re.fullmatch(values, value) else f"has the value {value!r}; write {words}"
    return "does not exist in Traefik 3; correct its name, or leave it out"
