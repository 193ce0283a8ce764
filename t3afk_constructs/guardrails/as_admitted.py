"""The rule for what the cluster's admission writes by itself: nothing of that is ours to own.

A field that a manifest sets is fought over at every apply (server-side apply takes it, admission takes it back).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from t3afk_constructs.guardrails.manifests import Pod, Rendered, at, container_name, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from t3afk_constructs.guardrails.manifests import Complaints

_POD_FIELDS = ("dnsConfig", "priorityClassName", "priority")
_ANNOTATIONS = ("keel.sh/pollSchedule", "keel.sh/trigger", "keel.sh/update-time")


def _owned(pod: Pod) -> Iterator[str]:
    for container in pod.containers():
        if "imagePullPolicy" in container:
            yield f"`imagePullPolicy` of {container_name(container)}"
    yield from (f"the pod's `{field}`" for field in _POD_FIELDS if field in pod.spec)
    places = [("", pod.owner)] + ([("the pod's ", pod.template)] if pod.template is not pod.owner else [])
    for whose, place in places:
        if "tier" in table(at(place, "metadata", "labels")):
            yield f"{whose or 'the '}label `tier`"
        annotations = table(at(place, "metadata", "annotations"))
        yield from (f"{whose or 'the '}annotation `{name}`" for name in _ANNOTATIONS if name in annotations)


def as_admitted(rendered: Rendered) -> Complaints:
    """No workload sets what admission sets."""
    for pod in rendered.pods:
        for what in _owned(pod):
            yield (
                pod.owner,
                (
                    f"it sets {what}, which the cluster sets by itself at admission; leave it out "
                    "(JsonPatch.remove takes away what a library wrote)"
                ),
            )
