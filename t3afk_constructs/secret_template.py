"""Templates of a Secret, as External Secrets renders them: Go templates over the values that it has read.

The engine fails on a value that nobody read, so a misspelt name keeps the whole Secret from being written
(https://external-secrets.io/latest/guides/templating/).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from t3afk_constructs.inputs import shown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

# Compiled at their first use: most programs have no template.
_TEXT_IN_ACTION = r'"(?:\\.|[^"\\\n])*"|`[^`]*`|' + r"'(?:\\.|[^'\\\n])*'"
_TEXT_OR_END = rf"{_TEXT_IN_ACTION}|\}}\}}"
_FIELD = r"(?<![\w.)$\"`])\.([^\W\d]\w*(?:\.\w+)*)"
_FIELD_OF_ROOT = r"(?<!\w)\$\.([^\W\d]\w*(?:\.\w+)*)"
_HYPHENATED = r"(?<![\w)\"`])\.([^\W\d][\w.]*-[\w.-]*)"
_INDEX = r"\bindex\s+([$.])\s+\"([^\"\\]*)\""
_ANOTHER_DOT = r"(?:-\s)?\s*(?:range|with)\b"
_ANOTHER_ROOT = r"(?:-\s)?\s*(?:define|block|template)\b"

_KEYS_OF_TYPE = {
    "kubernetes.io/dockerconfigjson": (".dockerconfigjson",),
    "kubernetes.io/dockercfg": (".dockercfg",),
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
}
"""Types of Secrets, each with the keys that the API server asks for."""

_REFUSED_TYPES = ("kubernetes.io/service-account-token", "bootstrap.kubernetes.io/token")


def _actions(text: str) -> Iterator[str | None]:
    """The sources of the `{{ actions }}` of a template; None for one without an end."""
    at = 0
    while (start := text.find("{{", at)) >= 0:
        comment = re.compile(r"(?:-\s)?\s*/\*").match(text, start + 2)
        if comment:
            closed = text.find("*/", comment.end())
            end = re.compile(r"\s*-?\}\}").match(text, closed + 2) if closed >= 0 else None
            if end is None:
                yield None
                return
            at = end.end()
            continue
        found = (each for each in re.compile(_TEXT_OR_END).finditer(text, start + 2) if each[0] == "}}")
        if (end := next(found, None)) is None:
            yield None
            return
        yield text[start + 2 : end.start()]
        at = end.end()


def _fields(action: str, *, own_dot: bool) -> list[str]:
    """The fields of the values that an action uses, such as `password`, or `tls.crt`."""
    bare = _without_texts(action)
    return (re.findall(_FIELD, bare) if own_dot else []) + re.findall(_FIELD_OF_ROOT, bare)


def _without_texts(action: str) -> str:
    return re.sub(_TEXT_IN_ACTION, '""', action)


def template_complaint(text: str, values: Collection[str] | None) -> str | None:
    """Why the engine fails on a template, or writes an empty text for a value.

    Args:
        text: the template.
        values: the keys of the values that it may use; None if they are not known.
    """
    sources = list(_actions(text))
    if None in sources:
        return "has '{{' without '}}'; close it, or write {{ \"{{\" }} for the text"
    actions = [source for source in sources if source is not None]
    for action in actions:
        if hyphenated := re.search(_HYPHENATED, _without_texts(action)):
            return f"uses .{hyphenated[1]}, but a field has no hyphen; {_by_index(hyphenated[1])}"
    if values is None or any(re.match(_ANOTHER_ROOT, action) for action in actions):
        return None
    own_dot = not any(re.match(_ANOTHER_DOT, action) for action in actions)  # inside both, `.` is another value
    used = (
        complaint
        for action in actions
        for complaint in (
            *(_field_complaint(field, values) for field in _fields(action, own_dot=own_dot)),
            *(_unknown(key, values) for dot, key in re.findall(_INDEX, action) if own_dot or dot == "$"),
        )
    )
    return next(filter(None, used), None)


def _field_complaint(field: str, values: Collection[str]) -> str | None:
    first, dot, rest = field.partition(".")
    if dot and field in values:
        return f"uses .{field}, but a field has no dot; {_by_index(field)}"
    if dot and first in values:
        return f"uses .{field}, but {first!r} is a text; write {{{{ (.{first} | fromJson).{rest} }}}} if it is JSON"
    return _unknown(first, values)


def _by_index(key: str) -> str:
    return f'write {{{{ index . "{key}" }}}}'


def _unknown(key: str, values: Collection[str]) -> str | None:
    if key in values:
        return None
    return f"uses {key!r}, but data has only {', '.join(map(repr, values))}; use one of them, or add it to data"


def filled_keys(
    data: Mapping[str, object],
    template: Mapping[str, str],
    *,
    whole_entries: bool,
    merge: bool,
    others: bool,
) -> frozenset[str] | None:
    """The keys of the Secret; None if they are not known.

    Args:
        data: the keys of single values.
        template: the templates. They replace the values.
        whole_entries: whether the properties of whole entries become keys.
        merge: whether the values stay beside the templates.
        others: whether the Secret may have keys of others.
    """
    values_stay = merge or not template
    if others or (whole_entries and values_stay):
        return None
    return frozenset(template) | (frozenset(data) if values_stay else frozenset())


def type_complaint(secret_type: str | None, keys: Collection[str] | None) -> str | None:
    """Why the operator or the API server refuses the type of a Secret with these keys (None: any)."""
    if secret_type in _REFUSED_TYPES:
        return "is for tokens that Kubernetes itself accepts, and External Secrets writes none; leave it out"
    if secret_type is None or keys is None:
        return None
    if secret_type == "kubernetes.io/basic-auth" and not {"username", "password"} & set(keys):  # noqa: S105 (a type)
        return "needs the key 'username' or 'password'; fill it by data or template"
    missing = [key for key in _KEYS_OF_TYPE.get(secret_type, ()) if key not in keys]
    return f"needs the key {missing[0]!r}; fill it by data or template" if missing else None


def key_complaint(key: str, keys: Collection[str] | None, replaced: Collection[str]) -> str | None:
    """Why no variable can read a key of the Secret.

    Args:
        key: the key.
        keys: the keys of the Secret; None if they are not known.
        replaced: the keys of values that templates replace.
    """
    if keys is None or key in keys:
        return None
    if key in replaced:
        return "is a value for the template alone; add it to template, or pass template_merge_policy='Merge'"
    return f"is not a key of the Secret, which has {', '.join(map(shown, sorted(keys)))}; use one of them"
