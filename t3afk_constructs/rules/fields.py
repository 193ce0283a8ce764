"""Rules for the fields of Kubernetes objects: their names, the types of their values, and entries of one key.

The API server refuses such a manifest at a server-side apply. A client-side apply drops some of it with a warning.
"""

from __future__ import annotations

import json
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from t3afk_constructs.manifests import at, mappings, pointer
from t3afk_constructs.rules.finding import Complaint
from t3afk_constructs.rules.rendered import shown
from t3afk_constructs.rules.schema import Field, departures, entry_key, fields_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from t3afk_constructs.rules.rendered import Complaints, Rendered
    from t3afk_constructs.rules.schema import Departure

_NOUNS = {
    "text": "a text",
    "whole": "a whole number",
    "number": "a number",
    "flag": "true or false",
    "amount": "a quantity such as 512Mi",
    "port": "a whole number or a text",
    "list": "a list",
    "map": "a mapping",
    "object": "a mapping",
}
_WORDS: dict[type, str] = {list: "list", dict: "mapping"}
_LISTS = ("initContainers", "containers")
_LONGEST = 40
_SHORTEST = 3  # characters of a field that a longer word means: `environment`
_SCALARS = (str, bool, int, float)


def nearest(name: str, names: Iterable[str], least: float = 0.7) -> str | None:
    """The name that differs least, if it is near; upper and lower case count as equal.

    Args:
        name: a name.
        names: those to choose from.
        least: how near: 1 for the same letters.
    """
    lower = {each.lower(): each for each in names}
    near = get_close_matches(name.lower(), lower, 1, least)
    return lower[near[0]] if near else None


def _below(name: str, owner: str, depth: int) -> str | None:
    """The path from a type to the nearest type below that has the field."""
    ahead = [(owner, "", 0)]
    for each, path, level in ahead:  # grows while it is read
        for field, kind in fields_of(each).items() if level < depth else ():
            while kind.entry:
                kind = kind.entry  # noqa: PLW2901 (the innermost entry)
            if kind.name and name in fields_of(kind.name):
                return f"{path}{field}"
            if kind.name:
                ahead.append((kind.name, f"{path}{field}.", level + 1))
    return None


def _place(name: str, found: Departure, depth: int) -> str | None:
    """The level of a field that stands at a wrong one."""
    for level, owner in enumerate(found.owners[-2::-1]):
        if name in fields_of(owner):
            inner = [step for step in found.path[:-1] if isinstance(step, str)][-1 - level :][0]
            return f"it belongs beside `{inner}`"
    below = _below(name, found.owners[-1], depth)
    return below and f"it belongs into `{below}`"


def _other_security_context(name: str, found: Departure) -> str | None:
    """The way out for a field of the pod's securityContext in a container, and for one of a container in the pod."""
    owner = found.owners[-1]
    if owner == "SecurityContext" and name in fields_of("PodSecurityContext"):
        return "it is a field of the pod's securityContext; move it there"
    if owner == "PodSecurityContext" and name in fields_of("SecurityContext"):
        return "it is a field of a container's securityContext; move it there"
    return None


def _unknown(found: Departure) -> str:
    name, known = str(found.path[-1]), fields_of(found.owners[-1])
    near, far = nearest(name, known, 0.85), nearest(name, known)
    start = max(
        (each for each in known if len(each) >= _SHORTEST and name.lower().startswith(each.lower())),
        key=len,
        default=None,
    )
    if other := _other_security_context(name, found):
        return f"the field {shown(found.path)} is unknown to the API server; {other}"
    write = next((f"write `{each}`" for each in (near, start) if each), None)
    way_out = write or _place(name, found, 1) or (far and f"write `{far}`") or _place(name, found, 3) or "remove it"
    return f"the field {shown(found.path)} is unknown to the API server; {way_out}"


def _wrong(found: Departure) -> str:
    field = found.field or Field("any")
    written = json.dumps(found.value, default=str)
    short = isinstance(found.value, _SCALARS) and len(written) < _LONGEST
    way_out = f"write {_NOUNS[field.kind]}"
    if short and field.kind in ("text", "list"):
        way_out = f"write the text '{written}'" if field.kind == "text" else f"write [{written}]"
    given = written if short else f"a {_WORDS.get(type(found.value), 'text')}"
    return f"the value at {shown(found.path)} is {given}, but the API server takes {_NOUNS[field.kind]}; {way_out}"


def _complaint(found: Departure, message: str) -> Complaint:
    return Complaint(found.manifest, message, (pointer(found.path), shown(found.path), str(found.path[-1])))


def known_fields(rendered: Rendered) -> Complaints:
    """A Kubernetes object has fields that its kind knows, with values of their types."""
    for found in rendered.once(departures):
        if found.kind != "twice":
            yield _complaint(found, _unknown(found) if found.kind == "unknown" else _wrong(found))


def _twice(found: Departure) -> str:
    keys = found.field.keys if found.field else ()
    values = entry_key(found.value, keys)
    key = ", ".join(map(str, values) if keys == ("*",) else map("{} {}".format, keys, values))
    return f"{shown(found.path[:-1])} has two entries with {key}, and a server-side apply refuses them; remove one"


def _repeated(names: Iterable[Any]) -> list[Any]:
    seen: dict[Any, int] = {}
    for name in names:
        if isinstance(name, str):
            seen[name] = seen.get(name, 0) + 1
    return [name for name, count in seen.items() if count > 1]


def _names(rendered: Rendered) -> Complaints:
    """Names that differ although no list has them as its key."""
    for pod in rendered.pods:
        # A name that repeats in one list is found there.
        lists = [dict.fromkeys(str(each.get("name", "")) for each in pod.containers(name)) for name in _LISTS]
        for name in filter(None, _repeated(name for names in lists for name in names)):
            yield pod.owner, f"an init container and a container have the name '{name}'; rename one of them"
        for container in pod.containers():
            for name in _repeated(port.get("name") for port in mappings(container.get("ports"))):
                message = f"container '{container.get('name')}' has two ports with the name '{name}'; rename one"
                yield pod.owner, message
    for service in rendered.of_kind("Service", "v1"):
        ports = mappings(at(service, "spec", "ports"))
        for name in _repeated(port.get("name") for port in ports):
            yield service, f"two ports have the name '{name}'; rename one"
        unnamed = [port.get("port") for port in ports if not port.get("name")]
        if unnamed and len(ports) > 1:
            yield service, f"it has several ports, and port {unnamed[0]} has no name; name it"


def unique_entries(rendered: Rendered) -> Complaints:
    """No two containers, ports, variables or other entries of a list have the same key."""
    for found in rendered.once(departures):
        if found.kind == "twice":
            yield _complaint(found, _twice(found))
    yield from _names(rendered)
