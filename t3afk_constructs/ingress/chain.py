"""The middleware chain, annotations and host of an Ingress, as pure functions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal, get_args

from t3afk_constructs.ingress.dns import PUBLIC_DNS_TYPES, DnsType
from t3afk_constructs.ingress.sablier import plugin_settings
from t3afk_constructs.traefik import ENTRY_POINTS, LOGIN, MIDDLEWARES, SHARED_MIDDLEWARES, reference

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from t3afk_constructs.ingress.sablier import Sablier
    from t3afk_constructs.platform import Platform

Auth = Literal["required", "app", "public", "none"]
AUTHS: tuple[Auth, ...] = get_args(Auth)

_UNITS = {"k": 1024, "m": 1024**2, "g": 1024**3}


def anti_ai_on(auth: Auth, asked: bool | None) -> bool:
    """Whether the chain blocks crawlers: as asked, else unless Authentik stops them."""
    return auth in ("app", "none") if asked is None else asked


def middleware_chain(
    *,
    platform: Platform,
    namespace: str,
    name: str,
    auth: Auth,
    service_name: str | None = None,
    skip_default_rate_limit: bool = False,
    anti_ai_scraping: bool | None = None,
    allow_local_access_only: bool = False,
    own: Collection[str] = (),
    extra_middlewares: Sequence[str | None] = (),
) -> tuple[str, ...]:
    """The middlewares in the order of a request, without repeats. `own` has the prefixes of the Ingress's own ones.

    Every gate comes before `sablier`, so that strangers wake no workload.
    """
    anti_ai = anti_ai_on(auth, anti_ai_scraping)
    shared = {
        "real-ip": (service_name or "").startswith("anubis-"),
        "retry": True,
        "error-pages": True,
        "rate-limit": not skip_default_rate_limit,
        "csp-headers": "custom-csp" not in own,
        "ai-bot-block": anti_ai,
        "anti-ai-headers": anti_ai,
        LOGIN: auth == "required",
        f"{LOGIN}-public": auth == "public",
        "local-only": allow_local_access_only,
    }
    chain = (
        *(reference(platform.traefik_namespace, middleware) for middleware in SHARED_MIDDLEWARES if shared[middleware]),
        *(reference(namespace, f"{prefix}-{name}") for prefix in own),
        *extra_middlewares,
    )
    return tuple(dict.fromkeys(entry for entry in chain if entry))


def own_middlewares(
    name: str, *, platform: Platform, sablier: Sablier | None, policy: str | None, max_body_size: str | None
) -> dict[str, dict[str, Any]]:
    """The specs of an Ingress's own Middlewares, by the prefix of their names, in the order of a request."""
    specs: dict[str, dict[str, Any]] = {}
    if sablier is not None:
        specs["sablier"] = {"plugin": {"sablier": plugin_settings(sablier, name, platform.sablier_url)}}
    if policy is not None:
        specs["custom-csp"] = {"headers": {"contentSecurityPolicy": policy}}
    if max_body_size is not None:
        specs["buffering"] = {"buffering": {"maxRequestBodyBytes": body_size_in_bytes(max_body_size)}}
    return specs


def host_name(name: str, host: str | None, root_domain: str, full_host: str | None) -> str:
    """The host of an Ingress."""
    return full_host or f"{host or name}.{root_domain}"


def body_size_in_bytes(size: str) -> int:
    """A size such as `10m` in bytes."""
    unit = size[-1].lower()
    return int(size.rstrip("kmgKMG")) * _UNITS.get(unit, 1)


def monitor_on(dns_type: DnsType, asked: bool | None) -> bool | None:
    """Whether the external monitor watches the host: as asked, else with public DNS. None leaves it to the monitor."""
    return True if asked is None and dns_type in PUBLIC_DNS_TYPES else asked


def homepage_group_of(platform: Platform, namespace: str, asked: str | None) -> str:
    """The dashboard's group."""
    return asked or platform.homepage_groups.get(namespace, "Other")


def ingress_annotations(
    *,
    platform: Platform,
    name: str,
    host: str,
    chain: Sequence[str],
    auth: Auth,
    allowed_groups: Sequence[str],
    dns_type: DnsType = "none",
    external_monitor: bool | None = None,
    external_monitor_name: str | None = None,
    homepage_enabled: bool = True,
    homepage_group: str = "Other",
    extra_annotations: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """The annotations of an Ingress, each group overriding those before it."""
    annotations = {ENTRY_POINTS: "websecure", MIDDLEWARES: ",".join(chain)}
    if homepage_enabled:
        annotations |= {
            "gethomepage.dev/enabled": "true",
            "gethomepage.dev/name": re.sub("[-_]", " ", name),
            "gethomepage.dev/group": homepage_group,
            "gethomepage.dev/href": f"https://{host}",
            "gethomepage.dev/icon": f"{name.replace('-', '')}.png",
        }
    annotations |= extra_annotations or {}
    if dns_type != "none":
        annotations[f"cloudflare.{platform.domain}/dns-type"] = dns_type
    if external_monitor is not None:
        annotations[f"uptime.{platform.domain}/external-monitor"] = str(external_monitor).lower()
        if external_monitor and external_monitor_name:
            annotations[f"uptime.{platform.domain}/external-monitor-name"] = external_monitor_name
    if auth == "required":
        annotations[f"authentik.{platform.domain}/allowed-groups"] = ",".join(allowed_groups)
    return annotations
