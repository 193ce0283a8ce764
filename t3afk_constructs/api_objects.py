"""How every Kubernetes object of the library is made."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from t3afk_constructs import kernel
from t3afk_constructs.inputs import InputError, path_below

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdk8s import ApiObject
    from constructs import Construct

    from t3afk_constructs.platform import Platform

Manifest = dict[str, Any]

_clusters: dict[Platform, str] = {}
_NO_CHART, _COLLISION = "NoChart", "Collision: "  # as the kernel says them


class CollisionError(ValueError):
    """Two constructs of one app would make the same object of the cluster."""


def manifest(
    api_version: str,
    kind: str,
    *,
    name: str,
    namespace: str | None = None,
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
    **fields: Any,
) -> Manifest:
    """One object, with its `fields` (`spec`, `data`) in the order in which they are written.

    Without a `namespace` it belongs to the cluster.
    """
    metadata = {"name": name, "namespace": namespace, "labels": labels, "annotations": annotations}
    return {
        "apiVersion": api_version,
        "kind": kind,
        "metadata": {key: value for key, value in metadata.items() if value},
        **fields,
    }


class ApiObjects(kernel.ObjectsFromJson):
    """A construct that renders some objects.

    It and all of them are made in one message to the node process. Each is a plain ApiObject, which keeps whatever a
    caller patches into it.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        platform: Platform,
        manifests: Mapping[str, Manifest],
    ) -> None:
        """Make the objects, or nothing.

        Args:
            scope: the construct's parent.
            id: its id there.
            platform: the cluster that the objects are for.
            manifests: the objects by their ids below the construct; the main one's is `Resource`.

        Raises:
            CollisionError: when the app makes one of them already.
            InputError: when `scope` is in no chart.
        """
        cluster = _clusters.setdefault(platform, str(len(_clusters)))
        try:
            super().__init__(scope, id, cluster, json.dumps(manifests, allow_nan=False))
        except RuntimeError as error:
            if _COLLISION in (text := str(error)):
                raise CollisionError(f"{text.partition(_COLLISION)[2]}; give one of the two another name") from None
            if _NO_CHART in text:
                raise InputError(
                    type(self).__name__, path_below(scope, id), "scope", scope, "is in no chart; pass one"
                ) from None
            raise

    def _api_object(self, id: str) -> ApiObject:  # noqa: A002
        """One of the objects, to be patched. Two messages to the node process, each time."""
        return cast("ApiObject", self.node.find_child(id))
