"""The rules about routes of Traefik that match the same requests, over plain manifests."""

import random
from itertools import product

import pytest
from plain import Manifest, found, is_one, thing
from traefik_objects import AUTH, LOGIN, OPEN, RETRY, gated, host, route

from t3afk_constructs.home import HOME
from t3afk_constructs.rules.matches import alternatives
from t3afk_constructs.rules.rendered import Rendered
from t3afk_constructs.rules.routes import routes

# --- the order of routes

BY_CHANCE = "have the same rank and different middlewares, so Traefik picks one of them by chance"
HIDDEN = "takes every request of"
OPENED = "has no login and takes requests of"


@pytest.mark.parametrize(
    ("objects", "message"),
    [
        # one host and path
        ((host(), gated()), BY_CHANCE),
        ((host(), gated(namespace="other")), BY_CHANCE),
        ((host(chain=f"{OPEN},x@file"), host(name="two")), BY_CHANCE),
        ((host(path="/api"), gated("a.d.me", "/api")), BY_CHANCE),
        ((host(path="/x", priority="9"), gated(priority="9")), BY_CHANCE),
        ((route("Host(`A.d.me`)&&PathPrefix(`/`)"), gated(priority="31")), BY_CHANCE),
        ((host(), host(name="two")), None),
        ((host(), gated("b.d.me")), None),
        ((host(entrypoints="web"), gated(entrypoints="websecure")), None),
        ((host(entrypoints="web"), gated(entrypoints=" websecure, web")), BY_CHANCE),
        ((host(), gated(spec={"ingressClassName": "nginx"})), None),
        # different paths of one host
        ((host(path="/api"), gated()), None),
        ((host(), gated("a.d.me", "/api")), None),
        ((host(path="/ap"), gated("a.d.me", "/api")), None),
        ((host(path="/api", kind="Prefix"), gated("a.d.me", "/api", kind="Exact")), HIDDEN),
        ((host(path="/api", kind="Exact"), gated("a.d.me", "/api/v1", kind="Prefix")), None),
        ((host(path=""), gated()), HIDDEN),
        # priorities
        ((host(priority="100"), gated("a.d.me", "/api")), "(100 and 36); set a lower router.priority"),
        ((host(Priority="100"), gated()), HIDDEN),
        ((host(priority="0"), gated()), BY_CHANCE),
        ((host(), gated(priority="5")), HIDDEN),
        ((host(priority="5"), gated()), HIDDEN),
        ((host(path="/api", priority="100"), gated()), None),
        # hosts with a wildcard, or none
        ((host("*.d.me"), gated("abcdefghijkl.d.me")), HIDDEN),
        ((host("*.d.me", "/api"), gated()), OPENED),
        ((gated("*.d.me", "/api"), host()), None),
        ((host("*.d.me", priority="5"), gated()), None),
        ((host("*.d.me"), gated("d.me")), None),
        ((host("*.d.me"), gated("a.b.d.me")), None),
        ((host(None), gated()), None),
        ((host(None, "/api", priority="100"), gated()), OPENED),
        # IngressRoutes
        ((route("HostRegexp(`.+`)", RETRY, priority=100), gated()), HIDDEN),
        ((route(r"HostRegexp(`^[a-z]+\.d\.me$`) && PathPrefix(`/out`)", RETRY), gated()), OPENED),
        ((route(r"HostRegexp(`^[a-z]+\.d\.me$`) && PathPrefix(`/out`)", AUTH), gated()), None),
        ((route("Host(`b.d.me`) || (Host(`a.d.me`) && PathPrefix(`/`))", RETRY), gated()), HIDDEN),
        ((route("Host(`a.d.me`) && PathRegexp(`^/`) && PathPrefix(`/`)", RETRY), gated()), HIDDEN),
        ((route("Host(`a.d.me`) && Method(`GET`)", RETRY, priority=100), gated()), None),
        ((route("Host(`a.d.me`) && !Method(`GET`)", RETRY, priority=33), gated()), BY_CHANCE),
        ((route("!Host(`b.d.me`)", RETRY, priority=100), gated()), OPENED),
        ((route("Host(`a.d.me`) &&", RETRY, priority=100), gated()), None),
        ((route("HostSNI(`a.d.me`)", kind="IngressRouteTCP"), gated()), HIDDEN),
        ((route("HostSNI(`*`)", kind="IngressRouteTCP"), gated()), None),
        ((route("Host(`a.d.me`)", RETRY, entry=["web"], priority=100), gated(entrypoints="websecure")), None),
    ],
)
def test_no_route_takes_the_requests_of_another_one_with_other_middlewares(
    objects: tuple[Manifest, ...], message: str | None
) -> None:
    assert is_one(found("route-order", *objects), message)
    assert is_one(found("route-order", *reversed(objects)), message)


