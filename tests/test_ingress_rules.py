import itertools
from typing import Any

import pytest

from t3afk_constructs import HOME, Nfs, Platform, Sablier
from t3afk_constructs.ingress_rules import (
    AUTHS,
    body_size_in_bytes,
    homepage_group_of,
    host_name,
    ingress_annotations,
    middleware_chain,
    monitor_on,
    own_middlewares,
    reference,
)

OTHER = Platform(
    domain="example.org",
    tls_secret_name="tls",
    secret_store="store",
    nfs=Nfs(storage_class="nfs"),
    traefik_namespace="edge",
    default_allowed_groups=("staff",),
)
GATE = {"required": "authentik-forward-auth", "public": "authentik-forward-auth-public"}

# The order of the specification, of which every chain is a part.
ORDER = [
    "{traefik}-real-ip",
    "{traefik}-retry",
    "{traefik}-error-pages",
    "{traefik}-rate-limit",
    "{traefik}-csp-headers",
    "{traefik}-ai-bot-block",
    "{traefik}-anti-ai-headers",
    "{traefik}-authentik-forward-auth",
    "{traefik}-authentik-forward-auth-public",
    "{traefik}-local-only",
    "apps-sablier-demo",
    "apps-custom-csp-demo",
    "apps-buffering-demo",
]
EXTRAS = [
    [],
    ["tools-a@kubernetescrd", None, "", "b@file", "tools-a@kubernetescrd"],
    ["{traefik}-authentik-forward-auth@kubernetescrd", "tools-a@kubernetescrd"],
    ["apps-sablier-demo@kubernetescrd", "{traefik}-retry@kubernetescrd"],
    ["apps-buffering-demo@kubernetescrd", "{traefik}-authentik-forward-auth@kubernetescrd"],
]
ANNOTATIONS: list[dict[str, str]] = [
    {},
    {"authentik.viktorbarzin.me/allowed-groups": "everybody", "example.com/a": "1"},
]


def chain(**inputs: Any) -> list[str]:
    given = {"platform": HOME, "namespace": "apps", "name": "demo", "auth": "required"} | inputs
    return [entry.removesuffix("@kubernetescrd").removeprefix("traefik-") for entry in middleware_chain(**given)]


def annotations(**inputs: Any) -> dict[str, str]:
    given: dict[str, Any] = {
        "platform": HOME,
        "name": "demo",
        "host": "demo.viktorbarzin.me",
        "chain": ("a@file", "b@file"),
        "auth": "none",
        "allowed_groups": ("A", "B"),
        "homepage_enabled": False,
    }
    rendered = ingress_annotations(**(given | inputs))
    return {key: value for key, value in rendered.items() if not key.startswith("traefik.")}


PRODUCT = {
    "platform": (HOME, OTHER),
    "auth": AUTHS,
    "anti_ai_scraping": (None, True, False),
    "skip_default_rate_limit": (False, True),
    "policy": (None, "default-src 'self'"),
    "allow_local_access_only": (False, True),
    "sablier": (None, Sablier(), Sablier(strategy="blocking")),
    "max_body_size": (None, "0", "10M"),
    "service_name": (None, "anubis-demo", "demo"),
    "extra_middlewares": tuple(EXTRAS),
}


@pytest.fixture(scope="module")
def space() -> list[tuple[dict[str, Any], tuple[str, ...], dict[str, Any]]]:
    """Every combination of what a chain depends on: its inputs, the chain, the Middlewares of its own."""
    rendered = []
    for values in itertools.product(*PRODUCT.values()):
        inputs: dict[str, Any] = dict(zip(PRODUCT, values, strict=True))
        traefik = inputs["platform"].traefik_namespace
        inputs["extra_middlewares"] = [e and e.format(traefik=traefik) for e in inputs["extra_middlewares"]]
        own = own_middlewares(
            "demo",
            platform=inputs["platform"],
            sablier=inputs["sablier"],
            policy=inputs["policy"],
            max_body_size=inputs["max_body_size"],
        )
        made = middleware_chain(
            platform=inputs["platform"],
            namespace="apps",
            name="demo",
            auth=inputs["auth"],
            service_name=inputs["service_name"],
            skip_default_rate_limit=inputs["skip_default_rate_limit"],
            custom_policy=inputs["policy"] is not None,
            anti_ai_scraping=inputs["anti_ai_scraping"],
            allow_local_access_only=inputs["allow_local_access_only"],
            sablier=inputs["sablier"] is not None,
            buffering=inputs["max_body_size"] is not None,
            extra_middlewares=inputs["extra_middlewares"],
        )
        rendered.append((inputs, made, own))
    assert len(rendered) == 2 * 4 * 3 * 2 * 2 * 2 * 3 * 3 * 3 * 5
    return rendered


