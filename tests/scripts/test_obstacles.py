"""An agent may put anything in the place of a file of the scripts. The next start ends, and names the obstacle."""

from __future__ import annotations

import os
import shutil
import socket
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conftest import last_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Executor

pytestmark = pytest.mark.slow


def make_socket(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # the address of a socket is short
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(path.name)
    finally:
        os.chdir(here)


OBSTACLES: dict[str, Callable[[Path], None]] = {
    "fifo": os.mkfifo,
    "folder": lambda path: (path / "x").mkdir(parents=True),
    "socket": make_socket,
    "link to nothing": lambda path: path.symlink_to("nothing"),
    "link to itself": lambda path: path.symlink_to(path.name),
    "link to endless zeros": lambda path: path.symlink_to("/dev/zero"),
    "file": lambda path: path.write_text("x") and None,
}
PLACES = (
    "t3-install",
    "t3-install/lock",
    "t3-install/current",
    "t3-install/current.new",
    "t3-install/current/wanted",
    "t3-install/current/in-use",
    "t3",
    "t3/writer.lock",
    "claude",
    "claude/CLAUDE.md",
)


@pytest.mark.parametrize(("place", "obstacle"), list(product(PLACES, OBSTACLES)))
def test_obstacle_stops_no_script_without_a_word(replaying: Executor, place: str, obstacle: str) -> None:
    assert replaying.start().returncode == 0
    path = replaying.volume / place
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    OBSTACLES[obstacle](path)
    prefix = ("timeout", "--kill-after=1", "30")
    for script, arguments in (("install-t3", ()), ("start-t3", ("true",))):
        done = replaying.run(replaying.command(script, *arguments), prefix=prefix, T3_VERSION="2.0.0")
        assert done.returncode in (0, 1), f"{script}: {done.returncode} {done.stderr}"
        if done.returncode:
            assert last_line(done).startswith(f"{script}: "), done.stderr
