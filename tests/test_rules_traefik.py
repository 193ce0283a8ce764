"""The rules about annotations, names, executors and certificates behind Traefik, over plain manifests."""

from typing import Any

import pytest
from attrs import evolve
from plain import Manifest, found, is_one, pod, service, thing, workload
from traefik_objects import AUTH, LOGIN, RETRY, default_backend, gated, host, middleware, route

from t3afk_constructs.home import HOME
from t3afk_constructs.rules.registry import check

# --- options of routers


@pytest.mark.parametrize(
    ("option", "values", "wrong"),
    [
        ("priority", "1 +7 -3 0 9223372036854774807", "high 1.5 0x1 1_0 ٣ 9223372036854774808 99999999999999999999"),
        ("Priority", "1", "high"),
        ("tls", "true false", "yes"),
        ("tls.domains.0.main", "a.d.me", ""),
        ("tls.certResolver", "a", ""),
        ("observability.metrics", "true F 0", "yes"),
        ("observability.traceverbosity", "minimal", "Minimal"),
        ("pathmatcher", "Path PathPrefix PathRegexp", "path Host(`x`)||Path"),
        ("rulesyntax", "v2", "V2"),
        ("entrypoints", "web,websecure", None),
        ("priorty", None, "1"),
        ("entrypoints.0", None, "web"),
        ("tls.domains", None, "a"),
    ],
)
def test_traefik_reads_each_router_annotation_or_it_is_a_finding(
    option: str, values: str | None, wrong: str | None
) -> None:
    for value in values.split(" ") if values else ():
        assert not found("router-annotations", host(**{option: value}))
    for value in wrong.split(" ") if wrong is not None else ():
        assert is_one(found("router-annotations", host(**{option: value})), f"its annotation router.{option.lower()} ")


def test_annotations_of_services_and_other_prefixes_are_no_router_annotations() -> None:
    made = host()
    made["metadata"]["annotations"] |= {
        "traefik.ingress.kubernetes.io/service.serversscheme": "https",
        "traefik.ingress.kubernetes.io/router": "x",
        "example.com/router.priority": "high",
    }
    assert not found("router-annotations", made)


# --- names


TWO_HOSTS = (host("api-app", name="app"), host("app", name="app-api"))
ONE_ROUTE, ONE_SERVICE = "one of the two does not exist; choose another name", "both hosts lead to one of the two"


@pytest.mark.parametrize(
    ("objects", "message"),
    [
        (TWO_HOSTS, f"has the name 'ns-app-api-app' in Traefik, as Host(`api-app`) && .*{ONE_ROUTE}"),
        ((host("x", name="b-c", namespace="a"), host("x", name="c", namespace="a-b", backend="b")), ONE_ROUTE),
        ((host("x", "/a", name="x"), host("x-a", name="x", namespace="other")), None),
        ((host("a.d", name="x"), host("a-d", name="x.")), ONE_ROUTE),
        ((host(backend="c", namespace="a-b"), host("b", backend="b-c", namespace="a")), ONE_SERVICE),
        ((host(), host("b", name="two")), None),
        ((middleware("x", "a-b"), middleware("b-x", "a")), "has the name 'a-b-x@kubernetescrd' in Traefik, as Middle"),
        ((middleware("a.b", "x"), middleware("a--b", "x")), "one of the two does not exist; rename one"),
        ((middleware("a", "x"), middleware("a", "y")), None),
        ((route("Host(`a`)"), route("Host(`b`)")), None),
        ((default_backend("one"), default_backend("two")), ONE_ROUTE),
    ],
)
def test_two_objects_with_one_name_in_traefik_are_a_finding(objects: tuple[Manifest, ...], message: str | None) -> None:
    first, *more = (message or "").split(".*")
    messages = found("traefik-names", *objects)
    assert is_one(messages, first or None)
    assert all(part in messages[0] for part in more)


def test_two_paths_of_one_ingress_may_have_one_name_because_traefik_adds_a_hash() -> None:
    made = host(path="/a-b")
    (rule,) = made["spec"]["rules"]
    (first,) = rule["http"]["paths"]
    rule["http"]["paths"] += [first | {"path": "/a/b"}, first]
    assert not found("traefik-names", made)
    rule["http"]["paths"].append(first | {"backend": {"service": {"name": "other", "port": {"number": 80}}}})
    assert is_one(found("traefik-names", made), ONE_ROUTE)