def test_required_has_forward_auth_before_all_that_wakes_or_reaches_the_backend(space: Any) -> None:
    for inputs, made, _ in space:
        if inputs["auth"] != "required":
            continue
        gate = made.index(f"{inputs['platform'].traefik_namespace}-authentik-forward-auth@kubernetescrd")
        behind = ["apps-sablier-demo", "apps-custom-csp-demo", "apps-buffering-demo", "tools-a"]
        assert all(made.index(e) > gate for e in made if e.removesuffix("@kubernetescrd") in behind or "@file" in e)


def test_local_only_comes_before_all_that_wakes_the_backend(space: Any) -> None:
    for inputs, made, _ in space:
        if inputs["allow_local_access_only"] and inputs["sablier"]:
            local = f"{inputs['platform'].traefik_namespace}-local-only@kubernetescrd"
            assert made.index(local) < made.index("apps-sablier-demo@kubernetescrd")


def test_no_chain_repeats_or_holds_nothing(space: Any) -> None:
    for _, made, _ in space:
        assert len(set(made)) == len(made)
        assert all(made)


def test_every_chain_is_a_part_of_the_order_and_ends_with_the_extra_ones(space: Any) -> None:
    for inputs, made, _ in space:
        order = [f"{e.format(traefik=inputs['platform'].traefik_namespace)}@kubernetescrd" for e in ORDER]
        extra = list(dict.fromkeys(e for e in inputs["extra_middlewares"] if e))
        in_order = [entry for entry in made if entry in order and entry not in extra]
        assert in_order == [entry for entry in order if entry in in_order]
        tail = [entry for entry in made if entry not in order]
        assert tail == [entry for entry in extra if entry not in order]
        assert list(made[len(made) - len(tail) :]) == tail or set(extra) & set(order)


def test_a_chain_names_a_middleware_of_its_own_exactly_when_it_is_made(space: Any) -> None:
    for inputs, made, own in space:
        named = {f"apps-{prefix}-demo@kubernetescrd" for prefix in own}
        mentioned = {e for e in made if e.startswith("apps-")} - set(inputs["extra_middlewares"])
        assert mentioned <= named <= set(made)


def test_annotations_name_the_chain_and_the_groups_whatever_else_is_given() -> None:
    extra: dict[str, str]
    for auth, dns_type, asked, label, homepage, extra in itertools.product(
        AUTHS,
        ("proxied", "non-proxied", "internal", "none"),
        (None, True, False),
        (None, "demo app"),
        (True, False),
        ANNOTATIONS,
    ):
        monitor = monitor_on(dns_type, asked)
        made = ingress_annotations(
            platform=HOME,
            name="demo",
            host="demo.viktorbarzin.me",
            chain=("a@file", "b@file"),
            auth=auth,
            allowed_groups=("A", "B"),
            dns_type=dns_type,
            external_monitor=monitor,
            external_monitor_name=label,
            homepage_enabled=homepage,
            extra_annotations=extra,
        )
        assert made["traefik.ingress.kubernetes.io/router.entrypoints"] == "websecure"
        assert made["traefik.ingress.kubernetes.io/router.middlewares"] == "a@file,b@file"
        groups = made.get("authentik.viktorbarzin.me/allowed-groups")
        assert groups == ("A,B" if auth == "required" else "everybody" if extra else None)
        assert made.get("cloudflare.viktorbarzin.me/dns-type") == (None if dns_type == "none" else dns_type)
        watched = asked if asked is not None else True if dns_type in ("proxied", "non-proxied") else None
        expected = None if watched is None else str(watched).lower()
        assert made.get("uptime.viktorbarzin.me/external-monitor") == expected
        assert made.get("uptime.viktorbarzin.me/external-monitor-name") == (label if watched else None)
        assert ("gethomepage.dev/enabled" in made) is homepage
        assert all(isinstance(value, str) for value in made.values())


@pytest.mark.parametrize("auth", AUTHS)
@pytest.mark.parametrize("asked", [None, True, False])
def test_crawlers_are_kept_out_as_asked_else_where_no_login_does(auth: Any, asked: bool | None) -> None:
    on = asked if asked is not None else auth in ("app", "none")
    made = chain(auth=auth, anti_ai_scraping=asked)
    assert ("ai-bot-block" in made, "anti-ai-headers" in made) == (on, on)


@pytest.mark.parametrize("auth", AUTHS)
def test_each_posture_has_its_gate_and_no_other(auth: Any) -> None:
    assert {e for e in chain(auth=auth) if "authentik" in e} == ({GATE[auth]} if auth in GATE else set())


def test_app_and_none_have_the_same_chain() -> None:
    assert chain(auth="app") == chain(auth="none")


