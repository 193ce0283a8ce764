"""An NFS export as a PersistentVolume and the claim that is bound to it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal

from t3afk_constructs import formats, inputs, quantities
from t3afk_constructs.api_objects import ApiObjects, Manifest, manifest
from t3afk_constructs.home import HOME
from t3afk_constructs.platform import Nfs, Platform, platform_rule

if TYPE_CHECKING:
    from collections.abc import Sequence

    import cdk8s_plus_27 as kplus
    from cdk8s import ApiObject
    from constructs import Construct

# No Sequence: text is one of texts, and an editor would take any word.
MountOptions = Literal["soft", "hard"] | list[str] | tuple[str, ...]
AccessMode = Literal["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"]


def effective_mount_options(nfs: Nfs, asked: MountOptions | None) -> list[str]:
    """The options of a mount: the platform's usual ones, its `hard` ones, or a list of one's own."""
    if asked is None or asked == "soft":
        return list(nfs.mount_options)
    return list(nfs.hard_mount_options if asked == "hard" else asked)


def _mount_options_rule(value: object) -> str | None:
    if isinstance(value, str):
        return inputs.one_of("soft", "hard")(value)
    return formats.lines(value)


def _manifests(volume: NfsVolume) -> dict[str, Manifest]:
    """Both objects, from what was decided about them. Nothing of node is there yet."""
    persistent_volume = manifest(
        "v1",
        "PersistentVolume",
        name=volume.name,
        spec={
            "capacity": {"storage": volume.storage},
            "accessModes": volume.access_modes,
            "persistentVolumeReclaimPolicy": "Retain",
            "storageClassName": volume.storage_class,
            "volumeMode": "Filesystem",
            "mountOptions": volume.mount_options,
            "csi": {
                "driver": volume.driver,
                "volumeHandle": volume.name,
                "volumeAttributes": {"server": volume.nfs_server, "share": volume.nfs_path},
            },
        },
    )
    claim = manifest(
        "v1",
        "PersistentVolumeClaim",
        name=volume.claim_name,
        namespace=volume.namespace,
        spec={
            "accessModes": volume.access_modes,
            "storageClassName": volume.storage_class,
            "volumeName": volume.name,
            "resources": {"requests": {"storage": volume.storage}},
        },
    )
    return {"Resource": persistent_volume, "Claim": claim}


class NfsVolume(ApiObjects):
    """An NFS export that pods mount: a PersistentVolume and a PersistentVolumeClaim of one name, bound to each other.

    The volume is kept (`Retain`) when its claim goes: deleting manifests never deletes data. It stands in for the
    Terraform module `nfs_volume` and takes its inputs.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        name: str,
        namespace: str,
        nfs_server: str,
        nfs_path: str,
        storage: str = "10Gi",
        access_modes: Sequence[AccessMode] = ("ReadWriteMany",),
        storage_class: str | None = None,
        driver: str | None = None,
        mount_options: MountOptions | None = None,
        platform: Platform = HOME,
    ) -> None:
        """Render the volume and its claim.

        Args:
            scope: the construct's parent.
            id: its id there.
            name: of the PersistentVolume and of the claim, unique in the cluster: `<service>-<purpose>`.
            namespace: the claim's. The volume belongs to the cluster and has none.
            nfs_server: host name or address of the NFS server. Narrower than the module: a name is in lower case
                without underscore or final dot, an IP address has no brackets.
            nfs_path: absolute path of the export. Narrower than the module: without a step back (`..`).
            storage: capacity and request, a quantity such as `30Gi`, rendered as written. NFS does not enforce it.
                Narrower than the module: a digit comes first (`0.5Gi`, not `.5Gi`).
            access_modes: of the volume and the claim. Kubernetes schedules by them; NFS does not enforce them.
            storage_class: default: the platform's.
            driver: the CSI driver; default: the platform's.
            mount_options: default, or `soft`: the platform's usual ones, in the module's order. `hard`: the
                platform's for databases; a lost server then stalls the pod where a soft mount fails its writes. Or a
                list of one's own.
            platform: the cluster's facts.

        Raises:
            InputError: when the API server or the driver would refuse an input.
            CollisionError: when another construct of this library makes an object of that name in the app.
        """
        inputs.check(
            "NfsVolume",
            scope,
            id,
            platform=(platform, platform_rule),
            name=(name, formats.dns_subdomain),
            namespace=(namespace, formats.dns_label),
            nfs_server=(nfs_server, formats.host),
            nfs_path=(nfs_path, formats.absolute_path),
            storage=(storage, quantities.quantity),
            access_modes=(access_modes, formats.access_modes),
            storage_class=(storage_class, inputs.optional(formats.dns_subdomain)),
            driver=(driver, inputs.optional(formats.dns_subdomain)),
            mount_options=(mount_options, inputs.optional(_mount_options_rule)),
        )
        self.name: Final = name
        self.namespace: Final = namespace
        self.nfs_server: Final = nfs_server
        self.nfs_path: Final = nfs_path
        self.storage: Final = storage
        self.access_modes: Final = tuple(access_modes)
        self.storage_class: Final = storage_class or platform.nfs.storage_class
        self.driver: Final = driver or platform.nfs.driver
        self.mount_options: Final = tuple(effective_mount_options(platform.nfs, mount_options))
        self.platform: Final = platform
        self.claim_name: Final = name

        super().__init__(scope, id, platform=platform, manifests=_manifests(self))

    @property
    def persistent_volume(self) -> ApiObject:
        """The PersistentVolume."""
        return self._api_object("Resource")

    @property
    def persistent_volume_claim(self) -> ApiObject:
        """The PersistentVolumeClaim."""
        return self._api_object("Claim")

    @cached_property
    def claim(self) -> kplus.IPersistentVolumeClaim:
        """The claim as cdk8s-plus takes it. Loads cdk8s-plus-27."""
        import cdk8s_plus_27 as kplus  # noqa: PLC0415 (a fifth of a second that only its users pay)

        return kplus.PersistentVolumeClaim.from_claim_name(self, "ClaimHandle", self.claim_name)

    @cached_property
    def volume(self) -> kplus.Volume:
        """The volume that any cdk8s-plus workload mounts: `container.mount("/data", volume.volume)`."""
        import cdk8s_plus_27 as kplus  # noqa: PLC0415 (as above)

        label = self.name.replace(".", "-")[:63].rstrip("-")
        return kplus.Volume.from_persistent_volume_claim(self, "VolumeHandle", self.claim, name=label)
