"""A finding of the rules."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from t3afk_constructs.manifests import Identity, Plain

Severity = Literal["error", "warning"]

# A quote behind a letter is an apostrophe.
_QUOTED = r"(?<!\w)(['`])(.+?)\1(?!\w)"


class Complaint(NamedTuple):
    """A rule's message about an object.

    Attributes:
        manifest: the object.
        message: the cause and the way out.
        places: JSON pointers and names that the message does not quote, for `silence(…, at=…)`.
        severity: None is the rule's.
    """

    manifest: Plain
    message: str
    places: tuple[str, ...] = ()
    severity: Severity | None = None


class Finding(NamedTuple):
    """An object that breaks a rule.

    Attributes:
        severity: an `error` stops synth, a `warning` is printed.
        rule: the rule's name.
        identity: the object.
        message: the cause and the way out, without credentials.
        manifest: the object as rendered.
        places: its JSON pointers and further names.
    """

    severity: Severity
    rule: str
    identity: Identity
    message: str
    manifest: Plain
    places: tuple[str, ...] = ()

    def is_at(self, place: str) -> bool:
        """Whether it concerns a field (by JSON pointer, or below it) or a name that its message quotes."""
        if place.startswith("/"):
            return any(f"{each}/".startswith(f"{place}/") for each in self.places)
        return place in self.places or place in {quoted for _, quoted in re.findall(_QUOTED, self.message)}
