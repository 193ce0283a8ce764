"""fix-perms in busybox, as root with no more than the capabilities that the pod grants."""

from __future__ import annotations

import collections
import os
import re
import stat
import subprocess
from typing import TYPE_CHECKING

import pytest
from conftest import SCRIPTS, needs

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away"),
    needs("busybox", "setpriv"),
]
SHELL = ("busybox", "sh")
GRANTED = ("chown", "dac_override", "fowner")


def fix(
    folder: Path, *, granted: tuple[str, ...] = GRANTED, prefix: tuple[str, ...] = ()
) -> subprocess.CompletedProcess[str]:
    """Run it as the init container does: uid 0, group 1000, only the granted capabilities."""
    capabilities = ",".join(["-all", *(f"+{name}" for name in granted)])
    limits = [
        "setpriv",
        "--regid=1000",
        "--groups=1000",
        "--inh-caps=-all",
        f"--bounding-set={capabilities}",
        "--no-new-privs",
    ]
    script = (SCRIPTS / "fix-perms.sh").read_text()
    command = [*prefix, *limits, *SHELL, "-c", script, "fix-perms", str(folder), "1000", "1000"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def owner_and_mode(path: Path) -> tuple[int, int, int]:
    seen = path.lstat()
    return seen.st_uid, seen.st_gid, stat.S_IMODE(seen.st_mode)


@pytest.fixture
def volume(tmp_path: Path) -> Path:
    """A fresh export, which belongs to root."""
    folder = tmp_path / "a volume"
    folder.mkdir()
    folder.chmod(0o755)
    return folder


def grow(folder: Path, files: int, uid: int) -> None:
    """Fill the folder: private folders, odd names, and a link to a file outside."""
    for number in range(files):
        parent = folder / f"d {number // 100}"
        if number % 100 == 0:
            parent.mkdir()
        (parent / f"-f{number}\n").touch()
    (folder / ".hidden").mkdir()
    (folder / "private/inner").mkdir(parents=True)
    (folder / "link").symlink_to(folder.parent / "outside")
    (folder.parent / "outside").touch()
    for path in folder.rglob("*"):
        os.chown(path, uid, uid, follow_symlinks=False)
    for path in (folder / "private/inner", folder / "private"):
        path.chmod(0o700)


def wrong_owners(folder: Path) -> list[Path]:
    return [path for path in (folder, *folder.rglob("*")) if owner_and_mode(path)[:2] != (1000, 1000)]


def test_fresh_volume_is_given_to_the_agent(volume: Path) -> None:
    done = fix(volume)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert owner_and_mode(volume) == (1000, 1000, 0o2775)


def test_every_file_of_a_restored_volume_is_given_to_the_agent(volume: Path) -> None:
    grow(volume, 150, uid=1234)
    done = fix(volume)
    assert done.returncode == 0, done.stderr
    assert wrong_owners(volume) == []
    assert owner_and_mode(volume)[2] == 0o2775
    assert owner_and_mode(volume.parent / "outside")[:2] == (0, 0), "links are not followed"


@pytest.mark.parametrize("mode", [0o775, 0o755, 0o2770])
def test_volume_of_the_terraform_stack_changes_at_the_top_only(volume: Path, mode: int) -> None:
    grow(volume, 20, uid=1000)
    os.chown(volume, 1000, 1000)
    volume.chmod(mode)
    foreign = volume / "private"
    os.chown(foreign, 0, 0)
    assert fix(volume).returncode == 0
    assert owner_and_mode(volume) == (1000, 1000, 0o2775)
    assert owner_and_mode(foreign)[:2] == (0, 0), "nothing below is walked"


def test_volume_with_a_right_top_folder_stays_unchanged(volume: Path) -> None:
    grow(volume, 20, uid=0)
    os.chown(volume, 1000, 1000)
    volume.chmod(0o2775)
    seen = {path: path.lstat().st_ctime_ns for path in (volume, *volume.rglob("*"))}
    assert fix(volume).returncode == 0
    assert {path: path.lstat().st_ctime_ns for path in (volume, *volume.rglob("*"))} == seen


def calls(volume: Path, log: Path) -> collections.Counter[str]:
    trace = ("strace", "-f", "-qq", "-o", str(log))
    done = fix(volume, prefix=trace)
    assert done.returncode == 0, done.stderr
    return collections.Counter(re.findall(r"^\d+ +(\w+)\(", log.read_text(), re.MULTILINE))


@needs("strace")
@pytest.mark.parametrize("files", [2_000, pytest.param(100_000, marks=pytest.mark.slow)])
def test_right_top_folder_costs_the_same_system_calls_for_any_tree(volume: Path, tmp_path: Path, files: int) -> None:
    os.chown(volume, 1000, 1000)
    volume.chmod(0o2775)
    empty = calls(volume, tmp_path / "trace")
    grow(volume, files, uid=1000)
    assert calls(volume, tmp_path / "trace") == empty
    assert 10 < empty.total() < 400


@pytest.mark.parametrize("step", [1, 2])
def test_interrupted_walk_is_repeated(volume: Path, step: int) -> None:
    """The top folder changes last: it is right only if everything below is."""
    grow(volume, 30, uid=1234)
    script = (SCRIPTS / "fix-perms.sh").read_text()
    cut = script.replace("chown ", "cut_chown ").replace("-exec cut_chown", "-exec chown")
    assert cut != script
    ended = "cut_chown() { kill -9 $$; }\n" if step == 1 else 'cut_chown() { command chown "$@"; kill -9 $$; }\n'
    killed = subprocess.run(
        [*SHELL, "-c", ended + cut, "fix-perms", str(volume), "1000", "1000"], capture_output=True, check=False
    )
    assert killed.returncode == -9
    assert (owner_and_mode(volume)[:2] == (1000, 1000)) == (step == 2)
    assert fix(volume).returncode == 0
    assert wrong_owners(volume) == []
    assert owner_and_mode(volume)[2] == 0o2775


def test_failed_walk_leaves_the_top_folder_for_the_next_start(volume: Path) -> None:
    grow(volume, 5, uid=1234)
    done = fix(volume, granted=("chown", "fowner"))
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(f"fix-perms: cannot give what is in {volume} to 1000:1000: ")
    assert owner_and_mode(volume) == (0, 0, 0o755)


@pytest.mark.parametrize("dropped", GRANTED)
def test_every_granted_capability_is_needed(volume: Path, dropped: str) -> None:
    grow(volume, 5, uid=1234)
    done = fix(volume, granted=tuple(name for name in GRANTED if name != dropped))
    assert done.returncode == 1
    assert "no_root_squash" in done.stderr.splitlines()[-1]


def test_missing_volume_is_refused_in_one_line(tmp_path: Path) -> None:
    done = fix(tmp_path / "nothing")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == f"fix-perms: there is no {tmp_path}/nothing: mount the volume there"
