"""The file of each object in the layouts with a file per object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk8s import YamlOutputType

from t3afk_constructs.manifests import at, identity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from t3afk_constructs.rendered_chart import RenderedChart

LOST_OBJECT = "lost-object"
"""The name of the error about an object whose file another one overwrites."""

_LAYOUTS = (YamlOutputType.FILE_PER_RESOURCE, YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE)


def resource_name(manifest: Any) -> str:
    """The name of an object's file without its ending, as cdk8s makes it: from the kind and the name alone."""
    name = f"{at(manifest, 'kind')}.{at(manifest, 'metadata', 'name') or 'undefined'}"
    return "".join(c for c in name if c.isascii() and (c.isalnum() or c in "-_."))


def lost_objects(charts: Sequence[RenderedChart], layout: YamlOutputType) -> Iterator[str]:
    """The objects whose file another object overwrites, each with the way out. cdk8s keeps the last one alone."""
    if layout not in _LAYOUTS:
        return
    alone = layout == YamlOutputType.FILE_PER_RESOURCE
    folders = [charts] if alone else [[chart] for chart in charts]
    way_out = "or FOLDER_PER_CHART_FILE_PER_RESOURCE and a chart for each namespace" if alone else "or one more chart"
    for folder in folders:
        by_name: dict[str, list[str]] = {}
        for chart in folder:
            for manifest in chart.manifests:
                by_name.setdefault(resource_name(manifest), []).append(f"{chart.path}: {identity(manifest)}")
        for name, objects in by_name.items():
            if len(objects) > 1:
                yield (
                    f"{' and '.join(objects)}: the layout {layout.name} has one file for them, '{name}', and the last "
                    f"one overwrites the others; use YamlOutputType.FILE_PER_CHART, {way_out} [{LOST_OBJECT}]"
                )
