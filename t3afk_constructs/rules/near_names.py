"""Find the name that a misspelt one may stand for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_SHORT = 3  # characters up to which one other letter is another word: `ui`, `gui`
_REPLACEABLE = 5  # characters from which a wrong letter is a slip, and no other word such as `mail` for `main`
_LONG = 8  # characters from which two slips are one misspelt word
# Words of the field that differ by one letter and are both right.
_PROTOCOLS = [{name, f"{name}s"} for name in ("http", "imap", "ldap", "smtp")]
_APART = [{"postgres", "postgrest"}, {"radarr", "readarr"}, {"mysql", "mssql"}, *_PROTOCOLS]
_WORDS = re.compile(r"[-._]+")
_DIGITS = re.compile(r"[0-9]+")


def near_name(name: str, names: Iterable[str]) -> str | None:
    """The first of the names that differs from a name as a slip does. None if there is none.

    A slip is another case or separator, the same words in another order, or in one word a letter too many, too few or
    swapped with its neighbour (two of them from eight characters on). A wrong letter is a slip from five characters on.
    Two slips or a wrong letter at a word's start make another word: `importer`, `exporter`. Names that differ in
    numbers alone are siblings, such as `data-1` and `data-2`.
    """
    return next((other for other in names if other != name and _near(name, other)), None)


def _near(one: str, other: str) -> bool:
    words, others = _WORDS.split(one.lower()), _WORDS.split(other.lower())
    if "".join(words) == "".join(others) or sorted(words) == sorted(others):
        return True
    if len(words) != len(others):
        return False
    unlike = [(a, b) for a, b in zip(words, others, strict=True) if a != b]
    return len(unlike) == 1 and _slip(*unlike[0], is_part=len(words) > 1)


def _slip(one: str, other: str, *, is_part: bool) -> bool:
    length = max(len(one), len(other))
    if _DIGITS.sub("", one) == _DIGITS.sub("", other) or {one, other} in _APART:
        return False
    if length <= _SHORT:
        is_longer = is_part and len(one) != len(other)
        return sorted(one) == sorted(other) or (is_longer and _changes(one, other) == 1)
    if _changes(one, other) == 1:
        return True
    if one[:1] != other[:1]:
        return False
    return _is_one_replaced(one, other) if length < _LONG else _changes(one, other) == 2  # noqa: PLR2004


def _is_one_replaced(one: str, other: str) -> bool:
    return len(one) == len(other) >= _REPLACEABLE and sum(a != b for a, b in zip(one, other, strict=True)) == 1


def _changes(one: str, other: str) -> int:
    """The letters to add, remove or swap with a neighbour; above 2, some number above 2. A wrong letter counts 2."""
    if abs(len(one) - len(other)) > 2:  # noqa: PLR2004 (see above)
        return 3
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        now = [row]
        for column, facing in enumerate(other, 1):
            cost = min(last[column] + 1, now[-1] + 1, last[column - 1] + (0 if letter == facing else 2))
            if row > 1 < column and letter == other[column - 2] and one[row - 2] == facing:
                cost = min(cost, before[column - 2] + 1)
            now.append(cost)
        before, last = last, now
    return last[-1]
