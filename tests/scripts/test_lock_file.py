"""Install from a package-lock.json, and write one with `t3afk lockfile`."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

import pytest
from conftest import last_line

from t3afk_constructs.cli import main
from t3afk_constructs.executor.lock_file import lockfile_complaint, pinned_versions
from t3afk_constructs.formats import CONFIG_MAP_BYTES

if TYPE_CHECKING:
    from conftest import Executor
    from npm_registry import Registry

Write = Callable[..., Path]
NOWHERE = "http://127.0.0.1:9/"
WITHOUT_REGISTRY = ["lockfile", "--t3-version", "1.0.0", "--claude-cli-version", "1.0.0", "-o"]


@pytest.fixture
def write(registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write a lock file with the command and return its path."""
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache of the command"))

    def run(t3: str = "1.0.0", claude: str = "1.0.0", name: str = "package-lock.json", status: int = 0) -> Path:
        file = tmp_path / "mounted lock" / name
        file.parent.mkdir(exist_ok=True)
        versions = ["--t3-version", t3, "--claude-cli-version", claude]
        assert main(["lockfile", *versions, "--registry", registry.url, "-o", str(file)]) == status
        return file

    return run


def test_install_has_the_versions_of_the_lock_file(fresh: Executor, write: Write) -> None:
    lock = write("2.0.0", "1.1.0")
    done = fresh.install(NPM_LOCKFILE=str(lock), T3_VERSION=None, CLAUDE_CLI_VERSION=None)
    assert done.returncode == 0, done.stderr
    assert fresh.versions() == ("2.0.0", "1.1.0")


def test_newer_dependency_in_the_registry_is_not_installed(fresh: Executor, write: Write, registry: Registry) -> None:
    lock = write()
    if json.loads(lock.read_text())["packages"]["node_modules/t3-dependency"]["version"] == "1.0.0":
        registry.publish("t3-dependency", "1.0.1", {})
    lock.write_text(lock.read_text().replace("1.0.1", "1.0.0"))
    assert fresh.install(T3_VERSION="2.0.0").returncode == 0
    t3 = [str(fresh.installs / "current/node_modules/.bin/t3"), "dependency"]
    assert fresh.run(t3).stdout == "1.0.1\n"
    assert fresh.install(NPM_LOCKFILE=str(lock)).returncode == 0
    assert fresh.run(t3).stdout == "1.0.0\n"


def test_changed_lock_file_is_installed_and_unchanged_one_needs_no_registry(executor: Executor, write: Write) -> None:
    lock = write()
    for text in (lock.read_text(), write("2.0.0").read_text()):
        lock.write_text(text)
        assert "installing" in executor.install(NPM_LOCKFILE=str(lock)).stdout
        again = executor.install(NPM_LOCKFILE=str(lock), NPM_REGISTRY=NOWHERE, T3_VERSION="9.9.9")
        assert again.returncode == 0, again.stderr
    assert executor.versions()[0] == "2.0.0"
    assert len(executor.folders()) == 1


def test_archive_with_another_hash_is_refused(executor: Executor, write: Write) -> None:
    lock, other = write("2.0.0"), write("1.0.0", name="other")
    right, wrong = (json.loads(file.read_text())["packages"]["node_modules/t3"]["integrity"] for file in (lock, other))
    lock.write_text(lock.read_text().replace(right, wrong))
    old = executor.folders()
    done = executor.install(NPM_LOCKFILE=str(lock))
    assert "(EINTEGRITY): a package is not what its hash says" in last_line(done)
    assert executor.folders() == old


@pytest.mark.parametrize(
    "text", ["", "{half", '{"lockfileVersion": 3}', '{"packages": {"": {"dependencies": {"t3": "1"}}}}']
)
def test_unusable_lock_file_is_refused_in_one_line(executor: Executor, tmp_path: Path, text: str) -> None:
    (tmp_path / "lock").write_text(text)
    old = executor.folders()
    assert "write it anew" in last_line(executor.install(NPM_LOCKFILE=str(tmp_path / "lock")))
    assert executor.folders() == old


def test_missing_lock_file_is_refused_in_one_line(executor: Executor) -> None:
    done = executor.install(NPM_LOCKFILE="/nowhere/package-lock.json")
    assert "cannot read the lock file /nowhere/package-lock.json: mount it there" in last_line(done)


