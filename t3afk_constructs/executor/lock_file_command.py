"""Write a package-lock.json that pins T3, the Claude CLI and their dependencies, with hashes.

The file names no registry, so it works with every mirror. The command needs npm on PATH. It installs nothing and runs
no package's scripts.

exit status:
  0    the file is written
  1    npm or the file system failed; the last line on stderr names the cause, FILE is unchanged
  2    wrong usage; npm was not started
  130  interrupted by Ctrl-C; FILE is unchanged
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from t3afk_constructs.command_error import CommandError
from t3afk_constructs.executor.lock_file import PACKAGES, lockfile_complaint, pinned_versions


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("--t3-version", required=True, metavar="VERSION", help="of t3: 0.0.27, for example, or a tag")
    parser.add_argument("--claude-cli-version", required=True, metavar="VERSION", help="of the Claude CLI, or a tag")
    parser.add_argument("--registry", metavar="URL", help="of an npm registry; default: npm's own setting")
    parser.add_argument("-o", "--output", required=True, type=_file, metavar="FILE", help="the file to write")


def run(options: argparse.Namespace) -> int:
    """Resolve the packages with npm, write the lock file and return the exit status.

    Raises:
        CommandError: if npm or the file system fails.
    """
    try:
        text = _resolve(options.t3_version, options.claude_cli_version, options.registry)
        if complaint := lockfile_complaint(text):
            raise CommandError(f"npm's lock file {complaint}", status=1)
        _write(options.output, text)
    except OSError as error:
        raise CommandError(str(error), status=1) from error
    pins = ", ".join(f"{name} {version}" for name, version in pinned_versions(text).items())
    print(f"{options.output}: {pins}; {len(text.encode())} bytes")  # noqa: T201 (a command's output)
    return 0


def _file(text: str) -> Path:
    """Refuse an unusable path before npm runs for a minute."""
    path = Path(text)
    try:
        if not text or path.is_dir():
            raise argparse.ArgumentTypeError(f"{text!r} is not a file; write a name such as package-lock.json")
        if path.exists() and not path.is_file():
            raise argparse.ArgumentTypeError(f"{text!r} is not a regular file, and would be replaced by one")
        if not path.parent.is_dir():
            raise argparse.ArgumentTypeError(f"folder {str(path.parent)!r} does not exist; create it first")
    except OSError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return path


def _resolve(t3_version: str, claude_cli_version: str, registry: str | None) -> str:
    npm = shutil.which("npm")
    if npm is None:
        raise CommandError("npm is not on PATH; install Node.js, which includes it", status=1)
    wanted = [f"{name}@{version}" for name, version in zip(PACKAGES, (t3_version, claude_cli_version), strict=True)]
    command = [npm, "install", "--package-lock-only", "--ignore-scripts", "--omit-lockfile-registry-resolved"]
    command += ["--no-audit", "--no-fund", *([f"--registry={registry}"] if registry else [])]
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(  # noqa: S603 (no shell; the versions come from the caller)
            [*command, f"--prefix={folder}", "--", *wanted],
            capture_output=True,
            text=True,
            check=False,
            cwd=folder,
            env={**os.environ, "npm_config_update_notifier": "false"},
        )
        if done.returncode:
            print(done.stderr.strip(), file=sys.stderr)  # noqa: T201
            raise CommandError(f"npm cannot resolve {' and '.join(wanted)}; its output is above", status=1)
        # npm names the root package after the temporary folder, and two runs would differ.
        text = (Path(folder) / "package-lock.json").read_text(encoding="utf-8")
        return text.replace(f'"name": "{Path(folder).name}"', '"name": "t3-executor"', 1)


def _write(path: Path, text: str) -> None:
    unfinished = path.with_name(f"{path.name}.part")
    try:
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
