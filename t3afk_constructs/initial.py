"""Fields that a manifest sets at the first apply, and another writer afterwards: Keel, a scaler, a resizer, a person.

A field is named by its JSON pointer (RFC 6901). A list's entry is named by its `name`, as in
`/spec/template/spec/containers/web/image`, if the API server merges the list by `name`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from t3afk_constructs.manifests import at, pointer, table
from t3afk_constructs.rules.schema import merge_keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from t3afk_constructs.manifests import Plain

_IDENTITY = {("apiVersion",), ("kind",), ("metadata",), ("metadata", "name"), ("metadata", "namespace")}


class Parts(NamedTuple):
    """A manifest, divided between its two field managers.

    Attributes:
        rest: the manifest without its initial fields, for each later apply.
        handover: the object's identity and its initial fields alone, for the manager that takes them over; None if
            the manifest has none of them.
    """

    rest: Plain
    handover: Plain | None


def _json_pointer(value: object) -> str | None:
    right = isinstance(value, str) and value.startswith("/")
    return None if right else "is not a JSON pointer; write '/spec/replicas', for example"


Pointer = Annotated[str, _json_pointer]
"""The JSON pointer of a field."""


def field_complaint(field: str, manifest: Plain) -> str | None:
    """Why a field cannot be initial, or None."""
    keys = _keys(field)
    for depth in range(1, len(keys)):
        way = keys[:depth]
        if isinstance(_value(manifest, way), list) and _unnamed(manifest, way):
            # The handover would lack the merge key, or replace the list, and the API server refuses it.
            return f"is in a list that the API server does not merge by 'name'; name the whole list, '{pointer(way)}'"
    if tuple(keys) in _IDENTITY or (keys[-1] == "name" and isinstance(_value(manifest, keys[:-2]), list)):
        return "is part of an identity; name another field"
    if _divided(manifest, keys)[1] is None:
        return "names no field of the manifest; write the first value into the manifest, or correct the pointer"
    return None


def parts(manifest: Plain, fields: Iterable[str]) -> Parts:
    """Divide a manifest. Fields that a patch has removed are left out."""
    rest: Any = manifest
    handover = None
    for field in fields:
        rest, taken = _divided(rest, _keys(field))
        handover = taken if handover is None else _merged(handover, taken)
    if handover is None:
        return Parts(manifest, None)
    named = {key: value for key, value in table(manifest.get("metadata")).items() if key in ("name", "namespace")}
    metadata = {**named, **table(handover.get("metadata"))}
    return Parts(rest, {**{key: manifest[key] for key in ("apiVersion", "kind")}, **handover, "metadata": metadata})


def _unnamed(manifest: Plain, way: Sequence[str]) -> bool:
    """Whether the API server is known to merge a list by other keys than `name`, or not at all."""
    return merge_keys(manifest, way) not in (None, ("name",))


def _keys(field: str) -> list[str]:
    return [key.replace("~1", "/").replace("~0", "~") for key in field.split("/")[1:]]


def _value(value: Any, keys: Sequence[str]) -> Any:
    for key in keys:
        entries = value if isinstance(value, list) else []
        value = next((entry for entry in entries if at(entry, "name") == key), at(value, key))
    return value


def _divided(value: Any, keys: Sequence[str]) -> tuple[Any, Any]:
    """A value without one field, and the way to that field with nothing beside it; None if the field is absent.

    Maps and lists that become empty go too, or the manifest would own them.
    """
    key, *deeper = keys
    if isinstance(value, list):
        found = next((entry for entry in value if at(entry, "name") == key), None)
        rest, taken = _divided(found, deeper) if deeper else (None, found)
        entries = (rest if entry is found else entry for entry in value)
        return ([entry for entry in entries if entry], [{"name": key, **taken}]) if taken else (value, None)
    if not isinstance(value, dict) or key not in value:
        return value, None
    rest, taken = _divided(value[key], deeper) if deeper else (None, value[key])
    if deeper and taken is None:
        return value, None
    others = {name: entry for name, entry in value.items() if name != key}
    return ({**value, key: rest} if rest else others), {key: taken}


def _merged(one: Any, other: Any) -> Any:
    """Two values with all fields of both; entries of lists with one name become one."""
    if isinstance(one, dict) and isinstance(other, dict):
        both = {key: _merged(one[key], other[key]) for key in one.keys() & other.keys()}
        return {**one, **other, **both}
    if isinstance(one, list) and isinstance(other, list):
        entries = {at(entry, "name"): entry for entry in one}
        for entry in other:
            name = at(entry, "name")
            entries[name] = _merged(entries[name], entry) if name in entries else entry
        return [*entries.values()]
    return one if other is None else other
