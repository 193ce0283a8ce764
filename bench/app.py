"""An app of some executors or stacks: `python -m bench.app VARIANT COUNT OUTPUT-FOLDER`.

The variants are `library`, `naive` and `checked` for executors, and `cluster`, `cluster-checked` and `cluster-l2` for
the stacks of a cluster. The last line of output is JSON: the seconds of building and of writing, and the peak memory in
MiB, of this process and of its node processes.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from importlib import import_module
from pathlib import Path

_MODULES = {
    "library": "stacks",
    "checked": "stacks",
    "naive": "naive",
    "cluster": "cluster",
    "cluster-checked": "cluster",
    "cluster-l2": "cluster_l2",
}


def _children(pid: int) -> list[int]:
    below: list[int] = []
    for file in Path(f"/proc/{pid}/task").glob("*/children"):
        below += [int(word) for word in file.read_text(encoding="ascii").split()]
    return [*below, *(pid for child in below for pid in _children(child))]


def _node_peak() -> float:
    lines = [
        line
        for pid in _children(int(Path("/proc/self").resolve().name))
        for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    ]
    return sum(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


def main(variant: str, count: int, folder: str) -> None:
    """Build and write the app."""
    from cdk8s import App  # noqa: PLC0415

    start = time.perf_counter()
    app = App(outdir=folder)
    way = import_module(f"bench.{_MODULES[variant]}")
    scope = way.new_chart(app) if hasattr(way, "new_chart") else app  # the stacks of a cluster have charts of their own
    for index in range(count):
        way.add_stack(scope, index)
    built = time.perf_counter()
    if variant.endswith("checked"):
        from t3afk_constructs import guard, synth  # noqa: PLC0415

        guard(app)
        synth(app)
    else:
        app.synth()
    took = {
        "build": built - start,
        "write": time.perf_counter() - built,
        "python_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "node_mib": _node_peak(),
    }
    print(json.dumps(took))  # noqa: T201 (bench reads it)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
