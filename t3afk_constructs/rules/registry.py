"""All rules: their names, severities and sources."""

from __future__ import annotations

from itertools import starmap
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

from t3afk_constructs.credentials import without_credentials
from t3afk_constructs.manifests import identity
from t3afk_constructs.rules import (
    fields,
    images,
    ingresses,
    middlewares,
    mounts,
    namespaces,
    privileges,
    references,
    resources,
    route_order,
    secrets,
    sizes,
    traefik_names,
)
from t3afk_constructs.rules.as_admitted import as_admitted
from t3afk_constructs.rules.database_mounts import database_mounts
from t3afk_constructs.rules.executor_login import executor_login
from t3afk_constructs.rules.finding import Complaint, Finding, Severity
from t3afk_constructs.rules.image_users import non_root_user
from t3afk_constructs.rules.known_references import broken_references, known_namespaces, known_references
from t3afk_constructs.rules.owned_fields import owned_fields
from t3afk_constructs.rules.pod_security_standards import pod_security
from t3afk_constructs.rules.rendered import Complaints, Rendered
from t3afk_constructs.rules.sablier import sablier_workloads
from t3afk_constructs.rules.selectors import workload_selector
from t3afk_constructs.rules.single_writer import single_writer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from t3afk_constructs.manifests import Identity
    from t3afk_constructs.platform import Platform

RuleName = Literal[
    "unique-objects",
    "no-namespace-in-cluster",
    "known-fields",
    "unique-entries",
    "broken-references",
    "ingress-service",
    "ingress-port",
    "workload-selector",
    "mounted-volumes",
    "unused-volumes",
    "service-selector",
    "service-target-port",
    "route-order",
    "open-prefix",
    "router-annotations",
    "declared-middlewares",
    "shared-names",
    "traefik-names",
    "executor-login",
    "certificate",
    "known-middlewares",
    "sablier-workloads",
    "allowed-groups",
    "single-writer",
    "database-mounts",
    "non-root-user",
    "request-within-limit",
    "pod-security",
    "config-size",
    "annotation-size",
    "plain-text",
    "misread-text",
    "owned-fields",
    "namespace-given",
    "known-namespaces",
    "known-references",
    "known-tier",
    "trusted-registries",
    "image-tag",
    "image-exact",
    "no-privileged",
    "no-host-namespaces",
    "no-sys-admin",
    "no-cpu-limits",
    "limit-range",
    "resource-quota",
    "as-admitted",
    "no-secret-values",
]
UNIQUE_OBJECTS = "unique-objects"
"""The name of the rule about all objects of one identity, not about one of them."""

UNUSED_SILENCE = "unused-silence"
"""The name of the warning about a silence without a finding."""

OTHER_PLATFORM = "other-platform"
"""The name of the error about a construct that has another platform than its guarded chart."""

UNKNOWN_PLATFORM = "unknown-platform"
"""The name of the error about a guarded chart of an unknown platform."""


class Rule(NamedTuple):
    """One rule.

    Attributes:
        name: the rule's name, in its messages and in `silence`.
        severity: `error` or `warning`. `strict` is a warning, and an error on a platform with `strict_middlewares`.
        source: what or who sets the rule.
        check: finds the objects that break the rule.
    """

    name: RuleName
    severity: Literal["error", "warning", "strict"]
    source: str
    check: Callable[[Rendered], Complaints]

    @property
    def summary(self) -> str:
        """The rule in one sentence."""
        return (self.check.__doc__ or "").partition("\n")[0]

    def severity_on(self, platform: Platform | None) -> Severity:
        """The severity on a platform."""
        if self.severity == "strict":
            return "error" if platform and platform.strict_middlewares else "warning"
        return self.severity


