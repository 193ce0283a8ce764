"""Rules for inputs, the types that stand for them, and the error about wrong inputs.

A rule maps a value to a complaint (the rule and the way out), or to None if the value is right. `Annotated[type, rule]`
adds a rule to a type; `bool`, `Literal`, `| None`, lists, mappings and classes need none.
"""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal, NamedTuple, TypeVar, Union, get_args, get_origin, get_type_hints

from t3afk_constructs.credentials import without_credentials

Rule = Callable[[Any], str | None]
T = TypeVar("T")

_SHOWN = 80  # characters of a value in an error


class WrongInput(NamedTuple):
    """One wrong input.

    Attributes:
        name: the input.
        value: its value, as given.
        complaint: the rule and the way out.
    """

    name: str
    value: object
    complaint: str

    def __str__(self) -> str:
        return f"{self.name} {shown(self.value)} {self.complaint}"


class InputError(ValueError):
    """The cluster would refuse or misread an input. All wrong inputs of a call are in one error.

    Attributes:
        path: the construct's path in the tree, such as `t3-afk/data`. None for a value such as a `Platform`.
        wrong: the wrong inputs.
    """

    def __init__(self, kind: str, path: str | None, wrong: Iterable[tuple[str, object, str]]) -> None:
        self._kind, self.path = kind, path
        self.wrong = tuple(WrongInput(*each) for each in wrong)
        subject = kind if path is None else f"{kind} '{path}'"
        if len(self.wrong) == 1:
            message = f"{subject}: {self.wrong[0]}"
        else:
            message = "\n  ".join([f"{subject}: {len(self.wrong)} wrong inputs", *map(str, self.wrong)])
        super().__init__(without_credentials(message))

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the parts: an exception is pickled by its message otherwise."""
        return type(self), (self._kind, self.path, self.wrong)


def shown(value: object) -> str:
    """A value in a message: short, and without credentials."""
    try:
        text = without_credentials(re.sub(r" object at 0x[0-9a-f]+>", ">", repr(value)))
    except Exception:  # noqa: BLE001 (a number of a million digits, a deep nesting, a broken __repr__)
        text = f"<{type(value).__name__}>"
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 20]}… ({len(text)} characters)"


def path_below(scope: Any, id: str) -> str:  # noqa: A002
    """The path of a child of `scope`."""
    kept = id.replace("/", "--")  # as constructs does, which separates ids by slashes
    return f"{scope.node.path}/{kept}".lstrip("/")


def rule_of(hint: Any) -> Rule:
    """The rule that a type stands for.

    Raises:
        TypeError: when the type has no rule, as plain `str` and `int`.
    """
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        rule: Rule
        _, rule = arguments
    elif origin in (Union, types.UnionType):
        rule = _rule_of_union(arguments)
    elif origin is Literal:
        rule = one_of(*arguments)
    elif origin in (list, tuple, Sequence):
        rule = every(rule_of(arguments[0]))
    elif origin is Mapping:
        rule = mapping(*map(rule_of, arguments))
    elif hint is bool:
        rule = boolean
    elif isinstance(hint, type) and hint.__module__ != "builtins":
        rule = instance_of(hint)
    else:
        raise TypeError(f"the type {hint!r} has no rule; write Annotated[…, rule]")
    return rule


def _rule_of_union(hints: tuple[Any, ...]) -> Rule:
    rules = {rule_of(hint): hint for hint in hints if hint is not types.NoneType}
    if len(rules) > 1 and not all(get_origin(hint) in (list, tuple) for hint in rules.values()):
        raise TypeError(f"the types {hints!r} have more than one rule; write Annotated[…, rule]")
    rule = next(iter(rules))
    return optional(rule) if types.NoneType in hints else rule


def wrong_inputs(values: Mapping[str, Any], rules: Mapping[str, Rule]) -> list[WrongInput]:
    """The values that break their rules, and text that f-strings would change."""
    judged = ((name, value := values[name], rule(value) or _changed_text(value)) for name, rule in rules.items())
    return [WrongInput(name, value, complaint) for name, value, complaint in judged if complaint]


def _changed_text(value: object) -> str | None:
    """Text that f-strings would change: a member of a `(str, Enum)`."""
    if isinstance(value, str):
        if type(value) is str or format(value) == str.__str__(value):
            return None
        return f"prints as {format(value)!r}; pass {str.__str__(value)!r} itself"
    if isinstance(value, Mapping):
        return _changed_text([*value, *value.values()])
    for entry in value if isinstance(value, list | tuple) else ():
        if complaint := _changed_text(entry):
            return f"contains {shown(entry)}, which {complaint}"
    return None


def checked_fields(cls: type, fields: list[Any]) -> list[Any]:
    """Check the values of an attrs class by their types: `@frozen(field_transformer=checked_fields)`."""
    names = [field.name for field in fields]
    defaults = {field.name: field.default for field in fields}
    rules: dict[str, Rule] = {}

    def validate(instance: Any, _attribute: Any, _value: Any) -> None:
        if not rules:  # not earlier: a type may name a class that its module defines later
            hints = get_type_hints(cls, include_extras=True)
            rules.update({name: rule_of(hints[name]) for name in names})
        given = {name: value for name in names if (value := getattr(instance, name)) is not defaults[name]}
        if wrong := wrong_inputs(given, {name: rules[name] for name in names if name in given}):
            raise InputError(type(instance).__name__, None, wrong)

    # attrs runs validators after it has set every field, so the last one sees them all.
    return [*fields[:-1], fields[-1].evolve(validator=validate)]


def optional(rule: Rule) -> Rule:
    """None, or a value that `rule` accepts."""
    return lambda value: None if value is None else rule(value)


def every(rule: Rule, *, at_least: int = 0, repeats: bool = False) -> Rule:
    """A list or tuple of values that `rule` accepts, without repeats unless they are allowed."""

    def check_all(values: object) -> str | None:
        if not isinstance(values, list | tuple):
            return "is not a list; put the value in [ ]"
        if len(values) < at_least:
            return f"is too short; give at least {at_least}"
        for index, value in enumerate(values):
            if complaint := rule(value):
                return f"contains {shown(value)}, which {complaint}"
            if not repeats and value in values[:index]:
                return f"contains {shown(value)} twice; leave one out"
        return None

    return check_all


def mapping(key: Rule, value: Rule) -> Rule:
    """A mapping whose keys and values their rules accept."""

    def check_all(entries: object) -> str | None:
        if not isinstance(entries, Mapping):
            return "is not a mapping; write {key: value}"
        for name, entry in entries.items():
            if complaint := key(name):
                return f"has the key {shown(name)}, which {complaint}"
            if complaint := value(entry):
                return f"has the value {shown(entry)} at {shown(name)}, which {complaint}"
        return None

    return check_all


def one_of(*words: str) -> Rule:
    """One of the words."""
    listed = ", ".join(map(repr, words))
    return lambda value: None if value in words else f"is not allowed; use one of {listed}"


def instance_of(kind: type, way_out: str | None = None) -> Rule:
    """An object of a class."""
    article = "an" if kind.__name__[0] in "AEIOU" else "a"
    complaint = f"is not {article} {kind.__name__}; {way_out or f'pass {kind.__name__}(…)'}"
    return lambda value: None if isinstance(value, kind) else complaint


def whole(least: int, example: int, *, most: int = 2**31 - 1) -> Rule:
    """A whole number in a range; by default, of those that 32 bits hold."""
    limit = f"from {least} to {most}" if most < 2**31 - 1 else f"from {least}"

    def check(value: object) -> str | None:
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return None
        return f"must be a whole number {limit}; write {example}, for example"

    return check


def boolean(value: object) -> str | None:
    """True or False."""
    return None if isinstance(value, bool) else "is not a boolean; use True or False"


def pattern(regex: str, rule: str, *, longest: int | None = None) -> Rule:
    """Text that a regular expression matches from start to end."""

    def check_text(value: object) -> str | None:
        if not isinstance(value, str):
            return f"is not text; it {rule}"
        if longest is not None and len(value) > longest:
            return f"has {len(value)} characters; it {rule}"
        # re compiles and keeps it at its first use: most programs use few of the patterns.
        return None if re.fullmatch(regex, value) else f"breaks the rule: it {rule}"

    return check_text


def as_tuple(values: Sequence[T]) -> tuple[T, ...]:
    """A list as a tuple. Anything else stays as it is, for its rule to refuse."""
    return tuple(values) if isinstance(values, list) else values  # type: ignore[return-value]
