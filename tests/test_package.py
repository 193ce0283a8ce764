"""What `pip install` gives: all that the constructs read, and nothing that is read from the repository."""

import ast
import json
import re
import stat
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from cdk8s import App
from installed import ROOT, Environment, build
from manifests import synth

from t3afk_constructs import T3AfkChart

PACKAGE = ROOT / "t3afk_constructs"
USE_ALL = """
import json, sys
from cdk8s import App, Yaml
from t3afk_constructs import T3AfkChart
from t3afk_constructs.imports.t3afk.io import external_secrets, traefik
from t3afk_constructs.imports.t3afk.io.k8s import externaldns

manifest = Yaml.stringify(*T3AfkChart(App()).to_json())
loaded = [module for name, module in sys.modules.items() if name.startswith("t3afk_constructs")]
print(json.dumps({"manifest": manifest, "read": [m.__file__ for m in loaded if getattr(m, "__file__", None)]}))
"""


@pytest.fixture(scope="module")
def manifest() -> str:
    """The stack as the sources render it."""
    return synth(T3AfkChart(App()))


def source_files() -> set[str]:
    """What stands below the package's folder, the two links followed."""
    files = {
        (Path("t3afk_constructs") / inside / path.relative_to(folder)).as_posix()
        for inside, folder in {".": PACKAGE, "imports": ROOT / "imports", "files": ROOT / "files"}.items()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert files
    return files


def test_the_wheel_holds_every_file_of_the_package(installed: Environment) -> None:
    with zipfile.ZipFile(installed.wheel) as wheel:
        names = {name for name in wheel.namelist() if ".dist-info/" not in name}
        assert names == source_files()
        # A link that is stored as a link points at nothing where the wheel is installed.
        assert [entry.filename for entry in wheel.infolist() if stat.S_ISLNK(entry.external_attr >> 16)] == []
        assert wheel.read("t3afk_constructs/files/issue-implementer-CLAUDE.md")
        license_file = next(name for name in wheel.namelist() if name.endswith("licenses/LICENSE"))
        assert wheel.read(license_file) == (ROOT / "LICENSE").read_bytes()


def test_a_source_distribution_builds_the_same_wheel(tmp_path: Path, installed: Environment) -> None:
    packed = build(installed.sources, "sdist", tmp_path / "sdist")
    with tarfile.open(packed) as archive:
        assert [member.name for member in archive if member.issym() or member.islnk()] == []
        archive.extractall(tmp_path / "unpacked", filter="data")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    rebuilt = build(unpacked, "wheel", tmp_path / "wheel")
    with zipfile.ZipFile(rebuilt) as again, zipfile.ZipFile(installed.wheel) as first:
        contents = [{n: z.read(n) for n in z.namelist() if not n.endswith("RECORD")} for z in (again, first)]
    assert contents[0] == contents[1]


def test_an_installed_package_reads_nothing_of_the_repository(
    installed: Environment, tmp_path: Path, manifest: str
) -> None:
    told = json.loads(installed.run(installed.python, "-c", USE_ALL, cwd=tmp_path))
    assert told["manifest"] == manifest
    assert told["read"]
    assert [path for path in told["read"] if not path.startswith(str(installed.folder))] == []


def test_an_editable_install_renders_the_same(tmp_path: Path, manifest: str) -> None:
    # It is what the environment of the tests has. Started elsewhere, only the install leads to the sources.
    done = subprocess.run([sys.executable, "-c", USE_ALL], cwd=tmp_path, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    assert told["manifest"] == manifest
    assert told["read"]
    assert [path for path in told["read"] if not path.startswith(str(PACKAGE))] == []


def test_every_package_that_is_imported_is_asked_for(installed: Environment) -> None:
    with zipfile.ZipFile(installed.wheel) as wheel:
        sources = [wheel.read(name) for name in wheel.namelist() if name.endswith(".py")]
        metadata = wheel.read(next(name for name in wheel.namelist() if name.endswith("METADATA"))).decode()
    imported = {
        name.split(".")[0]
        for source in sources
        for node in ast.walk(ast.parse(source))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom) and not node.level
            else []
        )
    }
    asked = {
        name.replace("-", "_") for name in re.findall(r"^Requires-Dist: ([A-Za-z0-9-]+)", metadata, flags=re.MULTILINE)
    }
    assert {"cdk8s", "jsii"} <= imported
    assert imported - sys.stdlib_module_names - {"t3afk_constructs"} <= asked


def test_the_lock_file_command_is_installed(installed: Environment, tmp_path: Path) -> None:
    assert "--t3-version" in installed.run(
        installed.python, "-m", "t3afk_constructs.npm_lockfile", "--help", cwd=tmp_path
    )
