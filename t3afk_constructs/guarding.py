"""Turn on the policies for an app or a chart, and silence a rule for a construct."""

from __future__ import annotations

from typing import Any

from cdk8s import App, Chart
from constructs import Construct, IConstruct

from t3afk_constructs import inputs
from t3afk_constructs.cluster_chart import platform_of
from t3afk_constructs.engine import Engine
from t3afk_constructs.platform import Platform
from t3afk_constructs.rules.registry import RULE_NAMES, RuleName


def _scope(value: object) -> str | None:
    return None if isinstance(value, App | Chart) else "is neither an App nor a Chart; pass one of them"


def _reason(value: object) -> str | None:
    right = isinstance(value, str) and value.strip()
    return None if right else "gives no reason; write in a sentence why the rule does not apply"


def _place(value: object) -> str | None:
    right = isinstance(value, str) and value.strip()
    return None if right else "names no place; write a name from the message or a JSON pointer, or leave it out"


def _check(function: str, place: object, values: dict[str, Any], **rules: inputs.Rule) -> None:
    if wrong := inputs.wrong_inputs(values, rules):
        raise inputs.InputError(function, place.node.path or None if isinstance(place, Construct) else None, wrong)


def guard(scope: App | Chart, *, platform: Platform | None = None) -> None:
    """Apply the policies of the cluster to every object below `scope`, whichever construct renders it.

    Errors stop synth before anything is written, all of them at once; warnings are printed. `t3afk_constructs.synth`
    checks before it writes. A plain `app.synth()` is stopped as well.

    Args:
        scope: an app, or a chart with the charts in it.
        platform: the cluster's facts. Default: each chart's own. A `ClusterChart` keeps its own platform, whatever its
            app's guard says.

    Raises:
        InputError: when `scope` is neither an app nor a chart, or has another platform already.
    """
    given = {"scope": scope, "platform": platform}
    _check("guard", scope, given, scope=_scope, platform=inputs.optional(inputs.instance_of(Platform)))
    own = platform_of(scope) if isinstance(scope, Chart) else None
    if (platform and own and platform != own) or not Engine.of(scope).guard(scope, platform or own):
        complaint = "is not the platform that it already has; guard it once, with that platform"
        raise inputs.InputError("guard", scope.node.path or None, [("platform", platform, complaint)])


def silence(construct: IConstruct, *, rule: RuleName, because: str, at: str | None = None) -> None:
    """Allow a construct, and the constructs below it, to break one rule: everywhere, or at one place.

    The construct's metadata records the silence. A silence without a finding is a warning.

    Args:
        construct: the app, chart, construct or object.
        rule: the rule's name, in brackets at the end of its message.
        because: why the rule does not apply here, for the next reader.
        at: the place: a field by its JSON pointer (with all below it), or a name that the message quotes: a variable,
            container, key, image or object. Default: the whole construct.

    Raises:
        InputError: when the rule does not exist, or the reason or place is empty.
    """
    _check(
        "silence",
        construct,
        {"construct": construct, "rule": rule, "because": because, "at": at},
        construct=inputs.instance_of(Construct, "pass the construct itself"),
        rule=inputs.one_of(*RULE_NAMES),
        because=_reason,
        at=inputs.optional(_place),
    )
    Engine.of(construct).silence(construct, rule, because, at)
