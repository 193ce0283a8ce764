"""A finding of the rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from t3afk_constructs.manifests import Identity

Severity = Literal["error", "warning"]


class Finding(NamedTuple):
    """An object that breaks a rule.

    Attributes:
        severity: an `error` stops synth, a `warning` is printed.
        rule: the rule's name.
        identity: the object.
        message: the cause and the way out, without credentials.
    """

    severity: Severity
    rule: str
    identity: Identity
    message: str
