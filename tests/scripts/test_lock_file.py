"""Installs from a package-lock.json, and the command that writes one."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from conftest import last_line

from t3afk_constructs.formats import CONFIG_MAP_BYTES
from t3afk_constructs.npm_lockfile import lockfile_complaint, pinned_versions
from t3afk_constructs.npm_lockfile.__main__ import main

if TYPE_CHECKING:
    from conftest import Executor
    from npm_registry import Registry

NOWHERE = "http://127.0.0.1:9/"
Write = Callable[..., Path]


@pytest.fixture
def write(registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write a lock file by the command, and say where it is."""
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache of the command"))

    def run(t3_version: str = "1.0.0", claude_cli_version: str = "1.0.0", name: str = "package-lock.json") -> Path:
        file = tmp_path / "mounted lock" / name
        file.parent.mkdir(exist_ok=True)
        versions = ["--t3-version", t3_version, "--claude-cli-version", claude_cli_version]
        assert main([*versions, "--registry", registry.url, "-o", str(file)]) == 0
        return file

    return run


def edited(file: Path, change: Callable[[dict[str, Any]], object]) -> str:
    lock = json.loads(file.read_text())
    change(lock)
    return json.dumps(lock, indent=2)


def test_lock_file_pins_what_is_installed(fresh: Executor, write: Write) -> None:
    lock = write("2.0.0", "1.1.0")
    done = fresh.install(NPM_LOCKFILE=str(lock), T3_VERSION=None, CLAUDE_CLI_VERSION=None)
    assert done.returncode == 0, done.stderr
    assert fresh.versions() == ("2.0.0", "1.1.0")


def test_dependency_stays_pinned_when_the_registry_has_a_newer_one(
    fresh: Executor, write: Write, registry: Registry
) -> None:
    lock = write()
    if json.loads(lock.read_text())["packages"]["node_modules/t3-dependency"]["version"] == "1.0.0":
        registry.publish("t3-dependency", "1.0.1", {})
    lock.write_text(lock.read_text().replace("1.0.1", "1.0.0"))
    assert fresh.install(T3_VERSION="2.0.0").returncode == 0
    t3 = [str(fresh.installs / "current/node_modules/.bin/t3"), "dependency"]
    assert fresh.run(t3).stdout == "1.0.1\n"
    assert fresh.install(NPM_LOCKFILE=str(lock)).returncode == 0
    assert fresh.run(t3).stdout == "1.0.0\n"


def test_changed_lock_file_is_installed_and_an_unchanged_one_needs_no_registry(
    executor: Executor, write: Write
) -> None:
    lock = write()
    for text in (lock.read_text(), write("2.0.0").read_text()):
        lock.write_text(text)
        assert "installing" in executor.install(NPM_LOCKFILE=str(lock)).stdout
        again = executor.install(NPM_LOCKFILE=str(lock), NPM_REGISTRY=NOWHERE, T3_VERSION="9.9.9")
        assert again.returncode == 0, again.stderr
    assert executor.versions()[0] == "2.0.0"
    assert len(executor.folders()) == 1


def test_archive_that_is_not_what_the_lock_file_says_is_refused(executor: Executor, write: Write) -> None:
    lock = write("2.0.0")
    other = json.loads(write("1.0.0", name="other").read_text())["packages"]["node_modules/t3"]["integrity"]
    lock.write_text(edited(lock, lambda parsed: parsed["packages"]["node_modules/t3"].update(integrity=other)))
    old = executor.folders()
    done = executor.install(NPM_LOCKFILE=str(lock))
    assert "(EINTEGRITY): a package is not what its hash says" in last_line(done)
    assert executor.folders() == old


@pytest.mark.parametrize(
    "text", ["", "{half", '{"lockfileVersion": 3}', '{"packages": {"": {"dependencies": {"t3": "1"}}}}']
)
def test_file_that_is_no_lock_file_is_refused_in_one_line(executor: Executor, tmp_path: Path, text: str) -> None:
    (tmp_path / "lock").write_text(text)
    old = executor.folders()
    assert "write it anew" in last_line(executor.install(NPM_LOCKFILE=str(tmp_path / "lock")))
    assert executor.folders() == old


def test_missing_lock_file_is_refused_in_one_line(executor: Executor) -> None:
    done = executor.install(NPM_LOCKFILE="/nowhere/package-lock.json")
    assert "cannot read the lock file /nowhere/package-lock.json: mount it there" in last_line(done)


def test_command_writes_the_same_bytes_twice_and_names_no_registry(write: Write, registry: Registry) -> None:
    text = write("1.0.0", "1.1.0").read_text()
    assert write("1.0.0", "1.1.0", name="again").read_text() == text
    assert lockfile_complaint(text) is None
    assert pinned_versions(text) == {"t3": "1.0.0", "@anthropic-ai/claude-code": "1.1.0"}
    assert str(registry.port) not in text
    assert "http" not in text


