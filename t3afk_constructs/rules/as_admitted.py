"""The rule about fields that the cluster's admission controllers set, as `Platform.admission` has them.

If a manifest sets one to another value, server-side apply and the admission controller overwrite each other, or the
workload differs from those around it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from t3afk_constructs.manifests import CONTAINER_LISTS, Plain, Pod, at, container_name, mappings, pointer, table
from t3afk_constructs.rules.finding import Complaint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from t3afk_constructs.platform import Platform
    from t3afk_constructs.rules.rendered import Complaints, Rendered

GPU = "nvidia.com/gpu"


class _Set(NamedTuple):
    """A field of a manifest that an admission controller would set.

    Attributes:
        what: the field in a message.
        path: its keys, from the workload.
        value: its value in the manifest.
        written: the values that admission may write. None if a manifest cannot know it.
        kept: whether admission keeps the manifest's value.
    """

    what: str
    path: tuple[str, ...]
    value: Any
    written: tuple[str, ...] | None
    kept: bool


def _pull_policy(image: object) -> tuple[str, ...]:
    # As the policy has it; the API server's default is the same.
    return ("Always",) if str(image).endswith(":latest") or ":" not in str(image) else ("IfNotPresent",)


def _pull_policies(pod: Pod) -> Iterator[_Set]:
    for name in CONTAINER_LISTS:
        listed = pod.spec.get(name)
        for index, each in enumerate(listed if isinstance(listed, list) else ()):
            container = table(each)
            if "imagePullPolicy" in container:
                what = f"`imagePullPolicy` of {container_name(container)}"
                path = (*pod.path, "spec", name, str(index), "imagePullPolicy")
                written = _pull_policy(container.get("image"))
                yield _Set(what, path, container["imagePullPolicy"], written, kept=name != "containers")


def _dns(pod: Pod, ndots: int) -> Iterator[_Set]:
    options = at(pod.spec, "dnsConfig", "options")
    given = [str(option.get("value")) for option in mappings(options) if option.get("name") == "ndots"]
    if given != [str(ndots)]:
        # The API server takes the list of options whole: one without ndots replaces what admission adds.
        kept = bool(given) or not options
        yield _Set("the pod's `dnsConfig`", (*pod.path, "spec", "dnsConfig"), None, (f"ndots {ndots}",), kept)


def _has_gpu(pod: Pod) -> bool:
    return any(
        at(container, "resources", which, GPU)
        for container in pod.containers("containers")
        for which in ("limits", "requests")
    )


def _tiers(pod: Pod, rendered: Rendered, platform: Platform) -> tuple[str, ...]:
    """The tiers that the pod's namespace may have; none if it has no tier."""
    if pod.namespace in rendered.namespaces:
        tier = rendered.tier(pod.namespace)
        return (tier.name,) if tier and tier.name else ()
    return tuple(tier.name for tier in platform.tiers)


def _priority(pod: Pod, tiers: tuple[str, ...], platform: Platform) -> Iterator[_Set]:
    admission = platform.admission
    by_gpu = admission.gpu_priority_class is not None and _has_gpu(pod)
    written = tuple((admission.priority_class or "").replace("{tier}", tier) for tier in tiers)
    if by_gpu:
        written = (str(admission.gpu_priority_class),)
    if not written or not (by_gpu or admission.priority_class):
        return
    for field, values in (("priorityClassName", written), ("priority", None)):
        if field in pod.spec:
            kept = values is not None and not by_gpu
            yield _Set(f"the pod's `{field}`", (*pod.path, "spec", field), pod.spec[field], values, kept)


def _metadata(pod: Pod, tiers: tuple[str, ...], platform: Platform) -> Iterator[_Set]:
    admission = platform.admission
    for path, whose in {(): "the ", pod.path: "the pod's "}.items():
        labels, annotations = (table(at(pod.owner, *path, "metadata", kind)) for kind in ("labels", "annotations"))
        if "tier" in labels and admission.tier_label and tiers:
            place = (*path, "metadata", "labels", "tier")
            yield _Set(f"{whose}label `tier`", place, labels["tier"], tiers, kept=True)
        by_name = {name: (value,) for name, value in admission.annotations.items()}
        owned: dict[str, Any] = by_name | dict.fromkeys(admission.owned_annotations)
        for name, written in owned.items():
            if name in annotations:
                place = (*path, "metadata", "annotations", name)
                yield _Set(f"{whose}annotation `{name}`", place, annotations[name], written, kept=written is not None)


def _sets(pod: Pod, rendered: Rendered, platform: Platform) -> Iterator[_Set]:
    admission = platform.admission
    if admission.image_pull_policy:
        yield from _pull_policies(pod)
    if admission.ndots is not None and "dnsConfig" in pod.spec:
        yield from _dns(pod, admission.ndots)
    tiers = _tiers(pod, rendered, platform)
    yield from _priority(pod, tiers, platform)
    yield from _metadata(pod, tiers, platform)


def _complaint(owner: Plain, each: _Set) -> Complaint:
    values = f" to {' or '.join(map(repr, each.written))}" if each.written else ""
    way_out = f"leave it out, or remove it with JsonPatch.remove('{pointer(each.path)}')"
    if each.kept:
        values += " where a manifest does not"
    message = f"it sets {each.what}, but an admission controller sets that{values}; {way_out}"
    return Complaint(owner, message, (pointer(each.path),), "warning" if each.kept else None)


def as_admitted(rendered: Rendered) -> Complaints:
    """No workload sets a field otherwise than the cluster's admission controllers do."""
    if (platform := rendered.platform) is None:
        return
    for pod in rendered.pods:
        for each in _sets(pod, rendered, platform):
            if not each.written or each.value not in each.written:
                yield _complaint(pod.owner, each)
