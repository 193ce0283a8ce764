import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def files(folder: Path) -> dict[str, bytes]:
    found = {str(f.relative_to(folder)): f.read_bytes() for f in folder.rglob("*") if f.is_file()}
    return {name: text for name, text in found.items() if "__pycache__" not in name}


@pytest.mark.slow
def test_imports_equal_what_the_generator_writes(tmp_path: Path) -> None:
    subprocess.run([sys.executable, ROOT / "tools/generate_imports.py", tmp_path / "imports"], check=True)
    made, committed = files(tmp_path / "imports"), files(ROOT / "imports")
    assert made.keys() == committed.keys()
    assert [file for file in made if made[file] != committed[file]] == [], "run `make imports`"
