"""The verdict on a rollout, and the stages before it."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from t3afk_constructs.credentials import without_credentials

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
    "other version",
    "unknown protocol",
    "cannot start",
    "still at work",
]
FINE: Final = ("ready", "parked")

_LONGEST = 400  # characters of one message in a verdict


class Verdict(NamedTuple):
    """The end of a rollout.

    Attributes:
        cause: one of the known causes.
        text: the evidence and the way out.
        patience: seconds from the first sight of the cause to the verdict. Many causes clear by themselves: External
            Secrets takes a moment to write a Secret, an old pod takes one to terminate.
    """

    cause: Cause
    text: str
    patience: float = 0


class Stage(NamedTuple):
    """The current stage of a rollout, and its verdict if the stage lasts.

    Attributes:
        progress: the stage in one line.
        verdict: None while the rollout is at work.
    """

    progress: str
    verdict: Verdict | None = None


def end(cause: Cause, text: str, patience: float = 0) -> Stage:
    """A stage with a verdict."""
    return Stage(f"{cause}: {text}", Verdict(cause, text, patience))


def one_line(text: str) -> str:
    """The text on one line, shortened, without credentials."""
    line = without_credentials(" ".join(text.split()))
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
