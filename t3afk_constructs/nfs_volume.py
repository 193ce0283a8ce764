"""An NFS export as a PersistentVolume and the claim that is bound to it."""

from collections.abc import Sequence
from typing import Annotated, Final, Literal

from constructs import Construct

from t3afk_constructs import formats, inputs
from t3afk_constructs.checked import checked
from t3afk_constructs.claims import ClaimConstruct
from t3afk_constructs.cluster_chart import ChartNamespace, ChartPlatform
from t3afk_constructs.formats import AbsolutePath, AccessModes, DnsSubdomain, Host
from t3afk_constructs.platform import Nfs
from t3afk_constructs.quantities import Size


def _mount_options(value: object) -> str | None:
    if isinstance(value, str):
        return inputs.one_of("soft", "hard")(value)
    return inputs.every(formats.one_line)(value)


# No Sequence: text is a sequence of texts, and a type checker would accept any word.
MountOptions = Annotated[Literal["soft", "hard"] | list[str] | tuple[str, ...], _mount_options]


def effective_mount_options(nfs: Nfs, asked: Literal["soft", "hard"] | Sequence[str] | None) -> tuple[str, ...]:
    """The options of a mount: the platform's default ones, its `hard` ones, or a list of the caller's."""
    if asked is None or asked == "soft":
        return nfs.mount_options
    return nfs.hard_mount_options if asked == "hard" else tuple(asked)


class NfsVolume(ClaimConstruct):
    """An NFS export that pods mount: a PersistentVolume and a PersistentVolumeClaim of one name, bound to each other.

    The volume stays (`Retain`) when its claim is deleted: deleting manifests never deletes data. It replaces the
    Terraform module `nfs_volume` and has its inputs.

    Attributes:
        persistent_volume: the PersistentVolume.
        persistent_volume_claim: the PersistentVolumeClaim.
        claim_name: the claim's name.
    """

    @checked
    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        name: DnsSubdomain,
        nfs_path: AbsolutePath,
        nfs_server: Host | None = None,
        namespace: ChartNamespace = None,
        storage: Size = "10Gi",
        access_modes: AccessModes = ("ReadWriteMany",),
        storage_class: DnsSubdomain | None = None,
        driver: DnsSubdomain | None = None,
        mount_options: MountOptions | None = None,
        platform: ChartPlatform = None,
    ) -> None:
        """Render the volume and its claim.

        Args:
            scope: the construct's parent.
            id: its id there.
            name: of the PersistentVolume and of the claim, unique in the cluster: `<service>-<purpose>`.
            nfs_path: absolute path of the export. Narrower than the module: without `..`.
            nfs_server: host name or address of the NFS server; default: the platform's. Narrower than the module: a
                name is in lower case without underscore or final dot, an IP address has no brackets.
            namespace: the claim's; default: the chart's. The volume is cluster-scoped.
            storage: capacity and request, a quantity such as `30Gi`, rendered as written. NFS does not enforce it.
                Narrower than the module: the number starts with a digit (`0.5Gi`, not `.5Gi`).
            access_modes: of the volume and the claim. Kubernetes schedules by them; NFS does not enforce them.
            storage_class: default: the platform's.
            driver: the CSI driver; default: the platform's.
            mount_options: default, or `soft`: the platform's default options, in the module's order. `hard`: the
                platform's options for databases; a lost server then stalls the pod, while a soft mount fails its
                writes. Or a list of options.
            platform: the cluster's facts; default: the chart's.

        Raises:
            InputError: when the API server or the driver would refuse an input, or neither the call nor the platform
                names a server.
        """
        super().__init__(scope, id, claim_name=name, namespace=namespace, platform=platform)
        server = nfs_server or self.platform.nfs.server
        missing = "has no default on this platform; pass it, or set the platform's nfs.server"
        self._refuse(nfs_server=(nfs_server, None if server else missing))
        self.name: Final = name
        self.nfs_server: Final = server
        self.nfs_path: Final = nfs_path
        self.storage: Final = storage
        self.access_modes: Final = tuple(access_modes)
        self.storage_class: Final = storage_class or self.platform.nfs.storage_class
        self.driver: Final = driver or self.platform.nfs.driver
        self.mount_options: Final = effective_mount_options(self.platform.nfs, mount_options)

        self.persistent_volume: Final = self._object(
            "Resource",
            "v1",
            "PersistentVolume",
            name=name,
            namespace=None,
            spec={
                "capacity": {"storage": storage},
                "accessModes": self.access_modes,
                "persistentVolumeReclaimPolicy": "Retain",
                "storageClassName": self.storage_class,
                "volumeMode": "Filesystem",
                "mountOptions": self.mount_options,
                "csi": {
                    "driver": self.driver,
                    "volumeHandle": name,
                    "volumeAttributes": {"server": server, "share": nfs_path},
                },
            },
        )
        self.persistent_volume_claim: Final = self._object(
            "Claim",
            "v1",
            "PersistentVolumeClaim",
            name=name,
            spec={
                "accessModes": self.access_modes,
                "storageClassName": self.storage_class,
                "volumeName": name,
                "resources": {"requests": {"storage": storage}},
            },
        )
