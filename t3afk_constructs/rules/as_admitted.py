"""The rule about fields that the cluster's admission controllers set.

If a manifest sets one too, server-side apply and the admission controller overwrite each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from t3afk_constructs.manifests import CONTAINER_LISTS, Pod, at, container_name, pointer, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from t3afk_constructs.rules.rendered import Complaints, Rendered

_POD_FIELDS = ("dnsConfig", "priorityClassName", "priority")
_ANNOTATIONS = ("keel.sh/pollSchedule", "keel.sh/trigger", "keel.sh/update-time")


def _owned(pod: Pod) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The fields of the pod and its owner that admission controllers set, each with its path from the owner."""
    for name in CONTAINER_LISTS:
        listed = pod.spec.get(name)
        for index, container in enumerate(listed if isinstance(listed, list) else ()):
            if "imagePullPolicy" in table(container):
                path = (*pod.path, "spec", name, str(index), "imagePullPolicy")
                yield f"`imagePullPolicy` of {container_name(container)}", path
    for field in _POD_FIELDS:
        if field in pod.spec:
            yield f"the pod's `{field}`", (*pod.path, "spec", field)
    for path, whose in {(): "the ", pod.path: "the pod's "}.items():
        labels, annotations = (table(at(pod.owner, *path, "metadata", kind)) for kind in ("labels", "annotations"))
        if "tier" in labels:
            yield f"{whose}label `tier`", (*path, "metadata", "labels", "tier")
        for name in _ANNOTATIONS:
            if name in annotations:
                yield f"{whose}annotation `{name}`", (*path, "metadata", "annotations", name)


def as_admitted(rendered: Rendered) -> Complaints:
    """No workload sets a field that the cluster's admission controllers set."""
    for pod in rendered.pods:
        for what, path in _owned(pod):
            message = (
                f"it sets {what}, but an admission controller sets that; leave it out, or remove it with "
                f"JsonPatch.remove('{pointer(path)}')"
            )
            yield pod.owner, message
