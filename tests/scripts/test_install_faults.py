"""install-t3 against SIGKILL, full and read-only volumes, foreign files."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conftest import Executor, kill, last_line, needs, without_override

if TYPE_CHECKING:
    from collections.abc import Iterator

    from npm_registry import Registry

# bash reads this before the script. It kills the whole group before the script's command number KILL_STEP.
STEPS = """
set -T
trap '((++killed_at == KILL_STEP)) && kill -KILL 0' DEBUG
trap 'echo "$killed_at" > "$STEPS_FILE"' EXIT
"""
OLD, NEW = ("1.0.0", "1.0.0"), ("2.0.0", "1.0.0")


@pytest.fixture
def steps(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "steps.sh").write_text(STEPS)
    return {"BASH_ENV": str(tmp_path / "steps.sh"), "STEPS_FILE": str(tmp_path / "steps"), "KILL_STEP": "0"}


def reset(executor: Executor, volume: Path | None) -> None:
    """Restore the volume: with 1.0.0 installed, or empty."""
    shutil.rmtree(executor.volume)
    if volume:
        shutil.copytree(volume, executor.volume, symlinks=True)
    else:
        executor.volume.mkdir()


def killed(executor: Executor, **env: str) -> bool:
    process = executor.popen("install-t3", T3_VERSION="2.0.0", **env)
    process.communicate(timeout=60)
    return process.returncode == -9


def whole(executor: Executor) -> str:
    """Assert that the current install is complete, and return its T3 version."""
    current = executor.installs / "current"
    for path in (
        "wanted",
        "node_modules/.bin/t3",
        "node_modules/.bin/claude",
        "node_modules/t3-dependency/package.json",
    ):
        assert (current / path).stat().st_size, path
    version = json.loads((current / "node_modules/t3/package.json").read_text())["version"]
    assert isinstance(version, str)
    return version


def recovers(executor: Executor, *, had_old: bool) -> None:
    """Assert that the current install is complete, and that the next start leaves the wanted version alone."""
    if had_old or (executor.installs / "current").is_symlink():
        assert whole(executor) in (OLD[0], NEW[0])
    done = executor.install(T3_VERSION="2.0.0")
    assert done.returncode == 0, done.stderr
    assert executor.versions() == NEW
    assert len(executor.folders()) == 1, executor.folders()


def count_steps(executor: Executor, steps: dict[str, str]) -> int:
    assert not killed(executor, **steps)
    return int(Path(steps["STEPS_FILE"]).read_text())


@pytest.mark.parametrize("part", [0, pytest.param(1, marks=pytest.mark.slow), pytest.param(2, marks=pytest.mark.slow)])
def test_kill_around_the_switch_loses_nothing(
    replaying: Executor, installed_volume: Path, steps: dict[str, str], part: int
) -> None:
    total = count_steps(replaying, steps)
    assert total > 60
    for step in (10 + 12 * part, *range(total - 24 + part, total, 3)):
        reset(replaying, installed_volume)
        assert killed(replaying, **{**steps, "KILL_STEP": str(step)}), step
        recovers(replaying, had_old=True)


@pytest.mark.parametrize("made", ["in-use", "node_modules", "node_modules/.bin/claude"])
def test_kill_in_the_middle_of_npm_loses_nothing(executor: Executor, made: str) -> None:
    (old,) = executor.folders()
    process = executor.popen("install-t3", T3_VERSION="2.0.0")
    deadline = time.monotonic() + 60
    while not any(path.name != old and os.path.lexists(path / made) for path in executor.installs.glob("install.*")):
        assert time.monotonic() < deadline, f"npm made no {made}"
        time.sleep(0.002)
    kill(process)
    assert [(executor.installs / name / "wanted").exists() for name in executor.folders() if name != old] == [False]
    recovers(executor, had_old=True)


@pytest.mark.slow
@pytest.mark.parametrize("had_old", [True, False])
@pytest.mark.parametrize("part", range(4))
def test_kill_before_every_command_loses_nothing(
    executor: Executor, installed_volume: Path, steps: dict[str, str], *, part: int, had_old: bool
) -> None:
    volume = installed_volume if had_old else None
    reset(executor, volume)
    for step in range(part + 1, count_steps(executor, steps) + 1, 4):
        reset(executor, volume)
        assert killed(executor, **{**steps, "KILL_STEP": str(step)}), step
        recovers(executor, had_old=had_old)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("had_old", [True, False])
def test_kill_at_random_times_loses_nothing(
    executor: Executor, installed_volume: Path, seed: int, *, had_old: bool
) -> None:
    moments = random.Random(seed)
    for _ in range(20):
        reset(executor, installed_volume if had_old else None)
        process = executor.popen("install-t3", T3_VERSION="2.0.0")
        time.sleep(moments.uniform(0, 0.9))
        kill(process)
        recovers(executor, had_old=had_old)


@pytest.mark.slow
def test_repeated_kills_lose_nothing(executor: Executor) -> None:
    moments = random.Random(1)
    for _ in range(60):
        process = executor.popen("install-t3", T3_VERSION="2.0.0")
        time.sleep(moments.uniform(0, 0.6))
        kill(process)
    recovers(executor, had_old=True)


@pytest.mark.slow
@needs("strace")
@pytest.mark.parametrize("change", ["mkdir", "rename", "symlink", "chmod", "fchmod", "unlink", "write"])
def test_kill_after_a_file_change_loses_nothing(executor: Executor, installed_volume: Path, change: str) -> None:
    """Kill the program whose thread is the first to make this change for the n-th time."""
    for time_of_death in range(1, 41):
        reset(executor, installed_volume)
        strace = ("strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={change}")
        inject = ("-e", f"inject={change}:signal=SIGKILL:when={time_of_death}")
        done = executor.install(prefix=(*strace, *inject), T3_VERSION="2.0.0")
        recovers(executor, had_old=True)
        if done.returncode == 0:
            break
    assert time_of_death > 1


@pytest.fixture
def full(installed_volume: Path, registry: Registry, tmp_path: Path) -> Iterator[Executor]:
    """An executor whose volume has 4 MB."""
    volume = tmp_path / installed_volume.name
    volume.mkdir()
    mount = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", volume], capture_output=True, text=True, check=False
    )
    if mount.returncode:
        pytest.skip(f"cannot mount a small file system here: {mount.stderr.strip()}")
    try:
        shutil.copytree(installed_volume, volume, symlinks=True, dirs_exist_ok=True)
        yield Executor(tmp_path, registry.url)
    finally:
        subprocess.run(["umount", volume], check=True)


@pytest.mark.parametrize("free", [0, 8192, 40960])
def test_full_volume_is_refused_in_one_line_and_the_old_version_starts(full: Executor, free: int) -> None:
    old = full.folders()
    space = os.statvfs(full.volume)
    (full.volume / "ballast").write_bytes(b"x" * (space.f_bavail * space.f_frsize - free))
    done = full.install(T3_VERSION="2.0.0")
    assert "full" in last_line(done) or "space" in last_line(done)
    assert full.folders() == old
    assert full.install().returncode == 0
    started = full.start()
    assert '"version":"1.0.0"' in started.stdout, started.stderr
    (full.volume / "ballast").unlink()
    assert full.install(T3_VERSION="2.0.0").returncode == 0
    assert full.versions() == NEW


def test_read_only_folder_is_refused_in_one_line(executor: Executor) -> None:
    executor.installs.chmod(0o555)
    (executor.installs / "lock").chmod(0o444)
    done = executor.install(prefix=without_override(), T3_VERSION="2.0.0")
    unchanged = executor.install(prefix=without_override())
    executor.installs.chmod(0o755)
    assert "has to be writable for uid" in last_line(done)
    assert unchanged.returncode == 0, unchanged.stderr


def test_folder_that_cannot_be_made_is_refused_in_one_line(fresh: Executor) -> None:
    fresh.installs.write_text("a file where the folder should be")
    assert "cannot write to" in last_line(fresh.install())
    assert fresh.installs.read_text() == "a file where the folder should be"


def test_foreign_folder_in_the_place_of_current_is_refused(fresh: Executor) -> None:
    (fresh.installs / "current").mkdir(parents=True)
    (fresh.installs / "current/notes").write_text("mine")
    assert "is not a link that this script made: move it away" in last_line(fresh.install())
    assert (fresh.installs / "current/notes").read_text() == "mine"


def test_foreign_and_half_written_files_are_ignored(replaying: Executor) -> None:
    (replaying.volume / "package.json").write_text('{"name": "not-ours", "dependencies": {"nope": "1"}}')
    (replaying.volume / "node_modules").mkdir()
    (replaying.installs / "with blank and 'quote'").mkdir()
    (replaying.installs / "package.json").write_text("{half")
    (replaying.installs / "install.half/node_modules/.bin").mkdir(parents=True)
    (replaying.installs / "install.half/in-use").touch()
    (replaying.installs / "install.gone.removed").mkdir()
    (replaying.installs / "install.gone.removed/wanted").write_text("t3@2.0.0")
    (replaying.installs / "current.new").symlink_to("nowhere")
    done = replaying.install(T3_VERSION="2.0.0")
    assert done.returncode == 0, done.stderr
    assert replaying.versions() == NEW
    assert len(replaying.folders()) == 1
    assert (replaying.installs / "with blank and 'quote'").is_dir()
    assert (replaying.installs / "package.json").read_text() == "{half"
    assert (replaying.volume / "package.json").read_text().startswith('{"name": "not-ours"')


@pytest.mark.parametrize(
    "broken", ["wanted", "in-use", "node_modules/.bin/t3", "node_modules/.bin/claude", "node_modules"]
)
def test_damaged_install_is_replaced(replaying: Executor, broken: str) -> None:
    path = (replaying.installs / "current").resolve() / broken
    if path.is_symlink() or path.is_file():
        path.unlink()
    else:
        shutil.rmtree(path)
    assert replaying.install().returncode == 0
    assert (replaying.installs / "current" / broken).exists()
    assert replaying.versions() == OLD
    assert len(replaying.folders()) == 1


def test_existing_folder_with_the_name_of_the_install_stays(executor: Executor, tmp_path: Path) -> None:
    mkdir = f"""#!/bin/bash
