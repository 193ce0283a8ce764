import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from cdk8s import App
from stacks import FOLDER, STACKS

from t3afk_constructs import guard, synth

HELPERS = {"main", "dashboard"}


def test_every_file_of_the_folder_is_a_stack_of_the_app_and_a_row_of_its_readme() -> None:
    rows = re.findall(r"^\| \[`(\w+)\.py`\]\(\1\.py\) \|", (FOLDER / "README.md").read_text(), re.MULTILINE)
    files = {path.stem for path in FOLDER.glob("*.py")} - HELPERS
    assert sorted(files) == sorted(STACKS) == sorted(rows)


@pytest.mark.parametrize("name", STACKS)
def test_golden_of_a_stack_that_passes_the_guard_without_a_warning(
    name: str, golden: Callable[[str, str], None], tmp_path: Path
) -> None:
    app = App(outdir=str(tmp_path))
    STACKS[name](app)
    guard(app)
    synth(app, warnings="error")
    golden(f"stacks/{name.replace('_', '-')}", (tmp_path / f"{name.replace('_', '-')}.k8s.yaml").read_text())


@pytest.mark.program
def test_all_stacks_are_one_app(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(FOLDER / "main.py")], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    (line,) = done.stderr.splitlines()  # no warning
    assert line.endswith(" more: the first apply takes three commands (docs/moving-fields.md)")
    written = {path.name.removesuffix(".k8s.yaml"): path for path in tmp_path.glob("dist/*.k8s.yaml")}
    assert written.keys() == {name.replace("_", "-") for name in STACKS}
    found = [each for path in written.values() for each in yaml.safe_load_all(path.read_text())]
    volumes = [each["metadata"]["name"] for each in found if each["kind"] == "PersistentVolume"]
    assert len(volumes) == len(set(volumes)) > 0
