"""Charts of a platform, and constructs that take platform and namespace from their chart."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

from cdk8s import Chart
from constructs import Construct

from t3afk_constructs import formats, inputs
from t3afk_constructs.checked import FromScope, checked
from t3afk_constructs.engine import Engine
from t3afk_constructs.objects import Manifest, manifest
from t3afk_constructs.platform import Platform


class ClusterChart(Chart):
    """A chart of one cluster: the constructs in it take its platform and its namespace."""

    @checked
    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        platform: Platform,
        namespace: formats.DnsLabel | None = None,
        labels: Mapping[Annotated[str, formats.qualified_name], formats.LabelValue] | None = None,
        disable_resource_name_hashes: bool = False,
    ) -> None:
        """Make the chart.

        Args:
            scope: the app, or a chart.
            id: the chart's id, which names its manifest.
            platform: the cluster's facts.
            namespace: the default namespace of the objects in the chart. A chart inside it has its own.
            labels: of every object in the chart.
            disable_resource_name_hashes: whether names that cdk8s generates have no hash.

        Raises:
            InputError: when the API server would refuse an input.
        """
        super().__init__(
            scope,
            id,
            namespace=namespace,
            labels=labels,
            disable_resource_name_hashes=disable_resource_name_hashes,
        )
        self.platform: Final = platform
        self._namespace: Final = namespace  # the attribute of Chart costs a message to node
        Engine.of(scope).add_platform(self, platform, self)


def _chart_of(scope: Construct) -> Chart | None:
    try:
        return scope if isinstance(scope, Chart) else Chart.of(scope)
    except RuntimeError:  # outside of any chart
        return None


def platform_of(scope: Construct) -> Platform | None:
    """The platform of the nearest `ClusterChart` around a construct, or None."""
    if isinstance(scope, ClusterChart):
        return scope.platform
    around = (each for each in reversed(scope.node.scopes) if isinstance(each, ClusterChart))
    return next((chart.platform for chart in around), None)


def namespace_of(scope: Construct) -> str | None:
    """The namespace of the nearest chart around a construct, or None."""
    chart = _chart_of(scope)
    if isinstance(chart, ClusterChart):
        return chart._namespace  # noqa: SLF001
    return chart.namespace if chart else None


def _platform(value: Any, scope: Construct) -> str | None:
    if value is not None:
        return inputs.instance_of(Platform)(value)
    if platform_of(scope):
        return None
    return "is missing: put the construct into a ClusterChart(…, platform=…), or pass platform= itself"


def namespace_from_chart(name: str) -> FromScope:
    """The rule for an input of that name: a namespace; None is the chart's."""

    def complaint(value: Any, scope: Construct) -> str | None:
        if value is not None:
            return formats.dns_label(value)
        if namespace := namespace_of(scope):
            wrong = formats.dns_label(namespace)
            return wrong and f"is the chart's {inputs.shown(namespace)}, which {wrong}"
        return f"is missing: give the chart a namespace, or pass {name}= itself"

    return FromScope(complaint)


ChartPlatform = Annotated[Platform | None, FromScope(_platform)]
"""A platform; None is the chart's."""

ChartNamespace = Annotated[str | None, namespace_from_chart("namespace")]
"""A namespace; None is the chart's."""


class PlatformConstruct(Construct):
    """A construct of one platform in one namespace.

    Attributes:
        chart: the chart around it.
        platform: the cluster's facts.
        namespace: the namespace of its objects.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        namespace: str | None,
        platform: Platform | None,
    ) -> None:
        """Take platform and namespace from the chart if they are left out.

        Raises:
            InputError: when `scope` is not in a chart, or gives no platform or namespace.
        """
        super().__init__(scope, id)
        chart, platform, namespace = _chart_of(scope), platform or platform_of(scope), namespace or namespace_of(scope)
        if chart is None or platform is None or namespace is None:
            complaint = "is not in a chart; pass a chart, or a construct in one"
            raise inputs.InputError(type(self).__name__, self.node.path, [("scope", scope, complaint)])
        self.chart: Final = chart
        self.platform: Final = platform
        self.namespace: Final = namespace
        own = chart.platform if isinstance(chart, ClusterChart) else None
        if platform is not own and platform != own:
            Engine.of(chart).add_platform(chart, platform, self)

    def _object(
        self,
        id: str,  # noqa: A002
        api_version: str,
        kind: str,
        *,
        name: str,
        initial: Sequence[str] = (),
        **fields: Any,
    ) -> Manifest:
        """Render an object in the construct's namespace. `namespace=None` is for a cluster-scoped kind.

        `initial` names the fields of the first apply alone, as in `Manifest`.
        """
        rendered = manifest(api_version, kind, name=name, **{"namespace": self.namespace} | fields)
        return Manifest(self, id, rendered, initial=initial)

    def _refuse(self, **complaints: tuple[object, str | None]) -> None:
        """Raise an InputError about inputs whose rules depend on each other, if there is a complaint."""
        wrong = [(name, value, complaint) for name, (value, complaint) in complaints.items() if complaint]
        if wrong:
            raise inputs.InputError(type(self).__name__, self.node.path, wrong)
