"""Generate `imports/`: `python tools/generate_imports.py FOLDER`.

`cdk8s import` generates bindings (Python and a jsii assembly) from the custom resources' schemas in `schemas/`. The
prefix `t3afk` makes the assemblies' names unique. Without it, a consumer's bindings of the same resource would have an
assembly of the same name, and manifests would silently lose the fields that only one of the two knows.

jsii and jsii-pacmak, which `cdk8s import` calls too, compile `schemas/manifest.ts` to the same form.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
PREFIX = "t3afk"
# The same versions as in pyproject.toml.
RUNS_WITH = {"cdk8s": ">=2.68.11 <3", "constructs": ">=10.3.0 <11"}
PACKAGE = {
    "name": f"{PREFIX}_manifest",
    "version": "1.0.0",
    "description": "A Kubernetes object from its whole manifest",
    "license": "MIT",
    "author": {"name": "The t3afk-constructs authors"},
    "repository": {"type": "git", "url": "t3afk-constructs"},  # jsii requires one
    "main": "manifest.js",
    "types": "manifest.d.ts",
    "peerDependencies": RUNS_WITH,
    "jsii": {"outdir": "dist", "targets": {"python": {"distName": f"{PREFIX}-manifest", "module": "manifest"}}},
}


def generate(folder: Path) -> None:
    """Replace the content of `folder` with freshly generated bindings."""
    with tempfile.TemporaryDirectory() as temporary:
        made = Path(temporary, "made")
        made.mkdir()
        import_schemas(made)
        shutil.copytree(compiled_manifest(Path(temporary, "work")), made / PREFIX / "manifest")
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(made, folder)


def import_schemas(folder: Path) -> None:
    """Write the bindings of the custom resources."""
    command = [MODULES / ".bin/cdk8s", "import", "--language", "python", "--output", folder, "--no-save"]
    for schema in sorted((ROOT / "schemas").glob("*.yaml")):
        subprocess.run([*command, f"{PREFIX}:={schema}"], cwd=folder, check=True)


def compiled_manifest(work: Path) -> Path:
    """Compile `schemas/manifest.ts` into a Python package."""
    work.mkdir()
    shutil.copy(ROOT / "schemas/manifest.ts", work)
    (work / "README.md").write_text(f"# {PACKAGE['name']}\n", encoding="utf-8")
    (work / "package.json").write_text(json.dumps(PACKAGE, indent=2), encoding="utf-8")
    (work / "node_modules").symlink_to(MODULES)
    subprocess.run(
        [MODULES / ".bin/jsii", "--silence-warnings", "metadata/missing-dev-dependency"], cwd=work, check=True
    )
    subprocess.run([MODULES / ".bin/jsii-pacmak", "--target", "python", "--code-only"], cwd=work, check=True)
    return work / "dist/python/src/manifest"


if __name__ == "__main__":
    generate(Path(sys.argv[1]).resolve())
