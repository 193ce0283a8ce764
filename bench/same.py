"""The differences between objects of the library and of the L2 classes of cdk8s-plus-27.

The differences of one executor become JSON patches. Applied to the L2 objects of another executor, these must give the
library's objects, field by field. This module applies the patches itself, because cdk8s loses a patch on a field that
an L2 class renders late.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cdk8s import App

from bench import naive, stacks
from t3afk_constructs.manifests import pointer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from cdk8s import Chart

Objects = dict[tuple[str, str], dict[str, Any]]
Difference = tuple[str, tuple[Any, ...], Any]


def _chart(way: ModuleType, *indices: int) -> Chart:
    chart: Chart = way.new_chart(App())
    for index in indices:
        way.add_stack(chart, index)
    return chart


def by_name(manifests: list[Any]) -> Objects:
    """Objects by kind and name."""
    return {(manifest["kind"], manifest["metadata"]["name"]): manifest for manifest in manifests}


def library(*indices: int) -> Objects:
    """The library's objects of some executors."""
    return by_name(_chart(stacks, *indices).to_json())


def differences(ours: Any, theirs: Any, path: tuple[Any, ...] = ()) -> Iterator[Difference]:
    """The changes that make theirs equal to ours: add, remove or replace, the path, and the value."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in theirs:
            if key not in ours:
                yield "remove", (*path, key), None
        for key, value in ours.items():
            if key in theirs:
                yield from differences(value, theirs[key], (*path, key))
            else:
                yield "add", (*path, key), value
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for index, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            yield from differences(one, other, (*path, index))
    elif ours != theirs:
        yield "replace", path, ours


def _apply(document: Any, patches: list[Difference]) -> None:
    for operation, (*parents, last), value in patches:
        target = document
        for part in parents:
            target = target[part]
        if operation == "remove":
            del target[last]
        else:
            target[last] = value


def l2_differences() -> list[tuple[str, str, str]]:
    """The kind, operation and path of every patch.

    Raises:
        AssertionError: if the patches of one executor do not make another one's objects equal to the library's.
    """
    ours, theirs = library(0), by_name(_chart(naive, 0).to_json())
    assert ours.keys() == theirs.keys(), ours.keys() ^ theirs.keys()  # noqa: S101 (benchmarks run with asserts)
    found = {identity: list(differences(ours[identity], theirs[identity])) for identity in ours}

    first, other = stacks.stack_name(0), stacks.stack_name(7)
    patched, wanted = by_name(_chart(naive, 7).to_json()), library(7)
    for (kind, name), patches in found.items():
        _apply(patched[kind, name.replace(first, other)], json.loads(json.dumps(patches).replace(first, other)))
    assert patched == wanted, [list(differences(wanted[key], patched[key])) for key in wanted]  # noqa: S101
    return [(kind, op, pointer(path)) for (kind, _), patches in found.items() for op, path, _ in patches]


if __name__ == "__main__":
    for line in l2_differences():
        print(*line)  # noqa: T201
