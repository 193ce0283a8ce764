"""What is rendered, as the rules look at it: manifests, the pods in them, the namespaces they are in.

A manifest is somebody's plain data. Nothing here trusts its shape: what is not where it should be is not there.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from attrs import frozen

from t3afk_constructs.guardrails.finding import identity

if TYPE_CHECKING:
    from t3afk_constructs.platform import Platform, Tier

Manifest = Mapping[str, Any]
Complaints = Iterable[tuple[Manifest, str]]
Check = Callable[["Rendered"], Complaints]

# Where each kind keeps its pod, below `spec`. Kinds of operators are not here: what their pods become is theirs.
_TEMPLATES: dict[tuple[str, str], tuple[str, ...]] = {
    ("v1", "Pod"): (),
    ("v1", "PodTemplate"): ("template",),
    ("v1", "ReplicationController"): ("spec", "template"),
    ("apps/v1", "Deployment"): ("spec", "template"),
    ("apps/v1", "StatefulSet"): ("spec", "template"),
    ("apps/v1", "DaemonSet"): ("spec", "template"),
    ("apps/v1", "ReplicaSet"): ("spec", "template"),
    ("batch/v1", "Job"): ("spec", "template"),
    ("batch/v1", "CronJob"): ("spec", "jobTemplate", "spec", "template"),
}

CONTAINER_LISTS = ("initContainers", "containers", "ephemeralContainers")


def at(value: object, *keys: str) -> Any:
    """What stands at the end of a path of keys, or None."""
    for key in keys:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def pointer(path: Iterable[Any]) -> str:
    """A path of keys as a JSON pointer (RFC 6901)."""
    return "".join(f"/{str(key).replace('~', '~0').replace('/', '~1')}" for key in path)


def mappings(value: object) -> list[Manifest]:
    """The mappings of a list, or none."""
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def table(value: object) -> Manifest:
    """A mapping, or an empty one."""
    return value if isinstance(value, dict) else {}


def decoded(value: object) -> bytes | None:
    """What base64 stands for, or None where it is none."""
    try:
        return base64.b64decode(str(value))
    except ValueError:
        return None


def whole_number(value: object, otherwise: int) -> int:
    """A count as a manifest gives it, or what the API server takes where it is left out."""
    return value if isinstance(value, int) and not isinstance(value, bool) else otherwise


@frozen(eq=False)
class Pod:
    """The pods that one object makes.

    Attributes:
        owner: the object: a workload, or the Pod itself.
        path: the keys that lead from the object to the pod's metadata and spec.
        template: the pod's metadata and spec.
        count: how many of them there are at one time. A DaemonSet counts as one.
        namespace: where they run.
    """

    owner: Manifest
    path: tuple[str, ...]
    template: Manifest
    count: int
    namespace: str | None

    @property
    def spec(self) -> Manifest:
        """The pod's spec."""
        return table(at(self.template, "spec"))

    @property
    def labels(self) -> Manifest:
        """The pod's labels, by which Services select it."""
        return table(at(self.template, "metadata", "labels"))

    def containers(self, *lists: str) -> Iterator[Manifest]:
        """Its containers, of all lists unless some are named."""
        for name in lists or CONTAINER_LISTS:
            yield from mappings(self.spec.get(name))

    @property
    def claims(self) -> set[str]:
        """The names of the claims that it mounts."""
        names = (at(volume, "persistentVolumeClaim", "claimName") for volume in mappings(self.spec.get("volumes")))
        return {name for name in names if isinstance(name, str)}


def _count(kind: str, manifest: Manifest) -> int:
    if kind == "PodTemplate":
        return 0
    if kind in {"Job", "CronJob"}:
        job = at(manifest, "spec", "jobTemplate") if kind == "CronJob" else manifest
        parallel = whole_number(at(job, "spec", "parallelism"), 1)
        return min(parallel, whole_number(at(job, "spec", "completions"), parallel))
    return whole_number(at(manifest, "spec", "replicas"), 1)


def flat(manifests: Iterable[Any]) -> Iterator[Manifest]:
    """Manifests, and in place of a List what it lists."""
    for manifest in manifests:
        if isinstance(manifest, dict) and manifest.get("apiVersion") == "v1" and manifest.get("kind") == "List":
            yield from flat(mappings(manifest.get("items")))
        elif isinstance(manifest, dict):
            yield manifest


