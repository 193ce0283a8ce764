"""How every Kubernetes object of the library is made."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from t3afk_constructs import inputs, kernel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdk8s import ApiObject
    from constructs import Construct

    from t3afk_constructs.platform import Platform

Manifest = dict[str, Any]

_clusters: dict[Platform, str] = {}
_COLLISION = "Collision: "
_REFUSALS = {
    "NoChart": ("scope", "is in no chart; pass a chart, or a construct in one"),
    "IdTaken": ("id", inputs.ID_TAKEN),
}
"""What the kernel refuses, with the input that is to blame."""


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
            InputError: when `scope` is in no chart, or has a child of that id.
        """
        cluster = _clusters.setdefault(platform, str(len(_clusters)))
        try:
            super().__init__(scope, id, cluster, json.dumps(manifests, allow_nan=False))
        except RuntimeError as error:
            refused = str(error)
            if refused.startswith(_COLLISION):
                both = inputs.without_credentials(refused.removeprefix(_COLLISION))
                raise CollisionError(f"{both}; give one of the two another name") from None
            if refused not in _REFUSALS:
                raise
            name, complaint = _REFUSALS[refused]
            path, value = inputs.path_below(scope, id), {"scope": scope, "id": id}[name]
            raise inputs.InputError(type(self).__name__, path, name, value, complaint) from None

    def _api_object(self, id: str) -> ApiObject:  # noqa: A002
        """One of the objects, to be patched. Two messages to the node process, each time."""
        return cast("ApiObject", self.node.find_child(id))
