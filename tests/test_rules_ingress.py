"""Each rule about Ingresses and Services, over plain manifests."""

from typing import Any

import pytest
from attrs import evolve
from plain import Manifest, container, found, ingress, is_one, pod, service, thing, workload

from t3afk_constructs.home import HOME
from t3afk_constructs.rules.registry import RULES, check
from t3afk_constructs.rules.sablier import workload_labels
from t3afk_constructs.traefik import MIDDLEWARES

# --- references

SELECTING = service(selector={"app": "app"})
TO_WEB = service(selector={"app": "app"}, targetPort="web")
WEB = workload(template=pod(container(ports=[{"name": "web", "containerPort": 80}])))
ELSEWHERE = {"metadata": {"name": "app", "namespace": "other"}}


@pytest.mark.parametrize(
    ("rule", "objects", "message"),
    [
        ("ingress-service", (ingress(), service("other")), "renders other Services in that namespace (other)"),
        ("ingress-service", (ingress(), service(), service("other")), None),
        ("ingress-service", (ingress("of-another-stack"), service() | ELSEWHERE), None),
        ("ingress-port", (ingress(number=81), service()), "port 81 of the Service 'app', which has 80; name one"),
        ("ingress-port", (ingress(name="web"), service()), "port web of the Service 'app', which has 80"),
        ("ingress-port", (ingress(), thing("Service", spec={})), "which has no ports; add it there"),
        ("ingress-port", (ingress(), service()), None),
        ("ingress-port", (ingress(name="web"), thing("Service", spec={"ports": [{"port": 1, "name": "web"}]})), None),
        ("ingress-port", (ingress(number=81), service() | ELSEWHERE), None),
        ("service-selector", (service(selector={"app": "b"}), workload()), "its selector app=b matches no workload"),
        ("service-selector", (service(selector={"app": "app", "x": "y"}), workload()), "app=app, x=y matches no"),
        ("service-selector", (SELECTING, workload()), None),
        ("service-selector", (SELECTING, workload(name="b") | ELSEWHERE), None),
        ("service-selector", (service(), workload()), None),
        ("service-target-port", (TO_WEB, workload()), "its targetPort 'web' is not a port name of its pods"),
        ("service-target-port", (TO_WEB, WEB), None),
        ("service-target-port", (service(selector={"app": "app"}, targetPort=99), WEB), None),
        ("service-target-port", (TO_WEB, workload(name="b")), None),
    ],
)
def test_a_reference_leads_to_an_object_of_the_app_or_to_another_stack(
    rule: str, objects: tuple[Manifest, ...], message: str | None
) -> None:
    assert is_one(found(rule, *objects), message)


# --- middlewares


def middleware(name: str, namespace: str = "tools", **spec: Any) -> Manifest:
    made = thing("Middleware", "traefik.io/v1alpha1", name, spec=spec)
    return made | {"metadata": {"name": name, "namespace": namespace}}


def with_chain(*chain: str) -> Manifest:
    return ingress(annotations={MIDDLEWARES: ",".join(chain)})


SHARED = evolve(HOME, shared_middlewares=("retry", "my.auth", "*-rate-limit", "a@file"))


SHARED_OR_RENDERED = (
    "traefik-retry traefik-my-auth traefik-demo-rate-limit a@file tools-auth my-tools-the-auth default-listed"
)
UNKNOWN = (
    "traefik--rate-limit traefik-a.b-rate-limit traefik-rate-limit-demo apps-retry apps-demo-rate-limit "
    "traefik-retry@file a@files tools-auth-more my-tools-the.auth"
)


@pytest.mark.parametrize(
    ("name", "known"), [*((n, True) for n in SHARED_OR_RENDERED.split()), *((n, False) for n in UNKNOWN.split())]
)
def test_a_middleware_must_be_shared_or_rendered_by_the_app(name: str, known: bool) -> None:
    entry = name if "@" in name else f"{name}@kubernetescrd"
    nameless = middleware("listed")
    del nameless["metadata"]["namespace"]
    listed = {"apiVersion": "v1", "kind": "List", "items": [nameless, {"kind": "Pod"}]}
    rendered = (middleware("auth"), middleware("the.auth", "my-tools"), listed)
    messages = found("known-middlewares", with_chain(entry, "", " a@file "), *rendered, platform=SHARED)
    assert is_one(messages, None if known else f"the middleware '{entry}' is neither shared")


