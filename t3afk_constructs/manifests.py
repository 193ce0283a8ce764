"""Read plain manifests: fields, identities, pods.

A manifest may have any shape. A field of an unexpected type counts as absent.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")

Plain = Mapping[str, Any]
"""A manifest, or a mapping inside one."""

# The keys to the pod template of each kind. Custom resources are left out: their operators may change the pods.
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
    """The value at a path of keys, or None."""
    for key in keys:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def pointer(path: Iterable[Any]) -> str:
    """A path of keys as a JSON pointer (RFC 6901)."""
    return "".join(f"/{str(key).replace('~', '~0').replace('/', '~1')}" for key in path)


def mappings(value: object) -> list[Plain]:
    """The mappings in a list; none if the value is not a list."""
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def table(value: object) -> Plain:
    """The value if it is a mapping, else an empty mapping."""
    return value if isinstance(value, dict) else {}


def decoded(value: object) -> bytes | None:
    """Decode base64; None if the value is not base64."""
    try:
        return base64.b64decode(str(value))
    except ValueError:
        return None


def given(fields: Mapping[str, T | None]) -> dict[str, T]:
    """The fields with a value: not None."""
    return {name: value for name, value in fields.items() if value is not None}


def whole_number(value: object, otherwise: int) -> int:
    """The value if it is a whole number, else the API server's default."""
    return value if isinstance(value, int) and not isinstance(value, bool) else otherwise


class Pod(NamedTuple):
    """The pods of one object.

    Attributes:
        owner: the workload, or the Pod itself.
        path: the keys from the owner to the pod's metadata and spec.
        template: the pod's metadata and spec.
        replicas: the number of pods at a time. A DaemonSet counts as one.
        namespace: the pods' namespace.
    """

    owner: Plain
    path: tuple[str, ...]
    template: Plain
    replicas: int
    namespace: str | None

    @property
    def spec(self) -> Plain:
        """The pod's spec."""
        return table(at(self.template, "spec"))

    @property
    def labels(self) -> Plain:
        """The pod's labels, by which Services select it."""
        return table(at(self.template, "metadata", "labels"))

    def containers(self, *lists: str) -> Iterator[Plain]:
        """The containers of the named lists. Default: of all lists."""
        for name in lists or CONTAINER_LISTS:
            yield from mappings(self.spec.get(name))

    @property
    def claims(self) -> set[str]:
        """The names of the mounted claims."""
        names = (at(volume, "persistentVolumeClaim", "claimName") for volume in mappings(self.spec.get("volumes")))
        return {name for name in names if isinstance(name, str)}


def _count(kind: str, manifest: Plain) -> int:
    if kind == "PodTemplate":
        return 0
    if kind in {"Job", "CronJob"}:
        job = at(manifest, "spec", "jobTemplate") if kind == "CronJob" else manifest
        parallel = whole_number(at(job, "spec", "parallelism"), 1)
        return min(parallel, whole_number(at(job, "spec", "completions"), parallel))
    return whole_number(at(manifest, "spec", "replicas"), 1)


def flat(manifests: Iterable[Any]) -> Iterator[Plain]:
    """Manifests, with each List replaced by its items, as kubectl reads it.

    Every manifest with `items` is a List, such as a `DeploymentList`. It gives its kind to items without one.
    """
    for manifest in manifests:
        if isinstance(manifest, dict) and isinstance(items := manifest.get("items", ""), list | None):
            kind = {"apiVersion": manifest.get("apiVersion"), "kind": str(manifest.get("kind")).removesuffix("List")}
            yield from flat(item if item.get("kind") else {**item, **kind} for item in mappings(items))
        elif isinstance(manifest, dict):
            yield manifest


def makes_pods(api_version: str, kind: str) -> bool:
    """Whether objects of a kind make pods."""
    return (api_version, kind) in _TEMPLATES


def pod_of(manifest: Plain) -> Pod | None:
    """The pods that an object makes, or None if it makes none."""
    kind = str(manifest.get("kind"))
    path = _TEMPLATES.get((str(manifest.get("apiVersion")), kind))
    if path is None or not isinstance(template := at(manifest, *path), dict):
        return None
    return Pod(manifest, path, template, _count(kind, manifest), identity(manifest).namespace)


class Identity(NamedTuple):
    """The fields by which the cluster tells objects apart."""

    api_version: str
    kind: str
    namespace: str | None
    name: str

    def __str__(self) -> str:
        where = f" in namespace '{self.namespace}'" if self.namespace else ""
        return f"{self.kind} '{self.name}'{where}"


def identity(manifest: Plain) -> Identity:
    """The identity of a manifest. An absent name is empty."""
    metadata = manifest.get("metadata")
    named = metadata if isinstance(metadata, dict) else {}
    namespace = named.get("namespace")
    return Identity(
        str(manifest.get("apiVersion", "")),
        str(manifest.get("kind", "")),
        str(namespace) if namespace else None,
        str(named.get("name", "")),
    )


def container_name(container: Plain) -> str:
    """A container's name in a message."""
    return f"container '{container.get('name', '')}'"
