"""A claim as a cdk8s-plus object."""

from functools import cached_property
from typing import TYPE_CHECKING, Final

from constructs import Construct

from t3afk_constructs.cluster_chart import PlatformConstruct
from t3afk_constructs.platform import Platform

if TYPE_CHECKING:
    import cdk8s_plus_27 as kplus


class ClaimConstruct(PlatformConstruct):
    """A construct with one claim that pods mount.

    Attributes:
        claim_name: the claim's name.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        claim_name: str,
        namespace: str | None,
        platform: Platform | None,
    ) -> None:
        """Take platform and namespace from the chart if they are left out.

        Raises:
            InputError: as `PlatformConstruct`.
        """
        super().__init__(scope, id, namespace=namespace, platform=platform)
        self.claim_name: Final = claim_name

    @cached_property
    def claim(self) -> "kplus.IPersistentVolumeClaim":
        """The claim as a cdk8s-plus object. Loads cdk8s-plus-27."""
        import cdk8s_plus_27 as kplus  # noqa: PLC0415 (a fifth of a second that only its users pay)

        return kplus.PersistentVolumeClaim.from_claim_name(self, "ClaimHandle", self.claim_name)

    @cached_property
    def volume(self) -> "kplus.Volume":
        """The volume for any cdk8s-plus workload: `container.mount("/data", volume.volume)`."""
        import cdk8s_plus_27 as kplus  # noqa: PLC0415 (as above)

        label = self.claim_name.replace(".", "-")[:63].rstrip("-")
        return kplus.Volume.from_persistent_volume_claim(self, "VolumeHandle", self.claim, name=label)
