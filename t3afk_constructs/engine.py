"""Apply the rules to an app.

Each app has one engine, a validation of its root. cdk8s runs it at `app.synth()` and `chart.to_json()`. The library's
`synth` calls it directly.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple, cast

import jsii
from cdk8s import App
from constructs import IValidation

from t3afk_constructs.credentials import without_credentials
from t3afk_constructs.platform import Platform
from t3afk_constructs.rendered_chart import RenderedChart, paths_of
from t3afk_constructs.rules.registry import FACTS, OTHER_PLATFORM, POLICIES, UNKNOWN_PLATFORM, UNUSED_SILENCE, check

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType

    from cdk8s import Chart
    from constructs import IConstruct

    from t3afk_constructs.rules.finding import Finding, Severity

_ENGINE = "t3afk:engine"
_SILENCE = "t3afk:silence"
_FACTS = frozenset(rule.name for rule in FACTS)


class _Silence(NamedTuple):
    path: str
    rule: str
    because: str

    def covers(self, path: str) -> bool:
        """Whether a construct is the silenced one or below it."""
        return not self.path or f"{path}/".startswith(f"{self.path}/")  # the app's path is empty

    def meets(self, chart: RenderedChart) -> bool:
        """Whether it covers objects of a guarded chart."""
        return chart.guarded and (self.covers(chart.path) or self.path.startswith(f"{chart.path}/"))


class Judgement(NamedTuple):
    """The result of the rules for an app.

    Attributes:
        errors: the errors of the rules.
        other_errors: the errors of other validations.
        charts: the charts as the rules saw them.
    """

    errors: list[str]
    other_errors: list[str]
    charts: list[RenderedChart]


@jsii.implements(IValidation)
class Engine:
    """The rules of one app."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._guards: dict[str, Platform | None] = {}
        self._silenced: list[str] = []
        self._printed: set[str] = set()
        self._runs = False
        self._call: FrameType | None = None

    @staticmethod
    def of(construct: IConstruct) -> Engine:
        """The engine of a construct's app."""
        root = construct if isinstance(construct, App) else construct.node.root
        # The attribute saves messages. An app that node made has several Python objects; they share its metadata.
        engine = vars(root).get(_ENGINE) or next((e.data for e in root.node.metadata if e.type == _ENGINE), None)
        if engine is None:
            engine = Engine(cast("App", root))
            node = root.node
            node.add_validation(engine)
            node.add_metadata(_ENGINE, engine)
        vars(root)[_ENGINE] = engine
        return cast("Engine", engine)

    def guard(self, scope: App | Chart, platform: Platform | None) -> bool:
        """Apply the policies to a scope.

        Returns:
            Whether the scope had no guard, or one of the same platform.
        """
        given = self._guards.get(_reference(scope)) or platform
        self._guards[_reference(scope)] = given
        return platform in (None, given)

    def silence(self, construct: IConstruct, rule: str, because: str) -> None:
        """Silence a rule for a construct and the constructs below it."""
        construct.node.add_metadata(_SILENCE, {"rule": rule, "because": because})
        self._silenced.append(construct.node.path)

    def validate(self) -> list[str]:
        """The errors, for cdk8s."""
        if self._runs:
            return []
        # cdk8s validates an app once, and again for each chart that it renders. jsii runs all of these in one frame,
        # and nothing changes meanwhile. If this compared rendered text, a synth would render n charts n times.
        call = sys._getframe(2)  # noqa: SLF001 (in another frame, this checks more often)
        if call is self._call:
            return []
        errors = self.judge().errors
        self._call = None if errors else call
        return errors

    def judge(self) -> Judgement:
        """Apply the rules to the app as it is now, and print new warnings.

        Raises:
            RuntimeError: when cdk8s cannot render a chart.
        """
        self._runs = True  # cdk8s validates the app for each chart that this renders
        try:
            charts = self._rendered_charts()
            lines = [(severity, without_credentials(line)) for severity, line in self._lines(charts)]
        finally:
            self._runs = False
        for severity, line in lines:
            if severity == "warning" and line not in self._printed:
                self._printed.add(line)
                sys.stderr.write(f"warning: {line}\n")
        errors = [line for severity, line in lines if severity == "error"]
        other_errors = [line for chart in charts for line in chart.errors]
        return Judgement(list(dict.fromkeys(errors)), list(dict.fromkeys(other_errors)), charts)

    def _rendered_charts(self) -> list[RenderedChart]:
        found = {}
        for chart in self._app.charts:
            scopes = chart.node.scopes
            given = [self._guards.get(_reference(scope)) or _platform(scope) for scope in scopes]
            innermost = next((platform for platform in reversed(given) if platform), None)
            guarded = any(_reference(scope) in self._guards for scope in scopes)
            found[_reference(chart)] = RenderedChart(chart, platform=innermost, guarded=guarded)
        # cdk8s's order now: rendering makes a chart depend on those that its constructs depend on.
        return [found[_reference(chart)] for chart in self._app.charts]

    def _lines(self, charts: list[RenderedChart]) -> Iterator[tuple[Severity, str]]:
        """The unsilenced findings, formatted, with the severity of each."""
        silences = list(self._silences())
        used: set[_Silence] = set()
        yield from (("error", line) for line in self._complete_platforms(charts))
        for platform in dict.fromkeys(platform for chart in charts for platform in chart.platforms):
            group = [chart for chart in charts if platform in chart.platforms]
            findings = _findings(group, platform)
            paths = paths_of(group, platform, {finding.identity for finding in findings})
            for finding in findings:
                places = paths.get(finding.identity)
                if places is None:  # the object's platform is another one
                    continue
                quiet = [s for s in silences if s.rule == finding.rule and any(map(s.covers, places))]
                used.update(quiet)
                if not quiet:
                    line = f"{' and '.join(places)}: {finding.identity}: {finding.message} [{finding.rule}]"
                    yield finding.severity, line
        for silence in silences:
            if silence not in used and (silence.rule in _FACTS or any(map(silence.meets, charts))):
                where = silence.path or "the app"
                line = f"{where}: the silence of {silence.rule} ({silence.because}) has no finding; remove it"
                yield "warning", f"{line} [{UNUSED_SILENCE}]"

    def _complete_platforms(self, charts: list[RenderedChart]) -> Iterator[str]:
        """Take unknown platforms of charts from the constructs in them, and find constructs of another platform."""
        by_chart = {_reference(each.chart): each for each in charts}
        for construct in self._app.node.find_all():
            platform, chart = _platform(construct), by_chart.get(_reference(vars(construct).get("chart")))
            if platform is None or chart is None:
                continue
            chart.platform = chart.platform or platform
            if chart.platform != platform and chart.guarded:
                yield (
                    f"{construct.node.path}: its platform is not the one of its guarded chart; leave platform= out, or "
                    f"move it to another chart [{OTHER_PLATFORM}]"
                )
            elif chart.platform != platform:
                chart.override(construct, platform)
        known = {each.platform for each in charts if each.platform}
        for each in charts:
            each.platform = each.platform or (next(iter(known)) if len(known) == 1 else None)
            if each.guarded and each.platform is None:
                yield (
                    f"{each.path}: guard does not know the chart's platform; pass platform=, or use a ClusterChart "
                    f"[{UNKNOWN_PLATFORM}]"
                )

    def _silences(self) -> Iterator[_Silence]:
        for path in dict.fromkeys(self._silenced):
            construct: IConstruct | None = self._app
            for id in filter(None, path.split("/")):  # noqa: A001
                construct = construct and construct.node.try_find_child(id)
            for entry in construct.node.metadata if construct else ():
                if entry.type == _SILENCE:
                    yield _Silence(path, entry.data["rule"], entry.data["because"])


def _reference(construct: object) -> str:
    """The name of a construct in jsii; empty for anything else. Python may have several objects for one construct."""
    return getattr(getattr(construct, "__jsii_ref__", None), "ref", "")


def _platform(construct: IConstruct) -> Platform | None:
    """The platform that Python knows of a construct. An attribute of jsii would cost a message."""
    platform = vars(construct).get("platform")
    return platform if isinstance(platform, Platform) else None


def _findings(charts: Sequence[RenderedChart], platform: Platform | None) -> list[Finding]:
    every = [manifest for chart in charts for manifest in chart.manifests]
    guarded = [manifest for chart in charts if chart.guarded for manifest in chart.manifests]
    return check(every, platform, FACTS) + (check(guarded, platform, POLICIES) if guarded else [])
