"""How every Kubernetes object of the library is made."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from cdk8s import ApiObject
from constructs import Construct, IConstruct

from t3afk_constructs import kernel
from t3afk_constructs.inputs import path_below
from t3afk_constructs.platform import Platform

if TYPE_CHECKING:
    from collections.abc import Mapping

Manifest = dict[str, Any]
_Identity = tuple[Platform, str, str | None, str]
_Place = tuple[Construct, str]

_roots: WeakKeyDictionary[IConstruct, IConstruct] = WeakKeyDictionary()
_made: WeakKeyDictionary[IConstruct, dict[_Identity, _Place]] = WeakKeyDictionary()


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
        """Make the objects.

        Args:
            scope: the construct's parent.
            id: its id there.
            platform: the cluster that the objects are for.
            manifests: the objects by their ids below the construct; the main one's is `Resource`.

        Raises:
            CollisionError: when another construct of the app makes one of them. Nothing is made then.
        """
        made = _made.setdefault(_root(scope), {})
        own: dict[_Identity, str] = {}
        for child, rendered in manifests.items():
            identity = _identity(platform, rendered)
            if identity in own:
                raise _collision(identity, (scope, f"{id}/{own[identity]}"), (scope, f"{id}/{child}"))
            if (earlier := made.get(identity)) and _is_in_tree(earlier[0]):
                raise _collision(identity, earlier, (scope, f"{id}/{child}"))
            own[identity] = child
        super().__init__(scope, id, json.dumps(manifests, allow_nan=False))
        self._found: dict[str, ApiObject] = {}
        made.update({identity: (self, child) for identity, child in own.items()})

    def api_object(self, id: str) -> ApiObject:  # noqa: A002
        """One of the objects, to be patched. The first time costs two messages to the node process."""
        if id not in self._found:
            found = self.node.find_child(id)
            if not isinstance(found, ApiObject):
                raise TypeError(f"{found.node.path} is no ApiObject")
            self._found[id] = found
        return self._found[id]


def _root(construct: Construct) -> IConstruct:
    return _roots.get(construct) or _roots.setdefault(construct, construct.node.root)


def _identity(platform: Platform, rendered: Manifest) -> _Identity:
    metadata = rendered["metadata"]
    return platform, rendered["kind"], metadata.get("namespace"), metadata["name"]


def _is_in_tree(construct: Construct) -> bool:
    chain = construct.node.scopes  # from the root to the construct itself; a removed one still knows its parents
    return all(above.node.try_find_child(below.node.id) is below for above, below in itertools.pairwise(chain))


def _collision(identity: _Identity, earlier: _Place, later: _Place) -> CollisionError:
    _, kind, namespace, name = identity
    where = f"in namespace '{namespace}'" if namespace else "in the cluster"
    return CollisionError(
        f"{kind} '{name}' {where} is made twice: by '{path_below(*earlier)}' and by '{path_below(*later)}'; "
        "give one of the two another name"
    )
