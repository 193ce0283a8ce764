"""The rule for workloads that Sablier scales to zero."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from t3afk_constructs.manifests import Plain, at, identity, table
from t3afk_constructs.rules.middlewares import chains, middlewares_by_reference
from t3afk_constructs.rules.references import backends

if TYPE_CHECKING:
    from collections.abc import Iterator

    from t3afk_constructs.rules.rendered import Complaints, Rendered

_WAY_OUT = "pass the workload as service= to an IngressFactory, or the group of one that has an Ingress"
_KINDS = {"Deployment", "StatefulSet"}


def workload_labels(group: str) -> dict[str, str]:
    """The labels by which Sablier finds the workloads of a group."""
    return {"sablier.enable": "true", "sablier.group": group, "sablier.ready-after": "5s"}


def sablier_workloads(rendered: Rendered) -> Complaints:
    """A workload that Sablier puts to sleep has its labels, no replica count, and an Ingress that wakes it."""
    carriers: dict[Any, list[Plain]] = {}
    for pod in rendered.pods:
        if identity(pod.owner).kind in _KINDS:
            carriers.setdefault(str(_labels(pod.owner).get("sablier.group")), []).append(pod.owner)
    middlewares = middlewares_by_reference(rendered) if carriers else {}
    judged: set[int] = set()
    for ingress, chain in chains(rendered) if middlewares else ():
        for entry in chain:
            group = at(middlewares.get(entry), "spec", "plugin", "sablier", "group")
            if isinstance(group, str) and group:
                # A proxy may answer the Ingress and stay awake, in front of the workloads with the group's label.
                workloads = carriers.get(group) or _behind(ingress, rendered)
                judged |= set(map(id, workloads))
                for complaint in _complaints(group, workloads):
                    yield ingress, complaint
    for group, workloads in carriers.items():
        asleep = [each for each in workloads if _labels(each).get("sablier.enable") == "true"]
        if asleep and judged.isdisjoint(map(id, workloads)):
            yield asleep[0], f"no Ingress of the app wakes its group '{group}'; {_WAY_OUT}"


def _behind(ingress: Plain, rendered: Rendered) -> list[Plain]:
    """The workloads behind the Services of an Ingress."""
    namespace = identity(ingress).namespace
    services = rendered.in_namespace(namespace, "Service")
    names = dict.fromkeys(str(backend.get("name")) for backend in backends(ingress))
    selectors = [table(at(services.get(name), "spec", "selector")) for name in names]
    pods = (pod for selector in selectors if selector for pod in rendered.pods_in(namespace, selector))
    return [pod.owner for pod in pods if identity(pod.owner).kind in _KINDS]


def _complaints(group: str, workloads: list[Plain]) -> Iterator[str]:
    for workload in workloads:
        who = identity(workload)
        if at(workload, "spec", "replicas") is not None:
            yield (
                f"{who.kind} '{who.namespace}/{who.name}' has spec.replicas, so every apply undoes Sablier's scaling; "
                "pass scale_to_zero to the WebService, or leave the field out (JsonPatch.remove('/spec/replicas'))"
            )
        labels = _labels(workload)
        missing = [f"{key}={value}" for key, value in workload_labels(group).items() if labels.get(key) != value]
        if missing:
            yield (
                f"{who.kind} '{who.namespace}/{who.name}' lacks the labels {', '.join(sorted(missing))}, so Sablier "
                "never wakes it; pass scale_to_zero to the WebService, or add the Ingress's `sablier_labels` to it"
            )


def _labels(manifest: Plain) -> Plain:
    return table(at(manifest, "metadata", "labels"))
