"""Generate the bindings of the custom resources: `python tools/generate_imports.py FOLDER`.

`cdk8s import` writes Python and a jsii assembly from the schemas in `schemas/`. The prefix `t3afk` gives the
assemblies names of their own: a consumer's bindings of the same resource would otherwise share one assembly with
these, and the fields that only one of the two knows would vanish from the manifests without a word.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PREFIX = "t3afk"


def generate(folder: Path) -> None:
    """Replace what stands in `folder` by freshly generated bindings."""
    schemas = sorted((ROOT / "schemas").glob("*.yaml"))
    with tempfile.TemporaryDirectory() as made:
        command = [
            ROOT / "node_modules/.bin/cdk8s",
            "import",
            "--language",
            "python",
            "--output",
            made,
            "--no-save",
        ]
        for schema in schemas:
            subprocess.run([*command, f"{PREFIX}:={schema}"], cwd=made, check=True)
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(Path(made), folder)


if __name__ == "__main__":
    generate(Path(sys.argv[1]).resolve())
