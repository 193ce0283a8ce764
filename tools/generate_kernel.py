"""Compile `kernel/` into a Python package: `python tools/generate_kernel.py FOLDER`.

jsii-srcmak, with which `cdk8s import` makes its bindings too, writes the package and the jsii assembly in it.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULE = "t3afk_constructs.kernel"
# The command of that name gives every assembly with an index.ts one name, under which node would load only the first.
COMPILE = "require('jsii-srcmak').srcmak(...JSON.parse(process.argv[1]))"


def generate(folder: Path) -> None:
    """Replace what stands in `folder` by the freshly compiled package."""
    modules = ROOT / "node_modules"
    with tempfile.TemporaryDirectory() as made:
        options = {
            "deps": [str(modules / name) for name in ("cdk8s", "constructs", "@types/node")],
            "moduleKey": "t3afk-constructs-kernel",
            "python": {"outdir": made, "moduleName": MODULE},
        }
        arguments = json.dumps([str(ROOT / "kernel"), options])
        subprocess.run(["node", "--eval", COMPILE, arguments], cwd=ROOT, check=True)
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(Path(made, *MODULE.split(".")), folder)


if __name__ == "__main__":
    generate(Path(sys.argv[1]).resolve())