class Rendered:
    """All objects that are applied together to one cluster, and that cluster."""

    def __init__(self, manifests: Iterable[Any], platform: Platform) -> None:
        self.manifests = tuple(flat(manifests))
        self.platform = platform

    def of_kind(self, kind: str, *api_versions: str) -> list[Manifest]:
        """The objects of one kind."""
        return [m for m in self.manifests if m.get("kind") == kind and m.get("apiVersion") in api_versions]

    @cached_property
    def _by_namespace(self) -> dict[tuple[str, str | None], dict[str, Manifest]]:
        found: dict[tuple[str, str | None], dict[str, Manifest]] = {}
        for manifest in self.manifests:
            if manifest.get("apiVersion") == "v1":
                named = identity(manifest)
                found.setdefault((named.kind, named.namespace), {})[named.name] = manifest
        return found

    def in_namespace(self, namespace: str | None, kind: str) -> Mapping[str, Manifest]:
        """The core objects of one kind in one namespace, by name."""
        return self._by_namespace.get((kind, namespace), {})

    @cached_property
    def _pods_by_namespace(self) -> dict[str | None, list[Pod]]:
        found: dict[str | None, list[Pod]] = {}
        for pod in self.pods:
            found.setdefault(pod.namespace, []).append(pod)
        return found

    def pods_in(self, namespace: str | None) -> list[Pod]:
        """The pods of one namespace."""
        return self._pods_by_namespace.get(namespace, [])

    @cached_property
    def _pods_by_label(self) -> dict[tuple[str | None, str, str], list[Pod]]:
        found: dict[tuple[str | None, str, str], list[Pod]] = {}
        for pod in self.pods:
            for key, value in pod.labels.items():
                found.setdefault((pod.namespace, str(key), str(value)), []).append(pod)
        return found

    def pods_with(self, namespace: str | None, labels: Manifest) -> list[Pod]:
        """The pods of one namespace that have all of some labels."""
        near = self.pods_in(namespace)
        for key, value in labels.items():  # one of them is enough to leave few pods to look at
            near = self._pods_by_label.get((namespace, str(key), str(value)), [])
            break
        return [pod for pod in near if labels.items() <= pod.labels.items()]

    def texts_against(self, rule: Callable[[str], str | None]) -> Complaints:
        """Every place of a text that `rule` complains about."""
        # A script that many pods run is looked at once, and where a text stands only when there is something to say.
        complaints = {text: complaint for text in self._distinct_texts if (complaint := rule(text))}
        if complaints:
            for manifest in self.manifests:
                for path, text in _texts(manifest):
                    if text in complaints:
                        yield manifest, f"the text at {_shown(path)} {complaints[text]}"

    @cached_property
    def _distinct_texts(self) -> set[str]:
        found: set[str] = set()
        ahead: list[Any] = list(self.manifests)
        while ahead:
            value = ahead.pop()
            if isinstance(value, str):
                found.add(value)
            elif isinstance(value, dict):
                found.update(map(str, value))
                ahead += value.values()
            elif isinstance(value, list):
                ahead += value
        return found

    @cached_property
    def pods(self) -> list[Pod]:
        """The pods of all workloads, in the order of the manifest."""
        found = []
        for manifest in self.manifests:
            kind = str(manifest.get("kind"))
            path = _TEMPLATES.get((str(manifest.get("apiVersion")), kind))
            if path is not None and isinstance(template := at(manifest, *path), dict):
                found.append(Pod(manifest, path, template, _count(kind, manifest), identity(manifest).namespace))
        return found

    @cached_property
    def namespaces(self) -> dict[str, Manifest]:
        """The Namespaces that are rendered, by name."""
        return {identity(m).name: m for m in self.of_kind("Namespace", "v1")}

    def namespace_labels(self, namespace: str | None) -> Manifest:
        """The labels of a Namespace, as far as it is rendered."""
        return table(at(self.namespaces.get(namespace or ""), "metadata", "labels"))

    def tier(self, namespace: str | None) -> Tier | None:
        """The tier of a namespace. None where it is not rendered: its labels are another stack's then."""
        return self.platform.tier(str(self.namespace_labels(namespace).get("tier")))


def container_name(container: Manifest) -> str:
    """A container as a message names it."""
    return f"container '{container.get('name', '')}'"


def _texts(manifest: Manifest) -> list[tuple[tuple[Any, ...], str]]:
    """Every text of a manifest, keys as well, with the keys that lead to it."""
    found: list[tuple[tuple[Any, ...], str]] = []
    ahead: list[tuple[tuple[Any, ...], Any]] = [((), manifest)]
    for path, value in ahead:  # grows while it is read
        if isinstance(value, str):
            found.append((path, value))
        elif isinstance(value, dict):
            found += [((*path, "(key)"), str(key)) for key in value]
            ahead += [((*path, key), entry) for key, entry in value.items()]
        elif isinstance(value, list):
            ahead += [((*path, index), entry) for index, entry in enumerate(value)]
    return found


def _shown(path: tuple[Any, ...]) -> str:
    """The way to a text."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return "".join(steps).removeprefix(".")
