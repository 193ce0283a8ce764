"""The installed package has every file that it reads, and reads nothing of the repository."""

import ast
import json
import re
import stat
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from cdk8s import App
from installed import ROOT, Environment, build
from manifests import render

from t3afk_constructs import HOME, T3AfkChart

pytestmark = pytest.mark.program

PACKAGE = ROOT / "t3afk_constructs"
USE_ALL = """
import json, sys
from cdk8s import App, Yaml
from t3afk_constructs import HOME, T3AfkChart
from t3afk_constructs.imports.t3afk.io import external_secrets, traefik
from t3afk_constructs.imports.t3afk.io.k8s import externaldns

manifest = Yaml.stringify(*T3AfkChart(App(), platform=HOME).to_json())
loaded = [module for name, module in sys.modules.items() if name.startswith("t3afk_constructs")]
print(json.dumps({"manifest": manifest, "read": [m.__file__ for m in loaded if getattr(m, "__file__", None)]}))
"""


def test_wheel_contains_every_file_of_the_package(installed: Environment) -> None:
    folders = {PACKAGE: "", ROOT / "imports": "imports", ROOT / "files": "files"}  # two links lead to the last two
    sources = {
        (Path("t3afk_constructs") / inside / path.relative_to(folder)).as_posix()
        for folder, inside in folders.items()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    with zipfile.ZipFile(installed.wheel) as wheel:
        names = {name for name in wheel.namelist() if ".dist-info/" not in name}
        assert names == sources
        # Links would lead nowhere after the install.
        assert [entry.filename for entry in wheel.infolist() if stat.S_ISLNK(entry.external_attr >> 16)] == []
        assert wheel.read("t3afk_constructs/files/issue-implementer-CLAUDE.md")
        license_file = next(name for name in wheel.namelist() if name.endswith("licenses/LICENSE"))
        assert wheel.read(license_file) == (ROOT / "LICENSE").read_bytes()


def test_source_distribution_builds_the_same_wheel(tmp_path: Path, installed: Environment) -> None:
    packed = build(installed.sources, "sdist", tmp_path / "sdist")
    with tarfile.open(packed) as archive:
        assert [member.name for member in archive if member.issym() or member.islnk()] == []
        archive.extractall(tmp_path / "unpacked", filter="data")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    rebuilt = build(unpacked, "wheel", tmp_path / "wheel")
    with zipfile.ZipFile(rebuilt) as again, zipfile.ZipFile(installed.wheel) as first:
        contents = [{n: z.read(n) for n in z.namelist() if not n.endswith("RECORD")} for z in (again, first)]
    assert contents[0] == contents[1]


@pytest.mark.parametrize("editable", [False, True])
def test_an_install_renders_the_stack_and_reads_nothing_else(
    editable: bool, installed: Environment, tmp_path: Path
) -> None:
    # The tests' own environment has the editable one. In another folder, only the install leads to the sources.
    python, folder = (sys.executable, PACKAGE) if editable else (installed.python, installed.folder)
    printed = json.loads(installed.run(python, "-c", USE_ALL, cwd=tmp_path))
    assert printed["manifest"] == render(T3AfkChart(App(), platform=HOME))
    assert printed["read"]
    assert [path for path in printed["read"] if not path.startswith(str(folder))] == []


def test_every_imported_package_is_a_dependency(installed: Environment) -> None:
    with zipfile.ZipFile(installed.wheel) as wheel:
        sources = [wheel.read(name) for name in wheel.namelist() if name.endswith(".py")]
        metadata = wheel.read(next(name for name in wheel.namelist() if name.endswith("METADATA"))).decode()
    nodes = [node for source in sources for node in ast.walk(ast.parse(source))]
    modules = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    modules += [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom) and not node.level]
    imported = {module.split(".")[0] for module in modules}
    dependencies = re.findall(r"^Requires-Dist: ([A-Za-z0-9-]+)", metadata, flags=re.MULTILINE)
    assert {"cdk8s", "jsii"} <= imported
    assert imported - sys.stdlib_module_names - {"t3afk_constructs"} <= {
        name.replace("-", "_") for name in dependencies
    }


def test_command_is_installed(installed: Environment, tmp_path: Path) -> None:
    assert installed.run("t3afk", "--help", cwd=tmp_path).startswith("usage: t3afk ")
