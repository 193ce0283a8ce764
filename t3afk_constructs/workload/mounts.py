"""The volumes that a container mounts, as values: claims, files from text, Secrets, ConfigMaps, folders."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Protocol

from attrs import field, frozen

from t3afk_constructs import formats, inputs
from t3afk_constructs.quantities import Size
from t3afk_constructs.workload.environment import HasSecret

Mode = Annotated[int, inputs.whole(0, 0o755, most=0o777)]


class HasClaim(Protocol):
    """A construct with a claim, such as an `NfsVolume` or a `BlockClaim`."""

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


_FILES = inputs.mapping(formats.config_key, formats.text)


def _files(value: object) -> str | None:
    return _FILES(value) or (None if value else "is empty; give at least one file")


@frozen(field_transformer=inputs.checked_fields)
class Files:
    """A folder of files from text, by their names. A changed text starts new pods.

    Attributes:
        texts: the content of each file.
        mode: the permissions of all; default: `0o644`.
    """

    texts: Annotated[Mapping[str, str], _files]
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
    items: Mapping[formats.ConfigKey, formats.RelativePath] = field(factory=dict, kw_only=True)
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
    items: Mapping[formats.ConfigKey, formats.RelativePath] = field(factory=dict, kw_only=True)
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
    sub_path: formats.RelativePath | None = field(default=None, kw_only=True)
    read_only: bool = field(default=False, kw_only=True)
    volume_name: formats.DnsLabel | None = field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        """Refuse options of a file from text."""
        if isinstance(self.source, File | Files) and (self.sub_path or self.volume_name):
            complaint = "is a file from text, which takes neither sub_path nor volume_name; leave them out"
            raise inputs.InputError("Mount", None, [("source", self.source, complaint)])


def _mountable(value: object) -> str | None:
    return None if isinstance(value, Mount) else _source(value)


def _mount_path(value: object) -> str | None:
    """A path in the container. Narrower than the API server: without a colon, and in one spelling."""
    if complaint := formats.absolute_path(value):
        return complaint
    text = str(value)
    if ":" in text:
        return "contains ':'; choose another path"
    plain = "/" + "/".join(filter(None, text.split("/")))
    return None if text == plain else f"has a '/' too many; write {inputs.shown(plain)}"


MountPath = Annotated[str, _mount_path]
Mounts = Mapping[MountPath, Annotated[Source | Mount, _mountable]]


def keeps_data(mounts: Mapping[str, Any]) -> bool:
    """Whether a container writes to a claim or an export."""
    for mounted in mounts.values():
        source, read_only = (mounted.source, mounted.read_only) if isinstance(mounted, Mount) else (mounted, False)
        if not read_only and (isinstance(source, NfsExport) or hasattr(source, "claim_name")):
            return True
    return False
