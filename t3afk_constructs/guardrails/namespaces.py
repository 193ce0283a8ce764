"""Rules for the namespaces of objects, and for Namespaces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from t3afk_constructs.guardrails.finding import identity

if TYPE_CHECKING:
    from t3afk_constructs.guardrails.manifests import Complaints, Rendered

_CLUSTER_SCOPED = {
    "": "Namespace Node PersistentVolume",
    "admissionregistration.k8s.io": "MutatingAdmissionPolicy MutatingAdmissionPolicyBinding "
    "MutatingWebhookConfiguration ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding "
    "ValidatingWebhookConfiguration",
    "apiextensions.k8s.io": "CustomResourceDefinition",
    "apiregistration.k8s.io": "APIService",
    "certificates.k8s.io": "CertificateSigningRequest ClusterTrustBundle",
    "cert-manager.io": "ClusterIssuer",
    "external-secrets.io": "ClusterExternalSecret ClusterPushSecret ClusterSecretStore",
    "flowcontrol.apiserver.k8s.io": "FlowSchema PriorityLevelConfiguration",
    "kyverno.io": "ClusterPolicy",
    "networking.k8s.io": "IngressClass IPAddress ServiceCIDR",
    "node.k8s.io": "RuntimeClass",
    "rbac.authorization.k8s.io": "ClusterRole ClusterRoleBinding",
    "resource.k8s.io": "DeviceClass ResourceSlice",
    "scheduling.k8s.io": "PriorityClass",
    "snapshot.storage.k8s.io": "VolumeSnapshotClass VolumeSnapshotContent",
    "storage.k8s.io": "CSIDriver CSINode StorageClass VolumeAttachment VolumeAttributesClass",
}
CLUSTER_SCOPED = frozenset((group, kind) for group, kinds in _CLUSTER_SCOPED.items() for kind in kinds.split())
"""Kinds that belong to the cluster, with their API group."""

_NAMESPACED = {
    "": "ConfigMap Endpoints LimitRange PersistentVolumeClaim Pod PodTemplate ReplicationController ResourceQuota "
    "Secret Service ServiceAccount",
    "apps": "ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet",
    "autoscaling": "HorizontalPodAutoscaler",
    "batch": "CronJob Job",
    "coordination.k8s.io": "Lease",
    "discovery.k8s.io": "EndpointSlice",
    "external-secrets.io": "ExternalSecret PushSecret SecretStore",
    "networking.k8s.io": "Ingress NetworkPolicy",
    "policy": "PodDisruptionBudget",
    "rbac.authorization.k8s.io": "Role RoleBinding",
    "storage.k8s.io": "CSIStorageCapacity",
    "traefik.io": "IngressRoute Middleware",
}
NAMESPACED = frozenset((group, kind) for group, kinds in _NAMESPACED.items() for kind in kinds.split())
"""Kinds that live in a namespace, with their API group."""


def _group_and_kind(api_version: str, kind: str) -> tuple[str, str]:
    return api_version.rpartition("/")[0], kind


def no_namespace_in_cluster(rendered: Rendered) -> Complaints:
    """An object that belongs to the cluster carries no namespace."""
    for manifest in rendered.manifests:
        who = identity(manifest)
        if who.namespace and _group_and_kind(who.api_version, who.kind) in CLUSTER_SCOPED:
            yield (
                manifest,
                (
                    f"a {who.kind} belongs to the cluster, and the API server refuses one with a namespace; a chart's "
                    "`namespace` is stamped on every object: remove it with JsonPatch.remove('/metadata/namespace')"
                ),
            )


def namespace_given(rendered: Rendered) -> Complaints:
    """An object that lives in a namespace says in which."""
    for manifest in rendered.manifests:
        who = identity(manifest)
        if not who.namespace and _group_and_kind(who.api_version, who.kind) in NAMESPACED:
            yield manifest, "it names no namespace and lands wherever the apply happens to point; write `namespace`"


def known_tier(rendered: Rendered) -> Complaints:
    """A Namespace is labelled with a tier that the platform has."""
    names = [tier.name for tier in rendered.platform.tiers]
    for name, namespace in rendered.namespaces.items():
        given = rendered.namespace_labels(name).get("tier")
        if names and given not in names:
            held = "has no label `tier`" if given is None else f"has the unknown tier '{given}'"
            yield namespace, f"it {held}, so no limit is known for it; write one of {', '.join(names)}"


def unique_objects(rendered: Rendered) -> Complaints:
    """No object is rendered twice."""
    seen = set()
    for manifest in rendered.manifests:
        who = identity(manifest)
        key = (*_group_and_kind(who.api_version, who.kind), who.namespace, who.name)
        if key in seen:
            yield manifest, "it is rendered more than once, and the last one applied wins; give one another name"
        seen.add(key)
