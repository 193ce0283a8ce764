"""The volumes that a container mounts, as values: claims, files from text, Secrets, ConfigMaps, folders."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, count
from typing import Annotated, Any, Literal, Protocol

from attrs import field, frozen

from t3afk_constructs import formats, inputs
from t3afk_constructs.quantities import Size
from t3afk_constructs.workload.environment import HasSecret


def _mode(value: object) -> str | None:
    right = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 0o777  # noqa: PLR2004
    return None if right else "must be a file mode from 0 to 0o777; write 0o755, for example"


Mode = Annotated[int, _mode]


class HasClaim(Protocol):
    """Whatever has a claim, such as an `NfsVolume` or a `BlockClaim`."""

    @property
    def claim_name(self) -> str:
        """The claim's name."""
        ...


@frozen(field_transformer=inputs.checked_fields)
class Claim:
    """The claim of another stack, by its name."""

    claim_name: formats.DnsSubdomain


@frozen(field_transformer=inputs.checked_fields)
class File:
    """A file from text. A changed text starts new pods.

    Attributes:
        text: the file's content.
        mode: its permissions; default: `0o644`.
    """

    text: formats.Text
    mode: Mode | None = field(default=None, kw_only=True)


@frozen(field_transformer=inputs.checked_fields)
class Files:
    """A folder of files from text, by their names. A changed text starts new pods.

    Attributes:
        texts: the content of each file.
        mode: the permissions of all; default: `0o644`.
    """

    texts: Mapping[formats.ConfigKey, formats.Text]
    mode: Mode | None = field(default=None, kw_only=True)


# Compared by identity: containers share a folder by mounting one object.
@frozen(kw_only=True, eq=False, field_transformer=inputs.checked_fields)
class EmptyDir:
    """An empty folder for the life of the pod. Containers that mount the same object share it.

    Attributes:
        medium: `Memory` keeps it in memory, which counts against the containers' memory limits.
        size_limit: the kubelet evicts the pod above it; default: none.
    """

    medium: Literal["", "Memory"] = ""
    size_limit: Size | None = None


def _secret(value: object) -> str | None:
    return formats.dns_subdomain(getattr(value, "secret_name", value))


@frozen(field_transformer=inputs.checked_fields)
class SecretFiles:
    """The keys of a Secret as files.

    Attributes:
        secret: an `ExternalSecret`, or the Secret's name.
        items: the file of each key; default: all keys, each as a file of its name.
        mode: the permissions of all; default: `0o644`.
        optional: whether the pod starts without the Secret or its keys.
    """

    secret: Annotated[HasSecret | str, _secret]
    items: Mapping[formats.ConfigKey, formats.Line] = field(factory=dict, kw_only=True)
    mode: Mode | None = field(default=None, kw_only=True)
    optional: bool = field(default=False, kw_only=True)


@frozen(field_transformer=inputs.checked_fields)
class ConfigMapFiles:
    """The keys of a ConfigMap as files.

    Attributes:
        config_map_name: the ConfigMap's name.
        items: the file of each key; default: all keys, each as a file of its name.
        mode: the permissions of all; default: `0o644`.
        optional: whether the pod starts without the ConfigMap or its keys.
    """

    config_map_name: formats.DnsSubdomain
    items: Mapping[formats.ConfigKey, formats.Line] = field(factory=dict, kw_only=True)
    mode: Mode | None = field(default=None, kw_only=True)
    optional: bool = field(default=False, kw_only=True)


@frozen(field_transformer=inputs.checked_fields)
class HostPath:
    """A file or folder of the node.

    Attributes:
        path: on the node.
        type: the kubelet's check before the mount, such as `CharDevice`; default: no check.
    """

    path: formats.AbsolutePath
    type: Literal["DirectoryOrCreate", "Directory", "FileOrCreate", "File", "Socket", "CharDevice", "BlockDevice"] | (
        None
    ) = field(default=None, kw_only=True)


