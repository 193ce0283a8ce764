"""Kubernetes objects from their whole manifest."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from constructs import Construct

from t3afk_constructs.checked import checked
from t3afk_constructs.engine import Engine
from t3afk_constructs.imports.t3afk import manifest as bindings
from t3afk_constructs.initial import Pointer, field_complaint
from t3afk_constructs.inputs import InputError, path_below
from t3afk_constructs.kinds import CLUSTER_SCOPED, group_and_kind
from t3afk_constructs.manifests import identity


class Manifest(bindings.Manifest):
    """A Kubernetes object that renders its manifest as written.

    It is an `ApiObject` like any other: the chart's namespace and labels are added, patches and resolvers work as cdk8s
    documents. Unlike `ApiObject(…)` in Python, it keeps `spec`, `data` and every other field of the manifest.

    A cluster-scoped kind gets no namespace from the chart. For a cluster-scoped custom resource, write
    `"namespace": None` into the metadata.
    """

    @checked
    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        manifest: Mapping[str, Any],
        *,
        initial: Sequence[Pointer] = (),
    ) -> None:
        """Make the object.

        Args:
            scope: the construct's parent.
            id: its id there.
            manifest: the whole manifest: `apiVersion`, `kind`, `metadata` and the rest, as plain values.
            initial: fields of the manifest that another writer changes in the cluster, such as an image by Keel. The
                manifest holds their first values, and no later apply sets them. JSON pointers; a list's entry is
                named by its `name`, as in `/spec/template/spec/containers/web/image`. A list that the API server does
                not merge by `name`, such as ports, is initial as a whole: `/spec/ports`. See docs/moving-fields.md.

        Raises:
            InputError: when `scope` or `id` is wrong, or the id taken; when the manifest has no `apiVersion` or
                `kind`, or its metadata is not a mapping; when `initial` names a field that the manifest lacks, a
                part of an identity, or an entry of a list without merge by `name`.
            ValueError: when the manifest holds a number that JSON does not have.
            TypeError: when the manifest holds a value that is not plain.
        """
        plain = dict(manifest) if isinstance(manifest, Mapping) else {}
        wrong: list[tuple[str, object, str | None]] = [("manifest", manifest, _complaint(manifest))]
        wrong += [("initial", each, field_complaint(each, plain)) for each in initial]
        if found := [(name, value, complaint) for name, value, complaint in wrong if complaint]:
            raise InputError(type(self).__name__, path_below(scope, id), found)
        metadata = plain.get("metadata", {})
        if group_and_kind(plain["apiVersion"], plain["kind"]) in CLUSTER_SCOPED:
            plain["metadata"] = metadata = {"namespace": None, **metadata}
        super().__init__(scope, id, json.dumps(plain, allow_nan=False))
        if initial:
            known = metadata.get("name") and "namespace" in metadata
            Engine.of(self).add_initial_fields(self, identity(plain) if known else None, tuple(initial))


def _complaint(manifest: object) -> str | None:
    if not isinstance(manifest, Mapping):
        return "is not a mapping; write {'apiVersion': …, 'kind': …, 'metadata': …}"
    for key in ("apiVersion", "kind"):
        if not isinstance(manifest.get(key), str) or not manifest[key]:
            return f"has no {key}; write it as text"
    right = isinstance(manifest.get("metadata", {}), Mapping)
    return None if right else "has metadata that is not a mapping; write {'name': …}"


def manifest(
    api_version: str,
    kind: str,
    *,
    name: str,
    namespace: str | None = None,
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
    **fields: Any,
) -> dict[str, Any]:
    """A manifest from its metadata and its other fields, such as `spec`. Empty metadata is left out."""
    metadata = {"name": name, "namespace": namespace, "labels": labels, "annotations": annotations}
    return {
        "apiVersion": api_version,
        "kind": kind,
        "metadata": {key: value for key, value in metadata.items() if value},
        **fields,
    }
