"""Rules for Namespaces, and for the namespace and name of every object."""

from __future__ import annotations

from typing import TYPE_CHECKING

from t3afk_constructs.kinds import CLUSTER_SCOPED, NAMESPACED, group_and_kind
from t3afk_constructs.manifests import identity

if TYPE_CHECKING:
    from t3afk_constructs.rules.rendered import Complaints, Rendered


def no_namespace_in_cluster(rendered: Rendered) -> Complaints:
    """A cluster-scoped object has no namespace."""
    for manifest in rendered.manifests:
        who = identity(manifest)
        if who.namespace and group_and_kind(who.api_version, who.kind) in CLUSTER_SCOPED:
            message = (
                f"a {who.kind} is cluster-scoped, so the API server ignores its namespace; cdk8s adds the chart's to "
                "every object: use Manifest, or JsonPatch.remove('/metadata/namespace')"
            )
            yield manifest, message


def namespace_given(rendered: Rendered) -> Complaints:
    """A namespaced object names its namespace."""
    for manifest in rendered.manifests:
        who = identity(manifest)
        if not who.namespace and group_and_kind(who.api_version, who.kind) in NAMESPACED:
            message = "it has no namespace, so kubectl applies it to the current one of the kubeconfig; set `namespace`"
            yield manifest, message


def known_tier(rendered: Rendered) -> Complaints:
    """A Namespace has the label `tier`, with a tier of the platform."""
    names = [tier.name for tier in rendered.platform.tiers] if rendered.platform else []
    for name, namespace in rendered.namespaces.items():
        given = rendered.namespace_labels(name).get("tier")
        if names and given not in names:
            cause = "has no label `tier`" if given is None else f"has the unknown tier '{given}'"
            yield namespace, f"it {cause}, so its limits are unknown; set it to one of {', '.join(names)}"


def unique_objects(rendered: Rendered) -> Complaints:
    """The app renders each object once."""
    seen = set()
    for manifest in rendered.manifests:
        who = identity(manifest)
        kind = group_and_kind(who.api_version, who.kind)
        key = (*kind, None if kind in CLUSTER_SCOPED else who.namespace, who.name)
        if key in seen:
            yield manifest, "the app renders it more than once, and the last one applied wins; rename one"
        seen.add(key)
