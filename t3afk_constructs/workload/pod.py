"""The pod of a workload, as plain values."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from attrs import field, frozen

from t3afk_constructs import formats, inputs
from t3afk_constructs.manifests import given, pointer
from t3afk_constructs.workload.container import Container, Fields
from t3afk_constructs.workload.volumes import Volumes

Owner = Literal["manifest", "cluster"]
KEEL_POLICY = "keel.sh/policy"
FILES_CHECKSUM = "checksum/files"
"""The annotation of a pod with the hash of its files from text: a changed file starts new pods."""


@frozen(kw_only=True, field_transformer=inputs.checked_fields)
class Pod:
    """The rarer fields of a workload's pods. Left-out fields are the API server's or the admission's.

    Attributes:
        labels: more labels than the selector's.
        annotations: of the pods.
        init_containers: the containers that run before the others, in their order.
        sidecars: the containers beside the workload's own.
        image_pull_secrets: the Secrets with the logins of image registries.
        service_account_name: the account whose token the pods get; default: the namespace's `default`, without a token.
        automount_service_account_token: whether the pods get a token of the account; default: if it is named.
        security_context: Kubernetes' `securityContext` of the pod.
        priority_class_name: of the pods.
        runtime_class_name: such as `nvidia`.
        node_selector: the labels of the nodes that may run the pods.
        tolerations: Kubernetes' `tolerations`.
        affinity: Kubernetes' `affinity`.
        topology_spread_constraints: Kubernetes' `topologySpreadConstraints`.
        host_network: whether the pods use the node's network.
        dns_policy: of the pods; with `host_network`, `ClusterFirstWithHostNet` finds Services.
        share_process_namespace: whether the containers see each other's processes.
        termination_grace_period_seconds: from SIGTERM to SIGKILL.
    """

    labels: formats.Labels = field(factory=dict)
    annotations: formats.Annotations = field(factory=dict)
    init_containers: Sequence[Container] = ()
    sidecars: Sequence[Container] = ()
    image_pull_secrets: Sequence[formats.DnsSubdomain] = ()
    service_account_name: formats.DnsSubdomain | None = None
    automount_service_account_token: bool | None = None
    security_context: Fields | None = None
    priority_class_name: formats.DnsSubdomain | None = None
    runtime_class_name: formats.DnsSubdomain | None = None
    node_selector: formats.Labels = field(factory=dict)
    tolerations: Sequence[Fields] = ()
    affinity: Fields | None = None
    topology_spread_constraints: Sequence[Fields] = ()
    host_network: bool = False
    dns_policy: Literal["ClusterFirst", "ClusterFirstWithHostNet", "Default"] | None = None
    share_process_namespace: bool = False
    termination_grace_period_seconds: formats.Count | None = None

    def __attrs_post_init__(self) -> None:
        """Refuse probes and hooks of an init container that ends before the others start, as the API server does."""
        for each in self.init_containers:
            given = {"readiness": each.readiness, "liveness": each.liveness, "startup": each.startup}
            wrong = next((name for name, value in {**given, "lifecycle": each.lifecycle}.items() if value), None)
            if wrong and not each.restart_always:
                complaint = f"contains '{each.name}' with {wrong}; leave it out, or pass restart_always=True"
                raise inputs.InputError("Pod", None, [("init_containers", self.init_containers, complaint)])

    def mounts(self) -> list[Mapping[str, Any]]:
        """The mounts of its containers."""
        return [container.mounts for container in (*self.sidecars, *self.init_containers)]


class PodTemplate(NamedTuple):
    """A pod template, and the files from text that it mounts.

    Attributes:
        rendered: the template's `metadata` and `spec`.
        files: the data of the ConfigMap with the files.
    """

    rendered: dict[str, Any]
    files: dict[str, str]

    def images(self, owner: Owner, *path: str) -> list[str]:
        """The pointers of the images that the cluster moves, in a workload with the template at a path.

        Keel moves those of all containers, and none of an init container.
        """
        containers = self.rendered["spec"]["containers"] if owner == "cluster" else ()
        return [pointer([*path, "spec", "containers", each["name"], "image"]) for each in containers]


def pod_template(
    container: Container, pod: Pod, *, labels: Mapping[str, str], files_name: str, restart_policy: str | None = None
) -> PodTemplate:
    """The template of pods with a container and its neighbours.

    Args:
        container: the workload's own.
        pod: the rarer fields.
        labels: the selector's.
        files_name: the name of the ConfigMap with the files from text.
        restart_policy: of the pod; default: the API server's.
    """
    volumes = Volumes(files_name)
    containers = [each.rendered(volumes) for each in (container, *pod.sidecars)]
    init_containers = [each.rendered(volumes) for each in pod.init_containers]
    token = pod.automount_service_account_token
    spec = {
        "restartPolicy": restart_policy,
        "terminationGracePeriodSeconds": pod.termination_grace_period_seconds,
        "serviceAccountName": pod.service_account_name,
        "automountServiceAccountToken": bool(pod.service_account_name) if token is None else token,
        "shareProcessNamespace": pod.share_process_namespace or None,
        "hostNetwork": pod.host_network or None,
        "dnsPolicy": pod.dns_policy,
        "imagePullSecrets": [{"name": name} for name in pod.image_pull_secrets] or None,
        "priorityClassName": pod.priority_class_name,
        "runtimeClassName": pod.runtime_class_name,
        "nodeSelector": dict(pod.node_selector) or None,
        "tolerations": list(pod.tolerations) or None,
        "affinity": pod.affinity,
        "topologySpreadConstraints": list(pod.topology_spread_constraints) or None,
        "securityContext": pod.security_context,
        "initContainers": init_containers or None,
        "containers": containers,
        "volumes": volumes.rendered or None,
    }
    annotations = dict(pod.annotations) | ({FILES_CHECKSUM: _checksum(volumes.files)} if volumes.files else {})
    metadata = {"labels": {**pod.labels, **labels}, "annotations": annotations or None}
    return PodTemplate({"metadata": given(metadata), "spec": given(spec)}, volumes.files)


def other_value(selector: Mapping[str, str], labels: Mapping[str, str] | None) -> str | None:
    """The complaint about a label with another value than the selector's."""
    other = next((key for key, value in (labels or {}).items() if selector.get(key, value) != value), None)
    return other and f"has another {other!r} than the selector, {selector[other]!r}; leave it out"


def contradicts_owner(image_owner: Owner, annotations: Mapping[str, str] | None) -> str | None:
    """The complaint about a policy of Keel's for an image that each apply sets."""
    policy = (annotations or {}).get(KEEL_POLICY, "never")
    if policy == "never" or image_owner == "cluster":
        return None
    return f"has the Keel policy {policy!r}, but each apply sets the image; pass image_owner='cluster' too"


def keel_annotations(image_owner: Owner) -> dict[str, str]:
    """`keel.sh/policy: never` for an image that each apply sets. Without it, Keel changes the image's version.

    Keel reads it on the workload, not on its pods.
    """
    return {KEEL_POLICY: "never"} if image_owner == "manifest" else {}


def same_node_as(selector: Mapping[str, str]) -> dict[str, Any]:
    """An `affinity` for the node on which the pods with these labels run.

    A CronJob needs it to mount a block claim of a running workload: such a volume is on one node at a time. While no
    pod with these labels runs, its own pods wait.
    """
    term = {"labelSelector": {"matchLabels": dict(selector)}, "topologyKey": "kubernetes.io/hostname"}
    return {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}


def _checksum(files: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()[:16]
