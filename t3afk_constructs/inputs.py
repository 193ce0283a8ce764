"""The one way in which a wrong input is refused.

A rule is a function from a value to a complaint: what the rule is and the way out, or None where the value is fine.
Constructs name the rule of each input once and call `check` before they make anything.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from constructs import Construct

Rule = Callable[[Any], str | None]

# Shapes of credentials. An error must not print one that somebody passed to the wrong input, and none is rendered.
TOKEN = re.compile(
    r"gh[a-z]_[A-Za-z0-9]{16,}|github_pat_\w{16,}|glpat-[\w-]{16,}|npm_[A-Za-z0-9]{16,}|dckr_pat_[\w-]{16,}"
    r"|sk-ant-[\w-]{8,}|(?<![A-Za-z0-9])sk[-_](?=[\w-]*[0-9])[\w-]{16,}|xox[a-z]-[\w-]{10,}|AKIA[0-9A-Z]{16}"
    r"|AIza[\w-]{30,}|hv[bs]\.[\w-]{20,}|AGE-SECRET-KEY-1[0-9A-Z]{20,}|eyJ[\w-]{10,}\.[\w-]{10,}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----"
)


# cdk8s writes it without quotes (a text in YAML 1.1), and kubectl reads the octal number of YAML 1.2.
UNQUOTED_NUMBER = re.compile(r"[-+]?0o[0-7]+")
READ_AS_NUMBER = "is read as a number by kubectl, since cdk8s writes it without quotes; write another word"

# The login in `https://user:password@host`, and in `user:password@host.example` without a scheme.
_LOGIN = re.compile(
    r"(?<=://)[^\s/:@]*:[^\s/]+(?=@)"
    r"|(?<![^\s/'\"])[^\s:/@'\"]*:(?!//)[^\s/'\"]+(?=@([\w-]+\.)+([A-Za-z]|[0-9]+\.[0-9]+\.[0-9]))"
)

_LONGEST_ID = 255
_SHOWN = 80  # characters of a value that an error prints


class InputError(ValueError):
    """A construct was given a value that the cluster would refuse or misread.

    Attributes:
        path: the construct's path in the tree, such as `t3-afk/data`.
        input: the name of the input.
        value: the value as it was given.
    """

    def __init__(self, kind: str, path: str, name: str, value: object, complaint: str) -> None:
        self.path, self.input, self.value = path, name, value
        super().__init__(without_credentials(f"{kind} '{path}': {name} {shown(value)} {complaint}"))


def without_credentials(text: str) -> str:
    """A message without what looks like a token, or like a login before a host."""
    return _LOGIN.sub("<credential>", TOKEN.sub("<credential>", text))


def shown(value: object) -> str:
    """A value as an error prints it: short, and never a credential."""
    try:
        text = without_credentials(repr(value))
    except Exception:  # noqa: BLE001 (a number of a million digits, a nesting too deep: whatever was passed, it is named)
        text = f"<{type(value).__name__}>"
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 20]}… ({len(text)} characters)"


def path_below(scope: Construct, id: str) -> str:  # noqa: A002 (the word that every construct uses)
    """The path that a child of `scope` has."""
    kept = id.replace("/", "--")  # a slash stands between two ids
    return f"{scope.node.path}/{kept}".lstrip("/")


def check(kind: str, scope: Construct, id: str, **inputs: tuple[object, Rule]) -> None:  # noqa: A002
    """Refuse the first input whose rule complains, and before them a place where nothing can be made.

    Args:
        kind: the construct's class name.
        scope: where the construct is about to be made.
        id: its id there.
        inputs: by name, the value and its rule.

    Raises:
        InputError: with the construct's path, the input, the value, the rule and the way out.
    """
    if not isinstance(scope, Construct):
        raise InputError(kind, "-", "scope", scope, "is not a construct; pass the chart that it belongs to")
    if complaint := _id_complaint(id):
        raise InputError(kind, scope.node.path or "-", "id", id, complaint)
    check_more(kind, scope, id, **inputs)


def check_more(kind: str, scope: Construct, id: str, **inputs: tuple[object, Rule]) -> None:  # noqa: A002
    """The rest of a `check` whose rules need inputs that it has found right.

    Raises:
        InputError: as `check`.
    """
    for name, (value, rule) in inputs.items():
        if complaint := rule(value) or _other_text(value):
            raise InputError(kind, path_below(scope, id), name, value, complaint)


def _other_text(value: object) -> str | None:
    """Text that turns into something else on its way: the member of a `(str, Enum)` in a name, `0o7` in a manifest."""
    if isinstance(value, str):
        if UNQUOTED_NUMBER.fullmatch(value):
            return READ_AS_NUMBER
        if type(value) is str or format(value) == str.__str__(value):
            return None
        return f"is text that prints as {format(value)!r}; pass {str.__str__(value)!r} itself"
    if isinstance(value, Mapping):
        return _other_text([*value, *value.values()])
    for entry in value if isinstance(value, list | tuple) else ():
        if complaint := _other_text(entry):
            return f"has {shown(entry)} in it, which {complaint}"
    return None


ID_TAKEN = "is the id of another child of its parent; write another one"

_OBJECT_PROPERTIES = frozenset(
    (
        *("__defineGetter__", "__defineSetter__", "__lookupGetter__", "__lookupSetter__", "__proto__", "constructor"),
        *("hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable", "toLocaleString", "toString", "valueOf"),
    )
)


def _id_complaint(id: object) -> str | None:  # noqa: A002
    if not isinstance(id, str):
        return "is not text; write a string"
    if not id or not id.isprintable():
        return "is empty or has a character in it that cannot be printed; write a word such as 'data'"
    if len(id) > _LONGEST_ID:
        return f"has {len(id)} characters; write a word such as 'data', of at most {_LONGEST_ID}"
    if id in _OBJECT_PROPERTIES:
        return "is a name that every JavaScript object has, so node would lose the child; write another one"
    return None


def validator(rule: Rule) -> Callable[[Any, Any, Any], None]:
    """A rule as an attrs validator."""

    def validate(instance: Any, attribute: Any, value: Any) -> None:
        if complaint := rule(value) or _other_text(value):
            raise InputError(type(instance).__name__, "-", attribute.name, value, complaint)

    return validate


def optional(rule: Rule) -> Rule:
    """None, or what `rule` takes."""
    return lambda value: None if value is None else rule(value)


def every(rule: Rule, *, at_least: int = 0, repeats: bool = False) -> Rule:
    """A list or tuple of values that `rule` takes, without repeats unless they are allowed."""

    def check_all(values: object) -> str | None:
        if not isinstance(values, list | tuple):
            return "is not a list; put the value in [ ]"
        if len(values) < at_least:
            return f"is too short; give at least {at_least}"
        for index, value in enumerate(values):
            if complaint := rule(value):
                return f"has the entry {shown(value)}, which {complaint}"
            if not repeats and value in values[:index]:
                return f"names {shown(value)} twice; leave one out"
        return None

    return check_all


def mapping(key: Rule, value: Rule) -> Rule:
    """A mapping whose keys and values keep their rules."""

    def check_all(entries: object) -> str | None:
        if not isinstance(entries, Mapping):
            return "is not a mapping; write {key: value}"
        for name, entry in entries.items():
            if complaint := key(name):
                return f"has the key {shown(name)}, which {complaint}"
            if complaint := value(entry):
                return f"has at {shown(name)} the value {shown(entry)}, which {complaint}"
        return None

    return check_all


def one_of(*words: str) -> Rule:
    """One of some words, as written."""
    listed = ", ".join(map(repr, words))
    return lambda value: None if value in words else f"is not one of the words for it; write one of {listed}"


def instance_of(kind: type, way_out: str) -> Rule:
    """An object of a class."""
    return lambda value: None if isinstance(value, kind) else f"is no {kind.__name__}; {way_out}"


def boolean(value: object) -> str | None:
    """True or False."""
    return None if isinstance(value, bool) else "is neither True nor False; write one of them"


def pattern(regex: str, rule: str, *, longest: int | None = None) -> Rule:
    """Text that a regular expression matches as a whole."""
    compiled = re.compile(regex)

    def check_text(value: object) -> str | None:
        if not isinstance(value, str):
            return f"is not text; it {rule}"
        if longest is not None and len(value) > longest:
            return f"has {len(value)} characters; it {rule}"
        return None if compiled.fullmatch(value) else f"does not keep the rule: it {rule}"

    return check_text
