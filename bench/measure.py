"""Time commands in turns, so that other load on the machine affects all of them."""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import time
from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


CHEAPEST = 8
"""The number of commands that run once, before the first round, to warm the caches. Slow commands stand after them."""


@frozen
class Run:
    """One run of a command: seconds of wall time, seconds of CPU time with all child processes, and the output."""

    wall: float
    cpu: float
    output: str


def environment(**more: str) -> dict[str, str]:
    """The environment, without the variables that change how Python compiles, jsii logs or node runs."""
    left_out = {"PYTHONDONTWRITEBYTECODE", "PYTHONOPTIMIZE", "JSII_DEBUG", "NODE_OPTIONS"}
    return {key: value for key, value in os.environ.items() if key not in left_out} | more


def run(command: Sequence[str], env: Mapping[str, str] | None = None) -> Run:
    """Run a command once.

    Raises:
        RuntimeError: if it fails, with its output.
    """
    with tempfile.TemporaryFile() as output:
        start = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, env=env or environment()
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read().decode()
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}:\n{text}")
    return Run(wall, usage.ru_utime + usage.ru_stime, text)


def take_turns(
    commands: Mapping[str, Sequence[str]], rounds: int, env: Mapping[str, str] | None = None
) -> dict[str, list[Run]]:
    """Run the cheapest commands once to warm the caches, then all commands in rounds."""
    for command in list(commands.values())[:CHEAPEST]:
        run(command, env)
    runs: dict[str, list[Run]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            runs[name].append(run(command, env))
    return runs


def spread(values: Sequence[float], form: str = ".2f") -> str:
    """The median of some values, with the lowest and the highest value."""
    return f"{statistics.median(values):{form}} ({min(values):{form}}–{max(values):{form}})"  # noqa: RUF001


def ratios(runs: Sequence[Run], floor: Sequence[Run], clock: str = "cpu") -> list[float]:
    """The ratio to another command's time, for each round."""
    return [getattr(one, clock) / getattr(other, clock) for one, other in zip(runs, floor, strict=True)]
