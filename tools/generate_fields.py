"""Generate the table of fields: `python tools/generate_fields.py FILE`.

kubernetes-validate ships the JSON schemas of the Kubernetes API. The table keeps the names and types of fields, and
the keys by which the API server tells the entries of a list apart, for the kinds of `kinds.py` in a stable version.
It joins the releases from the one of the test cluster to the newest, so that no field of a newer cluster is unknown.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import kubernetes_validate

from t3afk_constructs.kinds import CLUSTER_SCOPED, NAMESPACED

OLDEST = (1, 34)
SCHEMAS = Path(kubernetes_validate.__file__).parent / "kubernetes-json-schema"
# Only the API server writes them.
NOT_READ = {"io.k8s.apimachinery.pkg.apis.meta.v1.ManagedFieldsEntry"}
PLAIN = {"string": "text", "integer": "whole", "number": "number", "boolean": "flag", "object": "any"}
UNIONS = {
    "io.k8s.apimachinery.pkg.api.resource.Quantity": "amount",
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": "port",
}


def releases() -> list[Path]:
    """The folders of the releases, the newest first."""
    found = {}
    for folder in SCHEMAS.glob("v*-local"):
        number = re.fullmatch(r"v([0-9]+)\.([0-9]+)\.[0-9]+-local", folder.name)
        if number and (int(number[1]), int(number[2])) >= OLDEST:
            found[int(number[1]), int(number[2])] = folder
    return [found[release] for release in sorted(found, reverse=True)]


def merged(schemas: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The types of all releases, each with the fields that any of them has."""
    types: dict[str, dict[str, Any]] = {}
    for schema in schemas:
        for name, each in schema["$defs"].items():
            made = types.setdefault(name, {**each, "properties": {}})
            made["properties"] = each.get("properties", {}) | made["properties"]
    return types


def short_names(types: dict[str, Any]) -> dict[str, str]:
    """The last word of each type's name, with group and version if another stable type has that word."""
    words = {name: name.rpartition(".")[2] for name in types}
    stable = Counter(word for name, word in words.items() if re.search(r"\.v[0-9]+\.\w+$", name))
    return {name: word if stable[word] <= 1 else ".".join(name.split(".")[-3:]) for name, word in words.items()}


def type_of(field: dict[str, Any], types: dict[str, dict[str, Any]], short: dict[str, str], ahead: list[str]) -> str:
    """A field's type as the table writes it. Types to add to the table go into `ahead`."""
    if reference := field.get("$ref"):
        name = reference.rpartition("/")[2]
        if name in UNIONS:
            return UNIONS[name]
        if name in NOT_READ or not types[name]["properties"]:
            return "text" if "string" in str(types[name].get("type")) else "any"
        ahead.append(name)
        return short[name]
    asked = field.get("type", "any")
    kind = asked if isinstance(asked, str) else next(each for each in asked if each != "null")
    if kind == "array":
        entry = type_of(field["items"], types, short, ahead)
        keys = ",".join(field.get("x-kubernetes-list-map-keys", ()))
        keys = "*" if field.get("x-kubernetes-list-type") == "set" else keys
        return f"[{entry}|{keys}]" if keys else f"[{entry}]"
    if kind == "object" and isinstance(field.get("additionalProperties"), dict):
        return f"{{{type_of(field['additionalProperties'], types, short, ahead)}}}"
    return PLAIN.get(kind, "any")


def generated() -> str:
    """The text of the table."""
    types = merged([json.loads((folder / "_definitions.json").read_text(encoding="utf-8")) for folder in releases()])
    short = short_names(types)
    kinds: dict[str, str] = {}
    ahead: list[str] = []
    for name, each in types.items():
        for kind in each.get("x-kubernetes-group-version-kind", ()):
            known = (kind["group"], kind["kind"]) in CLUSTER_SCOPED | NAMESPACED
            if known and re.fullmatch(r"v[0-9]+", kind["version"]):
                kinds["/".join(filter(None, (kind["group"], kind["version"], kind["kind"])))] = short[name]
                ahead.append(name)
    table: dict[str, str] = {}
    for name in ahead:  # grows while it is read
        if short[name] not in table:
            fields = types[name]["properties"].items()
            # A status is not for manifests: the API server ignores it.
            kept = {key: "any" if key == "status" else type_of(field, types, short, ahead) for key, field in fields}
            table[short[name]] = " ".join(f"{key}:{kept[key]}" for key in sorted(kept))
    return json.dumps({"kinds": kinds, "types": table}, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(generated(), encoding="utf-8")
