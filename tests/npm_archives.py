"""npm packages as archives."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import tarfile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def packed(manifest: Mapping[str, Any], files: Mapping[str, str]) -> bytes:
    """A package as `npm pack` makes it."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, text in {"package.json": json.dumps(manifest), **files}.items():
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size, entry.mode = len(text.encode()), 0o755
            tar.addfile(entry, io.BytesIO(text.encode()))
    return out.getvalue()


def integrity(data: bytes) -> str:
    """The hash of an archive in a registry's index or a lock file."""
    return "sha512-" + base64.b64encode(hashlib.sha512(data).digest()).decode()
