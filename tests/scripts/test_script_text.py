"""Rules for the text of a script in a container's command."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from conftest import SCRIPTS

if TYPE_CHECKING:
    from pathlib import Path

FILES = sorted(SCRIPTS.glob("*.sh"))


def test_all_scripts_are_found() -> None:
    assert [file.stem for file in FILES] == ["fix-perms", "freeze-agents", "install-t3", "start-t3"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_kubelet_expands_nothing_in_a_script(file: Path) -> None:
    """In a command, the kubelet turns `$$` into `$`, and `$(NAME)` into the value of that variable."""
    text = file.read_text()
    assert "$$" not in text
    assert re.findall(r"\$\([A-Za-z_][A-Za-z0-9_.-]*\)", text) == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_script_fits_one_argument_of_a_process(file: Path) -> None:
    """Linux allows 128 KiB; etcd and reviewers want less."""
    assert len(file.read_bytes()) < 16_384
