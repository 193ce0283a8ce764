"""Checks for the package-lock.json that pins T3, the Claude CLI and their dependencies.

The executor mounts the file from a ConfigMap and runs `npm ci`, which installs exactly those versions and rejects a
package with another hash. `t3afk lockfile` writes such a file.
"""

from __future__ import annotations

import json
from typing import Any

from t3afk_constructs import formats

PACKAGES = ("t3", "@anthropic-ai/claude-code")
COMMAND = "t3afk lockfile --t3-version X --claude-cli-version Y -o FILE"


def lockfile_complaint(text: object) -> str | None:
    """Say why `npm ci` would refuse the lock file, or install something that it does not pin.

    Args:
        text: the content of a package-lock.json.

    Returns:
        The reason and the way out, worded to follow the input's name; None if the file is usable.
    """
    if not isinstance(text, str):
        return "is not text; pass the content of a package-lock.json"
    if complaint := formats.config_size(text):
        return complaint
    reason = _reason(text)
    return reason and f"{reason}; write it with `{COMMAND}`"


def pinned_versions(text: str) -> dict[str, str]:
    """The versions of T3 and the Claude CLI in a lock file.

    Args:
        text: the content of a usable package-lock.json.

    Returns:
        The version of each of `PACKAGES`.
    """
    packages = json.loads(text)["packages"]
    return {name: packages[f"node_modules/{name}"]["version"] for name in PACKAGES}


def _reason(text: str) -> str | None:
    try:
        lock = json.loads(text)
    except (ValueError, RecursionError) as error:
        return f"is not JSON ({error})"
    if not isinstance(lock, dict) or not _at_least_two(lock.get("lockfileVersion")):
        found = lock.get("lockfileVersion") if isinstance(lock, dict) else None
        return f"has lockfileVersion {found!r}, but `npm ci` needs 2 or later (npm 7)"
    packages = lock.get("packages")
    if not isinstance(packages, dict) or not all(isinstance(entry, dict) for entry in packages.values()):
        return "has no object `packages`"
    return _unpinned(packages)


def _at_least_two(version: Any) -> bool:
    return isinstance(version, int) and not isinstance(version, bool) and version >= 2  # noqa: PLR2004 (npm 7)


def _unpinned(packages: dict[str, dict[str, Any]]) -> str | None:
    dependencies = packages.get("", {}).get("dependencies")
    for name in PACKAGES:
        if not isinstance(dependencies, dict) or name not in dependencies:
            return f"does not list {name} in the root package's dependencies"
        if not isinstance(packages.get(f"node_modules/{name}", {}).get("version"), str):
            return f"does not pin {name}"
    for path, entry in packages.items():
        # The hash of the parent's archive covers a bundled package.
        if path and not entry.get("integrity") and not entry.get("inBundle"):
            return f"has no integrity hash for {path}"
    return None


def sha256_of(text: str) -> str:
    """The hash of a lock file. A pod template with another hash starts a new pod."""
    from hashlib import sha256  # noqa: PLC0415 (OpenSSL takes 5 ms to load)

    return sha256(text.encode()).hexdigest()
