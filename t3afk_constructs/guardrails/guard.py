"""Turning the rules on for a chart or an app, and one of them off for one construct."""

from __future__ import annotations

import contextlib
import sys
import traceback
from typing import TYPE_CHECKING

import constructs
import jsii
from attrs import define, field, frozen
from cdk8s import App, Chart

from t3afk_constructs import inputs
from t3afk_constructs.guardrails.charts import object_paths, rendered_charts
from t3afk_constructs.guardrails.rules import RULES, UNUSED_SILENCE, check
from t3afk_constructs.home import HOME
from t3afk_constructs.kernel import Tree
from t3afk_constructs.platform import Platform, platform_rule

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import FrameType

    from constructs import IConstruct

    from t3afk_constructs.guardrails.finding import Finding


@frozen(eq=False)
class _Silence:
    construct: IConstruct
    rule: str
    because: str


@define(eq=False)
class _State:
    """What one app knows of its rules."""

    guarded: dict[str, tuple[App | Chart, Platform]] = field(factory=dict)
    silences: list[_Silence] = field(factory=list)
    printed: set[str] = field(factory=set)
    validates: bool = False
    is_paused: bool = False
    checked_in: FrameType | None = None
    errors: list[str] = field(factory=list)

    @contextlib.contextmanager
    def pause(self) -> Iterator[None]:
        """Let cdk8s render without a check."""
        self.is_paused = True
        try:
            yield
        finally:
            self.is_paused = False


_states: dict[str, _State] = {}


def _state(construct: IConstruct) -> _State:
    return _states.setdefault(Tree.root_name_of(construct), _State())


_rule_name = inputs.one_of(*(rule.name for rule in RULES))


def _scope(value: object) -> str | None:
    return None if isinstance(value, App | Chart) else "is neither an App nor a Chart; pass one of them"


def _reason(value: object) -> str | None:
    if isinstance(value, str) and value.strip():
        return None
    return "gives no reason; write in a sentence why the rule does not hold here"


def guard(scope: App | Chart, *, platform: Platform = HOME) -> None:
    """Hold every object below `scope` to the rules of the cluster, whoever renders it.

    Errors stop synth before anything is written, all of them at once; warnings are printed. `t3afk_constructs.synth`
    checks before it writes, and a plain `app.synth()` is stopped as well.

    Args:
        scope: an app, or a chart with the charts in it. A chart that is guarded by itself as well as in its app keeps
            its own platform.
        platform: the cluster's facts.

    Raises:
        InputError: when `scope` is neither, or already has another platform.
    """
    path = scope.node.path if isinstance(scope, constructs.Construct) else "-"
    for name, value, rule in (("scope", scope, _scope), ("platform", platform, platform_rule)):
        if complaint := rule(value):
            raise inputs.InputError("guard", path, name, value, complaint)
    state = _state(scope)
    if state.guarded.setdefault(Tree.name_of(scope), (scope, platform))[1] != platform:
        raise inputs.InputError("guard", path, "platform", platform, "is not the one that it has; guard it once")
    if not state.validates:
        scope.node.root.node.add_validation(_Validation(state))
        state.validates = True


def silence(construct: IConstruct, *, rule: str, because: str) -> None:
    """Let one construct, and what is below it, break one rule.

    A silence that no finding needs any more is a warning itself.

    Args:
        construct: the chart, construct or object.
        rule: the rule's name, as its message gives it in brackets.
        because: why the rule does not hold here. It stays in the source, for the next person.

    Raises:
        InputError: when there is no such rule, or no reason.
    """
    path = construct.node.path if isinstance(construct, constructs.Construct) else "-"
    for name, value, complaint in (
        ("construct", construct, inputs.instance_of(constructs.Construct, "pass the construct itself")(construct)),
        ("rule", rule, _rule_name(rule)),
        ("because", because, _reason(because)),
    ):
        if complaint:
            raise inputs.InputError("silence", path, name, value, complaint)
    _state(construct).silences.append(_Silence(construct, rule, because))


def check_guarded(app: App) -> list[str]:
    """Run the rules over all guarded charts of an app as they are rendered, print the warnings, and return the errors.

    With them come those of all other validations in the app.

    Raises:
        RuntimeError: when cdk8s cannot render one of the charts.
    """
    state = _state(app)
    errors = _errors(state)
    if errors:  # else cdk8s asks them when it writes
        with state.pause():
            errors += [line.strip() for message in Tree.validation_errors(app) for line in message.splitlines()]
    return errors


def _errors(state: _State) -> list[str]:
    with state.pause():
        lines = [(severity, inputs.without_credentials(line)) for severity, line in _lines(state)]
    for severity, line in lines:
        if severity == "warning" and line not in state.printed:
            state.printed.add(line)
            print(f"warning: {line}", file=sys.stderr)  # noqa: T201 (the user's terminal is where it belongs)
    return [line for severity, line in lines if severity == "error"]


def write_checked(app: App, folder: Path) -> None:
    """Let an app that has just been checked write itself into a folder, without another check.

    Raises:
        RuntimeError: when cdk8s cannot write it.
    """
    with _state(app).pause():
        Tree.write(app, str(folder))


def _lines(state: _State) -> Iterator[tuple[str, str]]:
    """What there is to say, each with its severity and the path of the construct that it is about."""
    charts = rendered_charts(state.guarded.values())
    used: set[_Silence] = set()
    found = ((silenced, Tree.path_of(silenced.construct)) for silenced in state.silences)
    silences = [(silenced, path) for silenced, path in found if path is not None]
    for platform in dict.fromkeys(chart.platform for chart in charts.values()):
        group = {path: chart for path, chart in charts.items() if chart.platform == platform}
        findings = check([manifest for chart in group.values() for manifest in chart.manifests], platform)
        paths = object_paths(group) if findings else {}
        for finding in findings:
            where = paths.get(finding.identity, [""])
            quiet = [
                silenced
                for silenced, path in silences
                if silenced.rule == finding.rule and any(_is_below(spot, path) for spot in where)
            ]
            used.update(quiet)
            if not quiet:
                yield finding.severity, _line(finding, where)
    for silenced, path in silences:
        if silenced not in used:
            yield (
                "warning",
                (
                    f"{path or 'the app'}: silence of the rule {silenced.rule} ({silenced.because}) silences nothing; "
                    f"take it out [{UNUSED_SILENCE}]"
                ),
            )


def _is_below(path: str, above: str) -> bool:
    return not above or f"{path}/".startswith(f"{above}/")  # the app's own path is empty


def _line(finding: Finding, where: list[str]) -> str:
    return f"{' and '.join(where)}: {finding.identity}: {finding.message} [{finding.rule}]"


def _call_into_node() -> FrameType | None:
    """The frame of the call to cdk8s in which this code runs, such as `app.synth()`."""
    frames = (frame for frame, _ in traceback.walk_stack(None))
    return next((f for f in reversed(list(frames)) if f.f_globals.get("__name__", "").startswith("jsii.")), None)


@jsii.implements(constructs.IValidation)
class _Validation:
    """The rules as cdk8s runs them.

    cdk8s validates an app once, and once more for each of its charts. Within one call into node nothing can change, so
    only the first of them checks.
    """

    def __init__(self, state: _State) -> None:
        self._state = state

    def validate(self) -> list[str]:
        """The errors, each with the path of its construct."""
        state = self._state
        if state.is_paused:
            return []
        call = _call_into_node()
        if call is None or call is not state.checked_in:
            state.errors = _errors(state)
            state.checked_in = call
        return state.errors