@pytest.mark.parametrize(
    ("inputs", "entry", "there"),
    [
        ({}, "rate-limit", True),
        ({"skip_default_rate_limit": True}, "rate-limit", False),
        ({}, "csp-headers", True),
        ({"custom_policy": True}, "csp-headers", False),
        ({"custom_policy": True}, "apps-custom-csp-demo", True),
        ({}, "local-only", False),
        ({"allow_local_access_only": True}, "local-only", True),
        ({"sablier": True}, "apps-sablier-demo", True),
        ({"buffering": True}, "apps-buffering-demo", True),
        ({}, "real-ip", False),
        ({"service_name": "anubis-demo"}, "real-ip", True),
        ({"service_name": "my-anubis-demo"}, "real-ip", False),
        ({"service_name": "anubisdemo"}, "real-ip", False),
        ({"name": "anubis-demo"}, "real-ip", False),
    ],
)
def test_an_input_puts_its_middleware_into_the_chain(inputs: dict[str, Any], entry: str, there: bool) -> None:
    assert (entry in chain(**inputs)) is there


def test_a_repeat_keeps_its_first_place() -> None:
    made = chain(extra_middlewares=["traefik-authentik-forward-auth@kubernetescrd", "x-y@kubernetescrd"], sablier=True)
    assert made[-3:] == ["authentik-forward-auth", "apps-sablier-demo", "x-y"]


@pytest.mark.parametrize(
    ("namespace", "name", "called"),
    [
        ("apps", "demo", "apps-demo"),
        ("apps", "a.b", "apps-a-b"),
        ("apps", "a--b", "apps-a-b"),
        ("my-apps", "demo", "my-apps-demo"),
    ],
)
def test_traefik_calls_a_middleware_by_letters_digits_and_single_dashes(namespace: str, name: str, called: str) -> None:
    assert reference(namespace, name) == f"{called}@kubernetescrd"


@pytest.mark.parametrize(
    ("size", "number"),
    [
        ("0", 0),
        ("5", 5),
        ("010", 10),
        ("1k", 1024),
        ("1K", 1024),
        ("10m", 10 * 1024**2),
        ("10M", 10 * 1024**2),
        ("1g", 1024**3),
        ("16G", 16 * 1024**3),
        ("0g", 0),
    ],
)
def test_a_size_is_bytes_or_a_1024_based_unit_in_either_case(size: str, number: int) -> None:
    assert body_size_in_bytes(size) == number


@pytest.mark.parametrize(
    ("host", "root_domain", "full_host", "whole"),
    [
        (None, "example.com", None, "demo.example.com"),
        ("www", "example.com", None, "www.example.com"),
        ("a.b", "example.com", None, "a.b.example.com"),
        ("www", "example.com", "example.net", "example.net"),
    ],
)
def test_the_full_host_wins_over_host_and_domain(
    host: str | None, root_domain: str, full_host: str | None, whole: str
) -> None:
    assert host_name("demo", host, root_domain, full_host) == whole


@pytest.mark.parametrize(
    ("name", "shown", "icon"),
    [
        ("home-assistant", "home assistant", "homeassistant.png"),
        ("home_assistant", "home assistant", "home_assistant.png"),
        ("demo", "demo", "demo.png"),
    ],
)
def test_the_dashboard_reads_a_name_as_words_and_its_icon_without_dashes(name: str, shown: str, icon: str) -> None:
    made = annotations(name=name, homepage_enabled=True)
    assert (made["gethomepage.dev/name"], made["gethomepage.dev/icon"]) == (shown, icon)


@pytest.mark.parametrize(
    ("namespace", "asked", "group"),
    [
        ("monitoring", None, "Infrastructure"),
        ("reverse-proxy", None, "Smart Home"),
        ("elsewhere", None, "Other"),
        ("monitoring", "Mine", "Mine"),
    ],
)
def test_the_dashboards_group_is_asked_for_or_the_namespaces(namespace: str, asked: str | None, group: str) -> None:
    assert homepage_group_of(HOME, namespace, asked) == group


def test_a_later_annotation_wins_over_an_earlier_one() -> None:
    made = annotations(
        homepage_enabled=True,
        dns_type="internal",
        external_monitor=False,
        auth="required",
        extra_annotations={
            "gethomepage.dev/icon": "mine.svg",
            "cloudflare.viktorbarzin.me/dns-type": "proxied",
            "uptime.viktorbarzin.me/external-monitor": "true",
            "authentik.viktorbarzin.me/allowed-groups": "everybody",
        },
    )
    assert made["gethomepage.dev/icon"] == "mine.svg"
    assert made["cloudflare.viktorbarzin.me/dns-type"] == "internal"
    assert made["uptime.viktorbarzin.me/external-monitor"] == "false"
    assert made["authentik.viktorbarzin.me/allowed-groups"] == "A,B"


def test_no_groups_are_an_empty_annotation_as_in_the_module() -> None:
    made = annotations(auth="required", allowed_groups=())
    assert made == {"authentik.viktorbarzin.me/allowed-groups": ""}


def test_the_annotations_of_another_platform_carry_its_domain() -> None:
    made = annotations(
        platform=OTHER, dns_type="proxied", external_monitor=True, auth="required", host="demo.example.org"
    )
    assert set(made) == {
        "cloudflare.example.org/dns-type",
        "uptime.example.org/external-monitor",
        "authentik.example.org/allowed-groups",
    }
