"""Run the scripts as the pod does: the text as an argument of the shell."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest
from model_api import ModelApi
from npm_registry import ROOT, Registry, fill
from pod import VERSIONS, Pod, environment
from products import CACHE, ProductRegistry, skip_elsewhere

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SCRIPTS = ROOT / "t3afk_constructs/executor/scripts"
SERVE = ("t3", "serve", "--mode", "web", "--host", "0.0.0.0", "--port", "3773", "--base-dir", "/data/t3")


class Executor:
    """Runs the scripts on a volume and a home whose names contain blanks and quotes."""

    def __init__(self, folder: Path, registry: str) -> None:
        self.volume = folder / "the agent's volume"
        self.home = folder / "home of node"
        self.home.mkdir()
        self.volume.mkdir(exist_ok=True)
        self.instructions = folder / "CLAUDE.md"
        self.instructions.write_text("Implement the issue.\nÜber alles: tests.\n")
        self.installs = self.volume / "t3-install"
        self.claude = self.volume / "claude"
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "T3_INSTALL": str(self.installs),
            "T3CODE_HOME": str(self.volume / "t3"),
            "CLAUDE_CONFIG_DIR": str(self.claude),
            "T3_VERSION": "1.0.0",
            "CLAUDE_CLI_VERSION": "1.0.0",
            "NPM_REGISTRY": registry,
            "npm_config_cache": str(self.volume / "npm-cache"),
            "npm_config_fetch_retries": "0",
            "AGENT_INSTRUCTIONS": str(self.instructions),
            "GIT_USER_NAME": "issue-implementer (AFK)",
            "GIT_USER_EMAIL": "afk-agent@viktorbarzin.me",
            "GIT_HOSTS": "github.com=GITHUB_TOKEN forgejo.viktorbarzin.me=FORGEJO_TOKEN",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_CONFIG_NOSYSTEM": "1",
        }

    def command(self, script: str, *arguments: str) -> list[str]:
        return ["bash", "-c", (SCRIPTS / f"{script}.sh").read_text(), script, *arguments]

    def environment(self, env: dict[str, str | None]) -> dict[str, str]:
        return {name: value for name, value in {**self.env, **env}.items() if value is not None}

    def run(
        self, command: list[str], *, prefix: tuple[str, ...] = (), **env: str | None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*prefix, *command],
            env=self.environment(env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def install(self, *, prefix: tuple[str, ...] = (), **env: str | None) -> subprocess.CompletedProcess[str]:
        return self.run(self.command("install-t3"), prefix=prefix, **env)

    def start(self, *arguments: str, **env: str | None) -> subprocess.CompletedProcess[str]:
        """Run start-t3. Its T3 ends at once, at the end of its input."""
        return self.run(self.command("start-t3", *(arguments or SERVE)), **env)

    def popen(self, script: str, *arguments: str, **env: str | None) -> subprocess.Popen[str]:
        """Start a script as a process group of its own, as a runtime starts a container."""
        return subprocess.Popen(
            self.command(script, *arguments),
            env=self.environment(env),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def versions(self) -> tuple[str, str]:
        """The versions that the installed programs print."""
        programs = self.installs / "current/node_modules/.bin"
        answers = (self.run([str(programs / name), "--version"]) for name in ("t3", "claude"))
        t3, claude = (answer.stdout.strip() for answer in answers)
        return t3, claude.removeprefix("claude ")

    def folders(self) -> list[str]:
        return sorted(path.name for path in self.installs.glob("install.*"))


def needs(*programs: str) -> pytest.MarkDecorator:
    """Skip a test if a program that it runs is not installed."""
    missing = [program for program in programs if not shutil.which(program)]
    return pytest.mark.skipif(bool(missing), reason=f"not on PATH: {', '.join(missing)}")


@pytest.fixture(scope="session", autouse=True)
def _locks() -> None:
    if not shutil.which("flock"):
        pytest.skip("not on PATH: flock, which the scripts need")


def without_override() -> tuple[str, ...]:
    """A prefix that removes root's privilege to write to a read-only folder."""
    if os.geteuid() != 0:
        return ()
    if not shutil.which("setpriv"):
        pytest.skip("not on PATH: setpriv, which takes root's privileges away")
    return ("setpriv", "--inh-caps=-all", "--bounding-set=-dac_override")


