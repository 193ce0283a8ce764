"""The rule that T3 is the only writer of its volume.

An executor is a pod with a container that runs `t3 serve`, whichever construct renders it. T3 keeps its state in a
SQLite file on the volume, and two writers of that file lose data.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from t3afk_constructs.manifests import Pod, at, identity, mappings, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from t3afk_constructs.manifests import Plain
    from t3afk_constructs.rules.rendered import Complaints, Rendered

_SERVES = re.compile(r"(^|[\s/;&])t3\s+serve([\s;&]|$)")
_ONE_AT_A_TIME = {"Deployment", "StatefulSet", "Pod"}


def _words(container: Plain) -> str:
    lists = (container.get("command"), container.get("args"))
    return " ".join(str(word) for words in lists if isinstance(words, list) for word in words)


def serves_t3(container: Plain) -> bool:
    """Whether the container runs a T3 server."""
    return bool(_SERVES.search(_words(container)))


def is_executor(pod: Pod) -> bool:
    """Whether the pod runs a T3 server."""
    return any(map(serves_t3, pod.containers("containers")))


def _exports(rendered: Rendered) -> dict[str, Any]:
    """The NFS export of each volume, in-tree or CSI."""
    found: dict[str, Any] = {}
    for volume in rendered.of_kind("PersistentVolume", "v1"):
        csi = table(at(volume, "spec", "csi", "volumeAttributes"))
        nfs = table(at(volume, "spec", "nfs"))
        server, path = (csi.get("server"), csi.get("share")) if csi else (nfs.get("server"), nfs.get("path"))
        if server and path:
            found[identity(volume).name] = (str(server).lower(), str(path).rstrip("/"))
    return found


def _stores(rendered: Rendered, pod: Pod, exports: dict[str, Any]) -> Iterator[Any]:
    """The claims and exports that a pod mounts, as keys to compare with those of other pods."""
    claims = rendered.in_namespace(pod.namespace, "PersistentVolumeClaim")
    for claim in sorted(pod.claims):
        yield ("claim", pod.namespace, claim)
        name = at(claims.get(claim), "spec", "volumeName")
        if name in exports:
            yield ("export", *exports[name])
    for volume in mappings(pod.spec.get("volumes")):
        nfs = table(volume.get("nfs"))
        if nfs.get("server") and nfs.get("path"):
            yield ("export", str(nfs["server"]).lower(), str(nfs["path"]).rstrip("/"))


def single_writer(rendered: Rendered) -> Complaints:
    """An executor has one pod at a time, and no other pod mounts its volume."""
    executors = [pod for pod in rendered.pods if is_executor(pod)]
    if not executors:
        return
    exports = _exports(rendered)
    users: dict[Any, list[Pod]] = {}
    for pod in rendered.pods:
        for store in dict.fromkeys(_stores(rendered, pod, exports)):
            users.setdefault(store, []).append(pod)
    for pod in executors:
        kind = identity(pod.owner).kind
        if kind not in _ONE_AT_A_TIME:
            yield pod.owner, f"a {kind} may run two T3s on one database; use a Deployment with strategy Recreate"
        if pod.replicas > 1:
            message = f"it has {pod.replicas} replicas, but T3's database has one writer; write 1, or 0 to park it"
            yield pod.owner, message
        if kind == "Deployment" and at(pod.owner, "spec", "strategy", "type") != "Recreate":
            message = "a rolling update starts a second T3 while the first still writes; use strategy Recreate"
            yield pod.owner, message
        others = {
            str(identity(other.owner)): None
            for store in _stores(rendered, pod, exports)
            for other in users[store]
            if other is not pod
        }
        for other in others:
            yield pod.owner, f"{other} mounts the same volume, but T3's database has one writer; give it its own volume"
