"""Rules for sizes and text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from t3afk_constructs.formats import ANNOTATIONS_BYTES, CONFIG_MAP_BYTES, carried_text
from t3afk_constructs.manifests import at, decoded, table
from t3afk_constructs.yaml_text import misread_from_cdk8s

if TYPE_CHECKING:
    from t3afk_constructs.rules.rendered import Complaints, Rendered

_MISREAD = "is not what kubectl reads, because cdk8s writes it without the quotes it needs; call synth(app) instead"


def _bytes(value: object) -> int:
    return len(str(value).encode(errors="replace"))


def _decoded_bytes(value: object) -> int:
    found = decoded(value)
    return _bytes(value) if found is None else len(found)


def config_size(rendered: Rendered) -> Complaints:
    """A ConfigMap or Secret holds 1 MiB at most."""
    for kind, plain, encoded in (("ConfigMap", "data", "binaryData"), ("Secret", "stringData", "data")):
        for manifest in rendered.of_kind(kind, "v1"):
            size = sum(map(_bytes, table(at(manifest, plain)).values()))
            size += sum(map(_decoded_bytes, table(at(manifest, encoded)).values()))
            if size > CONFIG_MAP_BYTES:
                yield manifest, f"it has {size} bytes, but a {kind} holds {CONFIG_MAP_BYTES}; split or shorten it"


def annotation_size(rendered: Rendered) -> Complaints:
    """The annotations of an object have 256 KiB at most, keys and values together."""
    for manifest in rendered.manifests:
        annotations = table(at(manifest, "metadata", "annotations"))
        size = sum(_bytes(key) + _bytes(value) for key, value in annotations.items())
        if size > ANNOTATIONS_BYTES:
            yield (
                manifest,
                f"its annotations have {size} bytes, but the API server accepts {ANNOTATIONS_BYTES}; shorten them",
            )


def plain_text(rendered: Rendered) -> Complaints:
    """No text contains a character that a server-side apply refuses or changes."""
    return rendered.texts_against(carried_text)


def misread_text(rendered: Rendered) -> Complaints:
    """`app.synth()` alone: no text that cdk8s writes so that kubectl refuses the manifest or reads another text."""
    return rendered.texts_against(lambda text: _MISREAD if misread_from_cdk8s(text) else None)
