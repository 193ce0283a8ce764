"""The requests that a rule of Traefik matches.

https://doc.traefik.io/traefik/reference/routing-configuration/http/routing/rules-and-priority/

A rule is read as alternatives. Each has a pattern for the host, one for the path, and all other conditions as text.
"""

from __future__ import annotations

import json
import re
from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST_ALTERNATIVES = 64


class Pattern(NamedTuple):
    """A pattern of hosts or paths.

    Attributes:
        kind: `any`; `exact`; `prefix` of a path; `wildcard` for one label before the text of a host; `regex`.
        text: of the pattern.
    """

    kind: Literal["any", "exact", "prefix", "wildcard", "regex"]
    text: str = ""

    def covers(self, other: Pattern) -> bool:
        """Whether it matches whatever the other one matches. For regular expressions, samples decide."""
        if self in (other, ANY_HOST, ANY_PATH):
            return True
        if self.kind == "prefix" and other.kind in ("exact", "prefix"):
            return other.text.startswith(self.text)
        if self.kind == "wildcard":
            return other.kind == "exact" and other.text.partition(".")[2] == self.text
        return self.kind == "regex" and other.kind != "regex" and all(map(_search(self.text), other.samples()))

    def overlaps(self, other: Pattern) -> bool:
        """Whether both match some host or path; yes if a regular expression leaves it open."""
        if self.covers(other) or other.covers(self):
            return True
        kinds = {self.kind, other.kind}
        if "regex" not in kinds or "exact" in kinds:
            return False
        one, two = self._beginning(), other._beginning()
        return one.startswith(two) or two.startswith(one)

    def _beginning(self) -> str:
        """The text that each match begins with; empty if unknown."""
        if self.kind in ("any", "wildcard") or "|" in self.text:
            return ""
        found = re.match(r"\^((?:[\w/-]|\\[./-])*)(?![\w/-])(?![?*{])", self.text)
        return self.text if self.kind == "prefix" else found[1].replace("\\", "") if found else ""

    def samples(self) -> list[str]:
        """Some texts that it matches."""
        return [sample.format(self.text) for sample in _SAMPLES[self.kind]]


ANY_HOST = Pattern("any")
ANY_PATH = Pattern("prefix", "/")
_SAMPLES = {
    "any": ("{}a", "{}zz-9.org"),
    "exact": ("{}",),
    "prefix": ("{}", "{}a", "{}zz9/", "{}/a-b/c.d"),
    "wildcard": ("a.{}", "zz-9.{}"),
}


_OTHER_SYNTAX = re.compile(r"\[\[|--|&&|\|\||~~")  # Go and Python read it differently


def _everything(_: str) -> bool:
    return True


@cache
def _search(text: str) -> Callable[[str], object]:
    """The search for a regular expression of Go. One that Python cannot read matches everything."""
    text = re.sub(r"\{\w*:([^{}]*)\}", r"(?:\1)", text)  # a variable in the older syntax
    try:
        return _everything if _OTHER_SYNTAX.search(text) else re.compile(text).search
    except re.error:
        return _everything


class Match(NamedTuple):
    """One alternative of a rule.

    Attributes:
        host: the hosts.
        path: the paths.
        conditions: all other conditions: the matcher with all values but the last one, and the last one.
    """

    host: Pattern
    path: Pattern
    conditions: frozenset[tuple[str, str]]

    def covers(self, other: Match) -> bool:
        """Whether it matches each request that the other one matches."""
        return self.conditions <= other.conditions and self.host.covers(other.host) and self.path.covers(other.path)

    def overlaps(self, other: Match) -> bool:
        """Whether both match some request. Two values of one condition exclude each other, such as two methods."""
        exclusive = any(mine[0] == each[0] and mine != each for mine in self.conditions for each in other.conditions)
        return not exclusive and self.host.overlaps(other.host) and self.path.overlaps(other.path)


