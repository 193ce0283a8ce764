"""References of pods, Ingresses, claims, volumes: to claims, Secrets, ConfigMaps, their keys, and service accounts."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from t3afk_constructs.manifests import Plain, Pod, at, container_name, identity, mappings, pod_of, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from t3afk_constructs.rules.rendered import Rendered


_PROVISIONED = "pvc-[0-9a-f-]{36}"  # a volume that a provisioner made for a claim

_OF_VARIABLES = {"secretKeyRef": "Secret", "configMapKeyRef": "ConfigMap"}
_OF_ENVIRONMENTS = {"secretRef": "Secret", "configMapRef": "ConfigMap"}


class Reference(NamedTuple):
    """A name in an object that stands for another object.

    Attributes:
        owner: the object.
        namespace: of the object that it names.
        by: what names it, in a message.
        kind: the kind that it names.
        name: the name.
        key: the key in the Secret or ConfigMap, if it names one.
    """

    owner: Plain
    namespace: str | None
    by: str
    kind: str
    name: str
    key: str | None = None


class _Named(NamedTuple):
    by: str
    kind: str
    name: Any
    key: Any = None


def references(rendered: Rendered) -> list[Reference]:
    """The references of all objects, in their order. Those that may lead nowhere (`optional`) are left out."""
    found = _of_pods(rendered.pods)
    for manifest in rendered.manifests:
        kind = str(manifest.get("kind"))
        if kind in {"Ingress", "IngressRoute"}:
            space = identity(manifest).namespace
            found += [Reference(manifest, space, *named) for named in _of_ingress(manifest) if _is_named(named)]
        elif kind == "PersistentVolumeClaim":
            name = at(manifest, "spec", "volumeName")
            if isinstance(name, str) and name and not re.fullmatch(_PROVISIONED, name):
                found.append(Reference(manifest, None, "it", "PersistentVolume", name))
        elif kind == "PersistentVolume":
            claim = table(at(manifest, "spec", "claimRef"))
            name, namespace = claim.get("name"), claim.get("namespace")
            if isinstance(name, str) and isinstance(namespace, str):
                found.append(Reference(manifest, namespace, "it", "PersistentVolumeClaim", name))
    return found


def used_by_pods(rendered: Rendered) -> set[tuple[str, str | None, str]]:
    """Kind, namespace and name of the objects that pods name, those of the app's other objects included."""
    beside = (pod for manifest in rendered.beside if (pod := pod_of(manifest)))
    return {(each.kind, each.namespace, each.name) for each in _of_pods((*rendered.pods, *beside))}


def _of_pods(pods: Iterable[Pod]) -> list[Reference]:
    return [Reference(pod.owner, pod.namespace, *named) for pod in pods for named in _of_pod(pod) if _is_named(named)]


def _is_named(named: _Named) -> bool:
    return isinstance(named.name, str) and bool(named.name) and isinstance(named.key, str | None)


def _of_ingress(manifest: Plain) -> Iterator[_Named]:
    annotations = table(at(manifest, "metadata", "annotations"))
    is_filled = any(str(name).startswith("cert-manager.io/") for name in annotations)  # by cert-manager
    if not is_filled and annotations.get("kubernetes.io/tls-acme") != "true":
        tls = at(manifest, "spec", "tls")
        yield from (_Named("its TLS", "Secret", each.get("secretName")) for each in mappings(tls))
        yield _Named("its TLS", "Secret", at(tls, "secretName"))


def _of_pod(pod: Pod) -> Iterator[_Named]:
    yield _Named("the pod", "ServiceAccount", pod.spec.get("serviceAccountName"))
    for each in mappings(pod.spec.get("imagePullSecrets")):
        yield _Named("imagePullSecrets", "Secret", each.get("name"))
    volumes = mappings(pod.spec.get("volumes"))
    for volume in volumes:
        yield from _of_volume(volume)
    files = {volume.get("name"): named for volume in volumes for named in _of_plain_files(volume) if not named.key}
    for container in pod.containers():
        yield from _of_environment(container)
        for mount in mappings(container.get("volumeMounts")):
            file, path = files.get(mount.get("name")), mount.get("subPath")
            key = posixpath.normpath(path).partition("/")[0] if isinstance(path, str) else ""
            if file and key not in {"", "."}:
                by = f"{container_name(container)}: the mount of '{mount.get('mountPath')}'"
                yield _Named(by, file.kind, file.name, key)


def _of_volume(volume: Plain) -> Iterator[_Named]:
    by = f"the volume '{volume.get('name')}'"
    if claim := table(volume.get("persistentVolumeClaim")):
        yield _Named(by, "PersistentVolumeClaim", claim.get("claimName"))
    if csi := table(volume.get("csi")):
        yield _Named(by, "Secret", at(csi, "nodePublishSecretRef", "name"))
    yield from _of_plain_files(volume)
    for source in mappings(at(volume, "projected", "sources")) if "projected" in volume else ():
        yield from _of_files(by, "Secret", source.get("secret"), "name")
        yield from _of_files(by, "ConfigMap", source.get("configMap"), "name")


def _of_plain_files(volume: Plain) -> Iterator[_Named]:
    """The references of a volume to one Secret or ConfigMap. Without a key, its files are all the keys."""
    if "secret" in volume or "configMap" in volume:
        by = f"the volume '{volume.get('name')}'"
        yield from _of_files(by, "Secret", volume.get("secret"), "secretName")
        yield from _of_files(by, "ConfigMap", volume.get("configMap"), "name")


def _of_files(by: str, kind: str, source: object, field: str) -> Iterator[_Named]:
    name = at(source, field)
    if name is not None and at(source, "optional") is not True:
        items = mappings(at(source, "items"))
        yield from (_Named(by, kind, name, item.get("key")) for item in items)
        if not items:
            yield _Named(by, kind, name)


def _of_environment(container: Plain) -> Iterator[_Named]:
    for variable in mappings(container.get("env")):
        if not isinstance(value_from := variable.get("valueFrom"), dict):
            continue
        for field, kind in _OF_VARIABLES.items():
            source = table(value_from.get(field))
            if source and source.get("optional") is not True:
                by = f"{container_name(container)}: the variable `{variable.get('name')}`"
                yield _Named(by, kind, source.get("name"), source.get("key"))
    for whole in mappings(container.get("envFrom")):
        for field, kind in _OF_ENVIRONMENTS.items():
            source = table(whole.get(field))
            if source and source.get("optional") is not True:
                yield _Named(f"{container_name(container)}: envFrom", kind, source.get("name"))
