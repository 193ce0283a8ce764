"""SIGKILL of the real T3 and of its install, at any moment, loses nothing."""

from __future__ import annotations

import contextlib
import fcntl
import os
import random
import shutil
import signal
import sqlite3
import threading
import time
import uuid
from http.client import HTTPException
from typing import TYPE_CHECKING
from urllib.error import HTTPError

import pytest
from conftest import kill
from control_plane import MODE, ControlPlane
from pod import T3, Pod, databases, until

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Executor

pytestmark = pytest.mark.product


def is_whole(database: Path, scratch: Path) -> bool:
    """Whether SQLite finds no damage in a copy. The original waits for T3's own recovery."""
    scratch.mkdir()
    for file in database.parent.glob(f"{database.name}*"):
        shutil.copy(file, scratch)
    with contextlib.closing(sqlite3.connect(scratch / database.name)) as connection:
        found = connection.execute("pragma integrity_check").fetchall()
    shutil.rmtree(scratch)
    return found == [("ok",)]


def is_free(lock: Path) -> bool:
    with lock.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def create_threads(api: ControlPlane, created: list[str]) -> None:
    """Make T3 write until it is killed. `created` gets the threads that T3 has confirmed."""
    place = {"projectId": "thread-project", "branch": "main", "worktreePath": "/"}
    while True:
        name = str(uuid.uuid4())
        try:
            api.dispatch("thread.create", threadId=name, title=name, **place, **MODE)
        except HTTPError:
            raise
        except (OSError, HTTPException):
            return
        created.append(name)


def kill_program(t3: T3, scratch: Path) -> None:
    """Kill T3 alone, and assert that its volume is as the next start needs it."""
    t3.kill()
    assert t3.process.returncode == -signal.SIGKILL
    executor = t3.pod.executor
    until(lambda: is_free(executor.volume / "t3/writer.lock"), "the lock of the writer is free", 5)
    assert [file for file in databases(executor) if not is_whole(file, scratch)] == []


@pytest.mark.parametrize("seed", range(4))
def test_next_start_works_and_the_database_is_whole_after_26_kills(pod: Pod, tmp_path: Path, seed: int) -> None:
    """Half of them while T3 writes, half at any step of start-t3 and of T3 before it answers."""
    moments, created = random.Random(seed), ["thread"]
    first = pod.serve()
    api = first.thread()
    first.terminate()
    for _ in range(13):
        start = time.monotonic()
        t3 = pod.serve()
        seconds = time.monotonic() - start
        api.url = t3.url
        assert api.thread(created[-1])["id"] == created[-1]
        writes = threading.Thread(target=create_threads, args=(api, created))
        writes.start()
        time.sleep(moments.uniform(0, 0.5))
        kill_program(t3, tmp_path / "copy")
        writes.join(30)

        t3 = pod.start()
        time.sleep(moments.uniform(0, seconds))
        kill_program(t3, tmp_path / "copy")
    assert len(created) > 13
    assert databases(pod.executor)
    assert pod.serve().terminate()[0] == 130


def contents(executor: Executor) -> dict[Path, int]:
    """The files of the current install, with their sizes. npm's lock files name the registry's port."""
    current = executor.installs / "current"
    files = (path for path in current.rglob("*") if path.is_file() and "package-lock" not in path.name)
    return {path.relative_to(current): path.stat().st_size for path in files}


def test_install_after_kills_of_the_install_is_whole(real: Executor) -> None:
    expected = contents(real)
    real.installs = real.volume / "t3-install"
    real.env["T3_INSTALL"] = str(real.installs)
    for made in ("in-use", "node_modules/@t3code/t3-linux-x64/t3", "node_modules/@anthropic-ai", "package-lock.json"):
        process = real.popen("install-t3")
        until(lambda made=made: list(real.installs.glob(f"install.*/{made}")), f"the install makes {made}")
        kill(process)
        assert not os.path.lexists(real.installs / "current")
    done = real.install()
    assert done.returncode == 0, done.stderr
    assert len(real.folders()) == 1
    assert contents(real) == expected
    shutil.rmtree(real.volume)