@frozen(field_transformer=inputs.checked_fields)
class NfsExport:
    """An NFS export without a claim: the kubelet mounts it with the node's own options. Prefer an `NfsVolume`.

    Attributes:
        server: host name or address of the NFS server.
        path: absolute path of the export.
    """

    server: formats.Host
    path: formats.AbsolutePath


_SOURCES = (File, Files, EmptyDir, SecretFiles, ConfigMapFiles, HostPath, NfsExport)
Source = HasClaim | File | Files | EmptyDir | SecretFiles | ConfigMapFiles | HostPath | NfsExport


def _source(value: object) -> str | None:
    if isinstance(value, _SOURCES) or isinstance(getattr(value, "claim_name", None), str):
        return None
    return "is not a volume; pass an NfsVolume, a BlockClaim, Claim(…), File(…), Files(…) or EmptyDir(), for example"


@frozen(field_transformer=inputs.checked_fields)
class Mount:
    """A volume with the options of its mount.

    Attributes:
        source: the volume.
        sub_path: mount only this file or folder of it. The kubelet never updates a file that is mounted so.
        read_only: whether the container cannot write to it.
        volume_name: of the volume in the pod; default: by its claim, Secret, ConfigMap or path.
    """

    source: Annotated[Source, _source]
    sub_path: formats.Line | None = field(default=None, kw_only=True)
    read_only: bool = field(default=False, kw_only=True)
    volume_name: formats.DnsLabel | None = field(default=None, kw_only=True)


def _mountable(value: object) -> str | None:
    return None if isinstance(value, Mount) else _source(value)


Mounts = Mapping[formats.AbsolutePath, Annotated[Source | Mount, _mountable]]


def keeps_data(mounts: Mapping[str, Any]) -> bool:
    """Whether a container writes to a claim or an export."""
    for mounted in mounts.values():
        source, read_only = (mounted.source, mounted.read_only) if isinstance(mounted, Mount) else (mounted, False)
        if not read_only and (isinstance(source, NfsExport) or hasattr(source, "claim_name")):
            return True
    return False


def _texts(path: str, source: File | Files) -> Iterator[tuple[str, str]]:
    """The files of a mount: the place of each in the volume, and its text. A volume's paths are relative."""
    texts = {path: source.text} if isinstance(source, File) else {f"{path}/{n}": t for n, t in source.texts.items()}
    return ((place.strip("/"), text) for place, text in texts.items())


def different_texts(every: Iterable[Mapping[str, Any]]) -> str | None:
    """The complaint about two containers of a pod that mount different texts at one path."""
    found: dict[str, str] = {}
    for mounts in every:
        for path, mounted in mounts.items():
            source = mounted.source if isinstance(mounted, Mount) else mounted
            for place, text in _texts(path, source) if isinstance(source, File | Files) else ():
                if found.setdefault(place, text) != text:
                    return f"has another text at '/{place}' than a container beside it; choose another path"
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
                key = _key(place)
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
        taken = {FILES, *self._names.values()}
        numbered = (f"{wanted[:60]}-{number}" for number in count(2))
        return next(name for name in chain([wanted], numbered) if name not in taken)

    @property
    def rendered(self) -> list[dict[str, Any]]:
        """The pod's `volumes`."""
        files = {"name": self._config_map_name, "items": list(self._items.values())}
        return [*self._sources, *([{"name": FILES, "configMap": files}] if self._items else [])]


def _word(source: Any) -> str | None:
    """The name of the object behind a volume; None if there is none."""
    if isinstance(source, SecretFiles):
        return _name_of_secret(source.secret)
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
        return {"secret": {"secretName": _name_of_secret(source.secret), **_projection(source)}}
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


def _name_of_secret(secret: HasSecret | str) -> str:
    return secret if isinstance(secret, str) else secret.secret_name


def _label(text: str) -> str:
    """A DNS label of a name or path: `/var/lib/App` becomes `var-lib-app`."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower())[:63].strip("-") or "volume"


def _key(path: str) -> str:
    """A ConfigMap's key of a whole path."""
    return re.sub(r"[^-._a-zA-Z0-9]", "-", path)[-253:]