FACTS = (
    Rule("unique-objects", "error", "API server", namespaces.unique_objects),
    Rule("no-namespace-in-cluster", "warning", "API server", namespaces.no_namespace_in_cluster),
    Rule("known-fields", "error", "API server", fields.known_fields),
    Rule("unique-entries", "error", "API server", fields.unique_entries),
    Rule("broken-references", "error", "API server", broken_references),
    Rule("ingress-service", "warning", "Traefik", references.ingress_service),
    Rule("ingress-port", "error", "Traefik", references.ingress_port),
    Rule("workload-selector", "error", "API server", workload_selector),
    Rule("mounted-volumes", "error", "API server", mounts.mounted_volumes),
    Rule("unused-volumes", "warning", "kubelet", mounts.unused_volumes),
    Rule("service-selector", "warning", "API server", references.service_selector),
    Rule("service-target-port", "error", "API server", references.service_target_port),
    Rule("route-order", "error", "Traefik", route_order.route_order),
    Rule("open-prefix", "warning", "Traefik", route_order.open_prefix),
    Rule("router-annotations", "error", "Traefik", ingresses.router_annotations),
    Rule("declared-middlewares", "error", "IngressFactory", ingresses.declared_middlewares),
    Rule("shared-names", "error", "Traefik", traefik_names.shared_names),
    Rule("traefik-names", "error", "Traefik", traefik_names.traefik_names),
    Rule("executor-login", "error", "T3", executor_login),
    Rule("certificate", "warning", "TLS", ingresses.certificate),
    Rule("known-middlewares", "strict", "Traefik", middlewares.known_middlewares),
    Rule("sablier-workloads", "warning", "Sablier", sablier_workloads),
    Rule("allowed-groups", "warning", "Authentik", middlewares.allowed_groups),
    Rule("single-writer", "error", "T3", single_writer),
    Rule("database-mounts", "warning", "SQLite", database_mounts),
    Rule("non-root-user", "error", "kubelet", non_root_user),
    Rule("request-within-limit", "error", "API server", resources.request_within_limit),
    Rule("pod-security", "error", "API server", pod_security),
    Rule("config-size", "error", "API server", sizes.config_size),
    Rule("annotation-size", "error", "API server", sizes.annotation_size),
    Rule("plain-text", "error", "API server", sizes.plain_text),
)
"""Facts of Kubernetes, YAML and the programs around it. They hold in every app."""

CDK8S_FACTS = (
    *FACTS,
    Rule("misread-text", "error", "YAML", sizes.misread_text),
    Rule("owned-fields", "warning", "API server", owned_fields),
)
"""Facts of an app that `app.synth()` writes."""

POLICIES = (
    Rule("namespace-given", "warning", "API server", namespaces.namespace_given),
    Rule("known-namespaces", "warning", "API server", known_namespaces),
    Rule("known-references", "warning", "API server", known_references),
    Rule("known-tier", "error", "policy", namespaces.known_tier),
    Rule("trusted-registries", "error", "admission", images.trusted_registries),
    Rule("image-tag", "error", "policy", images.image_tag),
    Rule("image-exact", "warning", "platform", images.image_exact),
    Rule("no-privileged", "error", "admission", privileges.no_privileged),
    Rule("no-host-namespaces", "error", "admission", privileges.no_host_namespaces),
    Rule("no-sys-admin", "error", "admission", privileges.no_sys_admin),
    Rule("no-cpu-limits", "error", "policy", resources.no_cpu_limits),
    Rule("limit-range", "error", "LimitRange", resources.limit_range),
    Rule("resource-quota", "error", "ResourceQuota", resources.resource_quota),
    Rule("as-admitted", "error", "admission", as_admitted),
    Rule("no-secret-values", "error", "policy", secrets.no_secret_values),
)
"""Policies of a platform. `guard` turns them on."""

RULES = (*CDK8S_FACTS, *POLICIES)
RULE_NAMES: tuple[RuleName, ...] = get_args(RuleName)


def check(
    manifests: Iterable[Any],
    platform: Platform | None,
    rules: Iterable[Rule] = RULES,
    *,
    declared: Mapping[Identity, Mapping[str, str]] | None = None,
    initial: Mapping[Identity, Sequence[str]] | None = None,
    beside: Iterable[Any] = (),
) -> list[Finding]:
    """Check the objects that an app renders for one cluster.

    Args:
        manifests: the objects.
        platform: the cluster's facts.
        rules: the rules to apply.
        declared: the annotations of Ingresses before patches.
        initial: the pointers of the fields that a manifest sets at the first apply alone.
        beside: the app's other objects for the cluster, which nothing here judges, but references may lead to.
    """
    rendered = Rendered(manifests, platform, declared, initial, beside)
    return [
        Finding(
            complaint.severity or rule.severity_on(platform),
            rule.name,
            identity(complaint.manifest),
            without_credentials(complaint.message),
            complaint.manifest,
            complaint.places,
        )
        for rule in rules
        for complaint in starmap(Complaint, rule.check(rendered))
    ]
