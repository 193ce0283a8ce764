"""The rule that a workload selects its own pods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from t3afk_constructs.manifests import Plain, at, identity, mappings, table

if TYPE_CHECKING:
    from t3afk_constructs.rules.rendered import Complaints, Rendered

_WITH_SELECTOR = {"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController"}


def _meets(labels: Plain, key: Any, operator: Any, values: Any) -> bool:
    listed = values if isinstance(values, list) else []
    key = str(key)
    return {
        "In": labels.get(key) in listed and key in labels,
        "NotIn": labels.get(key) not in listed or key not in labels,
        "Exists": key in labels,
        "DoesNotExist": key not in labels,
    }.get(str(operator), True)  # the API server names a wrong operator itself


def _unmet(selector: Plain, labels: Plain) -> list[str]:
    """The requirements of a selector that labels do not meet."""
    wanted = table(selector.get("matchLabels"))
    found = [f"{key}={value}" for key, value in wanted.items() if key not in labels or labels[key] != value]
    for each in mappings(selector.get("matchExpressions")):
        key, operator, values = each.get("key"), each.get("operator"), each.get("values")
        if not _meets(labels, key, operator, values):
            listed = f" ({', '.join(map(str, values))})" if isinstance(values, list) else ""
            found.append(f"{key} {operator}{listed}")
    return found


def workload_selector(rendered: Rendered) -> Complaints:
    """A workload's selector matches the labels of its pods."""
    for pod in rendered.pods:
        kind = identity(pod.owner).kind
        selector = at(pod.owner, "spec", "selector")
        if kind not in _WITH_SELECTOR or (
            kind == "ReplicationController" and not selector
        ):  # it takes its pods' labels
            continue
        given = ", ".join(f"{key}={value}" for key, value in pod.labels.items())
        plain = table({"matchLabels": selector} if kind == "ReplicationController" else selector)
        if not any(plain.get(part) for part in ("matchLabels", "matchExpressions")):
            way_out = f"write matchLabels with labels of its pods ({given})" if given else "give its pods a label"
            yield pod.owner, f"it has no selector, which a {kind} needs; {way_out}"
        elif unmet := _unmet(plain, pod.labels):
            has = f"have {given}" if given else "have no labels"
            message = (
                f"its selector {', '.join(unmet)} does not match its pods, which {has}; use one label in both places"
            )
            yield pod.owner, message
