"""Replace the files of a folder: each at once, one writer at a time, and without leftovers of the writer's last run."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from contextlib import contextmanager
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

RECORD = ".synth"
"""The file with the record of a folder. kubectl and Helm do not read it."""

# Where the parent of the folder is read-only or another file system.
_NOT_BESIDE = {errno.EXDEV, errno.EACCES, errno.EPERM, errno.EROFS}


class _Written(NamedTuple):
    """A file that a writer wrote or was about to write."""

    name: str
    digest: str
    writer: str


def replace_files(folder: Path, files: Mapping[str, str], writer: str) -> list[str]:
    """Write the files, and remove those that the writer wrote at its last run, but not now.

    A reader sees each file whole, old or new. Files of others stay. A killed run leaves old and new files, which the
    next run replaces. It waits for other writers of the folder.

    Returns:
        One line for each leftover: it is removed, or stays because its content is not the written one.

    Raises:
        OSError: when a file cannot be written. Then a file is old or new.
    """
    folder = folder.resolve()
    with _turn(folder):
        beside, inside = (place / f".synth-{folder.name}" for place in (folder.parent, folder))
        try:
            _sweep(beside, inside, *folder.glob(".synth-????????"))  # of killed runs, and of version 0.1.0
            try:
                return _replaced(folder, files, writer, beside)
            except OSError as error:
                if error.errno not in _NOT_BESIDE:
                    raise
                return _replaced(folder, files, writer, inside)
        finally:
            _sweep(beside, inside)


def _sweep(*stagings: Path) -> None:
    for staging in stagings:
        shutil.rmtree(staging, ignore_errors=True)


@contextmanager
def _turn(folder: Path) -> Iterator[None]:
    """Lock the folder. An empty new one is removed at the end."""
    while True:
        made = not folder.exists()
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            # The writer before this one, or `cdk8s synth`, may have removed the folder.
            if folder.exists() and os.path.samestat(os.fstat(lock), folder.stat()):
                try:
                    yield
                finally:
                    if made and not any(folder.iterdir()):
                        folder.rmdir()
                return
        finally:
            os.close(lock)


def _replaced(folder: Path, files: Mapping[str, str], writer: str, staging: Path) -> list[str]:
    staging.mkdir()
    # kubectl reads no file with this ending, not even with --recursive.
    staged = {name: staging / f"{index}.new" for index, name in enumerate(files)}
    for name, text in files.items():
        staged[name].write_text(text, encoding="utf-8", newline="\n")
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
    before = _recorded(folder)
    now = {_Written(name, _digest(path), writer) for name, path in staged.items()}
    # First, so that a killed run leaves no file without a record.
    _record(folder, before | now, staging)
    for name, path in staged.items():
        path.replace(folder / name)
    others = {each for each in before if each.name not in files}
    gone = {each.name for each in others if each.writer == writer}
    lines = {name: _removed(folder, [each for each in others if each.name == name], writer) for name in gone}
    stay = {name for name, line in lines.items() if line and (folder / name).exists()}
    _record(folder, now | {each for each in others if each.writer != writer or each.name in stay}, staging)
    return [line for _, line in sorted(lines.items()) if line]


def _removed(folder: Path, written: list[_Written], writer: str) -> str | None:
    """Remove a leftover that this writer wrote. After a killed run, a name may be in the record for two writers."""
    path = folder / written[0].name
    if not path.resolve().is_relative_to(folder) or not path.is_file():
        return None
    writers = {each.writer for each in written if each.digest == _digest(path)}
    if writers - {writer}:
        return None
    gone = f"{path}: the app no longer renders it"
    if not writers:
        return f"warning: {gone}, but somebody changed it; remove it, or its line in {RECORD}"
    path.unlink()
    if path.parent != folder and not any(path.parent.iterdir()):
        path.parent.rmdir()
    return f"removed {gone}"


def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def _recorded(folder: Path) -> set[_Written]:
    record = folder / RECORD
    lines = record.read_text(encoding="utf-8", errors="replace").splitlines() if record.exists() else []
    return {_Written(*parts) for line in lines if len(parts := line.split("\t")) == len(_Written._fields)}


def _record(folder: Path, written: set[_Written], staging: Path) -> None:
    if written != _recorded(folder):
        new = staging / "record.new"
        new.write_text("".join(f"{line}\n" for line in sorted(map("\t".join, written))), encoding="utf-8")
        new.replace(folder / RECORD)
