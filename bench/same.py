"""What the L2 classes of cdk8s-plus-27 cannot say, and that the rest is the same.

The differences between the two ways are found on one executor, as JSON patches, and applied to the L2 objects of
another one: these then have to equal the library's, field by field. They are applied here and not by cdk8s, which
loses a patch on a field that an L2 class renders late.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cdk8s import App, Chart

from bench import naive, stacks
from t3afk_constructs.guardrails.manifests import pointer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Objects = dict[tuple[str, str], dict[str, Any]]
Difference = tuple[str, tuple[Any, ...], Any]


def _chart(add: Callable[[Chart, int], None], *indices: int) -> Chart:
    chart = Chart(App(), "executors", disable_resource_name_hashes=True)
    for index in indices:
        add(chart, index)
    return chart


def by_name(manifests: list[Any]) -> Objects:
    """Objects by kind and name."""
    return {(manifest["kind"], manifest["metadata"]["name"]): manifest for manifest in manifests}


def library(*indices: int) -> Objects:
    """The objects of some executors as the library makes them."""
    return by_name(_chart(stacks.add_stack, *indices).to_json())


def differences(ours: Any, theirs: Any, path: tuple[Any, ...] = ()) -> Iterator[Difference]:
    """What is to be done with theirs: add, remove or replace, at a path."""
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
    """Kind, operation and path of all that has to be patched.

    Raises:
        AssertionError: when patches from one executor do not make another one's objects equal to the library's.
    """
    ours, theirs = library(0), by_name(_chart(naive.add_stack, 0).to_json())
    assert ours.keys() == theirs.keys(), ours.keys() ^ theirs.keys()  # noqa: S101 (a benchmark runs without -O)
    found = {identity: list(differences(ours[identity], theirs[identity])) for identity in ours}

    first, other = stacks.stack_name(0), stacks.stack_name(7)
    patched, wanted = by_name(_chart(naive.add_stack, 7).to_json()), library(7)
    for (kind, name), patches in found.items():
        _apply(patched[kind, name.replace(first, other)], json.loads(json.dumps(patches).replace(first, other)))
    assert patched == wanted, [list(differences(wanted[key], patched[key])) for key in wanted]  # noqa: S101
    return [(kind, op, pointer(path)) for (kind, _), patches in found.items() for op, path, _ in patches]


if __name__ == "__main__":
    for line in l2_differences():
        print(*line)  # noqa: T201
