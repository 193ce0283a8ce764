import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def files(folder: Path) -> dict[str, bytes]:
    found = {str(f.relative_to(folder)): f.read_bytes() for f in folder.rglob("*") if f.is_file()}
    return {name: text for name, text in found.items() if "__pycache__" not in name}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["imports", "kernel"])
def test_what_is_generated_is_what_its_source_gives(name: str, tmp_path: Path) -> None:
    subprocess.run([sys.executable, ROOT / f"tools/generate_{name}.py", tmp_path / name], check=True)
    made, held = files(tmp_path / name), files(ROOT / "t3afk_constructs" / name)
    assert made.keys() == held.keys()
    assert [file for file in made if made[file] != held[file]] == [], f"run `make {name}`"
