"""The rendered objects of an app, as the rules read them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from t3afk_constructs.manifests import Plain, Pod, at, flat, identity, pod_of, pointer, table
from t3afk_constructs.rules.finding import Complaint

if TYPE_CHECKING:
    from t3afk_constructs.manifests import Identity
    from t3afk_constructs.platform import Platform, Tier

T = TypeVar("T")
Complaints = Iterable[tuple[Plain, str] | Complaint]
"""The objects that break a rule, each with a message: the cause and the way out."""


class Rendered:
    """The objects that one app renders for one cluster, with their indexes.

    Attributes:
        manifests: the objects, Lists replaced by their items.
        platform: the cluster's facts. None if unknown; the rules that need them then find nothing.
        declared: the annotations of Ingresses before patches.
        initial: the pointers of the fields that a manifest sets at the first apply alone.
        beside: the app's other objects for the cluster, which the rules do not judge.
    """

    def __init__(
        self,
        manifests: Iterable[Any],
        platform: Platform | None,
        declared: Mapping[Identity, Mapping[str, str]] | None = None,
        initial: Mapping[Identity, Sequence[str]] | None = None,
        beside: Iterable[Any] = (),
    ) -> None:
        self.manifests = tuple(flat(manifests))
        self.beside = tuple(flat(beside))
        self.platform = platform
        self.declared = declared or {}
        self.initial = initial or {}
        self._read: dict[Any, Any] = {}

    def once(self, read: Callable[[Rendered], T]) -> T:
        """What a function reads from the objects. It runs once for all rules."""
        if read not in self._read:
            self._read[read] = read(self)
        return self._read[read]  # type: ignore[no-any-return]

    def of_kind(self, kind: str, *api_versions: str) -> list[Plain]:
        """The objects of one kind."""
        return [m for m in self.manifests if m.get("kind") == kind and m.get("apiVersion") in api_versions]

    def beside_of_kind(self, kind: str, *api_versions: str) -> list[Plain]:
        """The app's other objects of one kind."""
        return [m for m in self.beside if m.get("kind") == kind and m.get("apiVersion") in api_versions]

    @cached_property
    def _by_namespace(self) -> dict[tuple[str, str | None], dict[str, Plain]]:
        found: dict[tuple[str, str | None], dict[str, Plain]] = {}
        for manifest in self.manifests:
            if manifest.get("apiVersion") == "v1":
                named = identity(manifest)
                found.setdefault((named.kind, named.namespace), {})[named.name] = manifest
        return found

    def in_namespace(self, namespace: str | None, kind: str) -> Mapping[str, Plain]:
        """The core objects of one kind in one namespace, by name."""
        return self._by_namespace.get((kind, namespace), {})

    @cached_property
    def _pods_by_label(self) -> dict[tuple[Any, ...], list[Pod]]:
        found: dict[tuple[Any, ...], list[Pod]] = {}
        for pod in self.pods:
            for key in ((pod.namespace,), *((pod.namespace, *map(str, label)) for label in pod.labels.items())):
                found.setdefault(key, []).append(pod)
        return found

    def pods_in(self, namespace: str | None, labels: Plain | None = None) -> list[Pod]:
        """The pods of a namespace, or those that match a selector. Their number does not slow the look-up down."""
        first = [str(part) for label in list((labels or {}).items())[:1] for part in label]
        near = self._pods_by_label.get((namespace, *first), [])
        return [pod for pod in near if not labels or labels.items() <= pod.labels.items()]

    def texts_against(
        self, rule: Callable[[str], str | None], named: Callable[[str, str], str | None] | None = None
    ) -> Complaints:
        """Apply a rule to every text, keys included.

        Args:
            rule: the rule for a text.
            named: the rule for a text that breaks the first one, and the text's name. Default: the first one decides.
        """
        # Check each distinct string once; locate it only if it breaks the rule.
        complaints = {text: complaint for text in self._distinct_texts if (complaint := rule(text))}
        if complaints:
            for manifest in self.manifests:
                for path, name, text in _texts(manifest):
                    if text in complaints and (complaint := named(text, name) if named else complaints[text]):
                        where = shown(path)
                        yield Complaint(manifest, f"the text at {where} {complaint}", (pointer(path), where, name))

    @cached_property
    def _distinct_texts(self) -> set[str]:
        found: set[str] = set()
        ahead: list[Any] = list(self.manifests)
        while ahead:
            value = ahead.pop()
            if isinstance(value, str):
                found.add(value)
            elif isinstance(value, dict):
                found.update(map(str, value))
                ahead += value.values()
            elif isinstance(value, list):
                ahead += value
        return found

    @cached_property
    def pods(self) -> list[Pod]:
        """The pods of all workloads, in the order of the manifests."""
        return [pod for manifest in self.manifests if (pod := pod_of(manifest))]

    @property
    def admitted_pods(self) -> list[Pod]:
        """The pods that the cluster's admission rules judge."""
        exempt = self.platform.exempt_namespaces if self.platform else ()
        return [pod for pod in self.pods if pod.namespace not in exempt]

    @cached_property
    def namespaces(self) -> dict[str, Plain]:
        """The rendered Namespaces, by name."""
        return {identity(m).name: m for m in self.of_kind("Namespace", "v1")}

    def namespace_labels(self, namespace: str | None) -> Plain:
        """The labels of a rendered Namespace; none if the app does not render it."""
        return table(at(self.namespaces.get(namespace or ""), "metadata", "labels"))

    def tier(self, namespace: str | None) -> Tier | None:
        """The tier of a rendered Namespace. None for a Namespace of another stack: its labels are unknown."""
        if self.platform is None or namespace not in self.namespaces:
            return None
        labels = self.namespace_labels(namespace)
        return self.platform.tier(str(labels["tier"])) if "tier" in labels else self.platform.untiered


def _texts(manifest: Plain) -> list[tuple[tuple[Any, ...], str, str]]:
    """Every text of a manifest, keys included, with its path and its name.

    The name of a text in a list is the option before it, such as `--token`, else the list's name.
    """
    found: list[tuple[tuple[Any, ...], str, str]] = []
    ahead: list[tuple[tuple[Any, ...], str, Any]] = [((), "", manifest)]
    for path, name, value in ahead:  # grows while it is read
        if isinstance(value, str):
            found.append((path, name, value))
        elif isinstance(value, dict):
            found += [((*path, "(key)"), "", str(key)) for key in value]
            ahead += [((*path, key), _name(key, value), entry) for key, entry in value.items()]
        elif isinstance(value, list):
            options = ("", *(entry if str(entry).startswith("-") else "" for entry in value))
            ahead += [((*path, index), options[index] or name, entry) for index, entry in enumerate(value)]
    return found


def _name(key: Any, siblings: Plain) -> str:
    """The name of an entry of a mapping: its key, or the `name` beside a `value`."""
    return str(siblings.get("name", key) if key == "value" else key)


def shown(path: tuple[Any, ...]) -> str:
    """A path as a message shows it."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return "".join(steps).removeprefix(".")
