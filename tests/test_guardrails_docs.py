"""docs/guardrails.md and the reviewed findings say what is so."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from t3afk_constructs.guardrails import RULES
from t3afk_constructs.guardrails.rules import UNUSED_SILENCE

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docs" / "guardrails.md").read_text(encoding="utf-8")


with_docstrings = pytest.mark.skipif(sys.flags.optimize > 1, reason="-OO takes the docstrings away")


@with_docstrings
def test_the_table_lists_every_rule_with_what_it_asks() -> None:
    table = re.findall(r"^\| `([a-z-]+)` \| (.*) \| (.*) \| (.*) \|$", TEXT, re.MULTILINE)
    assert table[-1][0] == UNUSED_SILENCE
    assert table[:-1] == [(rule.name, rule.summary, rule.source, rule.severity) for rule in RULES]


@with_docstrings
def test_every_rule_says_what_it_asks_in_one_sentence() -> None:
    assert all(rule.summary.endswith(".") and len(rule.summary) > 20 for rule in RULES)
    assert len({rule.name for rule in RULES}) == len(RULES)


@pytest.mark.parametrize("example", re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL))
def test_an_example_runs(example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    exec(compile(example, "guardrails.md", "exec"), {})


@pytest.fixture
def checkers() -> ModuleType:
    file = ROOT / "tools" / "published_checkers.py"
    spec = importlib.util.spec_from_file_location("published_checkers", file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_reviewed_finding_has_its_reason(checkers: ModuleType) -> None:
    reviewed = checkers.accepted(checkers.ACCEPTED.read_text(encoding="utf-8"))
    assert reviewed
    with pytest.raises(ValueError, match="gives no reason"):
        checkers.accepted("[CRITICAL] x\n")


def test_a_new_finding_and_a_line_for_nothing_are_told(checkers: ModuleType) -> None:
    reviewed = checkers.accepted("# a comment\n\n[WARNING] old # because\n[WARNING] kept # because\n")
    found = checkers.findings("[OK] fine\n[WARNING] kept\n[CRITICAL] fresh\n[SKIPPED] x\n")
    told = checkers.differences(found, reviewed)
    assert [line.splitlines()[0] for line in told] == ["new: [CRITICAL] fresh", "gone: [WARNING] old"]
    assert not checkers.differences({"[WARNING] old", "[WARNING] kept"}, reviewed)
