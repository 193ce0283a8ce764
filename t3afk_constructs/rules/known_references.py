"""Rules for names that lead nowhere: of claims, volumes, Secrets, ConfigMaps, their keys, service accounts, namespaces.

Another stack may render what the app does not: a warning. A near name, another namespace or a missing key is an error.
It is a warning if pods of the other namespace use the object there. An ExternalSecret with `creationPolicy: Merge` may
add keys: if the app renders it, its Secret lacks none; if another stack does, silence the error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from t3afk_constructs.kinds import CLUSTER_SCOPED, group_and_kind
from t3afk_constructs.manifests import Plain, identity, pod_of
from t3afk_constructs.rules.near_names import near_name
from t3afk_constructs.rules.pod_references import Reference, references, used_by_pods
from t3afk_constructs.rules.rendered_names import Names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from t3afk_constructs.rules.rendered import Complaints, Rendered

_SPACES = ("default", "kube-system", "kube-public", "kube-node-lease")  # every cluster has them
_WORDS = {"PersistentVolumeClaim": "claim", "ServiceAccount": "service account"}
_KEYS = 8  # keys in a message


class _Missing(NamedTuple):
    """A reference that leads nowhere in the app.

    Attributes:
        reference: the reference.
        message: the cause and the way out.
        is_slip: whether the app shows the cause: a near name, another namespace or a missing key.
    """

    reference: Reference
    message: str
    is_slip: bool


class _MissingNamespace(NamedTuple):
    name: str
    near: str | None  # a rendered Namespace with a near name
    first: Plain  # the first object in it
    resident: Plain | None  # the first workload or claim in it


def _missing_namespaces(rendered: Rendered) -> list[_MissingNamespace]:
    """The namespaces of objects that the app does not render, and no cluster or platform has by itself."""
    platform = rendered.platform
    own = [
        identity(m).name for m in (*rendered.of_kind("Namespace", "v1"), *rendered.beside_of_kind("Namespace", "v1"))
    ]
    known = {*own, *_SPACES, *((*platform.exempt_namespaces, platform.traefik_namespace) if platform else ())}
    first: dict[str, Plain] = {}
    resident: dict[str, Plain] = {}
    for manifest in rendered.manifests:
        who = identity(manifest)
        if who.namespace and who.namespace not in known:
            if group_and_kind(who.api_version, who.kind) not in CLUSTER_SCOPED:
                first.setdefault(who.namespace, manifest)
            if who.kind == "PersistentVolumeClaim" or pod_of(manifest):
                resident.setdefault(who.namespace, manifest)
    return [_MissingNamespace(name, near_name(name, own), each, resident.get(name)) for name, each in first.items()]


def _missing(rendered: Rendered) -> list[_Missing]:
    """The references that lead nowhere, one for each object and cause."""
    names = rendered.once(Names)
    slips = {each.name for each in rendered.once(_missing_namespaces) if each.near}
    found: dict[tuple[Any, ...], _Missing] = {}
    for each in rendered.once(references):
        if each.namespace in slips:  # the cause of all that is missing there
            continue
        is_known = names.knows(each.kind, each.namespace, each.name)
        if missing := _missing_key(each, names) if is_known else _missing_object(each, names, rendered):
            found.setdefault((id(each.owner), each.kind, each.name, each.key if is_known else None), missing)
    return list(found.values())


def _called(kind: str, name: str) -> str:
    return f"the {_WORDS.get(kind, kind)} '{name}'"


def _missing_object(each: Reference, names: Names, rendered: Rendered) -> _Missing:
    called = _called(each.kind, each.name)
    named = f"{each.by} names {called}"
    if near := near_name(each.name, names.names(each.kind, each.namespace)):
        place = " in that namespace" if each.namespace else ""
        return _Missing(
            each, f"{named}, but the app renders {_called(each.kind, near)}{place}; name that one", is_slip=True
        )
    if near := near_name(each.name, names.shared(each.kind)):
        message = f"{named}, but the platform has {_called(each.kind, near)} in every namespace; name that one"
        return _Missing(each, message, is_slip=True)
    if spaces := [space for space in names.namespaces(each.kind, each.name) if space]:
        where = " and ".join(f"'{space}'" for space in spaces)
        used = rendered.once(used_by_pods)
        # A claim's volume belongs to that claim alone, so pods beside the claim do not excuse a wrong claimRef.
        if identity(each.owner).kind != "PersistentVolume" and all((each.kind, s, each.name) in used for s in spaces):
            message = (
                f"{named}, which the app renders only for the pods of another namespace ({where}); render one in "
                f"'{each.namespace}' too, or silence this at '{each.name}' if another stack renders it there"
            )
            return _Missing(each, message, is_slip=False)
        message = (
            f"{named}, but the app renders it in another namespace ({where}), where pods of '{each.namespace}' do not "
            "find it; render it in both, or move one of them"
        )
        return _Missing(each, message, is_slip=True)
    shared = ", add it to the platform's shared_secrets" if each.kind == "Secret" else ""
    message = (
        f"{named}, which nothing in the app renders; render it, correct the name{shared}, or silence this "
        f"at '{each.name}' if another stack renders it"
    )
    return _Missing(each, message, is_slip=False)


def _missing_key(each: Reference, names: Names) -> _Missing | None:
    keys = names.keys(each.kind, each.namespace, each.name)
    if each.key is None or keys is None or each.key in keys:
        return None
    near = near_name(each.key, sorted(keys))
    listed = [*sorted(keys)[:_KEYS], *(["…"] if len(keys) > _KEYS else [])]
    way_out = f"write '{near}'" if near else f"name one of its keys ({', '.join(listed)}), or add it there"
    message = f"{each.by} names the key '{each.key}' of {_called(each.kind, each.name)}, which lacks it; {way_out}"
    return _Missing(each, message, is_slip=True)


def broken_references(rendered: Rendered) -> Complaints:
    """No name is a slip of one that the app renders, nor of another namespace, and no key is missing."""
    for space in rendered.once(_missing_namespaces):
        if space.near:
            near = f"the app renders the Namespace '{space.near}'"
            yield space.first, f"it is in the namespace '{space.name}', but {near}; correct the one that is misspelt"
    yield from _complaints(rendered, is_slip=True)


def known_references(rendered: Rendered) -> Complaints:
    """The app renders the claims, volumes, Secrets, ConfigMaps and service accounts that it names."""
    yield from _complaints(rendered, is_slip=False)


def _complaints(rendered: Rendered, *, is_slip: bool) -> Iterator[tuple[Plain, str]]:
    for each in rendered.once(_missing):
        if each.is_slip == is_slip:
            yield each.reference.owner, each.message


def known_namespaces(rendered: Rendered) -> Complaints:
    """The app renders the Namespace of each of its workloads and claims."""
    for space in rendered.once(_missing_namespaces):
        if space.resident and not space.near:
            message = (
                f"nothing in the app renders its Namespace '{space.name}', without which the API server refuses it; "
                f"render it, or silence this at '{space.name}' if another stack renders it"
            )
            yield space.resident, message