def test_command_that_finds_no_such_version_says_so_and_keeps_the_file(
    registry: Registry, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "lock").write_text("mine")
    versions = ["--t3-version", "9.9.9", "--claude-cli-version", "1.0.0"]
    assert main([*versions, "--registry", registry.url, "-o", str(tmp_path / "lock")]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert lines[-1].startswith("npm_lockfile: npm cannot resolve t3@9.9.9 and @anthropic-ai/claude-code@1.0.0: ")
    assert any("ETARGET" in line for line in lines[:-1])
    assert (tmp_path / "lock").read_text() == "mine"


@pytest.mark.parametrize(
    ("output", "complaint"),
    [
        ("", "'' is no file"),
        (".", "'.' is no file"),
        ("..", "'..' is no file"),
        ("folder", "'folder' is no file"),
        ("folder/", "'folder/' is no file"),
        ("pipe", "'pipe' is no ordinary file"),
        ("nowhere/lock", "make 'nowhere' first"),
        ("x" * 300, "File name too long"),
    ],
)
def test_command_refuses_what_cannot_be_its_file_before_it_asks_npm(
    output: str, complaint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", "")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SystemExit) as end:
        main(["--t3-version", "1.0.0", "--claude-cli-version", "1.0.0", "-o", output])
    assert end.value.code == 2
    assert complaint in capsys.readouterr().err.splitlines()[-1]
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["folder", "pipe"]


def test_command_that_cannot_put_the_file_in_place_leaves_nothing_behind(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "not yours")

    monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))
    monkeypatch.setattr(Path, "replace", refuse)
    (tmp_path / "out").mkdir()
    options = ["--t3-version", "1.0.0", "--claude-cli-version", "1.0.0", "--registry", registry.url]
    assert main([*options, "-o", str(tmp_path / "out/lock")]) == 1
    assert "npm_lockfile: [Errno 13] not yours" in capsys.readouterr().err
    assert not list((tmp_path / "out").iterdir())


def test_command_without_npm_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["--t3-version", "1.0.0", "--claude-cli-version", "1.0.0", "-o", str(tmp_path / "lock")]) == 1
    assert "npm is not on PATH: install Node.js" in capsys.readouterr().err


def lock(**changes: Any) -> str:
    """A lock file with two packages, or what a change makes of it."""
    pinned = {"version": "1.0.0", "integrity": "sha512-x"}
    packages = {
        "": {"dependencies": {"t3": "1.0.0", "@anthropic-ai/claude-code": "1.0.0"}},
        "node_modules/t3": pinned,
        "node_modules/@anthropic-ai/claude-code": pinned,
    }
    return json.dumps({"lockfileVersion": 3, "packages": packages | changes.pop("packages", {}), **changes})


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (None, "is not the text of a package-lock.json"),
        ("", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[]", "has lockfileVersion None"),
        (lock(lockfileVersion=1), "has lockfileVersion 1, and `npm ci` needs 2 or later"),
        (lock(lockfileVersion=True), "has lockfileVersion True"),
        (lock(lockfileVersion="3"), "has lockfileVersion '3'"),
        ('{"lockfileVersion": 3, "packages": []}', "has no table of packages"),
        ('{"lockfileVersion": 3, "packages": {"": 1}}', "has no table of packages"),
        (lock(packages={"": {"dependencies": {"t3": "1"}}}), "does not depend on @anthropic-ai/claude-code"),
        (lock(packages={"": {}}), "does not depend on t3"),
        (lock(packages={"node_modules/t3": {"integrity": "x"}}), "does not pin t3"),
        (lock(packages={"node_modules/x": {"version": "1"}}), "has no integrity hash for node_modules/x"),
        (
            lock(packages={"node_modules/x": {"resolved": "..", "link": True}}),
            "has no integrity hash for node_modules/x",
        ),
        (lock(name="x" * CONFIG_MAP_BYTES), f"bytes; a ConfigMap holds {CONFIG_MAP_BYTES}"),
    ],
)
def test_lock_file_that_would_not_pin_the_install_is_complained_of(text: object, complaint: str) -> None:
    assert re.search(re.escape(complaint), lockfile_complaint(text) or "")


def test_package_inside_another_s_archive_needs_no_hash_of_its_own() -> None:
    assert lockfile_complaint(lock(packages={"node_modules/t3/node_modules/x": {"inBundle": True}})) is None


def test_lock_file_may_be_as_long_as_a_config_map() -> None:
    text = lock(name="")
    full = text.replace('"name": ""', f'"name": "{"é" * ((CONFIG_MAP_BYTES - len(text)) // 2)}"')
    assert CONFIG_MAP_BYTES - 2 < len(full.encode()) <= CONFIG_MAP_BYTES
    assert lockfile_complaint(full) is None
    assert "ConfigMap" in (lockfile_complaint(full + "   ") or "")
