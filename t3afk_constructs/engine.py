"""Apply the rules to an app.

Each app has one engine, a validation of its root. cdk8s runs it at `app.synth()` and `chart.to_json()`. The library's
`synth` calls it directly.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Literal, NamedTuple, cast
from weakref import WeakValueDictionary

import jsii
from cdk8s import App
from constructs import IValidation

from t3afk_constructs.credentials import without_credentials
from t3afk_constructs.manifests import flat, identity
from t3afk_constructs.rendered_chart import Declared, RenderedChart, declared_annotations, places_of
from t3afk_constructs.resource_files import lost_objects
from t3afk_constructs.rules.registry import (
    CDK8S_FACTS,
    FACTS,
    OTHER_PLATFORM,
    POLICIES,
    UNIQUE_OBJECTS,
    UNKNOWN_PLATFORM,
    UNUSED_SILENCE,
    check,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from types import FrameType

    from cdk8s import ApiObject, Chart
    from constructs import IConstruct

    from t3afk_constructs.manifests import Identity
    from t3afk_constructs.platform import Platform
    from t3afk_constructs.rendered_chart import Place
    from t3afk_constructs.rules.finding import Finding, Severity
    from t3afk_constructs.rules.registry import Rule

Warnings = Literal["print", "error"]
# By the app's name in jsii: an app that node made has several Python objects.
_ENGINES: WeakValueDictionary[str, Engine] = WeakValueDictionary()
_SILENCE = "t3afk:silence"
_POLICIES = frozenset(rule.name for rule in POLICIES)


class _Silence(NamedTuple):
    path: str
    rule: str
    because: str
    at: str | None

    def speaks_of(self, finding: Finding) -> bool:
        """Whether a finding is of its rule, and at its place if it has one."""
        return self.rule == finding.rule and (self.at is None or finding.is_at(self.at))

    def covers(self, path: str) -> bool:
        """Whether a construct is the silenced one or below it."""
        return not self.path or f"{path}/".startswith(f"{self.path}/")  # the app's path is empty

    def meets(self, chart: RenderedChart) -> bool:
        """Whether it covers objects of a guarded chart."""
        return chart.guarded and (self.covers(chart.path) or self.path.startswith(f"{chart.path}/"))

    def __str__(self) -> str:
        at = f" at '{self.at}'" if self.at else ""
        return f"{self.path or 'the app'}: the silence of {self.rule}{at} ({self.because}) has no finding; remove it"


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
        self._platforms: list[tuple[str, Platform, IConstruct]] = []
        self._silenced: list[str] = []
        self._initial: dict[str, list[Declared]] = {}  # by chart: two clusters may have objects of one identity
        self._printed: set[str] = set()
        self._preparations: list[Callable[[], None]] = []
        self._runs = False
        self._call: FrameType | None = None

    @staticmethod
    def of(construct: IConstruct) -> Engine:
        """The engine of a construct's app."""
        root = construct if isinstance(construct, App) else construct.node.root
        engine = _ENGINES.get(_reference(root))
        if engine is None:
            engine = _ENGINES[_reference(root)] = Engine(cast("App", root))
            root.node.add_validation(engine)  # jsii keeps it
        return engine

    def guard(self, scope: App | Chart, platform: Platform | None) -> bool:
        """Apply the policies to a scope.

        Returns:
            Whether the scope had no guard, or one of the same platform.
        """
        given = self._guards.get(_reference(scope)) or platform
        self._guards[_reference(scope)] = given
        return platform in (None, given)

    def add_platform(self, chart: Chart, platform: Platform, construct: IConstruct) -> None:
        """Note the platform of a construct: its chart itself, or a construct in the chart."""
        self._platforms.append((_reference(chart), platform, construct))

    def silence(self, construct: IConstruct, rule: str, because: str, at: str | None) -> None:
        """Silence a rule for a construct and the constructs below it, everywhere or at one place."""
        construct.node.add_metadata(_SILENCE, {"rule": rule, "because": because} | ({"at": at} if at else {}))
        self._silenced.append(construct.node.path)

    def before_rendering(self, prepare: Callable[[], None]) -> None:
        """Have a function called each time before the app is rendered and checked."""
        self._preparations.append(prepare)

    def add_initial_fields(self, made: ApiObject, who: Identity | None, fields: Sequence[str]) -> None:
        """Note the fields of an object that its manifest sets at the first apply alone.

        Args:
            made: the object.
            who: its identity before patches; None if unknown.
            fields: the pointers of the fields.
        """
        self._initial.setdefault(_reference(made.chart), []).append(Declared(made, who, fields))

    def validate(self) -> list[str]:
        """The errors, for cdk8s."""
        if self._runs:
            return []
        # cdk8s validates an app once, and again for each chart that it renders. jsii runs all of these in one frame,
        # and nothing changes meanwhile. If this compared rendered text, a synth would render n charts n times.
        call = sys._getframe(2)  # noqa: SLF001 (in another frame, this checks more often)
        if call is self._call:
            return []
        errors = self.judge(CDK8S_FACTS).errors
        self._call = None if errors else call
        return errors

    def judge(self, facts: Sequence[Rule] = FACTS, *, warnings: Warnings = "print") -> Judgement:
        """Apply the rules to the app as it is now, and print new warnings or count them as errors.

        Raises:
            RuntimeError: when cdk8s cannot render a chart.
        """
        self._runs = True  # cdk8s validates the app for each chart that this renders
        try:
            for prepare in self._preparations:
                prepare()
            charts = self._rendered_charts()
            lines = [(severity, without_credentials(line)) for severity, line in self._lines(charts, facts)]
        finally:
            self._runs = False
        if warnings == "error":
            lines = [("error", line) for _, line in lines]
        for severity, line in lines:
            if severity == "warning" and line not in self._printed:
                self._printed.add(line)
                sys.stderr.write(f"warning: {line}\n")
        errors = [line for severity, line in lines if severity == "error"]
        other_errors = [line for chart in charts for line in chart.errors]
        return Judgement(list(dict.fromkeys(errors)), list(dict.fromkeys(other_errors)), charts)

    def _rendered_charts(self) -> list[RenderedChart]:
        own = {_reference(each): platform for _, platform, each in self._platforms}
        found = {}
        for chart in self._app.charts:
            scopes = [_reference(scope) for scope in chart.node.scopes]
            given = [self._guards.get(scope) or own.get(scope) for scope in scopes]
            innermost = next((platform for platform in reversed(given) if platform), None)
            guarded = not self._guards.keys().isdisjoint(scopes)
            initial = self._initial.get(scopes[-1], ())
            found[scopes[-1]] = RenderedChart(chart, platform=innermost, guarded=guarded, initial=initial)
        # cdk8s's order now: rendering makes a chart depend on those that its constructs depend on.
        return [found[_reference(chart)] for chart in self._app.charts]

    def _lines(self, charts: list[RenderedChart], facts: Sequence[Rule]) -> Iterator[tuple[Severity, str]]:
        """The unsilenced findings, formatted, with the severity of each: by chart and object, and the cause first."""
        silences = list(self._silences())
        used: set[_Silence] = set()
        yield from (("error", line) for line in self._complete_platforms(charts))
        yield from (("error", line) for line in lost_objects(charts, self._app.yaml_output_type))
        found: list[tuple[Finding, list[str]]] = []
        for platform in dict.fromkeys(chart.platform for chart in charts):
            group = [chart for chart in charts if chart.platform == platform]
            findings = _findings(group, platform, facts)
            places = places_of(group, {finding.identity for finding in findings})
            found += ((finding, _paths(finding, places[finding.identity])) for finding in findings)
        order = _order(charts) if found else {}
        # Stable: the findings of one object stay in the registry's order, which has causes first.
        for finding, paths in sorted(found, key=lambda each: order[each[0].identity]):
            quiet = [silence for silence in silences if silence.speaks_of(finding)]
            used.update(silence for silence in quiet if any(map(silence.covers, paths)))
            if loud := [path for path in paths if not any(silence.covers(path) for silence in quiet)]:
                yield finding.severity, f"{' and '.join(loud)}: {finding.identity}: {finding.message} [{finding.rule}]"
        judged = {rule.name for rule in facts}
        for silence in silences:
            applies = silence.rule in judged or (silence.rule in _POLICIES and any(map(silence.meets, charts)))
            if applies and silence not in used:
                yield "warning", f"{silence} [{UNUSED_SILENCE}]"

    def _complete_platforms(self, charts: list[RenderedChart]) -> Iterator[str]:
        """Take unknown platforms of charts from the constructs in them, and find constructs of another platform."""
        by_chart = {_reference(each.chart): each for each in charts}
        for reference, platform, construct in self._platforms:
            chart = by_chart.get(reference)
            if chart is None or platform == chart.platform or self._find(construct.node.path) is not construct:
                continue
            if chart.platform is None:
                chart.platform = platform
            elif chart.guarded:
                yield (
                    f"{construct.node.path}: its platform is not the one of its guarded chart; leave platform= out, or "
                    f"move it to another chart [{OTHER_PLATFORM}]"
                )
        known = {each.platform for each in charts if each.platform}
        for each in charts:
            each.platform = each.platform or (next(iter(known)) if len(known) == 1 else None)
            if each.guarded and each.platform is None:
                yield (
                    f"{each.path}: guard does not know the chart's platform; pass platform=, or use a ClusterChart "
                    f"[{UNKNOWN_PLATFORM}]"
                )

    def _find(self, path: str) -> IConstruct | None:
        """The construct at a path, or None."""
        found: IConstruct | None = self._app
        for id in filter(None, path.split("/")):  # noqa: A001
            found = found and found.node.try_find_child(id)
        return found

    def _silences(self) -> Iterator[_Silence]:
        for path in dict.fromkeys(self._silenced):
            construct = self._find(path)
            for entry in construct.node.metadata if construct else ():
                if entry.type == _SILENCE:
                    yield _Silence(path, entry.data["rule"], entry.data["because"], entry.data.get("at"))


