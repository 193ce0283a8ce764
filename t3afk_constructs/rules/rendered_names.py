"""The rendered targets of references: claims, volumes, Secrets, ConfigMaps, service accounts; and their keys."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from t3afk_constructs.kinds import CLUSTER_SCOPED, NAMESPACED, group_and_kind
from t3afk_constructs.manifests import Plain, at, identity, mappings, table
from t3afk_constructs.rules.reflector import is_copied_to

if TYPE_CHECKING:
    from collections.abc import Iterator

    from t3afk_constructs.rules.rendered import Rendered

Keys = frozenset[str] | None
"""The keys of a Secret or ConfigMap; None if the app does not know them all."""

# Custom resources that make an object with their own name, beside those with its kind in theirs (SealedSecret).
_NAMESAKES = {
    "Secret": {"OnePasswordItem", "Bundle"},
    "ConfigMap": {"OnePasswordItem", "Bundle"},
    "PersistentVolumeClaim": {"DataVolume"},
}
_KINDS = {"PersistentVolumeClaim", "PersistentVolume", "ConfigMap", "ServiceAccount", "Secret"}
# Names that every namespace has.
_EVERYWHERE = {
    "ConfigMap": {"kube-root-ca.crt", "istio-ca-root-cert"},
    "ServiceAccount": {"default"},
}
_POSTGRES = ("app", "superuser", "ca", "server", "replication")  # CloudNativePG's Secrets of a Cluster


class Names:
    """The names of the objects that an app renders for one cluster, of the kinds that others name."""

    def __init__(self, rendered: Rendered) -> None:
        self._platform = rendered.platform
        self._keys: dict[tuple[str, str], dict[str | None, Keys]] = {}
        self._by_space: dict[tuple[str, str | None], list[str]] = {}
        self._sources: dict[tuple[str, str], list[Plain]] = {}
        self._templates: list[tuple[str | None, re.Pattern[str]]] = []
        self._custom: list[Plain] = []
        for manifest in (*rendered.manifests, *rendered.beside):
            self._add(manifest)

    def _add(self, manifest: Plain) -> None:
        who = identity(manifest)
        if who.api_version == "v1":
            if who.kind in _KINDS:
                space = None if who.kind == "PersistentVolume" else who.namespace
                self._note(who.kind, space, who.name, _keys_of(manifest))
                self._sources.setdefault((who.kind, who.name), []).append(manifest)
            return
        if who.kind == "StatefulSet":
            for template in mappings(at(manifest, "spec", "volumeClaimTemplates")):
                claim = f"{re.escape(identity(template).name)}-{re.escape(who.name)}-[0-9]+"
                self._templates.append((who.namespace, re.compile(claim)))
        kind = group_and_kind(who.api_version, who.kind)
        if kind == ("external-secrets.io", "ExternalSecret"):
            if at(manifest, "spec", "target", "creationPolicy") != "None":
                name = str(at(manifest, "spec", "target", "name") or who.name)
                self._note("Secret", who.namespace, name, _keys_filled(manifest))
                self._sources.setdefault(("Secret", name), []).append(manifest)
        elif who.kind == "ClusterExternalSecret" or (kind not in CLUSTER_SCOPED and kind not in NAMESPACED):
            self._custom.append(manifest)

    def _note(self, kind: str, namespace: str | None, name: str, keys: Keys) -> None:
        spaces = self._keys.setdefault((kind, name), {})
        if namespace in spaces:
            before = spaces[namespace]
            keys = None if before is None or keys is None else before | keys
        else:
            self._by_space.setdefault((kind, namespace), []).append(name)
        spaces[namespace] = keys

    def namespaces(self, kind: str, name: str) -> list[str | None]:
        """The namespaces in which the app renders an object."""
        return list(self._keys.get((kind, name), ()))

    def names(self, kind: str, namespace: str | None) -> list[str]:
        """The rendered names of one kind in one namespace."""
        return self._by_space.get((kind, namespace), [])

    def shared(self, kind: str) -> tuple[str, ...]:
        """The names of one kind that the platform has in every namespace."""
        platform = self._platform if kind == "Secret" else None
        return (platform.tls_secret_name, *platform.shared_secrets) if platform else ()

    def keys(self, kind: str, namespace: str | None, name: str) -> Keys:
        """The keys of an object, if the app renders it."""
        return self._keys.get((kind, name), {}).get(namespace)

    def knows(self, kind: str, namespace: str | None, name: str) -> bool:
        """Whether the app renders an object, or its namespace or an operator has it without the app."""
        spaces = self._keys.get((kind, name))
        # An object without a namespace gets that of the kubeconfig, which may be this one.
        if spaces and (namespace is None or namespace in spaces or None in spaces):
            return True
        return name in _EVERYWHERE.get(kind, ()) or self._is_made(kind, namespace, name)

    def _is_made(self, kind: str, namespace: str | None, name: str) -> bool:
        if kind == "PersistentVolumeClaim" and any(
            space == namespace and claim.fullmatch(name) for space, claim in self._templates
        ):
            return True
        if kind in {"Secret", "ConfigMap"} and any(
            is_copied_to(source, namespace) for source in self._sources.get((kind, name), ())
        ):
            return True
        return name in self.shared(kind) or any(
            name in self._made_by_custom.get((kind, space), ()) for space in (None, namespace)
        )

    @cached_property
    def _made_by_custom(self) -> dict[tuple[str, str | None], set[str]]:
        """The names that custom resources contain, by kind and namespace. Needed only if a name is missing."""
        found: dict[tuple[str, str | None], set[str]] = {}
        for custom in self._custom:
            for kind in _KINDS - {"PersistentVolume"}:
                found.setdefault((kind, identity(custom).namespace), set()).update(_may_make(custom, kind))
        return found


def _may_make(custom: Plain, kind: str) -> Iterator[str]:
    """The names of objects that a custom resource may make: the texts in it, and its own if its kind says so."""
    who = identity(custom)
    if kind in who.kind or who.kind in _NAMESAKES.get(kind, ()):
        yield who.name
    if who.kind == "Cluster":
        yield from (f"{who.name}-{part}" for part in _POSTGRES)
    ahead: list[object] = [custom.get("spec")]
    while ahead:
        value = ahead.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            ahead += value.values()
        elif isinstance(value, list):
            ahead += value


def _keys_of(manifest: Plain) -> Keys:
    """The keys of a rendered Secret or ConfigMap. An empty one is for others to fill."""
    found = {str(key) for part in ("data", "stringData", "binaryData") for key in table(at(manifest, part))}
    return frozenset(found) or None


def _keys_filled(external: Plain) -> Keys:
    """The keys that an ExternalSecret fills. None if the store or another owner decides."""
    spec, target = table(external.get("spec")), table(at(external, "spec", "target"))
    template = table(target.get("template"))
    written = set(map(str, table(template.get("data"))))
    fetched = {str(entry.get("secretKey")) for entry in mappings(spec.get("data"))}
    if target.get("creationPolicy") == "Merge" or template.get("templateFrom"):
        return None
    if written and template.get("mergePolicy") != "Merge":
        return frozenset(written)
    return None if spec.get("dataFrom") else frozenset(written | fetched) or None
