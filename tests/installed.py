"""The package as another project installs it: a wheel, built from a copy of the sources, in an environment of its own.

The environment borrows the dependencies from the one that runs the tests, so that no network is needed: their folder is
on its path. Python does not read the `.pth` files in there, so the repository's own editable install stays out.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
CDK8S = ROOT / "node_modules/.bin/cdk8s"
CONSUMER = ROOT / "examples/consumer"
SOURCES = ("t3afk_constructs", "imports", "files", "pyproject.toml", "README.md", "LICENSE")


@dataclass(frozen=True)
class Environment:
    """A Python environment with the wheel, and nothing of the repository."""

    folder: Path
    wheel: Path
    sources: Path

    @property
    def python(self) -> Path:
        return self.folder / "bin/python"

    def run(self, *command: str | Path, cwd: Path, fails: bool = False) -> str:
        """The output of a program, with the environment's programs first on its PATH."""
        variables = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "VIRTUAL_ENV", "PYTHONHOME"}}
        path = f"{self.folder / 'bin'}{os.pathsep}{variables['PATH']}"
        done = subprocess.run(
            command,
            cwd=cwd,
            env=variables | {"PATH": path, "CDK8S_CHECK_UPGRADE": "false"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode != 0) == fails, f"exit status {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout


def copy_sources(folder: Path) -> None:
    """Copy the files that a build reads, without leftovers of earlier builds."""
    folder.mkdir(parents=True)
    for name in SOURCES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)


def build(sources: Path, what: str, into: Path) -> Path:
    """Build a `wheel` or an `sdist` without isolation and without a network."""
    script = f"import sys, setuptools.build_meta as backend; backend.build_{what}(sys.argv[1])"
    into.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-W", "ignore", "-c", script, into]
    subprocess.run(command, cwd=sources, check=True, stdout=subprocess.DEVNULL)
    (made,) = into.iterdir()
    return made


def install(wheel: Path, folder: Path) -> None:
    """Install the wheel into an empty environment."""
    uv = shutil.which("uv")
    assert uv, "uv belongs to the development environment"
    subprocess.run([uv, "venv", "--quiet", "--offline", "--python", sys.executable, folder], check=True)
    subprocess.run(
        [uv, "pip", "install", "--quiet", "--offline", "--no-deps", "--python", folder / "bin/python", wheel],
        check=True,
    )
    (packages,) = folder.glob("lib/python3*/site-packages")
    (packages / "borrowed.pth").write_text(f"{sysconfig.get_path('purelib')}\n")


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder of this run, shared by its workers."""
    base = tmp_path_factory.getbasetemp()
    return base if worker_id == "master" else base.parent


@pytest.fixture(scope="session")
def once(shared_folder: Path) -> Callable[[str, Callable[[Path], Any]], Path]:
    """Make a folder once for all workers: the first one makes it, the others wait."""

    def make(name: str, steps: Callable[[Path], Any]) -> Path:
        folder = shared_folder / name
        with (shared_folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (folder / "made").exists():
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                steps(folder)
                (folder / "made").touch()
        return folder

    return make


@pytest.fixture(scope="session")
def installed(once: Callable[..., Path]) -> Environment:
    """The environment with the wheel."""

    def steps(folder: Path) -> None:
        copy_sources(folder / "sources")
        # A build leaves files beside its sources.
        shutil.copytree(folder / "sources", folder / "built", symlinks=True)
        install(build(folder / "built", "wheel", folder / "wheel"), folder / "environment")

    folder = once("package", steps)
    return Environment(folder / "environment", next((folder / "wheel").iterdir()), folder / "sources")


@pytest.fixture(scope="session")
def project(installed: Environment, once: Callable[..., Path]) -> Path:
    """A copy of the project in examples/consumer, outside the repository, with its manifests in dist/."""

    def steps(folder: Path) -> None:
        shutil.copytree(CONSUMER, folder, ignore=shutil.ignore_patterns("dist", "__pycache__"), dirs_exist_ok=True)
        installed.run(CDK8S, "synth", cwd=folder)

    return once("consumer", steps)
