"""What a reader of the folder sees while `synth` replaces its files, and what stays after a kill."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from t3afk_constructs.output_folder import RECORD, replace_files

ROOT = Path(__file__).parent.parent
OLD, NEW = {"a.yaml": "old", "b.yaml": "old"}, {"a.yaml": "new", "b.yaml": "new"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "dist"


def files(folder: Path) -> dict[str, str]:
    """The files but the record, after a look that nothing else is beside the folder."""
    assert [path.name for path in folder.parent.iterdir()] == ["dist"]
    found = (path for path in folder.rglob("*") if path.is_file() and path.name != RECORD)
    return {str(path.relative_to(folder)): path.read_text() for path in found}


class Killed(BaseException):
    """The program ends here: no handler runs."""


@pytest.fixture
def replaced(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Path, Path]]:
    """The renames, each noted before it is made."""
    replace, noted = Path.replace, []

    def note(self: Path, target: Path) -> Path:
        noted.append((self, target))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", note)
    return noted


def kill_at(rename: int, monkeypatch: pytest.MonkeyPatch, folder: Path, files: dict[str, str]) -> None:
    """Write the files, killed before a rename."""
    replace, made = Path.replace, []

    def die(self: Path, target: Path) -> Path:
        if len(made) == rename:
            raise Killed
        made.append(target)
        return replace(self, target)

    with monkeypatch.context() as patch, contextlib.suppress(Killed):
        patch.setattr(Path, "replace", die)
        patch.setattr(shutil, "rmtree", lambda *_, **__: None)
        replace_files(folder, files, "main.py")


@pytest.mark.parametrize("rename", range(5))
@pytest.mark.parametrize("mine", [{}, {"mine.yaml": "mine"}])
def test_a_killed_run_leaves_whole_files_and_the_next_run_mends_it(
    folder: Path, rename: int, mine: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    replace_files(folder, OLD, "main.py")
    for name, text in mine.items():
        (folder / name).write_text(text)
    kill_at(rename, monkeypatch, folder, NEW)
    found = {name: (folder / name).read_text() for name in OLD}
    assert set(found.values()) <= {"old", "new"}
    replace_files(folder, NEW, "main.py")
    assert files(folder) == NEW | mine


@pytest.mark.parametrize("rename", range(5))
def test_a_file_of_a_killed_run_is_removed_once_no_chart_renders_it(
    folder: Path, rename: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace_files(folder, {"a.yaml": "old"}, "main.py")
    kill_at(rename, monkeypatch, folder, NEW)
    replace_files(folder, {"c.yaml": "new"}, "main.py")
    assert files(folder) == {"c.yaml": "new"}


def test_files_are_staged_beside_the_folder_where_kubectl_reads_none(
    folder: Path, replaced: list[tuple[Path, Path]]
) -> None:
    replace_files(folder, NEW, "main.py")
    staged = {staged.parent for staged, _ in replaced}
    assert {path.parent for path in staged} == {folder.parent}
    assert {staged.suffix for staged, _ in replaced} == {".new"}


@pytest.mark.parametrize("reason", [errno.EXDEV, errno.EACCES, errno.EROFS])
def test_files_are_staged_inside_the_folder_when_the_parent_does_not_serve(
    folder: Path, reason: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace, staged = Path.replace, []

    def refuse(self: Path, target: Path) -> Path:
        if self.parent.parent != folder:
            raise OSError(reason, "refused")
        staged.append(self)
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", refuse)
    replace_files(folder, NEW, "main.py")
    assert files(folder) == NEW
    assert {path.suffix for path in staged} == {".new"}


def test_an_error_of_the_disk_is_raised_and_leaves_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        replace_files(folder, NEW, "main.py")
    assert list(folder.parent.iterdir()) == []


def test_staged_files_of_killed_runs_are_removed(folder: Path) -> None:
    for place in (folder.parent / ".synth-dist", folder / ".synth-dist", folder / ".synth-k3x9_0ab"):
        place.mkdir(parents=True)
        (place / "a.yaml").write_text("staged")
    replace_files(folder, NEW, "main.py")
    assert files(folder) == NEW


def test_two_writers_take_turns(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace, seen = Path.replace, []

    def slow(self: Path, target: Path) -> Path:
        seen.append(threading.get_ident())
        threading.Event().wait(0.01)
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", slow)
    writers = [threading.Thread(target=replace_files, args=(folder, texts, "main.py")) for texts in (OLD, NEW)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    turns = [ident for index, ident in enumerate(seen) if index == 0 or seen[index - 1] != ident]
    assert len(turns) == len(set(turns)) == 2
    assert files(folder) in (OLD, NEW)


def test_a_writer_that_waited_for_a_removed_folder_makes_it_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flock = fcntl.flock
    removals = [folder]

    def wait(*args: int) -> None:
        if removals:
            removals.pop().rmdir()
        flock(*args)

    monkeypatch.setattr(fcntl, "flock", wait)
    replace_files(folder, NEW, "main.py")
    assert files(folder) == NEW


def test_a_leftover_is_removed_with_its_folder_and_named(folder: Path) -> None:
    replace_files(folder, {"one/a.yaml": "1", "two/a.yaml": "2", "two/b.yaml": "2", "three.yaml": "3"}, "main.py")
    assert replace_files(folder, {"two/a.yaml": "2"}, "main.py") == [
        f"removed {folder / name}: the app no longer renders it" for name in ("one/a.yaml", "three.yaml", "two/b.yaml")
    ]
    assert files(folder) == {"two/a.yaml": "2"}
    assert not (folder / "one").exists()
    assert replace_files(folder, {}, "main.py") == [f"removed {folder / 'two/a.yaml'}: the app no longer renders it"]
    assert (folder / RECORD).read_text() == ""


def test_a_leftover_that_somebody_changed_stays_and_is_named_at_each_run(folder: Path) -> None:
    replace_files(folder, OLD, "main.py")
    (folder / "b.yaml").write_text("mine")
    gone = f"{folder / 'b.yaml'}: the app no longer renders it"
    line = f"warning: {gone}, but somebody changed it; remove it, or its line in .synth"
    for _ in range(2):
        assert replace_files(folder, {"a.yaml": "new"}, "main.py") == [line]
        assert files(folder) == {"a.yaml": "new", "b.yaml": "mine"}
    (folder / "b.yaml").unlink()
    assert replace_files(folder, {"a.yaml": "new"}, "main.py") == []
    (folder / "b.yaml").write_text("old")
    assert replace_files(folder, {"a.yaml": "new"}, "main.py") == []
    assert files(folder) == {"a.yaml": "new", "b.yaml": "old"}


def test_another_writers_files_stay_and_a_file_belongs_to_its_last_writer(folder: Path) -> None:
    replace_files(folder, OLD, "main.py")
    replace_files(folder, {"b.yaml": "theirs", "c.yaml": "theirs"}, "theirs.py")
    assert replace_files(folder, {}, "main.py") == [f"removed {folder / 'a.yaml'}: the app no longer renders it"]
    assert files(folder) == {"b.yaml": "theirs", "c.yaml": "theirs"}
    replace_files(folder, {"b.yaml": "new"}, "main.py")
    replace_files(folder, {}, "main.py")
    assert files(folder) == {"c.yaml": "theirs"}


@pytest.mark.parametrize("rename", range(5))
@pytest.mark.parametrize("text", ["new", "theirs"])
def test_a_killed_run_takes_no_file_of_another_writer(
    folder: Path, rename: int, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace_files(folder, {"b.yaml": "theirs"}, "theirs.py")
    kill_at(rename, monkeypatch, folder, {"a.yaml": "new", "b.yaml": text})
    before = (folder / "b.yaml").read_text()
    replace_files(folder, {}, "main.py")
    assert ("b.yaml" in files(folder)) == (before == "theirs" and (text == "new" or rename < 4))
    replace_files(folder, {}, "theirs.py")
    assert files(folder) == {}


@pytest.mark.parametrize(
    "record", ["", "no record\n", "a\tb\t\udcff\n", "../dist.yaml\t{0}\tmain.py\n", "link.yaml\t{0}\tmain.py\n"]
)
def test_a_record_from_elsewhere_removes_nothing_outside(folder: Path, record: str) -> None:
    other = folder.parent / "dist.yaml"
    other.write_text("old")
    replace_files(folder, {"a.yaml": "old"}, "theirs.py")
    digest = (folder / RECORD).read_text().split("\t")[1]
    (folder / "link.yaml").symlink_to(other)
    (folder / RECORD).write_text(record.format(digest), errors="surrogateescape")
    assert replace_files(folder, {"b.yaml": "new"}, "main.py") == []
    assert other.read_text() == "old"
    assert {path.name for path in folder.iterdir()} == {"a.yaml", "b.yaml", "link.yaml", RECORD}


@pytest.mark.program
@pytest.mark.skipif(not shutil.which("kubectl"), reason="kubectl is not installed")
def test_kubectl_reads_neither_the_record_nor_staged_files(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    manifest = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: %s\n"
    replace_files(folder, {f"{name}.yaml": manifest % name for name in "ab"}, "main.py")
    kill_at(0, monkeypatch, folder, {"a.yaml": "staged", "b.yaml": "staged"})
    assert (folder.parent / ".synth-dist").exists()
    command = ["kubectl", "annotate", "--local", "-R", "-f", str(folder.parent), "-o", "name", "a=b"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["configmap/a", "configmap/b"]


ENDLESS = """
import itertools, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from t3afk_constructs.output_folder import replace_files

