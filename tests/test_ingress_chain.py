import itertools
from collections.abc import Sequence
from typing import Any

import pytest
from attrs import evolve

from t3afk_constructs import HOME
from t3afk_constructs.ingress.chain import (
    AUTHS,
    body_size_in_bytes,
    ingress_annotations,
    middleware_chain,
    monitor_on,
)
from t3afk_constructs.traefik import reference

OTHER = evolve(HOME, domain="example.org", traefik_namespace="edge")

# The order of the specification. Every chain is a part of it.
SHARED = ["real-ip", "retry", "error-pages", "rate-limit", "csp-headers", "ai-bot-block", "anti-ai-headers"]
GATES = ["authentik-forward-auth", "authentik-forward-auth-public", "local-only"]
OWN = [f"apps-{prefix}-demo@kubernetescrd" for prefix in ("sablier", "custom-csp", "buffering")]
ORDER = [*(f"edge-{name}@kubernetescrd" for name in SHARED + GATES), *OWN]
LOGIN, TOOL = "edge-authentik-forward-auth@kubernetescrd", "tools-a@kubernetescrd"
SPACE: dict[str, Sequence[Any]] = {
    "auth": AUTHS,
    "anti_ai_scraping": (None, True, False),
    "skip_default_rate_limit": (False, True),
    "allow_local_access_only": (False, True),
    "own": [own for count in range(4) for own in itertools.combinations(("sablier", "custom-csp", "buffering"), count)],
    "service_name": (None, "anubis-demo", "demo"),
    "extra_middlewares": ([], [TOOL, None, "", "b@file", TOOL], [LOGIN, TOOL], [OWN[0], ORDER[1]], [OWN[2], LOGIN]),
}


def chain(**inputs: Any) -> list[str]:
    given = {"platform": HOME, "namespace": "apps", "name": "demo", "auth": "required"} | inputs
    return [entry.removesuffix("@kubernetescrd").removeprefix("traefik-") for entry in middleware_chain(**given)]


def annotations(**inputs: Any) -> dict[str, str]:
    given: dict[str, Any] = {
        "platform": OTHER,
        "name": "demo",
        "host": "demo.example.org",
        "chain": ("a@file", "b@file"),
        "auth": "none",
        "allowed_groups": ("A", "B"),
        "homepage_enabled": False,
    }
    return ingress_annotations(**given | inputs)


@pytest.fixture(scope="module")
def space() -> list[tuple[dict[str, Any], tuple[str, ...]]]:
    """Every combination of the inputs of a chain, with the chain."""
    every = [dict(zip(SPACE, values, strict=True)) for values in itertools.product(*SPACE.values())]
    return [(inputs, middleware_chain(platform=OTHER, namespace="apps", name="demo", **inputs)) for inputs in every]


def test_forward_auth_and_local_only_come_before_what_wakes_or_reaches_the_backend(space: Any) -> None:
    behind = {*OWN, TOOL, "b@file"}
    for inputs, found in space:
        login, local = inputs["auth"] == "required", inputs["allow_local_access_only"]
        for gate in [LOGIN] * login + ["edge-local-only@kubernetescrd"] * local:
            assert all(found.index(entry) > found.index(gate) for entry in behind & set(found))


def test_every_chain_keeps_the_order_without_repeats_and_ends_with_the_extra_middlewares(space: Any) -> None:
    for inputs, found in space:
        assert len(set(filter(None, found))) == len(found)
        extra = list(dict.fromkeys(filter(None, inputs["extra_middlewares"])))
        in_order = [entry for entry in found if entry in ORDER and entry not in extra]
        assert in_order == [entry for entry in ORDER if entry in in_order]
        tail = [entry for entry in found if entry not in ORDER]
        assert tail == [entry for entry in extra if entry not in ORDER]
        assert list(found[len(found) - len(tail) :]) == tail or set(extra) & set(ORDER)


AI_BLOCKS = {"ai-bot-block", "anti-ai-headers"}
GATE = "authentik-forward-auth"


