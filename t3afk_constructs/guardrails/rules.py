"""All rules: their names, what breaking one means, and where each comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import frozen

from t3afk_constructs.guardrails import images, namespaces, pod_security, references, resources, secrets, sizes
from t3afk_constructs.guardrails.as_admitted import as_admitted
from t3afk_constructs.guardrails.finding import Finding, Severity, identity
from t3afk_constructs.guardrails.manifests import Check, Rendered
from t3afk_constructs.guardrails.single_writer import single_writer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from t3afk_constructs.platform import Platform


@frozen
class Rule:
    """One rule of the cluster.

    Attributes:
        name: by which it is silenced.
        severity: whether breaking it stops synth.
        source: who sets the rule.
        check: the function from what is rendered to the objects that break it, each with a message.
    """

    name: str
    severity: Severity
    source: str
    check: Check

    @property
    def summary(self) -> str:
        """What the rule asks, in one sentence."""
        return (self.check.__doc__ or "").partition("\n")[0]


RULES = (
    Rule("trusted-registries", "error", "admission", images.trusted_registries),
    Rule("image-tag", "error", "policy", images.image_tag),
    Rule("image-exact", "warning", "platform", images.image_exact),
    Rule("no-privileged", "error", "admission", pod_security.no_privileged),
    Rule("no-host-namespaces", "error", "admission", pod_security.no_host_namespaces),
    Rule("no-sys-admin", "error", "admission", pod_security.no_sys_admin),
    Rule("no-cpu-limits", "error", "policy", resources.no_cpu_limits),
    Rule("limit-range", "error", "LimitRange", resources.limit_range),
    Rule("resource-quota", "error", "ResourceQuota", resources.resource_quota),
    Rule("as-admitted", "error", "admission", as_admitted),
    Rule("known-tier", "error", "policy", namespaces.known_tier),
    Rule("no-namespace-in-cluster", "error", "API server", namespaces.no_namespace_in_cluster),
    Rule("namespace-given", "warning", "API server", namespaces.namespace_given),
    Rule("unique-objects", "error", "API server", namespaces.unique_objects),
    Rule("single-writer", "error", "T3", single_writer),
    Rule("ingress-service", "warning", "Traefik", references.ingress_service),
    Rule("ingress-port", "error", "Traefik", references.ingress_port),
    Rule("service-selector", "warning", "API server", references.service_selector),
    Rule("service-target-port", "error", "API server", references.service_target_port),
    Rule("config-size", "error", "API server", sizes.config_size),
    Rule("annotation-size", "error", "API server", sizes.annotation_size),
    Rule("plain-text", "error", "YAML", sizes.plain_text),
    Rule("no-secret-values", "error", "policy", secrets.no_secret_values),
)
UNUSED_SILENCE = "unused-silence"
"""The name under which a silence is reported that silences nothing. It is a warning."""


def check(manifests: Iterable[Any], platform: Platform) -> list[Finding]:
    """What all rules find in the objects that are applied together to one cluster."""
    rendered = Rendered(manifests, platform)
    return [
        Finding(rule.severity, rule.name, identity(manifest), message)
        for rule in RULES
        for manifest, message in rule.check(rendered)
    ]
