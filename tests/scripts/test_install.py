"""install-t3 with a real npm and a real registry."""

from __future__ import annotations

import fcntl
import os
import shutil
from pathlib import Path

import pytest
from conftest import Executor, last_line
from npm_registry import Registry

NOWHERE = "http://127.0.0.1:9/"


@pytest.fixture
def no_npm(tmp_path: Path) -> str:
    """A PATH whose npm and node fail, and note that they ran."""
    folder = tmp_path / "broken"
    folder.mkdir()
    for name in ("npm", "node"):
        (folder / name).write_text(f"#!/bin/sh\ntouch '{tmp_path}/called'\nexit 99\n")
        (folder / name).chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


def test_fresh_volume_gets_both_packages(fresh: Executor) -> None:
    done = fresh.install()
    assert done.returncode == 0, done.stderr
    assert fresh.versions() == ("1.0.0", "1.0.0")
    assert len(fresh.folders()) == 1


def test_unchanged_versions_call_neither_npm_nor_node(executor: Executor, no_npm: str, tmp_path: Path) -> None:
    before = executor.folders()
    done = executor.install(PATH=no_npm, NPM_REGISTRY=NOWHERE)
    assert done.returncode == 0, done.stderr
    assert executor.folders() == before
    assert not (tmp_path / "called").exists()


def test_unchanged_versions_write_nothing(executor: Executor) -> None:
    seen = {path: path.lstat() for path in executor.volume.rglob("*")}
    assert executor.install().returncode == 0
    changed = [
        path
        for path in executor.volume.rglob("*")
        if path not in seen or path.lstat().st_ctime_ns != seen[path].st_ctime_ns
    ]
    assert changed == []


@pytest.mark.parametrize(
    ("changed", "versions"),
    [({"T3_VERSION": "2.0.0"}, ("2.0.0", "1.0.0")), ({"CLAUDE_CLI_VERSION": "1.1.0"}, ("1.0.0", "1.1.0"))],
)
def test_changed_version_of_either_replaces_the_old_install(
    executor: Executor, changed: dict[str, str], versions: tuple[str, str]
) -> None:
    old = executor.folders()
    done = executor.install(**changed)
    assert done.returncode == 0, done.stderr
    assert executor.versions() == versions
    assert len(executor.folders()) == 1
    assert executor.folders() != old


def test_latest_is_resolved_only_at_an_install(fresh: Executor, registry: Registry) -> None:
    registry.tag("t3", "latest", "1.0.0")
    assert fresh.install(T3_VERSION="latest").returncode == 0
    registry.tag("t3", "latest", "2.0.0")
    assert fresh.install(T3_VERSION="latest").returncode == 0
    assert fresh.versions()[0] == "1.0.0"
    (fresh.installs / "current").unlink()
    assert fresh.install(T3_VERSION="latest").returncode == 0
    assert fresh.versions()[0] == "2.0.0"
    registry.tag("t3", "latest", "1.0.0")


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        ({"NPM_REGISTRY": NOWHERE, "T3_VERSION": "2.0.0"}, "(ECONNREFUSED): the registry does not answer"),
        ({"T3_VERSION": "9.9.9"}, "(ETARGET): the registry has no such version"),
        ({"T3_VERSION": "6.6.6"}, "(EINTEGRITY): a package is not what its hash says"),
        ({"T3_VERSION": "7.0.0-mute"}, "'t3 --version' fails on node v"),
        ({"T3_VERSION": '1.0.0"; touch /tmp/t3-was-here; "'}, "is no version: write one such as"),
        ({"T3_VERSION": "npm:evil@1.0.0"}, "'npm:evil@1.0.0' is no version"),
        ({"T3_VERSION": "."}, "'.' is no version"),
        ({"CLAUDE_CLI_VERSION": "^1.0.0"}, "'^1.0.0' is no version"),
    ],
)
def test_failed_install_ends_in_one_line_and_keeps_the_old_one(
    executor: Executor, changed: dict[str, str], line: str
) -> None:
    old = executor.folders()
    done = executor.install(**changed)
    assert line in last_line(done)
    assert last_line(done).startswith("install-t3: ")
    assert executor.folders() == old, "half of an install is left"
    assert executor.versions() == ("1.0.0", "1.0.0")
    assert executor.install(NPM_REGISTRY=NOWHERE).returncode == 0, "going back needs no registry"
    assert not Path("/tmp/t3-was-here").exists()


