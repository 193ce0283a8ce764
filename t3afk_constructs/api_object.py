"""How every Kubernetes object of the library is made."""

import itertools
from collections.abc import Mapping
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

import constructs
from cdk8s import ApiObject, JsonPatch
from constructs import Construct

from t3afk_constructs.inputs import path_below
from t3afk_constructs.platform import Platform

Identity = tuple[Platform, str, str | None, str]

_roots: WeakKeyDictionary[Construct, constructs.IConstruct] = WeakKeyDictionary()
_claimed: WeakKeyDictionary[constructs.IConstruct, dict[Identity, tuple[Construct, str]]] = WeakKeyDictionary()


class CollisionError(ValueError):
    """Two constructs of one app would make the same object of the cluster."""


def _root(construct: Construct) -> constructs.IConstruct:
    return _roots.get(construct) or _roots.setdefault(construct, construct.node.root)


def note_parent(construct: Construct, parent: Construct) -> None:
    """Note where a construct has been made. Its root then need not be asked of the node process: two messages each."""
    _roots[construct] = _root(parent)


@cache
def _no_namespace() -> tuple[JsonPatch, JsonPatch]:
    # A remove alone fails where there is nothing to remove.
    return JsonPatch.add("/metadata/namespace", ""), JsonPatch.remove("/metadata/namespace")


def claim_identity(scope: Construct, id: str, identity: Identity) -> None:  # noqa: A002
    """Note that `id` below `scope` makes an object, and refuse it where another construct makes the same one.

    `scope` then leaves the tree, with what it has made already.

    Raises:
        CollisionError: with both paths.
    """
    claimed = _claimed.setdefault(_root(scope), {})
    earlier = claimed.get(identity)
    if earlier and _is_in_tree(earlier[0]):
        _, kind, namespace, name = identity
        where = f"in namespace '{namespace}'" if namespace else "in the cluster"
        refusal = CollisionError(
            f"{kind} '{name}' {where} is made twice: by '{path_below(*earlier)}' and by "
            f"'{path_below(scope, id)}'; give one of the two another name"
        )
        if scope.node.scope:
            scope.node.scope.node.try_remove_child(scope.node.id)
        raise refusal
    claimed[identity] = (scope, id)


def _is_in_tree(construct: Construct) -> bool:
    chain = construct.node.scopes  # from the root to the construct itself; a removed one still knows its parents
    return all(above.node.try_find_child(below.node.id) is below for above, below in itertools.pairwise(chain))


def api_object(
    scope: Construct,
    id: str,  # noqa: A002
    *,
    platform: Platform,
    api_version: str,
    kind: str,
    name: str,
    namespace: str | None = None,
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
    **fields: Any,
) -> ApiObject:
    """Make one object whose `fields` (`spec`, `data`) are rendered in the order in which they are written.

    Without a `namespace` it belongs to the cluster.

    A plain ApiObject and one patch a field: three messages to the node process. The typed structs of cdk8s-plus-27
    are checked and marshalled field by field, and importing them takes longer than the whole synth of a chart.

    Raises:
        CollisionError: when another construct of the app makes the same object.
    """
    claim_identity(scope, id, (platform, kind, namespace, name))
    metadata = {"name": name, "namespace": namespace, "labels": labels, "annotations": annotations}
    made = ApiObject(
        scope,
        id,
        api_version=api_version,
        kind=kind,
        metadata={key: value for key, value in metadata.items() if value},
    )
    patches = [JsonPatch.add(f"/{key}", value) for key, value in fields.items()]
    if namespace is None:
        # A chart's namespace is stamped on every object, also on one that belongs to the cluster: the API server
        # refuses that.
        patches += _no_namespace()
    if patches:
        made.add_json_patch(*patches)
    return made
