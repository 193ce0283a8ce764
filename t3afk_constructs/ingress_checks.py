"""What only the whole app tells about an Ingress, said at synth."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING, Any

import jsii
from constructs import Construct, IValidation

from t3afk_constructs.guardrails.manifests import flat
from t3afk_constructs.ingress_rules import reference
from t3afk_constructs.inputs import without_credentials
from t3afk_constructs.kernel import Tree
from t3afk_constructs.sablier import namespace_and_name, workload_complaints

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from t3afk_constructs.platform import Platform

_WORKLOADS = ("Deployment", "StatefulSet")


def unlisted(chain: Iterable[str], platform: Platform, rendered: Iterable[tuple[str, str]] = ()) -> list[str]:
    """The middlewares that neither the platform lists as shared nor the app renders.

    Args:
        chain: middlewares as Traefik names them.
        platform: the cluster's facts. A shared one of another provider is listed as Traefik names it (`name@file`).
        rendered: namespace and name of the app's Middlewares. Traefik's name cannot be taken apart again (`a-b-c`
            is `c` in `a-b` or `b-c` in `a`), so theirs are put together and compared.
    """
    known = {reference(namespace, name) for namespace, name in rendered}
    shared = re.compile("|".join(_pattern(platform, name) for name in platform.shared_middlewares) or "(?!)")
    return [entry for entry in chain if entry not in known and not shared.fullmatch(entry)]


def warn(path: str, complaint: str) -> None:
    """Say on stderr what synth does not refuse."""
    sys.stderr.write(f"warning: {without_credentials(f'{path}: {complaint}')}\n")


def _pattern(platform: Platform, name: str) -> str:
    entry = name if "@" in name else f"{platform.traefik_namespace}-{name}@kubernetescrd"
    return re.escape(entry).replace(r"\*", "[a-z0-9-]+")


class Scan:
    """The app's objects as they are while one synth asks its checks, looked up once for all of them."""

    def __init__(self, construct: Construct) -> None:
        self.asked: set[_Check] = set()
        self._construct = construct
        self._manifests: dict[tuple[str, ...], list[Any]] = {}

    def manifests(self, *kinds: str) -> list[Any]:
        """What the app renders of some kinds."""
        if kinds not in self._manifests:
            found = flat(json.loads(Tree.manifests_of_kinds(self._construct, list(kinds))))
            self._manifests[kinds] = [manifest for manifest in found if manifest.get("kind") in kinds]
        return self._manifests[kinds]


_scans: dict[str, Scan] = {}


@jsii.implements(IValidation)
class _Check:
    """A check that warns once: cdk8s asks again for every chart that it renders."""

    def __init__(self, construct: Construct) -> None:
        self._construct = construct
        self._tree = Tree.root_name_of(construct)
        self._warned: set[str] = set()
        _scans.pop(self._tree, None)

    def validate(self) -> list[str]:
        """The errors; warnings go to stderr."""
        raise NotImplementedError

    def _warn(self, complaint: str) -> None:
        if complaint not in self._warned:
            self._warned.add(complaint)
            warn(self._construct.node.path, complaint)

    def _objects(self, *kinds: str) -> list[Any]:
        # cdk8s asks every check of an app once each time it renders: one that asks again sees a later state.
        scan = _scans.get(self._tree)
        if scan is None or self in scan.asked:
            scan = _scans[self._tree] = Scan(self._construct)
        scan.asked.add(self)
        return scan.manifests(*kinds)


@jsii.implements(IValidation)
class MiddlewareCheck(_Check):
    """Names the middlewares of a chain that nothing known makes: Traefik drops a route that misses one."""

    def __init__(self, construct: Construct, entries: Sequence[str], platform: Platform) -> None:
        super().__init__(construct)
        self._entries, self._platform = entries, platform

    def validate(self) -> list[str]:
        """An error each where the platform is strict, else a warning."""
        rendered = [namespace_and_name(manifest) for manifest in self._objects("Middleware")]
        complaints = [
            f"the middleware '{entry}' is neither shared on the platform nor made by this app, and Traefik drops a "
            "route that misses one; correct the name, make the Middleware, or list it in the platform's "
            "shared_middlewares"
            for entry in unlisted(self._entries, self._platform, rendered)
        ]
        if self._platform.strict_middlewares:
            return list(map(without_credentials, complaints))
        for complaint in complaints:
            self._warn(complaint)
        return []


@jsii.implements(IValidation)
class SablierCheck(_Check):
    """Warns of workloads of the app that Sablier cannot put to sleep or wake."""

    def __init__(self, construct: Construct, group: str, namespace: str, service_name: str) -> None:
        super().__init__(construct)
        self._group, self._namespace, self._service_name = group, namespace, service_name

    def validate(self) -> list[str]:
        """Warnings alone."""
        objects = self._objects("Service", *_WORKLOADS)
        for complaint in workload_complaints(self._group, self._namespace, self._service_name, objects):
            self._warn(complaint)
        return []