def test_routes_of_another_cluster_do_not_meet() -> None:
    assert not found("route-order", host(spec={"ingressClassName": "edge"}), gated())
    assert found("route-order", host(spec={"ingressClassName": "edge"}), gated(), platform=None)


def test_a_chain_middleware_stands_for_the_middlewares_in_it() -> None:
    listed = [{"name": "authentik-forward-auth", "namespace": "traefik"}, {"name": "own"}, {"name": "x@file"}]
    made = thing("Middleware", "traefik.io/v1alpha1", "all", spec={"chain": {"middlewares": listed}})
    own = thing("Middleware", "traefik.io/v1alpha1", "own", spec={"chain": {"middlewares": [{"name": "all"}]}})
    (read,) = routes(Rendered([host(chain="ns-all@kubernetescrd"), made, own], HOME))
    assert read.chain == (LOGIN, "ns-all@kubernetescrd", "x@file")


@pytest.mark.parametrize(
    ("rule", "count"),
    [
        ("Host(`a`)", 1),
        ('host("a") && (Path(`/`) || PATH(`/b`))', 2),
        ("Host(`a`, `b`)", 2),
        ("!(Host(`a`) || Path(`/`)) && Query(`a`, `b`)", 1),
        *(
            (rule, 0)
            for rule in (
                "",
                "Host",
                "Host(",
                "Host(a)",
                "Host(`a`",
                "(Host(`a`)",
                "Host(`a`) Path(`/`)",
                "a%b",
                "!",
                'Host("\\d")',
            )
        ),
        (" && ".join(["(Host(`a`) || Host(`b`))"] * 7), 0),
        ("(" * 3000, 0),
    ],
)
def test_a_rule_is_read_as_alternatives_or_not_at_all(rule: str, count: int) -> None:
    assert len(alternatives(rule)) == count


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        ("Path(`/`)", "Path(`/`) && Host(`a.b`)"),
        ("Host(`*`)", "HostRegexp(`a`)"),
        ("Host(`*.b`)", "Host(`a.b.`)"),
        ("HostRegexp(`^[a-z0-9-]+\\.b$`)", "Host(`*.b`)"),
        ("HostRegexp(`{name:[a-z0-9-]+}.b`)", "Host(`a.b`)"),
        ("HostRegexp(`[[:alpha:]]+`)", "Host(`a.b`)"),
        ("HostRegexp(`(`)", "Host(`a.b`)"),
        ("PathPrefix(`/a`)", "PathPrefix(`/ab`)"),
        ("PathPrefix(`/a`)", "Path(`/a`)"),
        ("PathRegexp(`^/a`)", "PathPrefix(`/a`)"),
        ("PathPrefix(`/`)", "PathRegexp(`^/a$`)"),
        ("Host(`a.b`)", "Host(`a.b`) && Method(`GET`)"),
        ("Host(`c.b`)", "Host(`a.b`) && Host(`c.b`)"),
    ],
)
def test_a_rule_covers_a_narrower_one(wide: str, narrow: str) -> None:
    (one,), (two,) = alternatives(wide), alternatives(narrow)
    assert one.covers(two)
    assert not two.covers(one)
    assert one.overlaps(two)
    assert two.overlaps(one)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Host(`a.b`)", "Host(`b.b`)"),
        ("Host(`*.b`)", "Host(`c.a.b`)"),
        ("Host(`*.b`)", "Host(`b`)"),
        ("Path(`/a`)", "PathPrefix(`/ab`)"),
        ("PathRegexp(`^/a`)", "Path(`/b`)"),
        ("Host(`a.b`) && Method(`GET`)", "Host(`a.b`) && Method(`PUT`)"),
        ("Header(`X`, `a`)", "Header(`X`, `b`)"),
        ("PathRegexp(`^/out`)", "PathPrefix(`/api`)"),
        (r"PathRegexp(`^/\.a`)", "PathRegexp(`^/a`)"),
    ],
)
def test_some_rules_have_no_request_in_common(one: str, two: str) -> None:
    (first,), (second,) = alternatives(one), alternatives(two)
    assert not first.overlaps(second)
    assert not second.overlaps(first)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("PathPrefix(`/a`)", "PathRegexp(`^/api`)"),
        ("PathPrefix(`/api`)", "PathRegexp(`^/apix?$`)"),
        ("PathPrefix(`/api`)", "PathRegexp(`^/out|^/a$`)"),
        ("PathPrefix(`/api`)", "PathRegexp(`i$`)"),
        ("HostRegexp(`a`)", "HostRegexp(`b`)"),
        ("HostRegexp(`^a`)", "Host(`*.b`)"),
        ("Host(`a`) && !Method(`PUT`)", "Host(`a`) && !Path(`/`)"),
        ("Header(`X`, `a`)", "Header(`Y`, `b`)"),
        ("Method(`GET`)", "ClientIP(`192.0.2.1`)"),
    ],
)
def test_some_rules_have_requests_in_common_and_others(one: str, two: str) -> None:
    (first,), (second,) = alternatives(one), alternatives(two)
    assert first.overlaps(second)
    assert second.overlaps(first)
    assert not first.covers(second)
    assert not second.covers(first)


