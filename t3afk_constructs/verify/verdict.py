"""How a rollout ends: the causes that a verdict may name, and what a stage of it looks like."""

from __future__ import annotations

from typing import Final, Literal

from attrs import frozen

from t3afk_constructs.inputs import without_credentials

Cause = Literal[
    "ready",
    "parked",
    "no deployment",
    "paused",
    "secret missing",
    "claim unbound",
    "quota",
    "refused by admission",
    "no room",
    "image pull",
    "volume",
    "install failed",
    "node too old",
    "second writer",
    "out of memory",
    "crash loop",
    "cannot start",
    "still at work",
]
FINE: Final = ("ready", "parked")

_LONGEST = 400  # characters of a message that is passed on


@frozen
class Verdict:
    """How a rollout ends.

    Attributes:
        cause: one of the known ones.
        text: what was seen, and the way out.
        patience: seconds for which the cause has to last before it is the verdict, because it often mends itself:
            External Secrets needs a moment, and so does an old pod that is ending.
    """

    cause: Cause
    text: str
    patience: float = 0


@frozen
class Stage:
    """What the rollout is at, and the verdict if nothing changes."""

    progress: str
    verdict: Verdict | None = None


def end(cause: Cause, text: str, patience: float = 0) -> Stage:
    """The stage at which a rollout ends if the cause lasts for its patience."""
    return Stage(f"{cause}: {text}", Verdict(cause, text, patience))


def one_line(text: str) -> str:
    """A message on one line, cut, and without anything that looks like a credential."""
    line = without_credentials(" ".join(text.split()))
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
