"""Manifests as YAML that kubectl reads back unchanged.

The form is cdk8s's, with more quotes: cdk8s writes `0B11`, `1e1_0` and `-_9_` without them, and kubectl's YAML
(sigs.k8s.io/yaml) reads numbers.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

# Numbers, times, booleans and nulls of YAML 1.1, 1.2 and Go, wider than each. Without underscores, which Go skips.
_NOT_TEXT = re.compile(
    r"""[-+]?0[xXbBoO][-+]?[0-9a-fA-F]+
    | (?=.*[.0-9])[-+]?[0-9]*\.?[0-9]*([eE][-+]?[0-9]+)?
    | [-+]?[0-9]+(:[0-5]?[0-9])+(\.[0-9]*)?
    | [0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt \t].*)?
    | (?i:~|null|true|false|yes|no|on|off|y|n|[-+]?\.inf|\.nan|<<|)""",
    re.VERBOSE,
)
# An indicator at the start, a document's end at the start of a line, ': ', ' #', or white space at an end.
_NOT_PLAIN = re.compile(
    r"""[ \t,\[\]{}#&*!|>'"%@`] | [?-]([ \t]|$) | --- | \.\.\. | .*(:[ \t]|[ \t]\#|[ \t:]$)""", re.VERBOSE
)
# YAML carries these only as escapes.
_ESCAPED = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_LONGEST_KEY = 1024  # of a key without '? '


def yaml_text(manifests: Iterable[Any]) -> str:
    """The documents of one file."""
    return "---\n".join(f"{_node(manifest, '')}\n" for manifest in manifests)


def _node(value: Any, indent: str) -> str:
    """A value whose further lines have an indent."""
    between = f"\n{indent}"
    deeper = f"{indent}  "
    if isinstance(value, dict) and value:
        return between.join(
            f"{_key(key, indent)}:{f'{between}  ' if entry and isinstance(entry, dict | list) else ' '}"
            f"{_node(entry, deeper)}"
            for key, entry in value.items()
        )
    if isinstance(value, list) and value:
        return between.join(f"- {_node(entry, deeper)}" for entry in value)
    if isinstance(value, str):
        return _block(value, between) if "\n" in value else _line(value)
    return json.dumps(value)


def _key(key: str, indent: str) -> str:
    text = _line(key)
    return text if len(text) <= _LONGEST_KEY else f"? {text}\n{indent}"


@lru_cache(10_000)  # an app repeats its keys, and many values
def _line(text: str) -> str:
    """Text on one line: without quotes if every reader takes it as text."""
    if _ESCAPED.search(text) or "\n" in text:
        return _quoted(text)
    if not _NOT_PLAIN.match(text) and not _NOT_TEXT.fullmatch(text.replace("_", "")):
        return text
    return f"'{text}'" if '"' in text and "'" not in text else _quoted(text)


def _quoted(text: str) -> str:
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))


def _block(text: str, between: str) -> str:
    """Text of several lines, as lines where its white space allows that."""
    body = text.rstrip("\n")
    start = body[: len(body) - len(body.lstrip())]
    if not body or "\t" in start or body.rpartition("\n")[2].isspace() or _ESCAPED.search(text):
        return _quoted(text)
    kept = {0: "-", 1: ""}.get(len(text) - len(body), "+")
    lines = re.sub(r"\n(?=[^\n])", between, text if kept == "-" else text[:-1])
    return f"|{'2' if ' ' in start else ''}{kept}{between}{lines}"


_UNQUOTED = re.compile("(?=[-+.0-9]).*(_|0[oOXB]|0b[-+])")
# A merge key, a character that cdk8s does not escape, a block that starts with white space, and a line of one space in
# double quotes.
_MISREAD = re.compile(
    r"""<<\Z | .*[\u2028\u2029] | (?=.*\n)([ \n]*\t|(?=.*[ ])[ \n]*\Z)
    | (?=.*([\0-\x08\x0b-\x1f]|\n[ \t]+\Z)).*\n[ ]\n""",
    re.VERBOSE | re.DOTALL,
)


def misread_from_cdk8s(text: str) -> bool:
    """Whether kubectl may read another text, or none, if cdk8s writes this one."""
    number = _UNQUOTED.match(text) and _NOT_TEXT.fullmatch(text.replace("_", ""))
    return bool(number or _MISREAD.match(text))
