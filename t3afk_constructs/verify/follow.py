"""Wait for the end of a rollout."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from t3afk_constructs.verify.diagnosis import stage_of
from t3afk_constructs.verify.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from t3afk_constructs.verify.snapshot import Snapshot
    from t3afk_constructs.verify.verdict import Stage

_PATIENCE: Final = 60.0  # seconds for which an API server that has answered once may be silent
_LULL: Final = 15.0  # seconds for which a cause may be out of sight, as between two restarts, and still count


def follow(
    observe: Callable[[], Snapshot],
    *,
    say: Callable[[str], None],
    timeout: float,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Verdict:
    """Look once a second until the rollout has ended, or has been in one trouble for long enough.

    Args:
        observe: gives the objects as they are now.
        say: is given a line for each change of what the rollout is at.
        timeout: seconds after which a trouble that was seen last is the verdict, else that it is still at work.
        clock: seconds, rising.
        sleep: waits for some of them.

    Returns:
        The verdict.

    Raises:
        Exception: what `observe` raises at first, or for a minute on end.
    """
    start = clock()
    said = ""
    pending: Verdict | None = None
    since = last = start
    answered: float | None = None
    while True:
        stage: Stage | None = None
        try:
            stage = stage_of(observe())
        except Exception:
            if answered is None or clock() - answered > _PATIENCE:
                raise
        now = clock()
        answered = now if stage else answered
        progress = stage.progress if stage else "the API server does not answer"
        if progress != said:
            said = progress
            say(f"{now - start:4.0f} s  {said}")
        if stage and stage.verdict:
            if pending is None or pending.cause != stage.verdict.cause:
                since = now
            pending, last = stage.verdict, now
            if now - since >= pending.patience:
                return pending
        elif now - last > _LULL:
            pending = None
        if now - start >= timeout:
            return pending or Verdict("still at work", f"not ready after {timeout:.0f} s: {said}")
        sleep(1)