def test_failure_names_the_install_that_stays(executor: Executor) -> None:
    done = executor.install(T3_VERSION="9.9.9")
    assert "; still there, untouched: t3@1.0.0 @anthropic-ai/claude-code@1.0.0" in last_line(done)


@pytest.mark.parametrize("broken", ["in-use", "node_modules/.bin/claude"])
def test_failure_does_not_call_a_damaged_install_untouched(executor: Executor, broken: str) -> None:
    (executor.installs / "current" / broken).unlink()
    assert "still there" not in last_line(executor.install(T3_VERSION="9.9.9"))


def test_broken_release_is_not_used_and_its_error_has_both_node_versions(executor: Executor) -> None:
    line = last_line(executor.install(T3_VERSION="7.0.0-mute"))
    node = executor.run(["node", "--version"]).stdout.strip()
    assert f"fails on node {node}, and T3 needs >=18" in line


def test_private_registry_gets_the_token_of_the_environment(tmp_path: Path, fresh: Executor) -> None:
    private = Registry(tmp_path / "private", access="$authenticated")
    try:
        private.publish("t3-dependency", "1.0.0", {})
        private.publish_t3("1.0.0")
        private.publish_claude("1.0.0")
        token = private.add_user()
        wrong = fresh.install(NPM_REGISTRY=private.url, NPM_TOKEN="not-the-token")
        done = fresh.install(NPM_REGISTRY=private.url, NPM_TOKEN=token)
        missing = fresh.install(NPM_REGISTRY=private.url, NPM_TOKEN=token, T3_VERSION="9.9.9")
    finally:
        private.stop()
    assert "the registry refuses the token" in last_line(wrong)
    assert done.returncode == 0, done.stderr
    assert "the registry has no such version" in last_line(missing)
    written = [path for path in fresh.volume.rglob("*") if path.is_file()]
    assert len(written) > 10
    assert [path for path in written if token.encode() in path.read_bytes()] == []
    assert token not in done.stdout + done.stderr + missing.stdout + missing.stderr


def test_token_is_masked_in_the_output_of_npm(executor: Executor, tmp_path: Path) -> None:
    (tmp_path / "npm").write_text('#!/bin/sh\necho "npm error token was $NPM_TOKEN"\nexit 1\n')
    (tmp_path / "npm").chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    done = executor.install(PATH=path, T3_VERSION="2.0.0", NPM_TOKEN="s3cr3t-token")
    assert "token was ***" in done.stderr
    assert "s3cr3t-token" not in done.stderr


@pytest.mark.parametrize("status", [0, 1])
def test_installed_programs_do_not_get_the_token(replaying: Executor, tmp_path: Path, status: int) -> None:
    """Their output is not masked."""
    copy, _, path = replaying.env["PATH"].partition(":")
    leak = f'#!/bin/sh\\necho "token: $NPM_TOKEN."\\nexit {status}\\n'
    (tmp_path / "npm").write_text(
        f'#!/bin/bash\n{copy}/npm "$@"\n'
        'for name in t3 claude; do rm "$3/node_modules/.bin/$name"; '
        f'printf \'{leak}\' >"$3/node_modules/.bin/$name"; chmod +x "$3/node_modules/.bin/$name"; done\n'
    )
    (tmp_path / "npm").chmod(0o755)
    done = replaying.install(PATH=f"{tmp_path}:{path}", T3_VERSION="2.0.0", NPM_TOKEN="s3cr3t-token")
    assert done.returncode == status, done.stderr
    assert "token: ." in done.stdout + done.stderr
    assert "s3cr3t-token" not in done.stdout + done.stderr


