"""The fields in which the stacks of `bench.cluster` and `bench.cluster_l2` differ: `python -m bench.cluster_same`.

The L2 classes add fields (`remove`), lack inputs (`add`), or write a value in another notation (`replace`). A field of
the library's that they lack has to be in `LACKING`: everything else, they render too.
"""

from __future__ import annotations

import sys
from collections import Counter
from functools import reduce
from operator import getitem
from typing import TYPE_CHECKING

from cdk8s import App

from bench import cluster, cluster_l2
from bench.same import by_name, differences
from t3afk_constructs.manifests import pointer
from t3afk_constructs.quantities import quantity_value

if TYPE_CHECKING:
    from types import ModuleType

    from bench.same import Objects

LACKING = {
    ("PersistentVolume", "/spec/csi"),
    ("Deployment", "/spec/template/spec/nodeSelector"),
    ("Deployment", "/spec/template/spec/tolerations"),
    ("Deployment", "/spec/template/metadata/annotations"),  # the checksum of the files
    ("Service", "/spec/selector/app"),  # it selects by a label of its own
}


def objects(way: ModuleType, count: int) -> Objects:
    """The objects of some stacks."""
    app = App()
    for index in range(count):
        way.add_stack(app, index)
    return by_name([manifest for chart in app.charts for manifest in chart.to_json()])


def l2_differences(count: int) -> Counter[tuple[str, str, str]]:
    """How often each field differs, by kind, operation and path. Entries of lists count together.

    Raises:
        AssertionError: if the objects are others, or a field differs for another reason than those above.
    """
    ours, theirs = objects(cluster, count), objects(cluster_l2, count)
    assert ours.keys() == theirs.keys(), ours.keys() ^ theirs.keys()  # noqa: S101 (benchmarks run with asserts)
    found: Counter[tuple[str, str, str]] = Counter()
    for (kind, name), wanted in ours.items():
        for operation, path, value in differences(wanted, theirs[kind, name]):
            where = pointer("*" if isinstance(part, int) else part for part in path)
            if operation == "replace":
                written = reduce(getitem, path, theirs[kind, name])
                assert quantity_value(str(value)) == quantity_value(str(written)), (kind, name, where, value, written)  # noqa: S101
            elif operation == "add":
                assert (kind, where) in LACKING, (kind, name, where, value)  # noqa: S101
            found[kind, operation, where] += 1
    return found


if __name__ == "__main__":
    for key, times in l2_differences(int(sys.argv[1])).items():
        print(*key, times)  # noqa: T201
