"""NFS exports of the cluster's node, as folders of this machine."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def export_folder() -> Path:
    """The folder in which SERVER/PATH is the export SERVER:/PATH. Only whoever started the cluster knows it."""
    folder = os.environ.get("T3AFK_TEST_EXPORTS")
    if not folder:
        pytest.skip("no NFS exports: set T3AFK_TEST_EXPORTS to the folder in which the cluster's node looks for them")
    return Path(folder)


class Export:
    """A fresh NFS export: its top belongs to root, mode 0755."""

    def __init__(self, folder: Path, server: str, path: str) -> None:
        self.server, self.path = server, path
        self.folder = folder / server / path.lstrip("/")
        self.folder.mkdir(parents=True, mode=0o755)
        self.folder.chmod(0o755)