for folder; do :; done
[[ $folder == */install.* ]] && {shutil.which("mkdir")} "$folder" && echo mine >"$folder/notes"
exec {shutil.which("mkdir")} "$@"
"""
    (tmp_path / "mkdir").write_text(mkdir)
    (tmp_path / "mkdir").chmod(0o755)
    done = executor.install(PATH=f"{tmp_path}:{os.environ['PATH']}", T3_VERSION="2.0.0")
    assert "cannot make " in last_line(done)
    assert [path.read_text() for path in executor.installs.glob("install.*/notes")] == ["mine\n"]


def test_broken_link_is_replaced(replaying: Executor) -> None:
    (replaying.installs / "current").unlink()
    (replaying.installs / "current").symlink_to("install.lost")
    assert replaying.install().returncode == 0
    assert replaying.versions() == OLD
    assert len(replaying.folders()) == 1


def test_install_for_another_processor_is_replaced(replaying: Executor) -> None:
    wanted = replaying.installs / "current/wanted"
    text = wanted.read_text()
    assert f" for {os.uname().machine}\n" in text
    wanted.write_text(text.replace(os.uname().machine, "aarch65"))
    assert "installing" in replaying.install().stdout
    assert (replaying.installs / "current/wanted").read_text() == text


def test_leftover_of_a_killed_clean_up_is_removed_at_the_next_start(executor: Executor) -> None:
    (executor.installs / "install.old.removed/node_modules").mkdir(parents=True)
    assert executor.install(NPM_REGISTRY="http://127.0.0.1:9/").returncode == 0
    assert len(executor.folders()) == 1