@pytest.mark.parametrize(("strict", "severity"), [(True, "error"), (False, "warning")])
def test_an_unknown_middleware_is_an_error_on_a_strict_platform(strict: bool, severity: str) -> None:
    objects = (with_chain("traefik-retry@kubernetescrd"), ingress())
    rules = [rule for rule in RULES if rule.name == "known-middlewares"]
    (finding,) = check(objects, evolve(HOME, strict_middlewares=strict, shared_middlewares=()), rules)
    assert finding.severity == severity
    assert not found("known-middlewares", *objects, platform=None)


@pytest.mark.parametrize(("groups", "message"), [("", "allowed_groups is empty"), ("A", None)])
@pytest.mark.parametrize("domain", [HOME.domain, "example.com"])
def test_an_empty_list_of_allowed_groups_is_a_finding(groups: str, message: str | None, domain: str) -> None:
    made = ingress(annotations={f"authentik.{domain}/allowed-groups": groups})
    assert is_one(found("allowed-groups", made, ingress(), platform=evolve(HOME, domain=domain)), message)
    assert not found("allowed-groups", made, platform=evolve(HOME, domain="example.org"))


# --- Sablier

LABELS = workload_labels("demo")


def sleeper(name: str = "app", kind: str = "Deployment", labels: Any = LABELS, **spec: Any) -> Manifest:
    made = workload(kind, name, **spec)
    made["spec"]["template"]["metadata"]["labels"]["more"] = "x"
    return made | {"metadata": made["metadata"] | {"labels": labels}}


def asleep(*objects: Manifest, group: Any = "demo", chain: str = "tools-sablier-app@kubernetescrd") -> list[str]:
    """The findings behind an Ingress with Sablier."""
    sablier = middleware("sablier-app", plugin={"sablier": {"group": group}})
    return found("sablier-workloads", with_chain("traefik-retry@kubernetescrd", chain), sablier, *objects)


UNLABELLED = sleeper(labels={})
BEHIND = sleeper("behind", replicas=1)
EVERY_LABEL = "lacks the labels sablier.enable=true, sablier.group=demo, sablier.ready-after=5s, so Sablier never"


@pytest.mark.parametrize(
    ("objects", "message"),
    [
        *(((SELECTING, sleeper(replicas=count)), "leave the field out") for count in (0, 3)),
        ((SELECTING, sleeper(kind="StatefulSet", replicas=1)), "'ns': StatefulSet 'ns/app' has spec.replicas"),
        ((SELECTING, sleeper(kind="StatefulSet")), None),
        ((SELECTING, UNLABELLED), EVERY_LABEL),
        ((SELECTING, sleeper(labels="odd")), EVERY_LABEL),
        ((SELECTING, sleeper(labels=LABELS | {"sablier.group": "other"})), "lacks the labels sablier.group=demo, so"),
        (
            (SELECTING, sleeper(labels=LABELS | {"sablier.enable": ["true"]})),
            "'ns/app' lacks the labels sablier.enable=",
        ),
        (
            (SELECTING, sleeper(labels={"sablier.enable": "true"})),
            "pass scale_to_zero to the WebService, or add the Ingress's `sab",
        ),
        # A proxy in front of the workload may stay awake.
        ((SELECTING, sleeper(labels={}, replicas=2), sleeper("behind")), None),
        ((SELECTING, sleeper(labels={}, replicas=2), BEHIND), "Deployment 'ns/behind' has spec.replicas"),
        # Other workloads need neither.
        ((UNLABELLED,), None),
        ((SELECTING | {"metadata": {"name": "other", "namespace": "ns"}}, UNLABELLED), None),
        ((SELECTING | ELSEWHERE, UNLABELLED), None),
        ((SELECTING, UNLABELLED | ELSEWHERE), None),
        ((service(selector={"app": "app", "tier": "x"}), UNLABELLED), None),
        ((service(), UNLABELLED), None),
        ((SELECTING, workload("DaemonSet")), None),
        ((SELECTING | {"metadata": None}, UNLABELLED | {"metadata": None}), None),
        ((SELECTING | {"spec": {"selector": ["x"]}}, UNLABELLED | {"spec": {"template": "x"}}), None),
    ],
)
def test_a_workload_behind_sablier_has_its_labels_and_no_replica_count(
    objects: tuple[Manifest, ...], message: str | None
) -> None:
    assert is_one(asleep(*objects), message)


def test_without_sablier_a_workload_needs_no_labels() -> None:
    assert asleep(SELECTING, UNLABELLED, chain="tools-sablier-other@kubernetescrd") == []
    assert asleep(SELECTING, UNLABELLED, group="") == asleep(SELECTING, UNLABELLED, group=["demo"]) == []
