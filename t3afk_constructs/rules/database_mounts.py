"""The rule against SQLite files on soft NFS mounts.

A soft mount gives up when the server pauses for some seconds, and the program gets an I/O error in the middle of a
write. A hard mount waits.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from t3afk_constructs.manifests import Plain, Pod, at, container_name, identity, mappings, table
from t3afk_constructs.rules.finding import Complaint
from t3afk_constructs.rules.single_writer import serves_t3

if TYPE_CHECKING:
    from collections.abc import Iterator

    from t3afk_constructs.rules.rendered import Complaints, Rendered

# `sqlite:///data/x` is below the working directory for some programs, and below / for others.
_URL = re.compile(r"\bsqlite3?(?:\+\w+)?:/*(/[^\s'\"?;&|]+)", re.IGNORECASE)
_FILE = re.compile(
    r"(?<![\w.:/~-])(?:file:(?://)?)?(/[\w.@%+/-]*\.(?:db|db3|sqlite|sqlite3))(?![\w./-])", re.IGNORECASE
)
_SOFT = {"soft", "softerr"}


def _soft_volumes(rendered: Rendered) -> dict[str, str]:
    """The PersistentVolumes that pods mount over NFS with `soft`, each with that option."""
    found: dict[str, str] = {}
    for volume in rendered.of_kind("PersistentVolume", "v1"):
        over_nfs = at(volume, "spec", "nfs") or "nfs" in str(at(volume, "spec", "csi", "driver"))
        options = at(volume, "spec", "mountOptions")
        listed = {word for each in options for word in str(each).split(",")} if isinstance(options, list) else set()
        if over_nfs and listed & _SOFT:
            found[identity(volume).name] = min(listed & _SOFT)
    return found


def _texts(container: Plain) -> Iterator[tuple[str, str]]:
    """The texts of a container that may name a file, each with its place."""
    for variable in mappings(container.get("env")):
        yield f"the variable {variable.get('name')}", str(variable.get("value") or "")
    for field in ("command", "args"):
        words = container.get(field)
        for word in words if isinstance(words, list) else ():
            yield f"`{field}`", str(word)


def _databases(container: Plain) -> Iterator[tuple[str, str]]:
    """The SQLite files of a container, each with the place that names it."""
    served = serves_t3(container)
    for place, text in _texts(container):
        for found in (*_URL.finditer(text), *_FILE.finditer(text)):
            yield found[1], place
        if served and place == "the variable T3CODE_HOME" and text.startswith("/"):
            yield f"{text.rstrip('/')}/userdata", place


def _mount(container: Plain, path: str) -> Plain:
    """The mount that a path is on; empty for none."""
    above = [
        mount
        for mount in mappings(container.get("volumeMounts"))
        if f"{path}/".startswith(f"{str(mount.get('mountPath')).rstrip('/')}/")
    ]
    return max(above, key=lambda mount: len(str(mount.get("mountPath"))), default={})


def _source(rendered: Rendered, pod: Pod, volume: str) -> str | None:
    """The PersistentVolume behind a volume of a pod, as its claim names it."""
    claims = rendered.in_namespace(pod.namespace, "PersistentVolumeClaim")
    for each in mappings(pod.spec.get("volumes")):
        if each.get("name") == volume:
            claim = table(claims.get(str(at(each, "persistentVolumeClaim", "claimName"))))
            name = at(claim, "spec", "volumeName")
            return name if isinstance(name, str) else None
    return None


def database_mounts(rendered: Rendered) -> Complaints:
    """No SQLite file is on an NFS volume that is mounted `soft`."""
    soft = _soft_volumes(rendered)
    if not soft:
        return
    for pod in rendered.pods:
        for container in pod.containers():
            seen = set()
            for path, place in _databases(container):
                mount = _mount(container, path)
                source = None if mount.get("readOnly") else _source(rendered, pod, str(mount.get("name")))
                if source in soft and (source, path) not in seen:
                    seen.add((source, path))
                    message = (
                        f"{container_name(container)} has a SQLite file at {path} ({place}) on the NFS volume "
                        f"'{source}', which is mounted `{soft[source]}`: a pause of the server fails its writes; mount "
                        "the volume with mount_options='hard', or move the file to a block volume"
                    )
                    yield Complaint(pod.owner, message, (path, place.rpartition(" ")[2].strip("`")))
