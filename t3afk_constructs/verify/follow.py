"""Wait for the verdict on a rollout."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from t3afk_constructs.verify.diagnosis import stage_of
from t3afk_constructs.verify.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from t3afk_constructs.verify.snapshot import Snapshot
    from t3afk_constructs.verify.verdict import Stage

_SILENCE: Final = 60.0  # longest silence of the API server in seconds, after its first answer
_LULL: Final = 15.0  # seconds without the pending cause, as between two restarts, before it is dropped


def follow(
    observe: Callable[[], Snapshot],
    *,
    report: Callable[[str], None],
    timeout: float,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Verdict:
    """Observe a rollout once a second until it ends, or until one cause outlasts its patience.

    Args:
        observe: reads the current objects.
        report: receives a line at each change of the stage.
        timeout: longest wait in seconds. The verdict is then the pending cause, or "still at work" without one.
        clock: monotonic time in seconds.
        sleep: waits for a number of seconds.

    Raises:
        Exception: the error of `observe`, if its first call fails or all calls of a minute do.
    """
    start = clock()
    reported = ""
    pending: Verdict | None = None
    since = last = start
    answered: float | None = None
    while True:
        stage: Stage | None = None
        try:
            stage = stage_of(observe())
        except Exception:
            if answered is None or clock() - answered > _SILENCE:
                raise
        now = clock()
        answered = now if stage else answered
        progress = stage.progress if stage else "the API server does not answer"
        if progress != reported:
            reported = progress
            report(f"{now - start:4.0f} s  {progress}")
        if stage and stage.verdict:
            if pending is None or pending.cause != stage.verdict.cause:
                since = now
            pending, last = stage.verdict, now
            if now - since >= pending.patience:
                return pending
        elif now - last > _LULL:
            pending = None
        if now - start >= timeout:
            return pending or Verdict("still at work", f"not ready after {timeout:.0f} s: {progress}")
        sleep(1)
