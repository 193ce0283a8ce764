"""Check the inputs of a construct by their types before anything is made."""

from __future__ import annotations

import functools
import inspect
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ParamSpec

from constructs import Construct

from t3afk_constructs.inputs import InputError, Rule, path_below, rule_of, wrong_inputs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

P = ParamSpec("P")

_LONGEST_ID = 255
_JAVASCRIPT_PROPERTIES = frozenset(
    (
        *("__defineGetter__", "__defineSetter__", "__lookupGetter__", "__lookupSetter__", "__proto__", "constructor"),
        *("hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable", "toLocaleString", "toString", "valueOf"),
    )
)


class FromScope:
    """A rule that depends on the construct's place: `Annotated[type | None, FromScope(rule)]`."""

    def __init__(self, complaint: Callable[[Any, Construct], str | None]) -> None:
        self._complaint = complaint

    def at(self, scope: Construct) -> Rule:
        """The rule for a construct below `scope`."""
        return lambda value: self._complaint(value, scope)


def checked(init: Callable[P, None]) -> Callable[P, None]:
    """Check every keyword of a construct's `__init__` against its type, then run it.

    The default of a keyword is right wherever the construct is, unless its rule is `FromScope`: it is not checked.

    The construct's module must not have `from __future__ import annotations`, which turns types into text.

    Raises:
        InputError: with all wrong inputs.
        TypeError: at the first call, when a type has no rule.
    """
    signature = inspect.signature(init)

    @functools.cache
    def rules() -> dict[str, Rule | FromScope]:
        keywords = (each for each in signature.parameters.values() if each.kind is each.KEYWORD_ONLY)
        return {each.name: rule_of(each.annotation) for each in keywords}

    @functools.cache
    def scoped() -> dict[str, Any]:
        return {
            name: signature.parameters[name].default for name, rule in rules().items() if isinstance(rule, FromScope)
        }

    @functools.wraps(init)
    def check_first(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            given = signature.bind(*args, **kwargs)
        except TypeError:
            init(*args, **kwargs)  # fails too, with Python's message, which names the keyword
            raise
        given.apply_defaults()
        construct, scope, id = given.args[:3]  # noqa: A001 (the word that every construct uses)
        with placed(construct, scope, id):
            values: dict[str, Any] = {**scoped(), **kwargs}
            at_scope = {
                name: rule.at(scope) if isinstance(rule, FromScope) else rule
                for name, rule in rules().items()
                if name in values
            }
            if wrong := wrong_inputs(values, at_scope):
                raise InputError(type(construct).__name__, path_below(scope, id), wrong)
            init(*args, **kwargs)

    return check_first


@contextmanager
def placed(construct: Construct, scope: Any, id: Any) -> Iterator[None]:  # noqa: A002
    """Check the place of a construct, then run its constructor.

    A constructor that fails leaves no construct behind: a program that catches the error never writes half a stack.

    Raises:
        InputError: when `scope` is not a construct, or the id is wrong or taken.
    """
    kind = type(construct).__name__
    if not isinstance(scope, Construct):
        raise InputError(kind, "-", [("scope", scope, "is not a construct; pass the chart")])
    if complaint := _id_complaint(id):
        raise InputError(kind, scope.node.path or "-", [("id", id, complaint)])
    try:
        yield
    except Exception as error:
        child = scope.node.try_find_child(id)
        if child is construct:
            scope.node.try_remove_child(child.node.id)
        elif child is not None and isinstance(error, RuntimeError):
            taken = "is already the id of a sibling; choose another id"
            raise InputError(kind, path_below(scope, id), [("id", id, taken)]) from None
        raise


def _id_complaint(id: object) -> str | None:  # noqa: A002
    if not isinstance(id, str):
        return "is not text; choose a word such as 'data'"
    if not id or not id.isprintable():
        return "is empty or contains a character that does not print; choose a word such as 'data'"
    if len(id) > _LONGEST_ID:
        return f"has {len(id)} characters; choose a word such as 'data', of at most {_LONGEST_ID}"
    if id in _JAVASCRIPT_PROPERTIES:
        return "is a reserved JavaScript property name; choose another id"
    return None