def test_command_writes_the_same_bytes_twice_and_names_no_registry(write: Write) -> None:
    text = write("1.0.0", "1.1.0").read_text()
    assert write("1.0.0", "1.1.0", name="again").read_text() == text
    assert pinned_versions(text) == {"t3": "1.0.0", "@anthropic-ai/claude-code": "1.1.0"}
    assert "http" not in text


def test_unknown_version_is_status_1_and_keeps_the_file(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    text = write().read_text()
    assert write("9.9.9", status=1).read_text() == text
    *output, last = capsys.readouterr().err.splitlines()
    assert last.startswith("t3afk lockfile: npm cannot resolve t3@9.9.9 and @anthropic-ai/claude-code@1.0.0; ")
    assert any("ETARGET" in line for line in output)


@pytest.mark.parametrize(
    ("output", "complaint"),
    [
        ("", "'' is not a file"),
        (".", "'.' is not a file"),
        ("folder", "'folder' is not a file"),
        ("pipe", "'pipe' is not a regular file"),
        ("nowhere/lock", "folder 'nowhere' does not exist; create it first"),
        ("x" * 300, "File name too long"),
    ],
)
def test_unusable_output_is_status_2_before_npm_starts(
    output: str, complaint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", "")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SystemExit, match="2"):
        main([*WITHOUT_REGISTRY, output])
    assert complaint in capsys.readouterr().err.splitlines()[-1]
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["folder", "pipe"]


def test_failed_write_leaves_no_file_behind(
    write: Write, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Path, "replace", Mock(side_effect=PermissionError(13, "not yours")))
    assert not list(write(status=1).parent.iterdir())
    assert "t3afk lockfile: [Errno 13] not yours" in capsys.readouterr().err


def test_missing_npm_is_one_line_with_the_program_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main([*WITHOUT_REGISTRY, str(tmp_path / "lock")]) == 1
    assert capsys.readouterr().err == "t3afk lockfile: npm is not on PATH; install Node.js, which includes it\n"


def lock(**changes: Any) -> str:
    """A usable lock file with two packages, or with changes."""
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
        (None, "is not text; pass the content of a package-lock.json"),
        ("", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[]", "has lockfileVersion None"),
        (lock(lockfileVersion=1), "has lockfileVersion 1, but `npm ci` needs 2 or later"),
        (lock(lockfileVersion=True), "has lockfileVersion True"),
        (lock(lockfileVersion="3"), "has lockfileVersion '3'"),
        ('{"lockfileVersion": 3, "packages": []}', "has no object `packages`"),
        ('{"lockfileVersion": 3, "packages": {"": 1}}', "has no object `packages`"),
        (lock(packages={"": {"dependencies": {"t3": "1"}}}), "does not list @anthropic-ai/claude-code in the root"),
        (lock(packages={"": {}}), "does not list t3 in"),
        (lock(packages={"node_modules/t3": {"integrity": "x"}}), "does not pin t3"),
        (lock(packages={"node_modules/x": {"version": "1"}}), "has no integrity hash for node_modules/x"),
        (lock(packages={"node_modules/x": {"resolved": "..", "link": True}}), "has no integrity hash"),
    ],
)
def test_unusable_lock_file_has_a_complaint(text: object, complaint: str) -> None:
    assert complaint in (lockfile_complaint(text) or "")


@pytest.mark.parametrize(
    "text", [lock(lockfileVersion=2), lock(packages={"node_modules/t3/node_modules/x": {"inBundle": True}})]
)
def test_file_of_npm_7_and_bundled_package_without_a_hash_are_usable(text: str) -> None:
    assert lockfile_complaint(text) is None


def test_lock_file_may_fill_a_config_map() -> None:
    text = lock(name="")
    full = text.replace('"name": ""', f'"name": "{"é" * ((CONFIG_MAP_BYTES - len(text)) // 2)}"')
    assert CONFIG_MAP_BYTES - 2 < len(full.encode()) <= CONFIG_MAP_BYTES
    assert lockfile_complaint(full) is None
    assert "ConfigMap" in (lockfile_complaint(full + "   ") or "")