for run in itertools.count() if sys.argv[3] == "endless" else range(int(sys.argv[3])):
    names = range(6 if run % 5 else 5)
    replace_files(Path(sys.argv[1]), {f"{n}.yaml": f"{sys.argv[4]}{run}\\n" * 20000 for n in names}, "main.py")
    print(run, flush=True)
"""


def program(folder: Path, runs: str, tag: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", ENDLESS, str(folder), str(ROOT), runs, tag]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def runs_of(folder: Path) -> set[str]:
    """The runs that wrote the files. Each file is whole."""
    found = [path.read_text().split("\n") for path in sorted(folder.glob("*.yaml"))]
    assert len(found) in (5, 6)
    assert {len(lines) for lines in found} == {20001}
    assert {len(set(lines)) for lines in found} == {2}
    return {lines[0] for lines in found}


@pytest.mark.slow
def test_a_program_killed_at_random_leaves_whole_files_and_the_next_run_mends_it(folder: Path) -> None:
    chance, mixed = random.Random(13), 0
    for number in range(200):
        writers = [program(folder, "endless", tag) for tag in "ab"[: 1 + number % 2]]
        for writer in writers:
            assert writer.stdout
            writer.stdout.readline()
        time.sleep(chance.random() / 20)
        for writer in writers:
            writer.send_signal(chance.choice([signal.SIGKILL, signal.SIGTERM, signal.SIGHUP]))
        for writer in writers:
            writer.communicate()
        mixed += len(runs_of(folder)) > 1
        beside = [path for path in folder.parent.rglob("*") if path.suffix == ".yaml" and path.parent != folder]
        assert beside == []
        if number % 10 == 0:
            replace_files(folder, NEW, "main.py")
            assert files(folder) == NEW
    assert mixed, "no kill hit the renames"


@pytest.mark.slow
def test_the_files_of_programs_that_write_at_once_are_those_of_one_run(folder: Path) -> None:
    for _ in range(20):
        for writer in [program(folder, "5", tag) for tag in "abc"]:
            writer.communicate()
        assert len(runs_of(folder)) == 1
        assert len(files(folder)) == 6
