"""What a package-lock.json has to be before the executor's install trusts it.

The executor mounts the file from a ConfigMap and runs `npm ci` on it: npm then installs those versions and no
others, and refuses a package whose hash differs. Everything here is a pure function over the file's text, called at
synth. `python -m t3afk_constructs.npm_lockfile` writes such a file.
"""

from __future__ import annotations

import json
from typing import Any

from t3afk_constructs import formats

PACKAGES = ("t3", "@anthropic-ai/claude-code")
COMMAND = "python -m t3afk_constructs.npm_lockfile --t3-version X --claude-cli-version Y -o FILE"


def lockfile_complaint(text: object) -> str | None:
    """Say what would keep the install from being exactly what the lock file pins.

    Args:
        text: the package-lock.json, as it would go into the ConfigMap.

    Returns:
        What is wrong with it and the way out, to follow the input's name; None when the file can be used.
    """
    if not isinstance(text, str):
        return "is not the text of a package-lock.json; read the file first"
    if complaint := formats.config_size(text):
        return complaint
    reason = _reason(text)
    return reason and f"{reason}; write it with `{COMMAND}`"


def pinned_versions(text: str) -> dict[str, str]:
    """Tell which versions of T3 and of the Claude CLI an install from the lock file brings.

    Args:
        text: a lock file that `lockfile_complaint` has nothing to say of.

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
        return f"has lockfileVersion {found!r}, and `npm ci` needs 2 or later (npm 7)"
    packages = lock.get("packages")
    if not isinstance(packages, dict) or not all(isinstance(entry, dict) for entry in packages.values()):
        return "has no table of packages"
    return _unpinned(packages)


def _at_least_two(version: Any) -> bool:
    return isinstance(version, int) and not isinstance(version, bool) and version >= 2  # noqa: PLR2004 (npm 7)


def _unpinned(packages: dict[str, dict[str, Any]]) -> str | None:
    dependencies = packages.get("", {}).get("dependencies")
    for name in PACKAGES:
        if not isinstance(dependencies, dict) or name not in dependencies:
            return f"has a root package that does not depend on {name}"
        if not isinstance(packages.get(f"node_modules/{name}", {}).get("version"), str):
            return f"does not pin {name}"
    for path, entry in packages.items():
        # A bundled package comes inside its parent's archive, which has the hash.
        if path and not entry.get("integrity") and not entry.get("inBundle"):
            return f"has no integrity hash for {path}"
    return None
