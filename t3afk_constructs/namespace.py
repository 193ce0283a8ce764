"""A Namespace with its tier, its enrolment in Keel and its exemptions."""

from collections.abc import Mapping
from typing import Annotated, Final

from constructs import Construct

from t3afk_constructs import formats, inputs
from t3afk_constructs.checked import checked
from t3afk_constructs.cluster_chart import ChartPlatform, PlatformConstruct, namespace_from_chart
from t3afk_constructs.formats import LabelValue, QualifiedName
from t3afk_constructs.manifests import given

_KEEL = "keel.sh/enrolled"
_ISTIO = "istio-injection"
_OWN_LIMIT_RANGE = "resource-governance/custom-limitrange"
_OWN_QUOTA = "resource-governance/custom-quota"
_INPUTS = {
    "tier": "tier",
    _KEEL: "keel",
    _ISTIO: "istio_injection",
    _OWN_LIMIT_RANGE: "custom_limit_range",
    _OWN_QUOTA: "custom_quota",
}
_FORMAT = inputs.mapping(formats.qualified_name, formats.label_value)


def _labels(value: object) -> str | None:
    if complaint := _FORMAT(value):
        return complaint
    given = value if isinstance(value, Mapping) else {}
    own = next((label for label in _INPUTS if label in given), None)
    return own and f"has the key {own!r}, which has an input; pass {_INPUTS[own]}="


NamespaceName = Annotated[str | None, namespace_from_chart("name")]
OtherLabels = Annotated[Mapping[QualifiedName, LabelValue], _labels]


class Namespace(PlatformConstruct):
    """A Namespace: its tier sets the limits of its pods, and its labels say which controllers act in it.

    Deleting the Namespace deletes every object in it. Labels that a policy stamps on every namespace, such as
    Goldilocks' `goldilocks.fairwinds.com/vpa-update-mode`, are the policy's: leave them out.

    Attributes:
        namespace_object: the Namespace.
        namespace: its name.
    """

    @checked
    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        name: NamespaceName = None,
        tier: LabelValue | None = None,
        keel: bool = False,
        istio_injection: bool | None = None,
        custom_limit_range: bool = False,
        custom_quota: bool = False,
        labels: OtherLabels | None = None,
        annotations: formats.Annotations | None = None,
        platform: ChartPlatform = None,
    ) -> None:
        """Render the Namespace.

        Args:
            scope: the construct's parent.
            id: its id there.
            name: default: the chart's namespace.
            tier: one of the platform's tiers, whose LimitRange and ResourceQuota hold here; default: no label, and the
                limits of a namespace without tier. The policy `known-tier` asks for one.
            keel: whether Keel raises the images of the workloads here (`keel.sh/enrolled`), except those with
                `keel.sh/policy: never`.
            istio_injection: whether Istio puts its sidecar into the pods; default: no label.
            custom_limit_range: whether the tier's LimitRange is not made here. Render one, or none holds.
            custom_quota: whether the tier's ResourceQuota is not made here. Render one, or none holds.
            labels: more labels.
            annotations: of the Namespace.
            platform: the cluster's facts; default: the chart's.

        Raises:
            InputError: when the API server would refuse an input, or the platform has no such tier.
        """
        super().__init__(scope, id, namespace=name, platform=platform)
        tiers = [each.name for each in self.platform.tiers]
        unknown = f"is not a tier of the platform; use one of {', '.join(map(repr, tiers))}"
        self._refuse(tier=(tier, unknown if tiers and tier not in (None, *tiers) else None))
        self.name: Final = self.namespace
        self.tier: Final = tier
        self.keel: Final = keel
        self.istio_injection: Final = istio_injection
        self.custom_limit_range: Final = custom_limit_range
        self.custom_quota: Final = custom_quota
        self.labels: Final = dict(labels or {})
        self.annotations: Final = dict(annotations or {})

        own = {
            "tier": tier,
            _KEEL: "true" if keel else None,
            _ISTIO: {None: None, True: "enabled", False: "disabled"}[istio_injection],
            _OWN_LIMIT_RANGE: "true" if custom_limit_range else None,
            _OWN_QUOTA: "true" if custom_quota else None,
        }
        self.namespace_object: Final = self._object(
            "Resource",
            "v1",
            "Namespace",
            name=self.name,
            namespace=None,
            labels=given(own) | self.labels,
            annotations=self.annotations,
        )