@pytest.mark.parametrize(
    ("name", "namespace", "shared"),
    [
        ("authentik-forward-auth", "traefik", True),
        ("authentik.forward--auth", "traefik", True),
        ("forward-auth", "traefik-authentik", True),
        ("x402", "traefik", True),
        ("demo-rate-limit", "traefik", False),
        ("authentik-forward-auth", "apps", False),
    ],
)
def test_a_middleware_with_the_name_of_a_shared_one_is_a_finding(name: str, namespace: str, shared: bool) -> None:
    messages = found("shared-names", middleware(name, namespace))
    assert is_one(messages, "in Traefik, which is the shared middleware 'traefik/" if shared else None)
    assert not found("shared-names", middleware(name, namespace), platform=None)
    assert not found("shared-names", middleware(name, namespace), platform=evolve(HOME, traefik_namespace="edge"))


# --- executors


EXECUTOR = workload(template=pod({"name": "t3", "command": ["t3", "serve"]}))
BEHIND = service(selector={"app": "app"})
OUTSIDE = {"type": "ExternalName", "externalName": "app.ns.svc.cluster.local"}
LISTED = [{"name": "group", "kind": "TraefikService"}, {"name": "app", "port": 80}]
GROUP = thing("TraefikService", "traefik.io/v1alpha1", "group", spec={"weighted": {"services": LISTED}})
PROXY = thing("Service", name="proxy", spec=OUTSIDE) | {"metadata": {"name": "proxy", "namespace": "other"}}


@pytest.mark.parametrize(
    ("objects", "message"),
    [
        ((EXECUTOR, BEHIND, host()), "leads to an executor without the middleware"),
        ((EXECUTOR, BEHIND, host(chain=f"{LOGIN[:33]}-public@kubernetescrd")), "write auth='required'"),
        ((EXECUTOR, BEHIND, route("Host(`a.d.me`)", RETRY)), "leads to an executor without"),
        ((EXECUTOR, BEHIND, route("HostSNI(`a.d.me`)", kind="IngressRouteTCP")), "leads to an executor without"),
        ((EXECUTOR, BEHIND, PROXY, host(backend="proxy", namespace="other")), "leads to an executor without"),
        (
            (EXECUTOR, service(selector={"app": "app"}) | {"spec": BEHIND["spec"] | {"type": "NodePort"}}),
            "its type Nod",
        ),
        (
            (EXECUTOR, BEHIND, GROUP, route("Host(`a.d.me`)", services=[{"kind": "TraefikService", "name": "group"}])),
            "its route Host(`a.d.me`) leads to an executor",
        ),
        ((EXECUTOR, BEHIND, default_backend("one")), "its route PathPrefix(`/`) leads to an executor without"),
        ((EXECUTOR, BEHIND, gated(), route("Host(`a.d.me`)", AUTH)), None),
        ((EXECUTOR, BEHIND, host(backend="other")), None),
        ((EXECUTOR, BEHIND, host(namespace="other")), None),
        ((workload(), BEHIND, host()), None),
    ],
)
def test_an_executor_without_a_login_in_front_is_a_finding(objects: tuple[Manifest, ...], message: str | None) -> None:
    assert is_one(found("executor-login", *objects), message)


# --- certificates


@pytest.mark.parametrize(
    ("where", "secret", "message"),
    [
        ("a.viktorbarzin.me", "tls-secret", None),
        ("viktorbarzin.me", "tls-secret", None),
        ("*.viktorbarzin.me", "tls-secret", None),
        ("a.b.viktorbarzin.me", "tls-secret", "not the host 'a.b.viktorbarzin.me', so browsers refuse it"),
        ("notes.example.com", "tls-secret", "covers 'viktorbarzin.me' and names one level below"),
        ("axviktorbarzin.me", "tls-secret", "or a certificate of its own (tls_secret_name)"),
        ("notes.example.com", "own", None),
    ],
)
def test_the_platforms_certificate_covers_its_domain_and_one_level_below(
    where: str, secret: str, message: str | None
) -> None:
    made = host(where, spec={"tls": [{"hosts": [where], "secretName": secret}]})
    assert is_one(found("certificate", made), message)
    assert not found("certificate", made, platform=None)


def test_no_rule_about_routes_has_a_finding_on_shapes_that_are_none() -> None:
    odd: list[Any] = [None, "x", 1, [], {}, [None], [{}], {"a": 1}]
    for value in odd:
        for field in ("rules", "routes", "tls", "entryPoints", "parentRefs"):
            for kind in (("Ingress", "networking.k8s.io/v1"), ("IngressRoute", "traefik.io/v1alpha1")):
                check([thing(*kind, spec={field: value}), thing(*kind, metadata={"annotations": value})], HOME)
