"""What guarded charts render, as the node process has it."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import frozen

from t3afk_constructs.guardrails.finding import Identity, identity
from t3afk_constructs.guardrails.manifests import flat
from t3afk_constructs.kernel import Tree

if TYPE_CHECKING:
    from collections.abc import Collection

    from cdk8s import App, Chart

    from t3afk_constructs.platform import Platform


@frozen
class RenderedChart:
    """What a chart renders, the constructs that do, and the platform of the innermost guard around it."""

    manifests: list[Any]
    paths: list[str]
    platform: Platform


def rendered_charts(guarded: Collection[tuple[App | Chart, Platform]]) -> dict[str, RenderedChart]:
    """Every guarded chart once, by its path.

    Raises:
        RuntimeError: when cdk8s cannot render one of them, or there is no folder for what they render.
    """
    charts: dict[str, tuple[Chart, Platform]] = {}
    for scope, platform in sorted(guarded, key=lambda entry: len(entry[0].node.scopes)):
        charts |= {path: (chart, platform) for path, chart in Tree.charts(scope).items()}
    if not charts:
        return {}
    found = {}
    try:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "manifests.json")
            for path, (chart, platform) in charts.items():
                Tree.save_manifests(chart, str(file))
                found[path] = RenderedChart(**json.loads(file.read_bytes()), platform=platform)
    except OSError as error:
        raise RuntimeError(f"the rules need a folder for a while, and {error}; set TMPDIR to another one") from None
    return found


def object_paths(charts: dict[str, RenderedChart]) -> dict[Identity, list[str]]:
    """The construct paths of the objects, also of one whose name a JSON patch has changed."""
    found: dict[Identity, list[str]] = {}
    for chart_path, chart in charts.items():
        paths = chart.paths
        if len(paths) != len(chart.manifests):  # a chart whose class adds to what it renders, or leaves something out
            paths = [chart_path] * len(chart.manifests)
        for manifest, path in zip(chart.manifests, paths, strict=True):
            for listed in flat([manifest]):
                found.setdefault(identity(listed), []).append(path)
    return found