def test_token_is_not_an_argument(executor: Executor, tmp_path: Path) -> None:
    (tmp_path / "npm").write_text(f'#!/bin/sh\ncat /proc/$$/cmdline /proc/$PPID/cmdline > "{tmp_path}/seen"\nexit 1\n')
    (tmp_path / "npm").chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    executor.install(PATH=path, T3_VERSION="2.0.0", NPM_TOKEN="s3cr3t-token")
    seen = (tmp_path / "seen").read_text()
    assert "t3@2.0.0" in seen
    assert "s3cr3t-token" not in seen


def test_running_version_stays_after_an_upgrade(executor: Executor) -> None:
    (old,) = executor.folders()
    running = executor.popen("start-t3", "t3", "serve")
    try:
        assert running.stdout is not None
        assert '"version":"1.0.0"' in running.stdout.readline()
        assert executor.install(T3_VERSION="2.0.0").returncode == 0
        assert executor.versions()[0] == "2.0.0"
        assert old in executor.folders()
        assert executor.run([str(executor.installs / old / "node_modules/.bin/t3"), "dependency"]).stdout == "1.0.0\n"
    finally:
        running.communicate()
    assert executor.install(T3_VERSION="2.0.0").returncode == 0
    assert len(executor.folders()) == 1, "the old install is removed when nobody runs it"


def test_npm_beside_node_is_used_if_the_path_has_none(executor: Executor, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/npm").touch(mode=0o644)
    programs = "bash sh env node flock mkdir chmod mv rm ln sync cat git timeout dirname readlink"
    for name in programs.split():
        (tmp_path / "bin" / name).symlink_to(Path(shutil.which(name) or name).resolve())
    path = str(tmp_path / "bin")
    done = executor.install(PATH=path, T3_VERSION="2.0.0")
    assert done.returncode == 0, done.stderr
    assert '"version":"2.0.0"' in executor.start(PATH=path).stdout


def test_second_install_waits_for_the_first(fresh: Executor) -> None:
    first, second = fresh.popen("install-t3"), fresh.popen("install-t3")
    outputs = [process.communicate(timeout=60)[0] for process in (first, second)]
    assert (first.returncode, second.returncode) == (0, 0), outputs
    assert len(fresh.folders()) == 1
    assert sorted("installing" in output for output in outputs) == [False, True]
    assert any("another install on this volume is at work" in output for output in outputs)
    assert fresh.versions() == ("1.0.0", "1.0.0")


def test_wait_for_another_install_has_a_limit(executor: Executor) -> None:
    with (executor.installs / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = executor.install(T3_VERSION="2.0.0", INSTALL_LOCK_TIMEOUT="1")
        assert executor.install().returncode == 0, "what is installed needs no lock"
    assert done.returncode == 75
    assert "still holds" in last_line(done)


@pytest.mark.parametrize("seconds", ["soon", "", "-1"])
def test_waiting_time_that_is_not_a_number_is_refused(executor: Executor, seconds: str) -> None:
    done = executor.install(T3_VERSION="2.0.0", INSTALL_LOCK_TIMEOUT=seconds)
    if seconds:
        assert last_line(done) == f"install-t3: INSTALL_LOCK_TIMEOUT: '{seconds}' is no number of seconds"
    else:
        assert done.returncode == 0, done.stderr


def test_image_without_flock_is_refused(executor: Executor, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    for name in ("bash", "mkdir"):
        (tmp_path / "bin" / name).symlink_to(shutil.which(name) or name)
    done = executor.install(PATH=str(tmp_path / "bin"), T3_VERSION="2.0.0")
    assert last_line(done) == "install-t3: the image has no flock: set one with util-linux"
