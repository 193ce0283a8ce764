"""A claim of a block volume, which a resizer may grow."""

import re
from typing import Annotated, Final

from constructs import Construct

from t3afk_constructs.checked import checked
from t3afk_constructs.claims import ClaimConstruct
from t3afk_constructs.cluster_chart import ChartNamespace, ChartPlatform
from t3afk_constructs.formats import AccessModes, DnsSubdomain
from t3afk_constructs.quantities import Size, quantity_value, size

_RESIZER = "resize.topolvm.io"
_MOST_PERCENT = 100


def _share(value: object) -> str | None:
    """A share of the volume above 0 %, at most 100 %, or a size. The resizer skips a claim with another value."""
    percent = re.fullmatch(r"([0-9]{1,3}(\.[0-9]{1,3})?)%", value) if isinstance(value, str) else None
    if percent:
        right = 0 < float(percent[1]) <= _MOST_PERCENT
        return None if right else "is not above 0% and at most 100%; write '10%', for example"
    return size(value) and "must be a share of the volume or a size; write '10%' or '5Gi', for example"


Share = Annotated[str, _share]


class BlockClaim(ClaimConstruct):
    """A PersistentVolumeClaim of a block volume, which one node mounts at a time. The class's driver makes the volume.

    SQLite and other databases in files belong here: NFS does not keep their locks.

    With `storage_limit`, the resizer of TopoLVM (pvc-autoresizer) grows the volume as it fills, and owns the request:
    after the first apply, no apply states it, so none conflicts with the resizer or asks for less. The first apply
    takes three commands: see docs/moving-fields.md.

    Attributes:
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
        storage: Size,
        namespace: ChartNamespace = None,
        encrypted: bool = False,
        storage_class: DnsSubdomain | None = None,
        access_modes: AccessModes = ("ReadWriteOnce",),
        storage_limit: Size | None = None,
        threshold: Share | None = None,
        increase: Share | None = None,
        platform: ChartPlatform = None,
    ) -> None:
        """Render the claim.

        Args:
            scope: the construct's parent.
            id: its id there.
            name: of the claim.
            storage: the request, a quantity such as `5Gi`. A claim never shrinks, and grows where its class allows it.
                With `storage_limit`, the size at creation: no later apply has it.
            namespace: default: the chart's.
            encrypted: whether the class is the platform's encrypted one.
            storage_class: the class; default: the platform's.
            access_modes: `ReadWriteOncePod` keeps a second pod on the same node out.
            storage_limit: the size up to which the resizer grows the volume, above `storage`; default: no resizer.
            threshold: the free space below which it grows, a share of the volume or a size; default: `10%`.
            increase: by how much it grows, a share of the current size or a size, rounded up to whole Gi; default:
                `100%`, twice the size.
            platform: the cluster's facts; default: the chart's.

        Raises:
            InputError: when the API server or the resizer would refuse or ignore an input, or the platform has no class
                for the claim.
        """
        super().__init__(scope, id, claim_name=name, namespace=namespace, platform=platform)
        fact = "encrypted_storage_class" if encrypted else "storage_class"
        default: str | None = getattr(self.platform.block, fact, None)
        missing = f"has no default on this platform; pass it, or set the platform's block.{fact}"
        twice = "has no effect beside storage_class; leave one out"
        self._refuse(
            encrypted=(encrypted, twice if encrypted and storage_class else None),
            storage_class=(storage_class, None if storage_class or default else missing),
            storage_limit=(storage_limit, _limit_complaint(storage, storage_limit)),
            threshold=(threshold, _without_limit(threshold, storage_limit)),
            increase=(increase, _without_limit(increase, storage_limit)),
        )
        self.name: Final = name
        self.storage: Final = storage
        self.encrypted: Final = encrypted
        self.storage_class: Final = storage_class or default
        self.access_modes: Final = tuple(access_modes)
        self.storage_limit: Final = storage_limit
        self.threshold: Final = threshold or ("10%" if storage_limit else None)
        self.increase: Final = increase or ("100%" if storage_limit else None)

        resizer = {"threshold": self.threshold, "increase": self.increase, "storage_limit": storage_limit}
        self.persistent_volume_claim: Final = self._object(
            "Resource",
            "v1",
            "PersistentVolumeClaim",
            name=name,
            initial=["/spec/resources/requests/storage"] if storage_limit else [],
            annotations={f"{_RESIZER}/{key}": value for key, value in resizer.items() if value},
            spec={
                "accessModes": self.access_modes,
                "storageClassName": self.storage_class,
                "resources": {"requests": {"storage": storage}},
            },
        )


def _limit_complaint(storage: str, limit: str | None) -> str | None:
    if limit is None or quantity_value(limit) > quantity_value(storage):
        return None
    return f"is not above the storage {storage!r}, so the resizer never grows the volume; raise it or leave it out"


def _without_limit(value: str | None, limit: str | None) -> str | None:
    return "has no effect without storage_limit; pass both or none" if value and not limit else None