def kill(process: subprocess.Popen[str]) -> None:
    """Kill a script and everything that it has started, as the runtime kills a container."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        assert process.poll() is not None
    process.communicate()


def last_line(done: subprocess.CompletedProcess[str]) -> str:
    """The line of ours at the end of a failed script's output."""
    assert done.returncode != 0, done.stdout
    return done.stderr.rstrip("\n").rpartition("\n")[2]


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    running = Registry(tmp_path_factory.mktemp("npm") / "registry")
    try:
        fill(running)
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="session")
def installed_volume(registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A volume with T3 1.0.0 and the Claude CLI 1.0.0, for tests to copy."""
    executor = Executor(tmp_path_factory.mktemp("installed"), registry.url)
    done = executor.install()
    assert done.returncode == 0, done.stderr
    return executor.volume


REPLAY = """#!/bin/bash
# Replaces npm in tests of the script's own steps: copies an earlier install of the wanted version.
[[ $1 == rebuild ]] && exit
[[ $* =~ --prefix\\ (.*)\\ t3@([0-9.]+)\\  ]] && cp -a "REPLAYS/${BASH_REMATCH[2]}/." "${BASH_REMATCH[1]}"
"""


@pytest.fixture(scope="session")
def replay(registry: Registry, installed_volume: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A PATH whose npm copies an earlier install of the real one."""
    folder = tmp_path_factory.mktemp("replay")
    upgraded = Executor(tmp_path_factory.mktemp("upgraded"), registry.url)
    assert upgraded.install(T3_VERSION="2.0.0").returncode == 0
    for version, volume in (("1.0.0", installed_volume), ("2.0.0", upgraded.volume)):
        shutil.copytree(volume / "t3-install/current", folder / version, symlinks=True)
        (folder / version / "wanted").unlink()
    (folder / "npm").write_text(REPLAY.replace("REPLAYS", str(folder)))
    (folder / "npm").chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


@pytest.fixture
def replaying(executor: Executor, replay: str) -> Executor:
    """An executor with 1.0.0 of both packages on its volume, and an npm without a registry."""
    executor.env["PATH"] = replay
    return executor


@pytest.fixture
def fresh(registry: Registry, tmp_path: Path) -> Executor:
    """An executor with an empty volume."""
    return Executor(tmp_path, registry.url)


@pytest.fixture
def executor(registry: Registry, installed_volume: Path, tmp_path: Path) -> Executor:
    """An executor with 1.0.0 of both packages on its volume."""
    shutil.copytree(installed_volume, tmp_path / installed_volume.name, symlinks=True)
    return Executor(tmp_path, registry.url)


@pytest.fixture(scope="session")
def products() -> Iterator[str]:
    """The address of a registry with the real T3 and the real Claude CLI."""
    skip_elsewhere()
    server = ProductRegistry()
    yield server.url
    server.shutdown()
    server.server_close()


@pytest.fixture
def model() -> Iterator[ModelApi]:
    server = ModelApi()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def real(products: str, model: ModelApi, tmp_path: Path) -> Executor:
    """An executor with the real programs, and an empty volume. The install is kept in node_modules/.cache."""
    executor = Executor(tmp_path, products)
    executor.installs = CACHE / "t3-install"
    executor.env |= VERSIONS | environment(model.url) | {"T3_INSTALL": str(executor.installs)}
    done = executor.install()
    assert done.returncode == 0, done.stderr
    return executor


@pytest.fixture
def pods() -> Iterator[Callable[..., Pod]]:
    """Make a pod of an executor. It ends with the test."""
    made: list[Pod] = []

    def make(executor: Executor, **options: str) -> Pod:
        made.append(Pod(executor, **options))
        return made[-1]

    yield make
    for pod in made:
        pod.kill()


@pytest.fixture
def pod(pods: Callable[..., Pod], real: Executor) -> Pod:
    return pods(real)
