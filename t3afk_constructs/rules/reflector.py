"""Where Reflector copies a Secret or ConfigMap to, by the annotations of its source.

Reflector (https://github.com/emberstack/kubernetes-reflector) creates the copy, under the same name.
"""

from __future__ import annotations

import re

from t3afk_constructs.manifests import Plain, at, table

_PREFIX = "reflector.v1.k8s.emberstack.com/"


def is_copied_to(source: Plain, namespace: str | None) -> bool:
    """Whether Reflector copies a Secret or ConfigMap to a namespace.

    Args:
        source: the object, or the ExternalSecret that makes it.
        namespace: the namespace of the copy.
    """
    template = at(source, "spec", "target", "template") if source.get("kind") == "ExternalSecret" else source
    annotations = table(at(template, "metadata", "annotations"))
    switches = ("reflection-allowed", "reflection-auto-enabled")
    lists = ("reflection-allowed-namespaces", "reflection-auto-namespaces")
    return all(str(annotations.get(_PREFIX + name)).lower() == "true" for name in switches) and all(
        _contains(str(annotations.get(_PREFIX + name) or ""), str(namespace)) for name in lists
    )


def _contains(listed: str, namespace: str) -> bool:
    """Whether a list of names and regular expressions matches a namespace. An empty one matches all."""
    patterns = [pattern for each in listed.split(",") if (pattern := each.strip())]
    return not patterns or any(_matches(pattern, namespace) for pattern in patterns)


def _matches(pattern: str, namespace: str) -> bool:
    try:
        return re.fullmatch(pattern, namespace) is not None
    except re.error:  # .NET may read what Python does not
        return True
