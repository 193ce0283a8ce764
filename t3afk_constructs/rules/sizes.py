"""Rules for sizes and text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from t3afk_constructs import formats
from t3afk_constructs.formats import ANNOTATIONS_BYTES, CONFIG_MAP_BYTES
from t3afk_constructs.manifests import at, decoded, table

if TYPE_CHECKING:
    from t3afk_constructs.rules.rendered import Complaints, Rendered


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
    """No text contains a character that YAML does not carry: kubectl would refuse the manifest or read another text."""
    return rendered.texts_against(formats.text)
