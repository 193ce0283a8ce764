"""Checks for the package-lock.json that pins T3, the Claude CLI and their dependencies.

The executor mounts the file from a ConfigMap and runs `npm ci`, which installs exactly those versions and rejects a
package with another hash. `t3afk lockfile` writes such a file.
"""

from __future__ import annotations

import json
from functools import lru_cache

from t3afk_constructs import formats
from t3afk_constructs.manifests import at

PACKAGES = ("t3", "@anthropic-ai/claude-code")
COMMAND = "t3afk lockfile --t3-version X --claude-cli-version Y -o FILE"
_OLDEST_FORMAT = 2  # of npm 7


def lockfile_complaint(text: object) -> str | None:
    """Say why `npm ci` would refuse the lock file, or install something that it does not pin."""
    if not isinstance(text, str):
        return "is not text; pass the content of a package-lock.json"
    if complaint := formats.config_size(text):
        return complaint
    try:
        pinned_versions(text)
    except ValueError as error:
        return f"{error}; write it with `{COMMAND}`"
    return None


@lru_cache(maxsize=1)  # the complaint comes first
def pinned_versions(text: str) -> dict[str, str]:
    """The version of each of `PACKAGES` in a lock file.

    Raises:
        ValueError: with the reason, when the lock file does not pin every package.
    """
    try:
        lock = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"is not JSON ({error})") from error
    found = at(lock, "lockfileVersion")
    if not isinstance(found, int) or found < _OLDEST_FORMAT:
        raise ValueError(f"has lockfileVersion {found!r}, but `npm ci` needs 2 or later (npm 7)")
    packages = at(lock, "packages")
    if not isinstance(packages, dict) or not all(isinstance(entry, dict) for entry in packages.values()):
        raise ValueError("has no object `packages`")
    versions = {name: at(packages, f"node_modules/{name}", "version") for name in PACKAGES}
    for name, version in versions.items():
        if at(packages, "", "dependencies", name) is None:
            raise ValueError(f"does not list {name} in the root package's dependencies")
        if not isinstance(version, str):
            raise ValueError(f"does not pin {name}")  # noqa: TRY004 (of a text's content)
    for path, entry in packages.items():
        # The hash of the parent's archive covers a bundled package.
        if path and not entry.get("integrity") and not entry.get("inBundle"):
            raise ValueError(f"has no integrity hash for {path}")
    return versions


def sha256_of(text: str) -> str:
    """The hash of a lock file. A pod template with another hash starts a new pod."""
    from hashlib import sha256  # noqa: PLC0415 (OpenSSL takes 5 ms to load)

    return sha256(text.encode()).hexdigest()
