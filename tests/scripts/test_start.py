"""start-t3 prepares the home, holds the lock of the single writer, and becomes T3."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import stat
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from conftest import SERVE, Executor, kill, last_line, without_override

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Serve = Callable[..., tuple[subprocess.Popen[str], dict[str, Any]]]


@pytest.fixture
def serve(executor: Executor) -> Iterator[Serve]:
    """Start T3 and wait until it serves. It ends with the test."""
    running = []

    def start(*arguments: str) -> tuple[subprocess.Popen[str], dict[str, Any]]:
        process = executor.popen("start-t3", *(arguments or SERVE))
        running.append(process)
        assert process.stdout is not None
        return process, json.loads(process.stdout.readline())

    yield start
    for process in running:
        kill(process)


def test_t3_gets_its_arguments_and_its_programs_first_on_the_path(executor: Executor, serve: Serve) -> None:
    _, printed = serve()
    (folder,) = executor.folders()
    assert printed["version"] == "1.0.0"
    assert printed["options"] == list(SERVE[2:])
    assert printed["path"].split(":")[0] == str(executor.installs / folder / "node_modules/.bin")


def test_t3_replaces_the_shell(serve: Serve) -> None:
    process, printed = serve()
    assert printed["pid"] == process.pid


def test_sigterm_reaches_t3_and_its_exit_status_comes_back(serve: Serve) -> None:
    process, _ = serve()
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 43
    assert process.stdout is not None
    assert process.stdout.read() == "stopped\n"


def test_exit_status_of_t3_is_the_container_s(executor: Executor) -> None:
    assert executor.start(STUB_EXIT="7").returncode == 7


def test_arguments_are_not_evaluated(executor: Executor, tmp_path: Path) -> None:
    odd = ["t3", "serve", "two words", "$(touch x)", "'; touch y", "--", "*"]
    assert json.loads(executor.start(*odd).stdout)["options"] == odd[2:]
    assert not list(tmp_path.rglob("[xy]"))


def test_instructions_are_exact_and_the_agent_can_write_beside_them(executor: Executor) -> None:
    assert executor.start().returncode == 0
    folder = executor.claude
    assert (folder / "CLAUDE.md").read_bytes() == executor.instructions.read_bytes()
    (folder / "shell-snapshots").mkdir()
    executor.instructions.write_text("changed by the kubelet\n")
    assert (folder / "CLAUDE.md").read_text() == "changed by the kubelet\n"


def test_existing_files_of_the_claude_cli_stay(executor: Executor) -> None:
    executor.claude.mkdir()
    (executor.claude / "settings.json").write_text("{}")
    (executor.claude / "CLAUDE.md").write_text("old")
    assert executor.start().returncode == 0
    assert (executor.claude / "CLAUDE.md").read_bytes() == executor.instructions.read_bytes()
    assert (executor.claude / "settings.json").read_text() == "{}"


def test_only_the_user_of_t3_can_read_its_folders(executor: Executor) -> None:
    """T3's trace file has tickets for its WebSocket, and mode 0644."""
    executor.claude.mkdir(mode=0o775)
    assert executor.start().returncode == 0
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in (executor.volume / "t3", executor.claude)] == [0o700] * 2


def test_unwritable_volume_is_refused(executor: Executor) -> None:
    executor.volume.chmod(0o555)
    done = executor.run(executor.command("start-t3", *SERVE), prefix=without_override())
    assert "they have to be writable for uid" in last_line(done)
    assert done.stdout == ""


def test_folder_in_the_place_of_the_instructions_is_refused(executor: Executor) -> None:
    (executor.claude / "CLAUDE.md").mkdir(parents=True)
    assert "cannot put CLAUDE.md into" in last_line(executor.start())


@pytest.mark.parametrize("path", ["t3-install/current/in-use", "t3-install/current/wanted", "t3/writer.lock"])
def test_fifo_in_the_place_of_a_file_is_named(executor: Executor, path: str) -> None:
    """The agent may put one there; a script that opened it would hang."""
    file = executor.volume / path
    file.parent.mkdir(exist_ok=True)
    file.unlink(missing_ok=True)
    os.mkfifo(file)
    done = executor.start()
    assert done.returncode == 1
    assert "remove" in last_line(done)


def test_missing_instructions_are_refused(executor: Executor) -> None:
    done = executor.start(AGENT_INSTRUCTIONS="/nowhere/CLAUDE.md")
    assert "cannot read the agents' instructions /nowhere/CLAUDE.md" in last_line(done)


@pytest.mark.parametrize(
    "name",
    ["T3_INSTALL", "T3CODE_HOME", "HOME", "CLAUDE_CONFIG_DIR", "AGENT_INSTRUCTIONS", "GIT_USER_NAME", "GIT_USER_EMAIL"],
)
def test_missing_setting_is_named(executor: Executor, name: str) -> None:
    done = executor.start(**{name: None})
    assert re.search(rf"start-t3: .*{name}: ", last_line(done))
    assert done.stdout == ""


