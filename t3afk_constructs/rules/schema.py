"""The fields of Kubernetes objects, and where a manifest departs from them.

`fields.json` has the fields of each type, as `make fields` writes them. A type is `text`, `whole` (a number), `number`,
`flag`, `amount` (a quantity), `port` (a number or a text), `any`, the name of a type, a list `[TYPE]`, a mapping
`{TYPE}`, or a list `[TYPE|KEYS]` whose entries differ in these keys: the entries themselves for `*`.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from t3afk_constructs import quantities

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from t3afk_constructs.manifests import Plain
    from t3afk_constructs.rules.rendered import Rendered

Path_ = tuple[Any, ...]
_SCALARS: dict[str, frozenset[type]] = {
    "text": frozenset({str}),
    "whole": frozenset({int}),
    "number": frozenset({int, float}),
    "flag": frozenset({bool}),
    "amount": frozenset({int, float}),  # and texts, by their form
    "port": frozenset({str, int}),
}
_NOTHING: frozenset[type] = frozenset()


class Field(NamedTuple):
    """The type of a field.

    Attributes:
        kind: `any`, a plain type such as `text`, `object`, `list` or `map`.
        plain: the Python types of a plain value.
        name: an object's type.
        entry: the type of the entries of a list or mapping.
        keys: the keys in which the entries of a list differ.
    """

    kind: str
    plain: frozenset[type] = _NOTHING
    name: str = ""
    entry: Field | None = None
    keys: tuple[str, ...] = ()


class Departure(NamedTuple):
    """A place where a manifest departs from the schema.

    Attributes:
        kind: `unknown` (a field), `type` (a value) or `twice` (an entry of a list).
        manifest: the object.
        path: the keys to the place.
        value: the value there.
        field: the type of a wrong value, or of a list.
        owners: the names of the types on the path, the innermost last.
    """

    kind: str
    manifest: Plain
    path: Path_
    value: Any
    field: Field | None
    owners: tuple[str, ...]


@cache
def _table() -> Mapping[str, Mapping[str, str]]:
    text = Path(__file__).with_name("fields.json").read_text(encoding="utf-8")
    return json.loads(text)  # type: ignore[no-any-return]


@cache
def _field(written: str) -> Field:
    if written in _SCALARS:
        return Field(written, _SCALARS[written])
    if written == "any":
        return Field("any")
    if written[0] == "{":
        return Field("map", entry=_field(written[1:-1]))
    if written[0] == "[":
        entry, _, keys = written[1:-1].partition("|")
        return Field("list", entry=_field(entry), keys=tuple(keys.split(",")) if keys else ())
    return Field("object", name=written)


@cache
def fields_of(name: str) -> Mapping[str, Field]:
    """The fields of a type."""
    words = (word.partition(":") for word in _table()["types"][name].split())
    return {key: _field(written) for key, _, written in words}


def merge_keys(manifest: Plain, path: Iterable[str]) -> tuple[str, ...] | None:
    """The keys by which the API server merges the entries of a list; empty if it replaces the list as a whole.

    Each step into a list on the path is an entry, whatever its text. None if the schema has no list there.
    """
    name = _table()["kinds"].get(f"{manifest.get('apiVersion')}/{manifest.get('kind')}")
    field = Field("object", name=name) if name else None
    for key in path:
        if field is not None:
            field = fields_of(field.name).get(key) if field.kind == "object" else field.entry
    return field.keys if field and field.kind == "list" else None


def departures(rendered: Rendered) -> list[Departure]:
    """Where the objects of an app depart from the schema of their kinds; for unknown kinds, where their metadata do."""
    found: list[Departure] = []
    kinds = _table()["kinds"]
    for manifest in rendered.manifests:
        walk = _Walk(manifest, found)
        if name := kinds.get(f"{manifest.get('apiVersion')}/{manifest.get('kind')}"):
            walk.object(manifest, name, (), ())
        elif manifest.get("metadata") is not None:
            walk.value(manifest["metadata"], _field("ObjectMeta"), ("metadata",), ())
    return found


class _Walk(NamedTuple):
    manifest: Plain
    found: list[Departure]

    def object(self, value: Plain, name: str, path: Path_, owners: tuple[str, ...]) -> None:
        known = fields_of(name)
        owners = (*owners, name)
        for key, each in value.items():
            field = known.get(key)
            if field is None:
                self.found.append(Departure("unknown", self.manifest, (*path, key), each, None, owners))
            elif type(each) not in field.plain:
                self.value(each, field, (*path, key), owners)

    def value(self, value: Any, field: Field, path: Path_, owners: tuple[str, ...]) -> None:
        kind = field.kind
        if value is None or kind == "any":  # the API server reads null as absent
            return
        if kind == "object" and isinstance(value, dict):
            self.object(value, field.name, path, owners)
        elif kind == "list" and isinstance(value, list) and field.entry:
            self.entries(enumerate(value), field.entry, path, owners)
            if field.keys and len(value) > 1:
                self.twice(value, field, path, owners)
        elif kind == "map" and isinstance(value, dict) and field.entry:
            self.entries(iter(value.items()), field.entry, path, owners)
        elif type(value) not in field.plain and not _is_plain(value, kind):
            self.found.append(Departure("type", self.manifest, path, value, field, owners))

    def entries(self, pairs: Iterator[tuple[Any, Any]], entry: Field, path: Path_, owners: tuple[str, ...]) -> None:
        for key, each in pairs:
            if type(each) not in entry.plain:
                self.value(each, entry, (*path, key), owners)

    def twice(self, value: list[Any], field: Field, path: Path_, owners: tuple[str, ...]) -> None:
        seen: set[Any] = set()
        for index, each in enumerate(value):
            key = entry_key(each, field.keys)
            if key in seen:
                self.found.append(Departure("twice", self.manifest, (*path, index), each, field, owners))
            elif key:
                seen.add(key)


def _is_plain(value: Any, kind: str) -> bool:
    if isinstance(value, str):
        filled_in = "${" in value  # by Flux, before it applies
        return filled_in or (kind == "amount" and _is_quantity(value.strip()))
    return isinstance(value, float) and value.is_integer() and kind in ("whole", "port")


@cache
def _is_quantity(text: str) -> bool:
    try:
        quantities.quantity_value(text)
    except ValueError:
        return False
    return True


def entry_key(entry: Any, keys: tuple[str, ...]) -> tuple[Any, ...]:
    """The values by which the API server tells an entry of a list from the others. Empty if one is missing."""
    if keys == ("*",):
        return (entry,) if isinstance(entry, str) else ()
    values = [entry.get(key) for key in keys] if isinstance(entry, dict) else [None] * len(keys)
    # The one key with a default.
    filled = tuple(
        "TCP" if value is None and key == "protocol" else value for key, value in zip(keys, values, strict=True)
    )
    return filled if all(isinstance(value, str | int) for value in filled) else ()
