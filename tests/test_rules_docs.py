"""docs/rules.md and the reviewed findings of kube-score are up to date."""

import contextlib
import re
import runpy
import sys
from collections.abc import Callable
from itertools import zip_longest
from pathlib import Path

import pytest

from t3afk_constructs import SynthError
from t3afk_constructs.rules.registry import CDK8S_FACTS, POLICIES, RULE_NAMES, RULES, Rule

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "rules.md"
TEXT = PAGE.read_text(encoding="utf-8")


def table(rules: tuple[Rule, ...]) -> str:
    strict = "error with `strict_middlewares`, else warning"
    severities = {"error": "error", "warning": "warning", "strict": strict}
    rows = (f"| `{rule.name}` | {rule.summary} | {rule.source} | {severities[rule.severity]} |" for rule in rules)
    return "\n".join(["| rule | asks | set by | severity |", "|---|---|---|---|", *rows, ""])


# The first example has errors, those of the first block of text.
PYTHON, ERRORS = (re.findall(rf"```{kind}\n(.*?)\n```", TEXT, re.DOTALL) for kind in ("python", "text"))


@pytest.mark.skipif(sys.flags.optimize > 1, reason="-OO removes docstrings")
def test_the_golden_tables_of_rules_are_those_of_the_registry(golden: Callable[[str, str], None]) -> None:
    page = TEXT
    for name, rules in {"facts": CDK8S_FACTS, "policies": POLICIES}.items():
        assert all(rule.summary.endswith(".") for rule in rules)
        before, start, rest = re.split(f"(<!-- {name}: .* -->\n)", page)
        _, end, after = rest.partition("<!-- end -->")
        page = f"{before}{start}{table(rules)}{end}{after}"
    golden("../../docs/rules.md", page)


def test_every_rule_has_a_name_that_silence_accepts() -> None:
    assert tuple(rule.name for rule in RULES) == RULE_NAMES


@pytest.mark.parametrize(("example", "errors"), [*zip_longest(PYTHON, ERRORS)])
def test_an_example_has_the_errors_on_the_page(
    example: str, errors: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    expected = pytest.raises(SynthError, match=f"^{re.escape(errors)}$") if errors else contextlib.nullcontext()
    with expected:
        exec(compile(example, "rules.md", "exec"), {})


CHECKERS = runpy.run_path(str(ROOT / "tools" / "published_checkers.py"))


def test_every_reviewed_finding_has_its_reason() -> None:
    assert CHECKERS["accepted"](CHECKERS["ACCEPTED"].read_text(encoding="utf-8"))
    with pytest.raises(ValueError, match="gives no reason"):
        CHECKERS["accepted"]("[CRITICAL] x\n")


def test_a_new_finding_and_a_stale_line_are_differences() -> None:
    reviewed = CHECKERS["accepted"]("# a comment\n\n[WARNING] old # because\n[WARNING] kept # because\n")
    found = CHECKERS["findings"]("[OK] fine\n[WARNING] kept\n[CRITICAL] fresh\n[SKIPPED] x\n")
    lines = [line.splitlines()[0] for line in CHECKERS["differences"](found, reviewed)]
    assert lines == ["new: [CRITICAL] fresh", "gone: [WARNING] old"]
    assert not CHECKERS["differences"]({"[WARNING] old", "[WARNING] kept"}, reviewed)