def test_missing_install_is_refused_in_one_line(fresh: Executor) -> None:
    done = fresh.start()
    assert "run install-t3 first; T3 is not started" in last_line(done)
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("needs", "starts"),
    [("^22.16 || ^23.11 || >=24.10", True), (">=98.1 <99", False), ("^22.16 || >=99.4", False), ("<18", False)],
)
def test_unsuitable_node_is_refused_in_one_line_with_both_versions(
    executor: Executor, needs: str, *, starts: bool
) -> None:
    manifest = executor.installs / "current/node_modules/t3/package.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "engines": {"node": needs}}))
    done = executor.start()
    assert (done.returncode == 0, bool(done.stdout)) == (starts, starts)
    node = executor.run(["node", "--version"]).stdout.strip()
    line = f"start-t3: node {node} does not do: t3 1.0.0 needs node {needs}; set an image with such a node"
    assert done.stderr == ("" if starts else f"{line}; T3 is not started\n")


def test_release_without_engines_starts(executor: Executor) -> None:
    manifest = executor.installs / "current/node_modules/t3/package.json"
    held = json.loads(manifest.read_text())
    del held["engines"]
    manifest.write_text(json.dumps(held))
    assert executor.start().returncode == 0


def test_image_without_node_is_refused_in_one_line(executor: Executor, tmp_path: Path) -> None:
    for name in ("bash", "flock"):
        (tmp_path / "bin").mkdir(exist_ok=True)
        (tmp_path / "bin" / name).symlink_to(shutil.which(name) or name)
    done = executor.start(PATH=str(tmp_path / "bin"))
    assert "the image has to have node and npm; T3 is not started" in last_line(done)


@pytest.mark.parametrize("missing", ["in-use", "wanted"])
def test_incomplete_install_is_refused_in_one_line(executor: Executor, missing: str) -> None:
    (executor.installs / "current" / missing).unlink()
    done = executor.start()
    (folder,) = executor.folders()
    whole = f"{executor.installs / folder} is not whole: remove {executor.installs}/current and start the pod again"
    assert done.stderr == f"start-t3: {whole}; T3 is not started\n"


def test_image_without_flock_is_refused(executor: Executor, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/bash").symlink_to(shutil.which("bash") or "bash")
    done = executor.start(PATH=str(tmp_path / "bin"))
    assert done.stderr == "start-t3: the image has no flock: set one with util-linux; T3 is not started\n"


def test_second_start_names_the_writer_and_the_time_of_its_start(executor: Executor, serve: Serve) -> None:
    executor.env["HOSTNAME"] = "t3-afk-first"
    serve()
    second = executor.start()
    assert second.returncode == 75
    assert second.stdout == ""
    assert re.fullmatch(
        r"start-t3: .*/t3 is in use by t3-afk-first since 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ: "
        r"only one T3 may write there; "
        r"stop that one, or wait until it ends; T3 is not started\n",
        second.stderr,
    )


def test_writer_without_a_name_holds_the_lock(executor: Executor, serve: Serve) -> None:
    """On a full volume, the lock file stays empty."""
    serve()
    (executor.volume / "t3/writer.lock").write_text("")
    second = executor.start()
    assert second.returncode == 75
    assert "is in use by somebody: only one T3 may write there" in second.stderr


def test_time_of_the_writer_is_in_utc(executor: Executor) -> None:
    executor.start(TZ="Pacific/Auckland")
    written = (executor.volume / "t3/writer.lock").read_text().split()[-1]
    now = subprocess.run(["date", "-u", "+%Y-%m-%dT%H"], capture_output=True, text=True, check=True).stdout.strip()
    before = subprocess.run(
        ["date", "-u", "-d", "1 minute ago", "+%Y-%m-%dT%H"], capture_output=True, text=True, check=True
    ).stdout.strip()
    assert written[:13] in (now, before)


def test_start_works_after_sigkill_of_the_writer(executor: Executor, serve: Serve) -> None:
    first, _ = serve()
    assert executor.start().returncode == 75
    kill(first)
    assert executor.start().returncode == 0


def test_orphans_of_the_agent_do_not_keep_the_locks(executor: Executor) -> None:
    """In a shared process namespace, a shell may outlive T3."""
    spawn = """const { spawn } = require("child_process");
        const orphan = spawn("sleep", ["300"], {detached: true, stdio: "ignore"});
        console.log(orphan.pid); orphan.unref();"""
    orphan = int(executor.start("node", "-e", spawn).stdout)
    try:
        assert executor.start().returncode == 0
        assert executor.install(T3_VERSION="2.0.0").returncode == 0
        assert len(executor.folders()) == 1
    finally:
        os.kill(orphan, signal.SIGKILL)


def test_executors_on_two_volumes_run_side_by_side(executor: Executor, serve: Serve, tmp_path: Path) -> None:
    serve()
    assert executor.start(T3CODE_HOME=str(tmp_path / "other")).returncode == 0