@pytest.mark.parametrize(
    ("inputs", "changed"),
    [
        ({"auth": "public"}, {GATE, f"{GATE}-public"}),
        ({"auth": "app"}, {GATE, *AI_BLOCKS}),
        ({"auth": "none"}, {GATE, *AI_BLOCKS}),
        ({"auth": "none", "anti_ai_scraping": False}, {GATE}),
        ({"anti_ai_scraping": True}, AI_BLOCKS),
        ({"skip_default_rate_limit": True}, {"rate-limit"}),
        ({"own": ["custom-csp"]}, {"csp-headers", "apps-custom-csp-demo"}),
        ({"allow_local_access_only": True}, {"local-only"}),
        ({"own": ["sablier"]}, {"apps-sablier-demo"}),
        ({"own": ["buffering"]}, {"apps-buffering-demo"}),
        ({"service_name": "anubis-demo"}, {"real-ip"}),
        ({"service_name": "my-anubis-demo"}, set()),
        ({"service_name": "anubisdemo"}, set()),
    ],
)
def test_an_input_adds_or_removes_its_middleware(inputs: dict[str, Any], changed: set[str]) -> None:
    default = ["retry", "error-pages", "rate-limit", "csp-headers", GATE]
    assert chain() == default
    assert set(chain(**inputs)) ^ set(default) == changed


GROUPS = "authentik.example.org/allowed-groups"
DNS_TYPE = "cloudflare.example.org/dns-type"
MONITOR = "uptime.example.org/external-monitor"


@pytest.mark.parametrize(
    ("inputs", "added"),
    [
        ({"auth": "required"}, {GROUPS: "A,B"}),
        ({"auth": "required", "allowed_groups": ()}, {GROUPS: ""}),
        ({"auth": "public"}, {}),
        ({"dns_type": "internal"}, {DNS_TYPE: "internal"}),
        ({"external_monitor": True}, {MONITOR: "true"}),
        ({"external_monitor": True, "external_monitor_name": "a"}, {MONITOR: "true", f"{MONITOR}-name": "a"}),
        ({"external_monitor": False, "external_monitor_name": "a"}, {MONITOR: "false"}),
        ({"external_monitor_name": "a"}, {}),
    ],
)
@pytest.mark.parametrize("extra", [{}, {"a": "b", GROUPS: "everybody", DNS_TYPE: "none", MONITOR: "maybe"}])
def test_an_input_adds_its_annotation_and_overrides_an_extra_one(
    inputs: dict[str, Any], added: dict[str, str], extra: dict[str, str]
) -> None:
    always = {
        "traefik.ingress.kubernetes.io/router.entrypoints": "websecure",
        "traefik.ingress.kubernetes.io/router.middlewares": "a@file,b@file",
    }
    assert annotations(**inputs, extra_annotations=extra) == always | extra | added


@pytest.mark.parametrize(("dns_type", "default"), [("proxied", True), ("non-proxied", True), ("internal", None)])
def test_a_host_with_public_dns_is_monitored_unless_asked_otherwise(dns_type: Any, default: bool | None) -> None:
    assert monitor_on(dns_type, None) is default
    assert (monitor_on(dns_type, True), monitor_on(dns_type, False)) == (True, False)


@pytest.mark.parametrize(("name", "called"), [("demo", "demo"), ("a.b", "a-b"), ("a--b", "a-b"), ("a.", "a")])
def test_traefik_names_a_middleware_by_letters_digits_and_single_dashes(name: str, called: str) -> None:
    assert reference("my-apps", name) == f"my-apps-{called}@kubernetescrd"


@pytest.mark.parametrize(
    ("size", "number"),
    [("0", 0), ("010", 10), ("0g", 0), ("1k", 1024), ("1K", 1024), ("10m", 10 * 1024**2), ("16G", 16 * 1024**3)],
)
def test_a_size_is_bytes_or_a_1024_based_unit_in_either_case(size: str, number: int) -> None:
    assert body_size_in_bytes(size) == number


def test_the_dashboard_shows_a_name_as_words_and_its_icon_has_no_dashes() -> None:
    found = annotations(name="home-my_app", homepage_enabled=True, extra_annotations={"gethomepage.dev/href": "mine"})
    shown = {key.removeprefix("gethomepage.dev/"): value for key, value in found.items() if "homepage" in key}
    group = {"enabled": "true", "group": "Other"}
    assert shown == group | {"name": "home my app", "icon": "homemy_app.png", "href": "mine"}