_EVERYTHING = Match(ANY_HOST, ANY_PATH, frozenset())
_TOKEN = re.compile(r"""\s*(&&|\|\||[!(),]|`[^`]*`|"(?:[^"\\]|\\.)*"|[A-Za-z]+)""")


class _UnreadableError(Exception):
    """Not a rule of Traefik, or one with too many alternatives."""


@cache
def alternatives(rule: str) -> tuple[Match, ...]:
    """The alternatives of a rule; none if Traefik cannot read it."""
    try:
        reader = _Reader(rule)
        found = reader.either()
        reader.end()
    except (_UnreadableError, RecursionError):
        return ()
    return tuple(found)


class _Reader:
    def __init__(self, rule: str) -> None:
        self._tokens: list[str] = []
        at = 0
        while at < len(rule.rstrip()):
            token = _TOKEN.match(rule, at)
            if token is None:
                raise _UnreadableError
            self._tokens.append(token[1])
            at = token.end()
        self._tokens.reverse()

    def end(self) -> None:
        if self._tokens:
            raise _UnreadableError

    def _next_is(self, token: str) -> bool:
        if self._tokens and self._tokens[-1] == token:
            self._tokens.pop()
            return True
        return False

    def _take(self) -> str:
        if not self._tokens:
            raise _UnreadableError
        return self._tokens.pop()

    def either(self) -> list[Match]:
        found = self._all()
        while self._next_is("||"):
            found += self._all()
        return found

    def _all(self) -> list[Match]:
        found = self._one()
        while self._next_is("&&"):
            more = self._one()
            if len(found) * len(more) > _MOST_ALTERNATIVES:
                raise _UnreadableError
            found = [_both(one, two) for one, two in product(found, more)]
        return found

    def _one(self) -> list[Match]:
        if self._next_is("!"):
            before = list(self._tokens)
            self._one()
            text = "".join(reversed(before[len(self._tokens) :]))
            return [_EVERYTHING._replace(conditions=frozenset([(f"!{text}", "")]))]
        if self._next_is("("):
            found = self.either()
            if not self._next_is(")"):
                raise _UnreadableError
            return found
        name = self._take()
        values = self._values()
        if name.lower() in _MATCHERS:
            return [_MATCHERS[name.lower()](value) for value in values]
        return [_EVERYTHING._replace(conditions=frozenset([(f"{name.lower()}{values[:-1]}", "".join(values[-1:]))]))]

    def _values(self) -> list[str]:
        values = []
        if not self._next_is("("):
            raise _UnreadableError
        while not self._next_is(")"):
            value = self._take()
            if value[0] not in '`"':
                raise _UnreadableError
            try:
                values.append(value[1:-1] if value[0] == "`" else str(json.loads(value, strict=False)))
            except ValueError:
                raise _UnreadableError from None
            self._next_is(",")
        return values


def _both(one: Match, two: Match) -> Match:
    conditions = one.conditions | two.conditions
    patterns = {}
    for field in ("host", "path"):
        first, second = getattr(one, field), getattr(two, field)
        if second.covers(first):
            first, second = second, first
        patterns[field] = second
        if not first.covers(second):
            conditions |= {(f"{field} {first}", "")}
    return Match(patterns["host"], patterns["path"], conditions)


def _host(value: str) -> Match:
    name = value.lower().rstrip(".")
    if name == "*":
        pattern = ANY_HOST
    elif name.startswith("*."):
        pattern = Pattern("wildcard", name[2:])
    else:
        pattern = Pattern("exact", name)
    return _EVERYTHING._replace(host=pattern)


_MATCHERS: dict[str, Callable[[str], Match]] = {
    "host": _host,
    "hostsni": _host,
    **dict.fromkeys(("hostregexp", "hostsniregexp"), lambda value: _EVERYTHING._replace(host=Pattern("regex", value))),
    "path": lambda value: _EVERYTHING._replace(path=Pattern("exact", value)),
    "pathprefix": lambda value: _EVERYTHING._replace(path=Pattern("prefix", value)),
    "pathregexp": lambda value: _EVERYTHING._replace(path=Pattern("regex", value)),
}
