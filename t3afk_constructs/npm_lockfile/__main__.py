"""Write a package-lock.json that pins T3, the Claude CLI and everything below them.

The file names no registry, so it is good for any mirror, and every package in it has its hash. Needs npm on PATH;
nothing is installed and no package's script runs.
Exit status: 0 the file is written; 1 it is as it was, and the last line on stderr says why, below what npm said of it;
2 wrong usage, and npm is not asked.
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


def _file(text: str) -> Path:
    """A file that is there or can be made, looked at before npm is asked for a minute."""
    path = Path(text)
    try:
        if not text or path.is_dir():
            raise argparse.ArgumentTypeError(f"{text!r} is no file; write the name of one, such as package-lock.json")
        if path.exists() and not path.is_file():
            raise argparse.ArgumentTypeError(f"{text!r} is no ordinary file, and it would be replaced by one")
        if not path.parent.is_dir():
            raise argparse.ArgumentTypeError(f"{text!r} is in no folder that there is; make {str(path.parent)!r} first")
    except OSError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return path


def main(arguments: list[str] | None = None) -> int:
    """Ask npm for the whole tree of packages and write it down.

    Args:
        arguments: the command line; `sys.argv` when left out.

    Returns:
        The exit status.
    """
    parser = argparse.ArgumentParser(
        prog="python -m t3afk_constructs.npm_lockfile",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--t3-version", required=True, help="a version of t3, such as 0.0.27, or a tag")
    parser.add_argument("--claude-cli-version", required=True, help="a version of the Claude CLI, or a tag")
    parser.add_argument("--registry", help="address of an npm registry (default: the one npm is set to)")
    parser.add_argument("-o", "--output", required=True, type=_file, metavar="FILE", help="where it is written")
    options = parser.parse_args(arguments)
    try:
        text = _ask_npm(options.t3_version, options.claude_cli_version, options.registry)
        if complaint := lockfile_complaint(text):
            raise OSError(f"what npm wrote {complaint}")  # noqa: TRY301 (one way out for all that can go wrong)
        _write(options.output, text)
    except OSError as error:
        print(f"npm_lockfile: {error}", file=sys.stderr)  # noqa: T201 (a command's output)
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
        done = subprocess.run(  # noqa: S603 (no shell; the versions come from whoever runs this)
            [*command, f"--prefix={folder}", "--", *wanted],
            capture_output=True,
            text=True,
            check=False,
            cwd=folder,
            env={**os.environ, "npm_config_update_notifier": "false"},
        )
        if done.returncode:
            print(done.stderr.strip(), file=sys.stderr)  # noqa: T201
            raise OSError(f"npm cannot resolve {' and '.join(wanted)}: what it said is above")
        # The root's name would be the temporary folder's, and two runs would differ.
        text = (Path(folder) / "package-lock.json").read_text(encoding="utf-8")
        return text.replace(f'"name": "{Path(folder).name}"', '"name": "t3-executor"', 1)


def _write(path: Path, text: str) -> None:
    unfinished = path.with_name(f"{path.name}.part")
    try:
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main())
