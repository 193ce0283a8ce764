"""The rule for what the cluster's admission writes by itself: nothing of that is ours to own.

A field that a manifest sets is fought over at every apply (server-side apply takes it, admission takes it back).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from t3afk_constructs.guardrails.manifests import CONTAINER_LISTS, Pod, Rendered, at, container_name, pointer, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from t3afk_constructs.guardrails.manifests import Complaints

_POD_FIELDS = ("dnsConfig", "priorityClassName", "priority")
_ANNOTATIONS = ("keel.sh/pollSchedule", "keel.sh/trigger", "keel.sh/update-time")


def _owned(pod: Pod) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What the pod or its owner sets, and the keys that lead to it from the owner."""
    for name in CONTAINER_LISTS:
        listed = pod.spec.get(name)
        for index, container in enumerate(listed if isinstance(listed, list) else ()):
            if "imagePullPolicy" in table(container):
                path = (*pod.path, "spec", name, str(index), "imagePullPolicy")
                yield f"`imagePullPolicy` of {container_name(container)}", path
    for field in _POD_FIELDS:
        if field in pod.spec:
            yield f"the pod's `{field}`", (*pod.path, "spec", field)
    places = {(): "the ", pod.path: "the pod's "} if pod.path else {(): "the "}
    for path, whose in places.items():
        labels, annotations = (table(at(pod.owner, *path, "metadata", kind)) for kind in ("labels", "annotations"))
        if "tier" in labels:
            yield f"{whose}label `tier`", (*path, "metadata", "labels", "tier")
        for name in _ANNOTATIONS:
            if name in annotations:
                yield f"{whose}annotation `{name}`", (*path, "metadata", "annotations", name)


def as_admitted(rendered: Rendered) -> Complaints:
    """No workload sets what admission writes: pull policy, DNS options, priority, tier label, Keel's annotations."""
    for pod in rendered.pods:
        for what, path in _owned(pod):
            yield (
                pod.owner,
                (
                    f"it sets {what}, which the cluster sets by itself at admission; leave it out, or take it away "
                    f"with JsonPatch.remove('{pointer(path)}')"
                ),
            )
