"""Write a package-lock.json that pins T3, the Claude CLI and everything below them.

The file names no registry, so it is good for any mirror, and every package in it has its hash. Needs npm on PATH;
nothing is installed and no package's script runs.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from t3afk_constructs.npm_lockfile import PACKAGES, lockfile_complaint, pinned_versions


def main(arguments: list[str] | None = None) -> int:
    """Ask npm for the whole tree of packages and write it down.

    Args:
        arguments: The command line; ``sys.argv`` when left out.

    Returns:
        The exit status: 0 with the file written, 1 with one line on stderr and the file untouched.

    """
    parser = argparse.ArgumentParser(prog="python -m t3afk_constructs.npm_lockfile", description=__doc__)
    parser.add_argument("--t3-version", required=True, help="a version of t3, such as 0.0.27, or a tag")
    parser.add_argument("--claude-cli-version", required=True, help="a version of the Claude CLI, or a tag")
    parser.add_argument("--registry", help="address of an npm registry (default: the one npm is set to)")
    parser.add_argument("-o", "--output", required=True, type=Path, metavar="FILE", help="where it is written")
    options = parser.parse_args(arguments)
    try:
        text = _ask_npm(options.t3_version, options.claude_cli_version, options.registry)
        if complaint := lockfile_complaint(text):
            raise OSError(f"what npm wrote {complaint}")  # noqa: TRY301  (one way out for all that can go wrong)
        _write(options.output, text)
    except OSError as error:
        print(f"npm_lockfile: {error}", file=sys.stderr)  # noqa: T201  (a command's output)
        return 1
    pins = ", ".join(f"{name} {version}" for name, version in pinned_versions(text).items())
    print(f"{options.output}: {pins}; {len(text.encode())} bytes")  # noqa: T201
    return 0


def _ask_npm(t3_version: str, claude_cli_version: str, registry: str | None) -> str:
    npm = shutil.which("npm")
    if npm is None:
        raise OSError("npm is not on PATH: install Node.js, which brings it")
    wanted = [f"{name}@{version}" for name, version in zip(PACKAGES, (t3_version, claude_cli_version), strict=True)]
    command = [npm, "install", "--package-lock-only", "--ignore-scripts", "--omit-lockfile-registry-resolved"]
    command += ["--no-audit", "--no-fund", *([f"--registry={registry}"] if registry else [])]
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(  # noqa: S603  (no shell; the versions come from whoever runs this)
            [*command, f"--prefix={folder}", "--", *wanted],
            capture_output=True,
            text=True,
            check=False,
            cwd=folder,
            env={**os.environ, "npm_config_update_notifier": "false"},
        )
        if done.returncode:
            raise OSError(f"npm cannot find {' and '.join(wanted)}:\n{done.stderr.strip()}")
        # The root's name would be the temporary folder's, and two runs would differ.
        text = (Path(folder) / "package-lock.json").read_text(encoding="utf-8")
        return text.replace(f'"name": "{Path(folder).name}"', '"name": "t3-executor"', 1)


def _write(path: Path, text: str) -> None:
    unfinished = path.with_name(f"{path.name}.part")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)


if __name__ == "__main__":
    sys.exit(main())
