"""The volumes of a pod, collected from the mounts of its containers."""

import json
import re
from collections.abc import Container, Iterable, Iterator, Mapping
from itertools import chain, count
from typing import Any

from t3afk_constructs import formats
from t3afk_constructs.workload.environment import HasSecret
from t3afk_constructs.workload.mounts import (
    ConfigMapFiles,
    EmptyDir,
    File,
    Files,
    HostPath,
    Mount,
    NfsExport,
    SecretFiles,
)


def _texts(path: str, source: File | Files) -> Iterator[tuple[str, str]]:
    """The files of a mount: the place of each in the volume, and its text. A volume's paths are relative."""
    texts = {path: source.text} if isinstance(source, File) else {f"{path}/{n}": t for n, t in source.texts.items()}
    return ((place.strip("/"), text) for place, text in texts.items())


def different_texts(every: Iterable[Mapping[str, Any]]) -> str | None:
    """The complaint about two containers of a pod that mount different texts, or modes, at one path."""
    found: dict[str, tuple[str, int | None]] = {}
    for mounts in every:
        for path, mounted in mounts.items():
            source = mounted.source if isinstance(mounted, Mount) else mounted
            if not isinstance(source, File | Files):
                continue
            for place, text in _texts(path, source):
                if found.setdefault(place, (text, source.mode)) != (text, source.mode):
                    return f"has another text or mode at '/{place}' than a container beside it; choose another path"
    return None


FILES = "files"
"""The name of the volume with the files from text."""


class Volumes:
    """The volumes of one pod, collected from the mounts of its containers.

    Attributes:
        files: the ConfigMap's data: the files from text, by key.
    """

    def __init__(self, config_map_name: str) -> None:
        self._config_map_name = config_map_name
        self._names: dict[str | int, str] = {}
        self._sources: list[dict[str, Any]] = []
        self._items: dict[str, dict[str, Any]] = {}
        self.files: dict[str, str] = {}

    def mount(self, path: str, mounted: Any) -> dict[str, Any]:
        """Add the volume of a mount, and render the mount."""
        mount = mounted if isinstance(mounted, Mount) else Mount(mounted)
        source, sub_path, read_only = mount.source, mount.sub_path, mount.read_only
        if isinstance(source, File | Files):
            for place, text in _texts(path, source):
                self._add_file(place, text, source.mode)
            name, sub_path, read_only = FILES, path.strip("/"), True
        else:
            name = self._add(source, mount.volume_name, path)
        return {
            "name": name,
            "mountPath": path,
            **({"subPath": sub_path} if sub_path else {}),
            **({"readOnly": True} if read_only else {}),
        }

    def _add_file(self, place: str, text: str, mode: int | None) -> None:
        if place not in self._items:
            key = place.rpartition("/")[2]
            if key in self.files or formats.config_key(key):
                key = _first_free(_key(place), self.files)
            self.files[key] = text
            self._items[place] = {"key": key, "path": place} | ({} if mode is None else {"mode": mode})

    def _add(self, source: Any, volume_name: str | None, path: str) -> str:
        same = id(source) if isinstance(source, EmptyDir) else json.dumps(_volume(source))
        if same not in self._names:
            self._names[same] = self._free(volume_name or _label(_word(source) or path))
            self._sources.append({"name": self._names[same], **_volume(source)})
        return self._names[same]

    def _free(self, wanted: str) -> str:
        """A volume name that is not taken."""
        return _first_free(wanted, {FILES, *self._names.values()})

    @property
    def rendered(self) -> list[dict[str, Any]]:
        """The pod's `volumes`."""
        files = {"name": self._config_map_name, "items": list(self._items.values())}
        return [*self._sources, *([{"name": FILES, "configMap": files}] if self._items else [])]


def _first_free(wanted: str, taken: Container[str]) -> str:
    numbered = (f"{wanted[:60]}-{number}" for number in count(2))
    return next(name for name in chain([wanted], numbered) if name not in taken)


def _word(source: Any) -> str | None:
    """The name of the object behind a volume; None if there is none."""
    if isinstance(source, SecretFiles):
        return _secret_name(source.secret)
    if isinstance(source, ConfigMapFiles):
        return source.config_map_name
    return getattr(source, "claim_name", None)


def _volume(source: Any) -> dict[str, Any]:
    """The volume's source."""
    if isinstance(source, EmptyDir):
        given = {"medium": source.medium, "sizeLimit": source.size_limit}
        return {"emptyDir": {name: value for name, value in given.items() if value}}
    if isinstance(source, HostPath):
        return {"hostPath": {"path": source.path} | ({"type": source.type} if source.type else {})}
    if isinstance(source, NfsExport):
        return {"nfs": {"server": source.server, "path": source.path}}
    if isinstance(source, SecretFiles):
        return {"secret": {"secretName": _secret_name(source.secret), **_projection(source)}}
    if isinstance(source, ConfigMapFiles):
        return {"configMap": {"name": source.config_map_name, **_projection(source)}}
    return {"persistentVolumeClaim": {"claimName": source.claim_name}}


def _projection(source: SecretFiles | ConfigMapFiles) -> dict[str, Any]:
    items = [{"key": key, "path": path} for key, path in source.items.items()]
    return {
        **({"items": items} if items else {}),
        **({} if source.mode is None else {"defaultMode": source.mode}),
        **({"optional": True} if source.optional else {}),
    }


def _secret_name(secret: HasSecret | str) -> str:
    return secret if isinstance(secret, str) else secret.secret_name


def _label(text: str) -> str:
    """A DNS label of a name or path: `/var/lib/App` becomes `var-lib-app`."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower())[:63].strip("-") or "volume"


def _key(path: str) -> str:
    """A ConfigMap's key of a whole path."""
    return re.sub(r"[^-._a-zA-Z0-9]", "-", path)[-253:]
