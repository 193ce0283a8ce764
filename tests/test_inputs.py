"""The rule that a type stands for, and values in an error. tests/test_constructs.py has the errors of constructs."""

import inspect
import pickle
import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_type_hints

import attrs
import pytest
from cdk8s import App
from constructs import Construct
from manifests import new_chart

import t3afk_constructs
from t3afk_constructs import Manifest, NfsVolume
from t3afk_constructs.checked import FromScope, checked
from t3afk_constructs.formats import DnsLabel, Line, Port
from t3afk_constructs.inputs import InputError, rule_of
from t3afk_constructs.platform import Tier

CLASSES = [each for name in t3afk_constructs.__all__ if isinstance(each := getattr(t3afk_constructs, name), type)]


def keywords_of(construct: Any) -> dict[str, Any]:
    """The types of a constructor's keywords."""
    parameters = inspect.signature(construct.__init__).parameters.values()
    return {each.name: each.annotation for each in parameters if each.kind is each.KEYWORD_ONLY}


@pytest.mark.parametrize(
    ("hint", "accepted", "refused", "complaint"),
    [
        (Port, 80, 0, "must be a port"),
        (bool, True, 1, "is not a boolean; use True or False"),
        (Literal["a", "b"], "a", "c", "is not allowed; use one of 'a', 'b'"),
        (DnsLabel | None, None, "A", "must be a DNS label"),
        (Tier, Tier(name="a"), "a", "is not a Tier; pass Tier(…)"),
        (App, App(), None, "is not an App; pass App(…)"),
        (list[Line], ["a"], "a", "is not a list; put the value in [ ]"),
        (tuple[Line, ...], ("a", "b"), ("a", 3), "contains 3, which is not text"),
        (Sequence[Line], [], ["a", "a"], "contains 'a' twice; leave one out"),
        (list[Line] | tuple[Line, ...] | None, ("a",), [""], "contains '', which is empty"),
        (Mapping[DnsLabel, Line], {"a": "b"}, {"A": "b"}, "has the key 'A', which breaks the rule"),
        (Mapping[DnsLabel, Line], {}, {"a": 3}, "has the value 3 at 'a', which is not text"),
        (Mapping[DnsLabel, Line], {}, [("a", "b")], "is not a mapping; write {key: value}"),
    ],
)
def test_type_stands_for_a_rule(hint: Any, accepted: object, refused: object, complaint: str) -> None:
    rule = rule_of(hint)
    assert rule(accepted) is None
    assert complaint in (rule(refused) or "")


@pytest.mark.parametrize("hint", [str, int, float, list, dict[str, str], list[str], str | None, Tier | DnsLabel])
def test_type_without_a_rule_is_a_type_error(hint: Any) -> None:
    with pytest.raises(TypeError, match=re.escape("write Annotated[…, rule]")):
        rule_of(hint)


def test_keyword_without_a_rule_is_a_type_error_at_the_first_call() -> None:
    class Unruled(Construct):
        @checked
        def __init__(self, scope: Construct, id: str, *, name: str) -> None:  # noqa: A002
            raise AssertionError(scope, id, name)

    with pytest.raises(TypeError, match="the type <class 'str'> has no rule"):
        Unruled(new_chart(), "x", name="a")


@pytest.mark.parametrize("construct", [each for each in CLASSES if issubclass(each, Construct) and keywords_of(each)])
def test_every_keyword_of_a_public_construct_is_checked(construct: Any) -> None:
    keywords = keywords_of(construct)
    positional = [{}] if construct is Manifest else []
    assert all(isinstance(rule := rule_of(hint), FromScope) or callable(rule) for hint in keywords.values())
    with pytest.raises(InputError, match=rf"^{construct.__name__} '-': scope None is not a construct; pass the chart$"):
        construct(None, "x", *positional, **dict.fromkeys(keywords))


@pytest.mark.parametrize("value", [each for each in CLASSES if attrs.has(each)])
def test_every_field_of_a_public_value_has_a_rule(value: type) -> None:
    hints = get_type_hints(value, include_extras=True)
    fields = [field.name for field in attrs.fields(value)]
    assert fields
    assert [name for name in fields if not callable(rule_of(hints[name]))] == []


@pytest.mark.parametrize("value", [10**5000, type("Odd", (), {"__repr__": lambda _: 1 / 0})()], ids=["number", "odd"])
def test_value_that_does_not_print_is_shown_by_its_type(value: Any) -> None:
    with pytest.raises(InputError, match=r"name <(int|Odd)> is not text"):
        Tier(name=value)


@pytest.mark.parametrize("value", ["/" + "a" * 10**6, "ghp_" + "a1B2c3D4e5" * 4, "x" * 10**6])
def test_error_shows_neither_a_megabyte_nor_a_credential(value: str) -> None:
    with pytest.raises(InputError, match="2 wrong inputs") as refused:
        Tier(name=f"{value} ", max_container_memory=value)
    assert len(str(refused.value)) < 600
    assert "a1B2c3" not in str(refused.value)
    assert [wrong.value for wrong in refused.value.wrong] == [f"{value} ", value]


def test_credential_in_an_id_is_not_shown() -> None:
    with pytest.raises(InputError, match=r"^NfsVolume 'test/<credential>': name 'X'") as refused:
        NfsVolume(new_chart(), "ghp_a1B2c3D4e5a1B2c3D4e5", name="X", nfs_server="nas", nfs_path="/srv")
    assert "a1B2c3" not in str(refused.value)


def test_error_reaches_another_process_whole() -> None:
    error = InputError("Kind", "path", [("a", 1, "is wrong"), ("b", "x", "is wrong too")])
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.path, again.wrong) == (str(error), error.path, error.wrong)


def test_misspelled_keyword_has_pythons_own_message() -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'nfs_serve'"):
        NfsVolume(new_chart(), "data", name="a", nfs_serve="nas", nfs_path="/a")  # type: ignore[call-arg]


@pytest.mark.parametrize("made", [each for each in CLASSES if issubclass(each, Construct)])
def test_defaults_keep_the_rules_of_their_types(made: Any) -> None:
    """Left-out inputs are not judged."""
    parameters = inspect.signature(made.__init__).parameters
    judged = [
        (name, parameters[name].default, rule)
        for name, hint in keywords_of(made).items()
        if parameters[name].default is not inspect.Parameter.empty and hint is not inspect.Parameter.empty
        for rule in (rule_of(hint),)
        if not isinstance(rule, FromScope)
    ]
    assert [(name, complaint) for name, default, rule in judged if (complaint := rule(default))] == []