def _reference(construct: object) -> str:
    """The name of a construct in jsii; empty for anything else. Python may have several objects for one construct."""
    return getattr(getattr(construct, "__jsii_ref__", None), "ref", "")


def _findings(charts: Sequence[RenderedChart], platform: Platform | None, facts: Sequence[Rule]) -> list[Finding]:
    every = [manifest for chart in charts for manifest in chart.manifests]
    guarded = [manifest for chart in charts if chart.guarded for manifest in chart.manifests]
    beside = [manifest for chart in charts if not chart.guarded for manifest in chart.manifests]
    declared = declared_annotations(charts)
    initial = {who: fields for chart in charts for who, fields in chart.initial.items()}
    if not beside:  # read the objects once for all rules
        return check(every, platform, (*facts, *POLICIES), declared=declared, initial=initial)
    found = check(every, platform, facts, declared=declared, initial=initial)
    return found + (check(guarded, platform, POLICIES, initial=initial, beside=beside) if guarded else [])


def _paths(finding: Finding, places: Sequence[Place]) -> list[str]:
    """The paths of a finding's object. Of several objects with its identity: of those that are equal to it."""
    is_one = len(places) > 1 and finding.rule != UNIQUE_OBJECTS
    same = [place for place in places if place.manifest == finding.manifest] if is_one else ()
    return [place.path for place in same or places]


def _order(charts: Iterable[RenderedChart]) -> dict[Identity, int]:
    """The place of each object in the order of charts and objects."""
    found: dict[Identity, int] = {}
    for chart in charts:
        for manifest in flat(chart.manifests):
            found.setdefault(identity(manifest), len(found))
    return found
