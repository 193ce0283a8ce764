"""The variable T3AFK_TEST_EXPORTS names the folder of the exports."""

from __future__ import annotations

from pathlib import Path

import pytest
from nfs_exports import export_folder


@pytest.mark.parametrize("value", [None, ""])
def test_without_the_variable_tests_are_skipped(value: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("T3AFK_TEST_EXPORTS", raising=False)
    if value is not None:
        monkeypatch.setenv("T3AFK_TEST_EXPORTS", value)
    with pytest.raises(pytest.skip.Exception, match="set T3AFK_TEST_EXPORTS"):
        export_folder()


def test_variable_names_the_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("T3AFK_TEST_EXPORTS", "/srv/exports")
    assert export_folder() == Path("/srv/exports")
