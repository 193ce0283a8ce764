"""NFS exports of the cluster's node, as folders of this machine."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def export_folder() -> Path:
    """The folder in which SERVER/PATH is the export SERVER:/PATH, from the variable T3AFK_TEST_EXPORTS."""
    folder = os.environ.get("T3AFK_TEST_EXPORTS")
    if not folder:
        pytest.skip("no NFS exports: set T3AFK_TEST_EXPORTS to the folder of the node's exports")
    return Path(folder)


class Export:
    """A fresh NFS export: its top folder belongs to root, with the mode 0755."""

    def __init__(self, folder: Path, server: str, path: str) -> None:
        self.server, self.path = server, path
        self.folder = folder / server / path.lstrip("/")
        self.folder.mkdir(parents=True, mode=0o755)
        self.folder.chmod(0o755)