HOSTS, PATHS = ("a.d.me", "abcdefghijkl.d.me", "*.d.me", None), ("/", "/api", "/api/v1", "/api-keys")
Made = tuple[str | None, str, str, int]  # host, path, chain, priority


def _winners(made: list[Made], where: str, request: str, *, old: bool) -> set[str]:
    """The chains that Traefik may run for a request: those of the largest priority or longest rule."""
    ranked: dict[int, set[str]] = {}
    for name, path, chain, priority in made:
        wildcard = name is not None and name.startswith("*") and name[2:] == where.partition(".")[2]
        if (name in (None, where) or wildcard) and request.startswith(path):
            rule = f"Host(`{name}`) && PathPrefix(`{path}`)" if name else f"PathPrefix(`{path}`)"
            if wildcard and old:
                rule = rf"HostRegexp(`^[a-zA-Z0-9-]+\.d\.me$`) && PathPrefix(`{path}`)"
            ranked.setdefault(priority or len(rule), set()).add(chain)
    return ranked[max(ranked)]


@pytest.mark.parametrize("old", [True, False])
def test_without_a_finding_each_path_with_login_asks_for_it_whatever_else_the_app_renders(old: bool) -> None:
    draw = random.Random(16)
    kept = 0
    for _ in range(700):
        made: list[Made] = [
            (draw.choice(HOSTS), draw.choice(PATHS), draw.choice((OPEN, LOGIN)), draw.choice((0, 0, 0, 1, 20, 31, 100)))
            for _ in range(3)
        ]
        ingresses = (
            host(*route, name=f"i{index}", priority=str(priority)) for index, (*route, priority) in enumerate(made)
        )
        if found("route-order", *ingresses):
            continue
        kept += 1
        for where, request in product(HOSTS[:2], PATHS):
            own = [(path, chain) for name, path, chain, _ in made if name == where and request.startswith(path)]
            if own and max(own)[1] == LOGIN:
                assert _winners(made, where, request, old=old) == {LOGIN}, made
    assert kept > 200


# --- prefixes


@pytest.mark.parametrize(
    ("objects", "message"),
    [
        ((host(path="/api"), gated("a.d.me", "/api-keys")), "write '/api/' to open the folder alone"),
        ((host(path="/api"), gated("a.d.me", "/apis", kind="Exact")), "beside '/apis' of Ingress 'gated'"),
        ((host("*.d.me", "/api"), gated("a.d.me", "/api-keys")), "write '/api/'"),
        ((host(path="/api"), gated("a.d.me", "/api/keys")), None),
        ((host(path="/api/"), gated("a.d.me", "/api/keys")), None),
        ((host(path="/api"), gated("a.d.me", "/api")), None),
        ((host(path="/api"), gated()), None),
        ((host(), gated("a.d.me", "/api-keys")), None),
        ((host(path="/api", kind="Exact"), gated("a.d.me", "/api-keys")), None),
        ((host(path="/api"), gated("b.d.me", "/api-keys")), None),
        ((host(path="/api"), host(path="/api-keys", name="two")), None),
    ],
)
def test_an_open_path_that_begins_a_path_with_login_in_a_word_is_a_finding(
    objects: tuple[Manifest, ...], message: str | None
) -> None:
    assert is_one(found("open-prefix", *objects), message)
    assert not found("open-prefix", *objects, platform=None)
